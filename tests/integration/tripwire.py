"""A child process under a tripwire: what it reaches for on the network, starts and writes is on record, whatever it catches.

Python itself tells the tripwire, through an audit hook that nobody can take out again, and each finding is in a file at
once: code that catches its own refusal, that works in a thread or that ends by ``os._exit`` is found out all the same.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from attrs import frozen

CHILD = """
import json, os, sys

record = os.open(os.environ.pop("TRIPWIRE"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
CONNECTS = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"}
LOOKS_UP = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
STARTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"}
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.symlink", "os.link", "os.truncate"}
FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def watch(event, arguments):
    if event in CONNECTS and arguments[1] is not None:
        address = arguments[1]
        tell("reached", str(address[0]) if isinstance(address, tuple) else f"local socket {address!r}")
    elif event in LOOKS_UP:
        tell("looked_up", str(arguments[0]))
    elif event in STARTS:
        tell("started", f"{event} {arguments!r}")
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & FLAGS:
        tell("wrote", os.path.abspath(os.fsdecode(arguments[0])) if not isinstance(arguments[0], int) else "")
    elif event in CHANGES:
        tell("wrote", os.path.abspath(os.fsdecode(arguments[0])))
    elif event == "sqlite3.connect":
        tell("wrote", os.path.abspath(os.fsdecode(arguments[0])))


def tell(kind, what):
    os.write(record, (json.dumps([kind, what]) + "\\n").encode())


sys.addaudithook(watch)
sys.argv[0] = "executus"
code = 0
try:
    exec(os.environ.pop("TRIPWIRE_CODE"))
except SystemExit as error:
    code = error.code
finally:
    tell("modules", sorted(sys.modules))
sys.exit(code)
"""

COMMAND = "from executus_core.cli import main\nsys.exit(main(sys.argv[1:]))"
LOOPBACK = ("127.0.0.1", "::1")


@frozen
class Caught:
    """What a child did.

    Attributes:
        code: Its exit code.
        out: Its standard output.
        err: Its standard error.
        reached: Addresses that it connected to, bound or sent to.
        looked_up: Names that it asked a name server for.
        started: Processes that it started.
        wrote: Files that it opened for writing, made, moved or removed.
        modules: What it had imported in the end; empty when it ended without Python's leave.
    """

    code: int
    out: str
    err: str
    reached: list[str]
    looked_up: list[str]
    started: list[str]
    wrote: list[str]
    modules: set[str]

    @property
    def left(self) -> list[str]:
        """Everything that could take something off this machine, or learn of it there."""
        return [*self.reached, *self.looked_up, *self.started]

    @property
    def left_beyond_loopback(self) -> list[str]:
        """The same without what stays on loopback."""
        here = (*LOOPBACK, "localhost")
        return [what for what in self.left if what not in here]


def watch(folder: Path, *arguments: str, code: str = COMMAND, text: str = "", **environ: str) -> Caught:
    """Run ``executus`` with the arguments, or other code, under the tripwire.

    Args:
        folder: Where; its subfolder ``home`` is the child's home, and ``here`` its working folder.
        arguments: Those of the command line.
        code: What to run in place of the command line.
        text: Standard input.
        environ: Variables beside those that any child needs.
    """
    for name in ("home", "here"):
        (folder / name).mkdir(exist_ok=True)
    record = folder / "tripwire.jsonl"
    record.unlink(missing_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "PYTHONPATH") if name in os.environ}
    home = str(folder / "home")
    own = {
        "HOME": home,
        "USERPROFILE": home,
        "LOCALAPPDATA": home,
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TRIPWIRE": str(record),
        "TRIPWIRE_CODE": code,
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments],
        cwd=folder / "here",
        env={**kept, **own, **environ},
        input=text.encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    found: dict[str, list] = {"reached": [], "looked_up": [], "started": [], "wrote": []}
    modules: set[str] = set()
    for line in record.read_text().splitlines():
        kind, what = json.loads(line)
        if kind == "modules":
            modules = set(what)
        elif what != os.devnull:
            found[kind].append(what)
    return Caught(done.returncode, done.stdout.decode(), done.stderr.decode(), **found, modules=modules)
