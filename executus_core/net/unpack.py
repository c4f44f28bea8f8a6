"""Unpacking gzip in bounded pieces: however much a little of it stands for, no more is made than is asked for."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_BYTES = 65_536
_GZIP = 16 + zlib.MAX_WBITS


class Gunzip:
    """Unpacks a stream of gzip members.

    Attributes:
        is_whole: Whether what was fed so far may end here.
    """

    is_whole: bool = True

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_GZIP)
        self._is_after_a_member = False
        self._is_over = False

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Yield what the next bytes stand for, at most ``PIECE_BYTES`` at a time.

        Raises:
            zlib.error: They are not gzip.
        """
        piece = b""
        while not self._is_over and (packed or len(piece) == PIECE_BYTES):
            try:
                piece = self._inflater.decompress(packed, PIECE_BYTES)
            except zlib.error:
                if not self._is_after_a_member:
                    raise
                # After a whole member, what is not another one is padding; browsers pass over it too.
                self._is_over = self.is_whole = True
                return
            if piece:
                self._is_after_a_member = False
                yield piece
            packed = self._inflater.unconsumed_tail
            self.is_whole = self._inflater.eof
            if self.is_whole:
                packed = self._inflater.unused_data
                self._inflater = zlib.decompressobj(_GZIP)
                self._is_after_a_member = True
                piece = b""
