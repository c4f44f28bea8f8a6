"""Standing approvals in a file, shared by the processes of one host."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from executus_core.permission.lines import read_lines, write_lines
from executus_core.permission.lock import locked
from executus_core.permission.memory import ApprovalMemory, is_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.record.caller import Caller
    from executus_core.record.permission import BoundCall, StandingApproval

MAX_IN_FILE: Final = 100_000
"""More approvals than people give; beyond that the oldest give way."""
RUN_LASTS: Final = timedelta(days=30)
"""After which an approval for one run is dropped at the next save: no run goes on so long."""


class FileApprovals:
    """Keeps standing approvals in a file of JSON lines that only its owner can read.

    A change is written beside the file and then put in its place, under a lock that holds for all processes of the machine.
    A file that is damaged, or that others may write to, is an error and is left as it is: no approval of it holds.
    """

    def __init__(self, path: str | Path) -> None:
        """Keep the path; the file and its folder are made with the first approval.

        Args:
            path: The file.
        """
        self._path = Path(path)
        self._stamp: tuple[int, ...] | None = None
        self._known = ApprovalMemory(max_held=MAX_IN_FILE)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    async def find_approval(self, call: BoundCall) -> StandingApproval | None:
        """Find an approval that covers the call, or give None.

        Raises:
            ConfigError: The file is damaged, or can't be read.
        """
        self._refresh()
        return await self._known.find_approval(call)

    async def list_approvals(self, caller: Caller) -> list[StandingApproval]:
        """List what a caller has been granted, oldest first.

        Raises:
            ConfigError: The file is damaged, or can't be read.
        """
        self._refresh()
        return await self._known.list_approvals(caller)

    async def save_approval(self, approval: StandingApproval) -> None:
        """Keep an approval; one with the same id is replaced.

        Raises:
            ConfigError: The file is damaged, or can't be read or written.
        """
        async with locked(self._path):
            self._refresh()
            self._write([*_still_of_use(self._known.held, approval), approval])

    async def revoke_approval(self, caller: Caller, approval_id: str) -> bool:
        """Forget one of a caller's approvals; False when the caller has none of that id.

        Raises:
            ConfigError: The file is damaged, or can't be read or written.
        """
        async with locked(self._path):
            self._refresh()
            held = list(self._known.held)
            kept = [one for one in held if one.id != approval_id or not is_of(one, caller)]
            if len(kept) < len(held):
                self._write(kept)
        return len(kept) < len(held)

    def _refresh(self) -> None:
        """Read the file where it is not the one that was read last."""
        stamp = _stamp_of(self._path)
        if stamp is None or stamp != self._stamp:
            self._stamp = None
            known = ApprovalMemory(max_held=MAX_IN_FILE)
            for approval in read_lines(self._path):
                known.add(approval)
            self._known, self._stamp = known, stamp

    def _write(self, approvals: Iterable[StandingApproval]) -> None:
        write_lines(self._path, approvals)
        self._stamp = None


def _stamp_of(path: Path) -> tuple[int, ...] | None:
    """Tell one state of a file from another; None when there is no file."""
    try:
        state = os.stat(path)  # noqa: PTH116 - one call, and no object for it
    except OSError:
        return None
    return (state.st_ino, state.st_mtime_ns, state.st_size)


def _still_of_use(held: Iterable[StandingApproval], new: StandingApproval) -> list[StandingApproval]:
    """Leave out what the new one replaces, and what was for runs that are long over."""
    kept = [approval for approval in held if approval.id != new.id]
    return [approval for approval in kept if not _is_over(approval, new)]


def _is_over(approval: StandingApproval, new: StandingApproval) -> bool:
    if approval.scope != "run" or approval.given_at is None or new.given_at is None:
        return False
    return new.given_at - approval.given_at > RUN_LASTS
