"""The settings of the audit trail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_state_path
from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt

from executus_core.config import PluginSettings


def default_path() -> Path:
    """Name the file that is used when nobody says otherwise."""
    return user_state_path("executus") / "audit.db"


class Settings(PluginSettings):
    """Where the audit trail is kept, and how patiently.

    Attributes:
        path: The database file, ``audit.db`` in the user's state folder by default; made when it is missing, with its
            folder. Keep it on a local disk: SQLite's write-ahead log does not work over a network.
        busy_timeout_s: Seconds that one attempt to write waits for another process to end its own.
        close_timeout_s: Seconds after which a run that ends no longer waits for its record to be safe. The run gets a note;
            the record is still written when the database allows it.
        flush_interval_s: Seconds after which what happened in a run that goes on is written: what a killed process can lose.
        flush_events: Events of one run that are written without waiting for the interval.
        synchronous: ``full`` survives a power cut, ``normal`` survives a killed process and spares the disk.
        max_size_mib: How large the file may grow, in mebibytes; None for as large as its disk.
        max_unsaved_runs: Ended runs that are kept in memory while the database is locked; the oldest go first.
    """

    path: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=default_path)
    busy_timeout_s: PositiveFloat = 1.0
    close_timeout_s: PositiveFloat = 2.0
    flush_interval_s: PositiveFloat = 1.0
    flush_events: PositiveInt = 64
    synchronous: Literal["full", "normal"] = "full"
    max_size_mib: PositiveInt | None = None
    max_unsaved_runs: PositiveInt = 1000
