"""Delivery into a folder."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from executus_core.deliver.files import opened_folder
from executus_core.deliver.names import safe_name
from executus_core.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from executus_core.record.artifact import Artifact
    from executus_core.record.caller import Target

OUTPUT: Final = "output.txt"
ERROR: Final = "error.txt"


class Folder:
    """Writes each run into a folder of its own: ``ROOT/<target's id>/<run's id>``.

    There are the artifacts under their names, and last ``output.txt``, or ``error.txt`` for a run that did not end by
    itself: whoever finds one of the two finds the rest complete. Each file appears whole. Nothing that is there is written
    over: a name that is taken gets a number. Names are made safe everywhere, and no link below the root is followed.
    A target's ``id`` names a folder in the root, "" the root itself.
    """

    def __init__(
        self, root: Path | str, *, kinds: Collection[str] = ("folder",), per_run: bool = True
    ) -> None:
        """Deliver into folders of one root.

        Args:
            root: The root; made where it is missing.
            kinds: The kinds of target to serve.
            per_run: Whether each run gets a folder; else the files of all runs stand side by side.
        """
        self._kinds = frozenset(kinds)
        self._root = Path(root)
        self._per_run = per_run

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of target that it serves."""
        return self._kinds

    async def deliver(self, target: Target, output: str, artifacts: Sequence[Artifact]) -> None:
        """Write a run's artifacts and output."""
        await asyncio.to_thread(self._write, target, tuple(artifacts), OUTPUT, output)

    async def deliver_error(self, target: Target, error: BaseException) -> None:
        """Write why a run did not end by itself."""
        await asyncio.to_thread(self._write, target, (), ERROR, f"{type(error).__name__}: {error}\n")

    def _write(self, target: Target, artifacts: tuple[Artifact, ...], name: str, text: str) -> None:
        try:
            with opened_folder(self._root, self._parts_of(target)) as place:
                for artifact in artifacts:
                    place.write(safe_name(artifact.name), artifact.data, {OUTPUT, ERROR})
                place.write(name, text.encode("utf-8", "replace"))
        except OSError as error:
            raise DeliveryError(
                f"can't write into the folder of the target '{target.id}': {error.strerror or error}"
            ) from error

    def _parts_of(self, target: Target) -> list[str]:
        parts = target.id.split("/") if target.id else []
        if any(part != safe_name(part) for part in parts):
            raise DeliveryError(
                f"the target '{target.id}' is no folder inside of the root; join plain names by '/', as in reports/daily"
            )
        return [*parts, safe_name(target.run_id)] if self._per_run and target.run_id else parts
