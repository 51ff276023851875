"""Vectors in one byte per number: finds the few rows that an exact product may find nearest. Only importer of simsimd.

Reading all vectors for each question takes longer than anything else in a search; a quarter of the bytes takes a
quarter of the time. Nothing is lost: what rounding can change has a bound, and whatever comes within it of the nearest
rows is looked at exactly (docs/adr/0024-exact-search-with-coarse-vectors.md).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalogue.search.index import Vector

LEVELS = 127  # of a signed byte, each side of zero
TURNING = 1e-5  # more than single precision loses in turning a vector
AT_A_TIME = 8192  # rows, for memory's sake


@dataclass(frozen=True)
class Coarse:
    """Rows of length 1 at most, turned, each as whole numbers times a step of its own. Never changes."""

    numbers: NDArray[np.int8]
    steps: Vector
    lost: float
    """No row is further than this from what stands for it."""

    @classmethod
    def of(cls, rows: Vector) -> "Coarse":
        """The rows, shape (n, d), rounded."""
        numbers = np.empty(rows.shape, np.int8)
        steps = np.empty(len(rows), np.float32)
        lost = 0.0
        for start in range(0, len(rows), AT_A_TIME):
            some = slice(start, start + AT_A_TIME)
            numbers[some], steps[some], gone = _rounded(_turned(rows[some]))
            lost = max(lost, gone)
        return cls(numbers, steps, lost)

    def extended(self, rows: Vector) -> "Coarse":
        """These rows with others after them."""
        if not len(rows):
            return self
        other = Coarse.of(rows)
        if not len(self.numbers):
            return other
        return Coarse(
            np.concatenate([self.numbers, other.numbers]),
            np.concatenate([self.steps, other.steps]),
            max(self.lost, other.lost),
        )

    def products(self, vector: Vector) -> tuple[Vector, float]:
        """Each row's product with the vector, and how far from the exact one any of them is at most."""
        simsimd = _simsimd()
        numbers, steps, gone = _rounded(_turned(vector[None]))
        found = np.asarray(simsimd.cdist(numbers, self.numbers, metric="dot", threads=1), np.float32)[0]
        length = float(np.linalg.norm(vector))
        # vector · row = rounded vector · rounded row + what the vector lost · rounded row + vector · what the row lost
        return found * (self.steps * steps[0]), gone * (1 + self.lost) + length * self.lost + length * TURNING


def _turned(rows: Vector) -> Vector:
    """The rows in other directions, which leave every product as it is.

    The first of the model's directions hold the greatest numbers, and a row's greatest number decides its step. Where
    all are alike, rounding loses half as much, and half as many rows come within the bound.
    """
    return np.asarray(rows @ _directions(rows.shape[1]), np.float32)


@lru_cache
def _directions(dimension: int) -> Vector:
    """Orthogonal ones, drawn by chance: always the same, though none of the answers depends on them."""
    drawn, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((dimension, dimension)))
    return np.asarray(drawn, np.float32)


def _rounded(rows: Vector) -> tuple[NDArray[np.int8], Vector, float]:
    """Whole numbers, the step of each row, and the greatest distance of a row from their product."""
    steps = np.maximum(np.abs(rows).max(axis=1), 1e-30) / LEVELS
    numbers = np.rint(rows / steps[:, None]).astype(np.int8)
    return numbers, steps, float(np.linalg.norm(rows - numbers * steps[:, None], axis=1).max())


def _simsimd() -> Any:
    import simsimd

    return simsimd
