"""What a host can set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, SecretStr

from executus_core.config import PluginSettings


def default_notes_path() -> Path:
    """Name the file of notes that is used when nobody says otherwise."""
    return user_data_path("executus") / "notes.db"


class Settings(PluginSettings):
    """What common tools may do, and for whom.

    Attributes:
        workspace: The folder that the file tools keep to, the working folder by default; made when something is written.
        workspace_per: Who shares it: ``host`` everybody here, ``tenant``, ``caller`` and ``run`` each a folder of its own
            in it. Whoever has no name has no folder.
        workspace_max_file_bytes: Larger files are neither read nor written.
        workspace_read_scopes: What a caller must hold to list, read and search files.
        workspace_write_scopes: What a caller must hold to write and edit files.
        ask_before_writing: Names, or ends of paths, that a person is asked about before they are written, as globs in lower
            case, beside hidden files and configuration.
        web_allow_hosts: Globs of the only hosts that ``web_fetch`` and ``http_request`` may reach; every public one when
            it is not set.
        web_allow_private: Networks in CIDR notation that they may reach though they are not public: those of an intranet.
        web_timeout_s: Seconds that one request may take, redirects and body included.
        web_max_bytes: Larger answers are refused, counted after decompression.
        web_reading_timeout_s: Seconds that it may take to read what came.
        web_max_chars: A page's text is cut after so many characters.
        web_credentials: The ``Authorization`` header of requests by ``http_request``, by origin, such as
            ``"https://api.example.com"``; no model sees it.
        web_fetch_scopes: What a caller must hold to read pages.
        web_request_scopes: What a caller must hold to send requests.
        notes_path: The file in which notes are kept, ``notes.db`` in the user's data folder by default; made with the first
            note. Keep it on a local disk: SQLite can't lock a file over a network.
        notes_max_count: How many notes a caller may have.
        notes_max_size_mib: How large the file may grow, in mebibytes, with the notes of all callers.
        notes_scopes: What a caller must hold to keep, read and remove notes.
    """

    workspace: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=Path)
    workspace_per: Literal["host", "tenant", "caller", "run"] = "host"
    workspace_max_file_bytes: PositiveInt = 8_000_000
    workspace_read_scopes: tuple[str, ...] = ()
    workspace_write_scopes: tuple[str, ...] = ()
    ask_before_writing: tuple[str, ...] = ()
    web_allow_hosts: tuple[str, ...] | None = None
    web_allow_private: tuple[str, ...] = ()
    web_timeout_s: PositiveFloat = 30.0
    web_max_bytes: PositiveInt = 10_000_000
    web_reading_timeout_s: PositiveFloat = 20.0
    web_max_chars: PositiveInt = 400_000
    web_credentials: dict[str, SecretStr] = Field(default_factory=dict)
    web_fetch_scopes: tuple[str, ...] = ()
    web_request_scopes: tuple[str, ...] = ()
    notes_path: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=default_notes_path)
    notes_max_count: PositiveInt = 500
    notes_max_size_mib: PositiveInt = 100
    notes_scopes: tuple[str, ...] = ()
