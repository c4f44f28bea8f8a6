"""The tables, and how to tell that a file holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_audit_sqlite.errors import PATH_SETTING, AuditDatabaseError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

VERSION: Final = 1
"""Kept in the file as ``user_version``; a change of the tables adds one."""

APPLICATION_ID: Final = 0x45585541  # "EXUA", https://sqlite.org/pragma.html#pragma_application_id

_TABLES: Final = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,             -- grows in the order in which runs were first written
    run_id TEXT NOT NULL UNIQUE,
    agent TEXT NOT NULL,
    caller_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    parent_run_id TEXT NOT NULL,
    started_at REAL NOT NULL,           -- seconds since the epoch
    status TEXT,                        -- NULL until the run has ended
    process TEXT NOT NULL,              -- the process that records it: host, pid, and a mark of its start
    info TEXT NOT NULL,                 -- JSON: what was known when it started
    stats TEXT NOT NULL                 -- JSON: how it ended, or its counts so far
);
CREATE INDEX runs_by_parent ON runs (parent_run_id) WHERE parent_run_id <> '';
CREATE TABLE events (
    id INTEGER PRIMARY KEY,             -- grows in the order in which batches were written
    run_id TEXT NOT NULL,
    batch TEXT NOT NULL                 -- JSON: an array of events in the order in which they happened
);
CREATE INDEX events_by_run ON events (run_id);
CREATE VIEW event AS
    SELECT events.run_id, json_extract(value, '$.at') AS at, json_extract(value, '$.kind') AS kind, value AS event
    FROM events, json_each(events.batch)
"""

# In one statement, since another process may make the tables between two.
_STATE: Final = """
SELECT application_id, user_version, EXISTS (SELECT 1 FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version
"""


def ensure(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables in a fresh file; leave a file that has them as it is.

    Raises:
        AuditDatabaseError: The file belongs to something else, or to a newer version of this package.
    """
    if check(connection, path):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been first while this one waited for the lock.
        if not check(connection, path):
            for statement in _TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def check(connection: sqlite3.Connection, path: Path) -> bool:
    """Tell whether the tables are there.

    Raises:
        AuditDatabaseError: The file belongs to something else, or to a newer version of this package.
    """
    application_id, version, holds_any = connection.execute(_STATE).fetchone()
    if application_id == APPLICATION_ID and version > VERSION:
        raise AuditDatabaseError(
            f"the audit database {path} has schema {version}, and this executus-audit-sqlite knows only {VERSION}; "
            f"upgrade executus-audit-sqlite, or set {PATH_SETTING} to another file"
        )
    if application_id == APPLICATION_ID:
        return True
    if version or holds_any:
        raise AuditDatabaseError(
            f"{path} is the database of another program; set {PATH_SETTING} to a file of its own"
        )
    return False
