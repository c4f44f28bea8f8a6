"""The weights of the tiny model: random ones, and ways to set a few by hand."""

from __future__ import annotations

import math
from enum import IntEnum, auto
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["HEADS", "HIDDEN", "NORM", "REACH", "ROPE_BASE", "WIDTH", "Place", "Weights"]

WIDTH, HEADS, HIDDEN = 64, 4, 128
HEAD_WIDTH = WIDTH // HEADS

# Rotary positions turn pair i of a head by `distance / ROPE_BASE ** (2 * i / HEAD_WIDTH)`. With this base the last pair
# stands still whatever the distance, and pair 4 turns by three eighths of a circle over a context of 4096 tokens.
ROPE_BASE = 3.2e6
STILL, SLOW = 2 * 7, 2 * 4

ONE = 64.0
"""So large that a vector's norm depends on nothing else: what is normalised keeps its scale, times ``NORM``."""
NORM = ONE / math.sqrt(WIDTH)

REACH = 20.0
"""How much likelier, in nats, the tokens are that may come next than all the others."""


class Place(IntEnum):
    """The places of a token's vector that mean something; from ``RANDOM`` on they mean nothing."""

    ONE = 0
    # which token it is
    TOOLS = auto()
    QUESTION = auto()
    RESULT = auto()
    RAMBLE = auto()
    BEGIN = auto()
    WORD = auto()
    WORD_RANK = auto()
    QUOTE = auto()
    LABEL = auto()
    LABEL_RANK = auto()
    CALLED = auto()
    # what the heads have found before it
    HAS_TOOLS = auto()
    ASKED = auto()
    RAMBLES = auto()
    RANDOM = auto()


class Weights:
    """The tensors of a llama of one block.

    Random weights read and write only the random places, so that what is set by hand stays as it was set.
    """

    def __init__(self, tokens: Sequence[str], seed: int) -> None:
        """Draw everything at random but the output, where each token is as likely as any other."""
        self._id_of = {token: number for number, token in enumerate(tokens)}
        self._random = np.random.default_rng(seed)
        self.embedding = self._noise(len(tokens), WIDTH, 0.1)
        self.embedding[:, Place.ONE] = ONE
        self.query, self.key, self.value, self.merge = (self._noise(WIDTH, WIDTH) for _ in range(4))
        self.gate, self.up, self.down = (
            self._noise(*shape) for shape in [(HIDDEN, WIDTH)] * 2 + [(WIDTH, HIDDEN)]
        )
        self.output = np.zeros((len(tokens), WIDTH), dtype=np.float32)

    def mark(self, place: Place, *tokens: str) -> None:
        """Let some tokens be told from all others."""
        self.embedding[self._ids(tokens), place] = 1

    def favour(self, tokens: Sequence[str], logit: float, *, at: Place = Place.ONE) -> None:
        """Make tokens likelier by so much: after every token, or where a place of the vector says 1."""
        self.output[self._ids(tokens), at] += logit / ONE if at is Place.ONE else logit

    def walk(self, tokens: Sequence[str], at: Place, rank: Place, out: str) -> None:
        """Have tokens follow one another about in the order of their list, and ``out`` follow the last ones.

        So every text ends, also where the likeliest token is always taken. With ranks from 0 to 1, the likeliest is one
        step after the one before: -sharp * (rank - before - step) ** 2, without the part that is the same for all.
        """
        sharp, step = 50.0, 0.25
        ids, ranks = self._ids(tokens), np.linspace(0, 1, len(tokens), dtype=np.float32)
        self.mark(at, *tokens)
        self.embedding[ids, rank] = ranks
        self.output[ids] += self._noise(len(tokens), WIDTH)
        self.output[ids, Place.ONE] += (2 * sharp * step * ranks - sharp * ranks**2) / ONE
        self.output[ids, rank] += 2 * sharp * ranks
        self.favour(tokens, REACH, at=at)
        # the likeliest has sharp * (before + step) ** 2 more than that; this line crosses the curve near the end
        self.favour([out], REACH - 1.8 * sharp, at=at)
        self.favour([out], 3.4 * sharp, at=rank)

    def look(self, head: int, reports: dict[Place, Place | None], *, latest: bool = False) -> None:
        """Have a head look for marked tokens, any or the latest, and report each kind in a place of its own, or not."""
        first = head * HEAD_WIDTH
        own, marks = slice(first, first + HEAD_WIDTH), list(reports)
        for matrix in (self.query, self.key, self.value, self.merge.T):
            matrix[own] = 0
        strength = (
            16000.0 if latest else 200.0
        )  # against thousands of other tokens, and the server's half precision
        self.query[first + STILL, Place.ONE] = 1 / ONE
        self.key[first + STILL, marks] = strength
        if latest:
            # begun at an eighth of a circle, a cosine falls steadily all the way to the far end of the context
            self.query[[first + SLOW, first + SLOW + 1], Place.ONE] = math.sqrt(0.5) / ONE
            self.key[first + SLOW, marks] = strength / 2
        for lane, (mark, report) in enumerate(reports.items()):
            if report is not None:
                self.value[first + lane, mark] = self.merge[report, first + lane] = 1

    def _ids(self, tokens: Sequence[str]) -> list[int]:
        return [self._id_of[token] for token in tokens]

    def _noise(self, rows: int, columns: int, scale: float = 0.3) -> np.ndarray:
        matrix = self._random.normal(0, scale, (rows, columns)).astype(np.float32)
        matrix[: Place.RANDOM if rows == WIDTH else 0] = 0
        matrix[:, : Place.RANDOM if columns == WIDTH else 0] = 0
        return matrix
