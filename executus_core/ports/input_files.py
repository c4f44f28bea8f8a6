"""The input file port: attachments that are not pictures."""

from __future__ import annotations

from typing import Protocol


class InputFileStager(Protocol):
    """Keeps the files that came with a run's input.

    Contract: called once per file that the model's provider does not read by itself, in order, before the first model call.
    The name is the sender's and not to be trusted as a path. What it raises is noted on the result, that file is left out,
    and the run goes on.
    """

    async def stage(self, run_id: str, agent_id: str, name: str, media_type: str, content: bytes) -> str:
        """Keep one file.

        Returns:
            An id by which tools find the file; the model sees it beside the name.
        """
        ...
