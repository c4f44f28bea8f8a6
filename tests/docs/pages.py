"""Reads the fenced blocks of a Markdown page and runs them in order, as a reader would who follows the page.

- ``python`` blocks share the page's namespace.
- ``console`` blocks are transcripts: lines that begin with ``$`` are run, what follows is what they must print. A line
  ``...`` stands for any lines, and ``...`` within a line for any text. ``cd`` holds for the rest of the page.
- ``toml``, ``yaml`` and ``json`` blocks must be valid.
- A block whose first line is a comment with a file's name, ``# agent.toml``, is written to that file first. What lies in a
  package's ``src/`` or ``tests/`` is only written: the page itself says when it is used.
- ``skip: REASON`` behind the language leaves a block out, and the reason is there to be read.

Everything happens in an empty folder, with an audit trail of its own and without a network. Two things stand in for what a
reader has and a test has not: pip, and a model server at ``MODEL_SERVER``.
"""

import json
import os
import re
import subprocess
import sysconfig
import tomllib
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from markdown_it import MarkdownIt

from executus_core.testing import ModelServer

NO_NETWORK = """\
from executus_core.testing.network import no_network

guard = no_network()
guard.__enter__()
"""
PIP_INSTALL = re.compile(r"python -m pip install (?:-e|--editable) (?:\.|\"\.\[\w+\]\")")
MODEL_SERVER = "http://127.0.0.1:8080/v1"
MODEL = "qwen3-8b"
OF_THE_MACHINE = re.compile(r"^EXECUTUS_|_API_KEY$|^UV$|^PYTHONSAFEPATH$")
FILE_NAME = re.compile(r"(?:#|//) ([\w./-]+\.\w+)\n")


@dataclass
class Block:
    """One fenced block.

    Attributes:
        page: Where it stands.
        line: Where its fence opens, counted from 1.
        language: The first word behind the fence.
        reason: Why it is not run, or "".
        text: What stands in it.
    """

    page: Path
    line: int
    language: str
    reason: str
    text: str

    @property
    def file(self) -> str:
        """The file that it is, or ""."""
        found = FILE_NAME.match(self.text)
        return found[1] if found else ""

    def __str__(self) -> str:
        """Show where it stands."""
        return f"{self.page}:{self.line}"


def read_blocks(page: Path) -> list[Block]:
    """Read the fenced blocks of a page."""
    blocks = []
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "fence":
            language, _, rest = token.info.strip().partition(" ")
            marked = re.fullmatch(r"skip: (\S.*)", rest)
            if rest and not marked:
                raise AssertionError(f"{page}:{token.map[0] + 1}: '{rest}'; the only mark is 'skip: REASON'")
            blocks.append(Block(page, token.map[0] + 1, language, marked[1] if marked else "", token.content))
    return blocks


@dataclass
class Reader:
    """Follows one page.

    Attributes:
        folder: Where to do what the page says.
        open: Closes what the page has opened, when it is done.
        namespace: What its Python blocks have defined.
        server: The model server, once the page has spoken of it.
        here: Where the page has gone with ``cd``.
    """

    folder: Path
    open: ExitStack
    namespace: dict = field(default_factory=lambda: {"__name__": "page"})
    server: ModelServer | None = None

    def __post_init__(self) -> None:
        """Prepare what takes the network from every process that the page starts."""
        self.here = self.folder
        self.site = self.folder.parent / "site"
        self.site.mkdir()
        self.paths = [self.site, self.folder]
        (self.site / "sitecustomize.py").write_text(NO_NETWORK)

    def follow(self, block: Block) -> None:
        """Do what a block says."""
        if block.file:
            file = self.here / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self._with_server(block.text))
            if block.file.startswith(("src/", "tests/")):
                return
        match block.language:
            case "python":
                exec(
                    compile("\n" * block.line + self._with_server(block.text), str(block.page), "exec"),
                    self.namespace,
                )
            case "console":
                self._type(block)
            case "toml":
                tomllib.loads(block.text)
            case "yaml":
                yaml.safe_load(block.text)
            case "json":
                json.loads(block.text)

    def _type(self, block: Block) -> None:
        command = ""
        expected: list[str] = []
        for line in [*block.text.splitlines(), "$ "]:
            if line.startswith("$ "):
                if command:
                    self._check(block, command, expected)
                command, expected = line[2:], []
            else:
                expected.append(line)

    def _check(self, block: Block, command: str, expected: list[str]) -> None:
        if command.startswith("cd "):
            self.here = (self.here / command.removeprefix("cd ")).resolve(strict=True)
        elif PIP_INSTALL.fullmatch(command):
            self._stand_in_for_pip()
        else:
            said = self._run(command)
            assert matches(said, expected), f"{block}: $ {command}\n{said}"

    def _with_server(self, text: str) -> str:
        """Put the address of the server that stands in for the one that a page speaks of."""
        if MODEL_SERVER not in text:
            return text
        if not self.server:
            server = ModelServer("openai", lambda request: "Good morning.", models=[MODEL], strict=False)
            self.server = self.open.enter_context(server)
        return text.replace(MODEL_SERVER, self.server.base_url)

    def _run(self, command: str) -> str:
        scripts = sysconfig.get_path("scripts")
        environ = {name: value for name, value in os.environ.items() if not OF_THE_MACHINE.search(name)}
        environ |= {
            "EXECUTUS_MODEL_LITELLM__LOCAL_PORTS": "[]",  # whatever model server the machine may have
            "EXECUTUS_AUDIT_SQLITE__PATH": str(self.folder.parent / "audit.db"),
            "PATH": f"{scripts}{os.pathsep}{os.defpath}",
            "PYTHONPATH": os.pathsep.join(map(str, self.paths)),
            "COLUMNS": "110",
        }
        done = subprocess.run(
            ["/bin/sh", "-c", self._with_server(command)],
            cwd=self.here,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
            text=True,
        )
        said = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
        return said.replace(self.server.base_url, MODEL_SERVER) if self.server else said

    def _stand_in_for_pip(self) -> None:
        """Install the page's package as pip would: what it says of itself, and where it is. pip needs a network."""
        project = tomllib.loads((self.here / "pyproject.toml").read_text())["project"]
        source = self.here / "src"
        self.paths.append(source if source.is_dir() else self.here)
        info = self.site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir()
        needs = "".join(f"Requires-Dist: {need}\n" for need in project["dependencies"])
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n{needs}"
        )
        groups = [
            "\n".join([f"[{group}]", *(f"{name} = {target}" for name, target in points.items())])
            for group, points in project["entry-points"].items()
        ]
        (info / "entry_points.txt").write_text("\n".join(groups) + "\n")


def matches(said: str, expected: list[str]) -> bool:
    """Tell whether an output is what a transcript shows."""
    pattern = ""
    for line in "\n".join(expected).strip().splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(piece) for piece in line.rstrip().split("...")) + r"\n"
    return re.fullmatch(pattern, f"{said}\n" if said else "") is not None
