"""What tools attach to a run, until the loop has ended: in order, bounded, and taken out once."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING, Final, cast

from attrs import define, field

from executus_core.errors import ToolError
from executus_core.record.artifact import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_NAME_BYTES: Final = 200
"""Short of what file systems take, so that a number or a suffix may be added."""

logger: logging.Logger = logging.getLogger("executus")


@define(eq=False)
class PendingArtifacts:
    """Files that wait for the end of a run's loop. Safe to fill from a tool's worker thread.

    Attributes:
        run_id: The run, for the log.
        max_count: At most so many files.
        max_bytes: At most so many bytes in all of them.
        late: What came after the end, or from a call that was given up, in words.
    """

    run_id: str
    max_count: int
    max_bytes: int
    late: list[str] = field(factory=cast("Callable[[], list[str]]", list), init=False)
    _artifacts: list[Artifact] = field(factory=cast("Callable[[], list[Artifact]]", list), init=False)
    _size_bytes: int = field(default=0, init=False)
    _is_open: bool = field(default=True, init=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def add(self, *artifacts: Artifact) -> None:
        """Take files, all of them or, when one is refused, none. After the end they are dropped, and the log says so.

        Raises:
            ToolError: A name is none, or the run would hold too many files or bytes.
            TypeError: It is no ``Artifact``, or its data is not bytes.
        """
        for artifact in artifacts:
            check_artifact(artifact)
        with self._lock:
            if self._is_open:
                self._take(artifacts)
                return
        for artifact in artifacts:
            self.drop(artifact)

    def drop(self, artifact: Artifact) -> None:
        """Drop a file that came too late, and say so."""
        self.late.append(f"the file {artifact.name!r:.80} came too late and was dropped")
        logger.warning("run %s: %s", self.run_id, self.late[-1])

    def drain(self) -> tuple[Artifact, ...]:
        """Take everything out, oldest first, and close: the first call gets all there will ever be."""
        with self._lock:
            self._is_open = False
            artifacts = tuple(self._artifacts)
            self._artifacts.clear()
        return artifacts

    def _take(self, artifacts: tuple[Artifact, ...]) -> None:
        count = len(self._artifacts) + len(artifacts)
        if count > self.max_count:
            raise ToolError(
                f"this run would keep {count} files, and may keep {self.max_count}; put several into one, or attach fewer"
            )
        size_bytes = self._size_bytes + sum(len(artifact.data) for artifact in artifacts)
        if size_bytes > self.max_bytes:
            raise ToolError(
                f"the files of this run would be {size_bytes} bytes, and may be {self.max_bytes}; attach smaller ones"
            )
        self._artifacts.extend(artifacts)
        self._size_bytes = size_bytes


def check_artifact(artifact: object) -> None:
    """Refuse what can't be kept as a file.

    Raises:
        ToolError: The name is not one of a file, or has a folder in it.
        TypeError: It is no ``Artifact``, or its data is not bytes.
    """
    if not isinstance(artifact, Artifact):
        message = f"attach takes an Artifact, not a {type(artifact).__name__}"
        raise TypeError(message)
    name, data = cast(
        "tuple[object, object]", (artifact.name, artifact.data)
    )  # a tool may have put anything there
    if not isinstance(name, str) or not isinstance(data, bytes):
        message = f"an Artifact has a name that is text and data that is bytes, not {name!r:.80} and {type(data).__name__}"
        raise TypeError(message)
    if problem := _problem_of(name):
        raise ToolError(f"a file can't be attached under the name {name!r:.80}: {problem}")


def _problem_of(name: str) -> str:
    """Say what is wrong with a file's name, or ""."""
    if not name.strip(" ."):
        return "it is empty, or only dots"
    if "/" in name or "\\" in name:
        return "it names a folder; give the file's name alone"
    if not name.isprintable():
        return "it holds characters that can't be shown"
    size_bytes = len(name.encode())
    return f"it is longer than {MAX_NAME_BYTES} bytes" if size_bytes > MAX_NAME_BYTES else ""
