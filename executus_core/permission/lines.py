"""Standing approvals as JSON lines: a head that names the format, and a line for each."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from attrs import asdict, fields

from executus_core.errors import ConfigError
from executus_core.record.permission import SCOPE_ORDER, BoundCall, StandingApproval

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.record.permission import ApprovalScope

HEAD: Final[dict[str, str | int]] = {"format": "executus-approvals", "version": 1}
_REMEDY: Final = "no approval in it holds until that is mended, or the file removed"
_CALL: Final = tuple(field.name for field in fields(BoundCall))


def read_lines(path: Path) -> list[StandingApproval]:
    """Read the approvals of a file, oldest first; none where there is no file.

    Raises:
        ConfigError: It can't be read, is damaged, or others may write to it; with the line where there is one.
    """
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            lines = file.read().split("\n")
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: the standing approvals can't be read ({error}); {_REMEDY}") from error
    if sys.platform != "win32" and mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError(f"{path}: others may write to it; {_REMEDY}: chmod 600 '{path}'")
    if lines[-1] or not _is_head(lines[0]):
        raise ConfigError(f"{path}: is no file of standing approvals, or was cut off; {_REMEDY}")
    return [_read_line(path, number, line) for number, line in enumerate(lines[1:-1], start=2)]


def write_lines(path: Path, approvals: Iterable[StandingApproval]) -> None:
    """Write the approvals of a file: all of them, or none and the file is as it was.

    Raises:
        ConfigError: It can't be written.
    """
    text = "".join(f"{json.dumps(line)}\n" for line in [HEAD, *map(_as_line, approvals)])
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise ConfigError(
            f"{path}: the standing approvals can't be written: {error.strerror or error}"
        ) from error


def _is_head(line: str) -> bool:
    try:
        return bool(json.loads(line) == HEAD)
    except ValueError:
        return False


def _as_line(approval: StandingApproval) -> dict[str, object]:
    given_at = approval.given_at.isoformat() if approval.given_at else ""
    return {
        "id": approval.id,
        **asdict(approval.call),
        "scope": approval.scope,
        "by": approval.by,
        "reason": approval.reason,
        "given_at": given_at,
    }


def _read_line(path: Path, number: int, line: str) -> StandingApproval:
    try:
        return _as_approval(json.loads(line))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: line {number}: is no standing approval ({error}); {_REMEDY}") from error


def _as_approval(line: object) -> StandingApproval:
    """Read one approval, word for word.

    Raises:
        ValueError: It is none.
    """
    names = ("id", *_CALL, "scope", "by", "reason", "given_at")
    if not isinstance(line, dict) or set(cast("dict[str, object]", line)) != set(names):
        raise ValueError(f"it must have exactly {', '.join(names)}")
    held = cast("dict[str, str]", line)
    if strangers := [name for name, word in held.items() if type(word) is not str]:
        raise ValueError(f"'{strangers[0]}' is no text")
    if held["scope"] not in SCOPE_ORDER or held["scope"] == "once":
        raise ValueError(f"the scope '{held['scope']}' is not known")
    given_at = datetime.fromisoformat(held["given_at"]) if held["given_at"] else None
    if given_at is not None and given_at.tzinfo is None:
        raise ValueError("'given_at' has no time zone")
    call = BoundCall(**{name: held[name] for name in _CALL})
    scope = cast("ApprovalScope", held["scope"])
    return StandingApproval(held["id"], call, scope, held["by"], held["reason"], given_at)
