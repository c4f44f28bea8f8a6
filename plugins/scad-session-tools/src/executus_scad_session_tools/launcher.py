"""Locks itself in, then becomes OpenSCAD: ``python -I -S launcher.py JSON``. Run as a file of its own.

A program that is started from a server's process can't be limited from outside without a race, and code between fork and
exec is not safe beside threads. So a small Python takes the limits upon itself, and they stay over its exec.

The numbers are those of Linux's ``landlock.h`` and are the same on every architecture.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import struct
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG, PATH_BENEATH = 1, 1
SET_PDEATHSIG, SET_NO_NEW_PRIVS = 1, 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_FILE, MAKE_REG, TRUNCATE = (
    1 << bit for bit in (0, 1, 2, 3, 5, 8, 14)
)
READ = EXECUTE | READ_FILE | READ_DIR
# no links, no devices, no folders: what is written is plain files
WRITE = READ_FILE | READ_DIR | WRITE_FILE | REMOVE_FILE | MAKE_REG | TRUNCATE
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
# what each version of Landlock can forbid in the file system: 13 rights, then one more in versions 2, 3 and 5
HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
BIND_AND_CONNECT_TCP = 0b11  # since version 4
ABSTRACT_SOCKETS_AND_SIGNALS = 0b11  # since version 6

FAILED = 125


def landlock_version() -> int:
    """Ask the kernel for its version of Landlock; 0 when it has none, or has it switched off."""
    if not sys.platform.startswith("linux"):
        return 0
    version: int = _libc().syscall(CREATE_RULESET, None, 0, VERSION_FLAG)
    return max(version, 0)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def restrict_files(read: list[str], write: list[str]) -> None:
    """Take every right from this process but those on the given files and folders; TCP and signals to others too."""
    libc, version = _libc(), landlock_version()
    handled = HANDLED[min(version, 5)]
    fields = [
        handled,
        BIND_AND_CONNECT_TCP if version >= 4 else 0,
        ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0,
    ]
    known = fields[: 1 if version < 4 else 2 if version < 6 else 3]
    attributes = struct.pack(f"={len(known)}Q", *known)
    ruleset = _checked(libc.syscall(CREATE_RULESET, attributes, len(attributes), 0))
    for rights, paths in ((READ, read), (WRITE, write)):
        for path in paths:
            _allow(libc, ruleset, path, rights & handled)
    _checked(libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(libc.syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # no system has all of them
    if not os.path.isdir(path):  # noqa: PTH112 - pathlib costs more than all the rest of this file
        rights &= OF_A_FILE
    _checked(libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", rights, place), 0))
    os.close(place)


def limit(memory_bytes: int, file_bytes: int, cpu_s: int) -> None:
    """Bound what this process may take, and leave no picture of its memory behind."""
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))


def obey(
    *,
    command: list[str],
    parent: int,
    landlock: bool,
    read: list[str],
    write: list[str],
    memory_bytes: int,
    file_bytes: int,
    cpu_s: int,
) -> None:
    """Take limits upon this process, and become a command."""
    if sys.platform.startswith("linux"):
        _checked(_libc().prctl(SET_PDEATHSIG, 9, 0, 0, 0))
        if os.getppid() != parent:
            sys.exit(FAILED)  # the host died before this could be armed
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, and what it starts would too
    limit(memory_bytes, file_bytes, cpu_s)
    if landlock:
        restrict_files(read, write)
    os.execv(command[0], command)  # noqa: S606 - this is what the file is for


def main() -> None:
    """Obey the order on the command line, or say why not."""
    try:
        obey(**json.loads(sys.argv[1]))
    except OSError as error:
        sys.stderr.write(f"launcher: {error}\n")
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
