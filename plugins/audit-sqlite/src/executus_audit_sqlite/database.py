"""Opens the file: once for the writer, which may make it, and for readers, who leave no trace."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from executus_audit_sqlite import schema
from executus_audit_sqlite.errors import PATH_SETTING, AuditDatabaseError, explain

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from executus_audit_sqlite.settings import Settings


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Turn what SQLite and the file system raise into ``AuditDatabaseError``."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise explain(error, path) from error


class WritableDatabase:
    """The writer's connection: opened when it is first wanted, and again after a failure. For one thread only."""

    def __init__(self, settings: Settings) -> None:
        """Open nothing yet."""
        self._settings = settings
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def connect(self) -> sqlite3.Connection:
        """Give the open connection, or open the file, and make what is missing of it.

        Raises:
            AuditDatabaseError: It can't be used, and why.
        """
        # Whoever moves the file away, to archive it or because it is damaged, expects that a new one is begun.
        if self._connection is not None and self._file != _identity(self._settings.path):
            self.close()
        if self._connection is None:
            self._connection = _open_to_write(self._settings)
            self._file = _identity(self._settings.path)
        return self._connection

    def close(self) -> None:
        """Let go of the file; the next ``connect`` opens it anew."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@contextmanager
def open_to_read(path: Path) -> Generator[sqlite3.Connection | None]:
    """Open the database for reading only, or give None when there is none yet.

    Raises:
        AuditDatabaseError: It can't be read, and why; also from within the block.
    """
    with explained(path):
        _refuse_a_directory(path)
        if not path.exists() or not path.stat().st_size:
            yield None
            return
        # Without a log nobody writes. A plain reader would then make one and leave it there; "immutable" makes nothing,
        # and needs no right to write the folder.
        mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
        source = f"{path.absolute().as_uri()}?{mode}"
        with closing(sqlite3.connect(source, uri=True, isolation_level=None)) as connection:
            connection.execute("BEGIN")  # all that is read is of one moment
            yield connection if schema.check(connection, path) else None


def _refuse_a_directory(path: Path) -> None:
    if path.is_dir():
        raise AuditDatabaseError(
            f"the audit database {path} is a directory; set {PATH_SETTING} to a file, for example {path / 'audit.db'}"
        )


def _open_to_write(settings: Settings) -> sqlite3.Connection:
    path = settings.path
    with explained(path):
        _refuse_a_directory(path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What people told their agents is nobody else's business; SQLite gives its other files the same mode.
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, timeout=settings.busy_timeout_s, isolation_level=None)
        try:
            schema.check(connection, path)  # before anything is changed that may be somebody else's
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {settings.synchronous}")
            if settings.max_size_mib:
                (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
                connection.execute(
                    f"PRAGMA max_page_count = {settings.max_size_mib * 1024 * 1024 // page_bytes}"
                )
            schema.ensure(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _identity(path: Path) -> tuple[int, int] | None:
    """Tell one file from another that has taken its name."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
