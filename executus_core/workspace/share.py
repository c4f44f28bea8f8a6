"""Whose workspace it is: one for the whole host, or a folder of its own for each tenant, caller or run."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from attrs import field, frozen

from executus_core.errors import ToolError
from executus_core.workspace.workspace import MAX_FILE_BYTES, Workspace

if TYPE_CHECKING:
    from executus_core.record.caller import Caller

Sharing: TypeAlias = Literal["host", "tenant", "caller", "run"]
_READABLE_CHARS: Final = 24


@frozen
class Share:
    """Gives each run the workspace that is its own.

    Attributes:
        root: The folder of the host.
        per: Who shares a workspace: everybody on this host, or each tenant, caller or run has a folder below ``root``.
        max_file_bytes: Larger files are neither read nor written.
    """

    root: Path = field(converter=Path)
    per: Sharing = "host"
    max_file_bytes: int = MAX_FILE_BYTES

    def of(self, caller: Caller, run_id: str) -> Workspace:
        """Find the workspace of a run.

        Args:
            caller: Who it is for.
            run_id: Its id.

        Raises:
            ToolError: Nobody knows whose it would be: strangers without a name never share one.
        """
        if self.per == "host":
            return Workspace(self.root, (), self.max_file_bytes)
        owner = {"tenant": (caller.tenant,), "caller": (caller.tenant, caller.id), "run": (run_id,)}[self.per]
        if not owner[-1]:
            raise ToolError(
                f"there are no files here: each {self.per} has its own, and this run has no {self.per} that is known"
            )
        return Workspace(self.root, (folder_name(self.per, *owner),), self.max_file_bytes)


def folder_name(kind: str, *ids: str) -> str:
    """Make a name for a folder that is nobody else's: two different owners never get the same, whatever their ids are.

    Args:
        kind: What it is one of, such as "tenant".
        ids: Who it is for, from the whole to the part.
    """
    digest = hashlib.sha256(json.dumps(ids).encode()).hexdigest()[:32]
    readable = re.sub(r"[^a-z0-9]+", "-", ids[-1].lower())[:_READABLE_CHARS].strip("-")
    return "-".join(part for part in (kind, readable, digest) if part)
