"""A stager that keeps files in memory."""

from __future__ import annotations

from attrs import field, frozen

__all__ = ["MemoryInputFiles", "StagedFile"]


def _count(content: bytes) -> str:
    return f"<{len(content)} bytes>"


@frozen
class StagedFile:
    """A file that was staged."""

    run_id: str
    agent_id: str
    name: str
    media_type: str
    content: bytes = field(repr=_count)


class MemoryInputFiles:
    """Keeps input files under the ids "file_1", "file_2", and so on.

    Attributes:
        files: The files by id, in the order in which they came.
    """

    def __init__(self) -> None:
        """Start with no files."""
        self.files: dict[str, StagedFile] = {}

    async def stage(self, run_id: str, agent_id: str, name: str, media_type: str, content: bytes) -> str:
        """Keep a file and give its id."""
        file_id = f"file_{len(self.files) + 1}"
        self.files[file_id] = StagedFile(run_id, agent_id, name, media_type, content)
        return file_id
