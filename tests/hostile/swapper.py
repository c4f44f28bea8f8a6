"""A process that swaps two names, again and again, until its standard input ends; then it says how often it did.

The two change places in one system call, so that a name is never missing: whoever looks sees one or the other.
"""

import ctypes
import os
import select
import sys

AT_FDCWD = -100
RENAME_EXCHANGE = 2
ROUND = 200


def main(one: str, other: str) -> None:
    """Swap."""
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    swaps = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        for _ in range(ROUND):
            if libc.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE):
                raise OSError(ctypes.get_errno(), "the two could not be swapped")
            swaps += 1
    sys.stdout.write(f"{swaps}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
