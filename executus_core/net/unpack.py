"""Unpacking gzip in bounded pieces: however much a little of it stands for, no more is made than is asked for."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_BYTES = 65_536
_GZIP = 16 + zlib.MAX_WBITS
_FIRST_BYTE = 0x1F


class Gunzip:
    """Unpacks a stream of gzip members.

    Attributes:
        is_whole: Whether what was fed so far may end here.
    """

    is_whole: bool = True

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_GZIP)
        self._is_between_members = False

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Yield what the next bytes stand for, at most ``PIECE_BYTES`` at a time.

        Raises:
            zlib.error: They are not gzip.
        """
        piece = b""
        while packed or len(piece) == PIECE_BYTES:
            if self._is_between_members and packed[0] != _FIRST_BYTE:
                return  # padding; browsers pass over it too
            self._is_between_members = False
            piece = self._inflater.decompress(packed, PIECE_BYTES)
            if piece:
                yield piece
            packed = self._inflater.unconsumed_tail
            self.is_whole = self._inflater.eof
            if self.is_whole:
                packed, piece = self._inflater.unused_data, b""
                self._inflater = zlib.decompressobj(_GZIP)
                self._is_between_members = True
