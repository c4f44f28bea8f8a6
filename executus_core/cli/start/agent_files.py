"""The agent files that can be asked for by name. Completion looks at them too, so this imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = "agents"
FORMATS: Final = (".toml", ".yaml", ".yml", ".json")


def find_agent_files(configuration: Path | None) -> dict[str, Path]:
    """Find, by name, the files in ``agents`` of the working folder, and then in the one beside the configuration.

    Args:
        configuration: The file with the host's settings, or None.
    """
    folders = [Path()]
    if configuration is not None and configuration.resolve().parent != Path.cwd():
        folders.append(configuration.parent)
    files: dict[str, Path] = {}
    for folder in folders:
        for path in sorted((folder / FOLDER).glob("*")):
            if path.suffix.lower() in FORMATS and path.is_file():
                files.setdefault(path.stem, path)
    return files
