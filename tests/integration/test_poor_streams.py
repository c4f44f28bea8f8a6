"""Poor terminals, jobs and locales: a command says what it can, and never ends with a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = "import sys; from executus_core.cli import main; sys.exit(main())"
COMMANDS = [
    ["--help"],
    ["plugins"],
    ["doctor"],
    ["models"],
    ["run", "-m", "scripted", "Where is “main” defined? →"],
]


def execute(folder: Path, *arguments: str, before: str = "", **environ: str) -> subprocess.CompletedProcess:
    own = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "EXECUTUS_AUDIT_SQLITE__PATH": str(folder / "audit.db"),
    }
    # -P: an installed command has no working folder on its path either, which Python 3.13.0 stumbles over when it is gone
    command = [sys.executable, "-P", "-c", before + CODE, *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env={**own, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_an_encoding_lacks_is_a_question_mark(
    tmp_path: Path, arguments: list[str], encoding: str
) -> None:
    """A table's mark, or a quotation mark of the answer, is worth less than the rest of it."""
    done = execute(tmp_path, *arguments, PYTHONIOENCODING=encoding, PYTHONUTF8="0")

    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="closes descriptors as a POSIX shell does")
@pytest.mark.parametrize(("closed", "code"), [("stdin", 0), ("stdout", 0), ("stderr", 0)])
def test_a_stream_may_be_closed(tmp_path: Path, closed: str, code: int) -> None:
    """As a job's may be; nobody reads it then."""
    done = execute(tmp_path, "run", "-m", "scripted", "hi", before=f"import sys; sys.{closed} = None; ")

    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr


def test_no_prompt_and_no_standard_input_is_an_empty_prompt(tmp_path: Path) -> None:
    """Where nobody types and nothing comes, there is nothing to do."""
    done = execute(tmp_path, "run", "-m", "scripted", before="import sys; sys.stdin = None; ")

    assert done.returncode == 2
    assert b"the prompt is empty" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_disk_is_one_sentence(tmp_path: Path, arguments: list[str]) -> None:
    """Standard output goes to a file on a disk that has no room left."""
    own = {"HOME": str(tmp_path), "EXECUTUS_AUDIT_SQLITE__PATH": str(tmp_path / "audit.db")}
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-c", CODE, *arguments]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[-1] == "executus: No space left on device"
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use can't be removed there")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--help"], 0, b"Run LLM agents"),
        (["run", "-m", "scripted", "hi"], 2, b"the working folder can't be read"),
        (["plugins"], 2, b"the working folder can't be read"),
    ],
)
def test_a_working_folder_that_is_gone_is_one_sentence(
    tmp_path: Path, arguments: list[str], code: int, said: bytes
) -> None:
    """Removed in another window, as it happens; the help goes on all the same."""
    gone = tmp_path / "gone"
    gone.mkdir()

    done = execute(
        tmp_path, *arguments, before=f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); "
    )

    assert done.returncode == code, done.stderr
    assert said in done.stderr + done.stdout
    assert b"Traceback" not in done.stderr
