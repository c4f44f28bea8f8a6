"""Results of one run that were too long to be shown whole: kept in a file without a name, read from it piece by piece."""

from __future__ import annotations

from threading import Lock
from typing import IO, TYPE_CHECKING, Final, cast

from attrs import define, field, frozen

from executus_core.errors import ToolError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

STRETCH_CHARS: Final = 1_000_000
"""How much of a result is in memory at a time while it is searched."""


@frozen
class KeptResult:
    """Where one result lies in the file.

    Attributes:
        chars: How long it is.
        start: Its first byte.
        encoding: How it is written: all of its characters take as many bytes, so that each has its place.
        width: That many.
    """

    chars: int
    start: int
    encoding: str
    width: int


@define(eq=False)
class KeptResults:
    """The long results of one run.

    The file is made for the first of them, with no name under which anybody else could open it, and it goes with the
    process, however that ends. Safe to use from worker threads.

    Attributes:
        max_bytes: How large the file may grow.
        first_number: The number in the name of the first result.
    """

    max_bytes: int
    first_number: int = 1
    _results: dict[str, KeptResult] = field(
        factory=cast("Callable[[], dict[str, KeptResult]]", dict), init=False
    )
    _file: IO[bytes] | None = field(default=None, init=False)
    _size_bytes: int = field(default=0, init=False)
    _is_closed: bool = field(default=False, init=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def keep(self, text: str) -> str:
        """Keep a result.

        Returns:
            Its name; "" when there is no room for it, or the run is over.

        Raises:
            OSError: The file can't be made or written.
        """
        data, encoding, width = _encode(text)
        with self._lock:
            start = self._size_bytes
            if self._is_closed or start + len(data) > self.max_bytes:
                return ""
            self._write(data, start)
            self._size_bytes += len(data)
            name = f"result-{self.first_number + len(self._results)}"
            self._results[name] = KeptResult(len(text), start, encoding, width)
        return name

    def get(self, name: str) -> KeptResult:
        """Get a result by its name.

        Raises:
            ToolError: There is none, with the nearest name.
        """
        result = self._results.get(name)
        if result is None:
            raise ToolError(f"this run keeps no result named '{name}'.{did_you_mean(name, self._results)}")
        return result

    def read(self, result: KeptResult, offset: int, chars: int) -> str:
        """Read some characters of a result.

        Raises:
            ToolError: The run has ended, or the file can't be read.
        """
        wanted = max(0, min(chars, result.chars - offset)) * result.width
        try:
            with self._lock:
                if self._file is None:
                    raise ToolError("the results of this run are gone; call the tool again")
                self._file.seek(result.start + offset * result.width)
                data = self._file.read(wanted)
        except OSError as error:
            raise ToolError("the result can't be read any more; call the tool again") from error
        return data.decode(result.encoding, "surrogatepass")

    def find(self, result: KeptResult, text: str, offset: int, limit: int) -> tuple[list[int], int]:
        """Find a text in a result, from an offset on.

        Returns:
            The offsets of the first so many places, and how many there are.
        """
        found: list[int] = []
        total = 0
        for position in range(offset, result.chars, STRETCH_CHARS):
            stretch = self.read(result, position, STRETCH_CHARS + len(text) - 1)
            total += stretch.count(text)
            at = stretch.find(text)
            while at >= 0 and len(found) < limit:
                found.append(position + at)
                at = stretch.find(text, at + len(text))
        return found, total

    def close(self) -> None:
        """Let the file go, for good; waits for a thread that writes to it."""
        with self._lock:
            self._is_closed = True
            if self._file is not None:
                self._file.close()
                self._file = None

    def _write(self, data: bytes, start: int) -> None:
        if self._file is None:
            from tempfile import TemporaryFile  # noqa: PLC0415 - few runs need it

            self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - it lives as long as the run
        self._file.seek(start)  # what an earlier write left unfinished is written over
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]


def _encode(text: str) -> tuple[bytes, str, int]:
    """Write a text in the shortest encoding in which all of its characters take as many bytes."""
    for encoding, width in (("latin-1", 1), ("utf-16-le", 2)):
        try:
            data = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        if len(data) == len(text) * width:
            return data, encoding, width
    return text.encode("utf-32-le", "surrogatepass"), "utf-32-le", 4
