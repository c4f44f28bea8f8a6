"""What can be wrong with the database, in words that help."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from executus_core.errors import ExecutusError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PATH_SETTING: Final = "[plugin.audit-sqlite] path"


class AuditDatabaseError(ExecutusError):
    """The audit database can't be used.

    Attributes:
        passing: Whether it may work by itself later: what waits is kept and tried again.
    """

    def __init__(self, message: str, *, passing: bool = False) -> None:
        """Keep the message and whether to try again."""
        super().__init__(message)
        self.passing = passing


class UnknownRunError(ExecutusError):
    """No run has this id, or more than one.

    Attributes:
        near: Ids that may be meant.
    """

    def __init__(self, run_id: str, *, near: Sequence[str] = (), several: Sequence[str] = ()) -> None:
        """Say which ids there are.

        Args:
            run_id: What was asked for.
            near: Ids that look like it, or the newest, when there is no such run.
            several: The ids that it may mean, when there is more than one.
        """
        self.near: tuple[str, ...] = tuple(several or near)
        shown = ", ".join(self.near[:3]) + (", ..." if len(self.near) > 3 else "")
        if several:
            message = f"'{run_id}' may be any of {len(several)} runs ({shown}); give more of the id"
        else:
            message = f"there is no run '{run_id}'" + (f"; near it: {shown}" if near else " and no other")
        super().__init__(message)


# The primary result codes of https://sqlite.org/rescode.html that have a remedy of their own.
_REMEDIES: Final[dict[int, tuple[str, str]]] = {
    sqlite3.SQLITE_BUSY: (
        "is locked by another program",
        "close what holds it (a database browser, a backup), or raise busy_timeout_s",
    ),
    sqlite3.SQLITE_FULL: (
        "has no room left",
        f"free space on its disk, raise max_size_mib where it is set, or set {PATH_SETTING} to another disk",
    ),
    sqlite3.SQLITE_READONLY: (
        "may not be written",
        f"allow it for the file and its folder, or set {PATH_SETTING}",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "can't be opened",
        f"check that its folder is there and may be used, or set {PATH_SETTING}",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "move it away and a new one is made; `sqlite3 FILE .recover` may save what it held",
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not a SQLite database",
        f"move that file away, or set {PATH_SETTING} to another one",
    ),
    sqlite3.SQLITE_IOERR: (
        "can't be read or written",
        f"check its disk, or set {PATH_SETTING} to another one",
    ),
}
_REMEDIES[sqlite3.SQLITE_LOCKED] = _REMEDIES[sqlite3.SQLITE_PROTOCOL] = _REMEDIES[sqlite3.SQLITE_BUSY]
_REMEDIES[sqlite3.SQLITE_PERM] = _REMEDIES[sqlite3.SQLITE_AUTH] = _REMEDIES[sqlite3.SQLITE_READONLY]

_PASSING: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}


def explain(error: sqlite3.Error | OSError, path: Path) -> AuditDatabaseError:
    """Say what an error of SQLite or of the file system means for the audit trail, and what to do."""
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return AuditDatabaseError(
            f"the audit database {path} can't be opened ({reason}); correct its folder, or set {PATH_SETTING}"
        )
    # The low byte is the primary code, the rest says more: https://sqlite.org/rescode.html#extrc
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    wrong, remedy = _REMEDIES.get(code, ("can't be used", f"set {PATH_SETTING} to another file"))
    return AuditDatabaseError(
        f"the audit database {path} {wrong} ({error}); {remedy}", passing=code in _PASSING
    )
