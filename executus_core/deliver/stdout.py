"""Delivery to standard output, or any other stream of text."""

from __future__ import annotations

import asyncio
from threading import Lock
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from executus_core.record.artifact import Artifact
    from executus_core.record.caller import Target

_CONTROLS: Final = {
    code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"
}


class StandardOutput:
    """Prints a run's output; its artifacts, which are no text, by name and size.

    Each delivery is one write, so that those of runs that end together don't mix. What would steer a terminal is taken out
    where the stream is one. A target's ``id`` means nothing here.
    """

    def __init__(self, stream: TextIO, *, kinds: Collection[str] = ("stdout",)) -> None:
        """Deliver to a stream.

        Args:
            stream: Where to, for example ``sys.stdout``; it stays the caller's.
            kinds: The kinds of target to serve.
        """
        self._kinds = frozenset(kinds)
        self._stream = stream
        self._lock = Lock()

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of target that it serves."""
        return self._kinds

    async def deliver(self, target: Target, output: str, artifacts: Sequence[Artifact]) -> None:  # noqa: ARG002 - one stream
        """Print a run's output, and what files it made."""
        files = [f"[{file.name}: {file.media_type}, {len(file.data)} bytes]" for file in artifacts]
        await asyncio.to_thread(self._print, "\n".join([output.removesuffix("\n"), *files]))

    async def deliver_error(self, target: Target, error: BaseException) -> None:  # noqa: ARG002 - one stream
        """Print why a run did not end by itself."""
        await asyncio.to_thread(self._print, f"error: {type(error).__name__}: {error}")

    def _print(self, text: str) -> None:
        if self._stream.isatty():
            text = text.translate(_CONTROLS)
        encoding = self._stream.encoding or "utf-8"
        with self._lock:
            self._stream.write(f"{text.encode(encoding, 'replace').decode(encoding)}\n")
            self._stream.flush()
