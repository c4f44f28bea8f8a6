"""A lock that holds for all processes of a machine, and goes with the process that holds it."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

RETRY_S: Final = 0.02

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@asynccontextmanager
async def locked(path: Path) -> AsyncGenerator[None]:
    """Hold the lock of a file, which is a file beside it; whoever must wait for it lets others run meanwhile.

    Raises:
        ConfigError: The lock file can't be made.
    """
    try:
        descriptor = _open(path)
    except OSError as error:
        raise ConfigError(f"{path}: can't be locked: {error.strerror or error}") from error
    try:
        while not _is_ours(descriptor):  # noqa: ASYNC110 - another process sets no event of ours
            await asyncio.sleep(RETRY_S)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(
        path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600
    )


def _is_ours(descriptor: int) -> bool:
    try:
        _try_lock(descriptor)
    except OSError:
        return False
    return True
