"""Standard output: text as it is, files by name."""

from __future__ import annotations

import io

from executus_core import Artifact, Target
from executus_core.deliver import StandardOutput
from executus_core.errors import MaxStepsError

TARGET = Target("stdout", "")


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


async def test_output_is_printed_and_files_are_named() -> None:
    """A file is no text."""
    stream = io.StringIO()
    await StandardOutput(stream).deliver(TARGET, "Here.\n", [Artifact("part.stl", "model/stl", b"12345")])
    await StandardOutput(stream).deliver_error(TARGET, MaxStepsError(3))

    here, file, error = stream.getvalue().splitlines()
    assert (here, file) == ("Here.", "[part.stl: model/stl, 5 bytes]")
    assert error.startswith("error: MaxStepsError: the run used all of its 3 steps")


async def test_what_would_steer_a_terminal_does_not_reach_one() -> None:
    """A model may write anything; a pipe gets it as it is."""
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        await StandardOutput(stream).deliver(TARGET, "a\x1b[2Jb\x9b", [])

    assert terminal.getvalue() == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}\n"
    assert pipe.getvalue() == "a\x1b[2Jb\x9b\n"


async def test_what_the_stream_can_not_say_is_replaced() -> None:
    """An old terminal is no reason to lose an answer."""
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, encoding="ascii")
    await StandardOutput(stream).deliver(TARGET, "Grüße \ud800", [])

    assert data.getvalue() == b"Gr??e ?\n"
