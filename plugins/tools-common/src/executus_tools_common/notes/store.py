"""Where notes are kept: one SQLite file, in which every caller of every tenant has notes of their own.

SQLite does what a store of files would have to: it writes a change as a whole or not at all, lets processes take turns, and
notices a file that is damaged. A connection lives as long as one call.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

APPLICATION_ID: Final = 0x65786E6F
"""Says that a file is one of these: "exno"."""
VERSION: Final = 1
BUSY_TIMEOUT_S: Final = 5.0
_SCHEMA: Final = f"""
CREATE TABLE owner (tenant BLOB NOT NULL, caller BLOB NOT NULL, last_id INTEGER NOT NULL,
    PRIMARY KEY (tenant, caller)) WITHOUT ROWID;
CREATE TABLE note (tenant BLOB NOT NULL, caller BLOB NOT NULL, id INTEGER NOT NULL, written_at TEXT NOT NULL,
    text TEXT NOT NULL, PRIMARY KEY (tenant, caller, id)) WITHOUT ROWID;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
"""
_FULL_CODES: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_TOOBIG}
_BUSY_CODES: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED_CODES: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}


class NoteStoreError(Exception):
    """The store can't be used.

    Attributes:
        problem: Why, in words for a model: without the path and what SQLite said.
    """

    def __init__(self, problem: str, details: str) -> None:
        """Keep both the words for a model and the details for the operator."""
        super().__init__(f"{problem}: {details}")
        self.problem = problem


class TooManyNotesError(Exception):
    """The owner has as many notes as one may have."""


@frozen
class Owner:
    """Whose notes they are. Any text may stand in either: both are looked up, never interpreted.

    Attributes:
        tenant: The caller's tenant.
        caller_id: The caller; "" for those who have no name, who share theirs.
    """

    tenant: str
    caller_id: str

    @property
    def key(self) -> tuple[bytes, bytes]:
        """The two as bytes, which keep apart also what is no valid text."""
        return self.tenant.encode("utf-8", "surrogatepass"), self.caller_id.encode("utf-8", "surrogatepass")


@frozen
class Note:
    """A note.

    Attributes:
        id: Counts the owner's notes; never given again.
        written_at: When.
        text: What it says.
    """

    id: int
    written_at: datetime
    text: str


@frozen
class NoteStore:
    """Keeps notes by owner. Nothing is opened before the first call, and no file made before the first note.

    Attributes:
        path: The file.
        max_notes: How many notes an owner may have.
        max_size_mib: How large the file may grow.
    """

    path: Path
    max_notes: int
    max_size_mib: int

    def add_note(self, owner: Owner, text: str, written_at: datetime) -> int:
        """Keep a note, and give its id.

        Raises:
            TooManyNotesError: The owner has too many.
            NoteStoreError: The store can't be used; nothing was changed.
        """
        with self._writing() as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM note WHERE tenant = ? AND caller = ?", owner.key
            ).fetchone()
            if count >= self.max_notes:
                raise TooManyNotesError
            connection.execute(
                "INSERT INTO owner VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET last_id = last_id + 1",
                owner.key,
            )
            (note_id,) = connection.execute(
                "SELECT last_id FROM owner WHERE tenant = ? AND caller = ?", owner.key
            ).fetchone()
            connection.execute(
                "INSERT INTO note VALUES (?, ?, ?, ?, ?)", (*owner.key, note_id, written_at.isoformat(), text)
            )
        return int(note_id)

    def list_notes(self, owner: Owner) -> list[Note]:
        """List the owner's notes, newest first.

        Raises:
            NoteStoreError: The store can't be used.
        """
        if not self.path.exists():
            return []
        with self._connected() as connection:
            if self._is_new(connection):
                return []
            rows = connection.execute(
                "SELECT id, written_at, text FROM note WHERE tenant = ? AND caller = ? ORDER BY id DESC",
                owner.key,
            ).fetchall()
        return [Note(note_id, datetime.fromisoformat(at), text) for note_id, at, text in rows]

    def find_note(self, owner: Owner, note_id: int) -> Note | None:
        """Find one of the owner's notes.

        Raises:
            NoteStoreError: The store can't be used.
        """
        return next((note for note in self.list_notes(owner) if note.id == note_id), None)

    def remove_note(self, owner: Owner, note_id: int) -> bool:
        """Remove one of the owner's notes; tells whether there was one.

        Raises:
            NoteStoreError: The store can't be used; nothing was changed.
        """
        if not self.path.exists():
            return False
        with self._writing() as connection:
            removed = connection.execute(
                "DELETE FROM note WHERE tenant = ? AND caller = ? AND id = ?", (*owner.key, note_id)
            )
        return removed.rowcount > 0

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """Open the file for one change, done as a whole or not at all; make it when it is missing."""
        with self._connected(may_make=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            if self._is_new(connection):
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
            (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
            connection.execute(f"PRAGMA max_page_count = {self.max_size_mib * 1024 * 1024 // page_bytes}")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _connected(self, *, may_make: bool = False) -> Generator[sqlite3.Connection]:
        try:
            if may_make:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                # What people told their agents is nobody else's business; SQLite gives its journal the same mode.
                os.close(os.open(self.path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
            with closing(
                sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            ) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise self._explain(error) from error

    def _is_new(self, connection: sqlite3.Connection) -> bool:
        """Tell whether the file is empty, and refuse one that is something else."""
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables and application == version == 0:
            return True
        if application != APPLICATION_ID:
            raise NoteStoreError(
                "the store of notes is not one", f"{self.path} is another program's database"
            )
        if version != VERSION:
            raise NoteStoreError(
                "the store of notes is a newer version's",
                f"{self.path} has version {version}, known is {VERSION}",
            )
        return False

    def _explain(self, error: sqlite3.Error | OSError) -> NoteStoreError:
        """Say what is wrong with the file."""
        details = f"{self.path}: {error}"
        code = getattr(error, "sqlite_errorcode", None)
        primary = code & 0xFF if isinstance(code, int) else None
        if primary in _BUSY_CODES:
            return NoteStoreError(
                "the notes are being written by somebody else, so nothing was changed", details
            )
        if primary in _FULL_CODES:
            return NoteStoreError("there is no room for more notes, so nothing was changed", details)
        if primary in _DAMAGED_CODES:
            return NoteStoreError("the store of notes is damaged, and was left as it is", details)
        return NoteStoreError("the store of notes can't be used, and was left as it is", details)
