"""What a host can set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveInt

from executus_core.config import PluginSettings


class Settings(PluginSettings):
    """What common tools may do, and for whom.

    Attributes:
        workspace: The folder that the file tools keep to, the working folder by default; made when something is written.
        workspace_per: Who shares it: ``host`` everybody here, ``tenant``, ``caller`` and ``run`` each a folder of its own
            in it. Whoever has no name has no folder.
        workspace_max_file_bytes: Larger files are neither read nor written.
        workspace_read_scopes: What a caller must hold to list, read, search and count files.
        workspace_write_scopes: What a caller must hold to write and edit files.
        ask_before_writing: Names that a person is asked about before they are written, as globs in lower case, beside
            hidden files and configuration.
    """

    workspace: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=Path)
    workspace_per: Literal["host", "tenant", "caller", "run"] = "host"
    workspace_max_file_bytes: PositiveInt = 8_000_000
    workspace_read_scopes: tuple[str, ...] = ()
    workspace_write_scopes: tuple[str, ...] = ()
    ask_before_writing: tuple[str, ...] = ()
