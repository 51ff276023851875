"""How much each term of a query tells, and which terms are worth looking for: the same in every engine. Pure."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

BITS = 23  # float32 adds distinct powers of two below 2**24 exactly, whatever the order
# Weights are multiples of this, so that float32 adds them exactly too: engines add in orders of their own, and entries
# that cover the same terms shall tie.
STEP = 2.0**-22
LARGE = 1_000  # entries from which common terms are not looked for: below, every search takes a millisecond or two
COMMON = 0.25  # share of the entries; at 61,753 a headline takes a third of the time, lareqa and thaigov score the same
COSINE_DECIMALS = 6  # that mean something in float32


def shares(frequencies: Sequence[int], documents: int) -> NDArray[np.float32]:
    """Each term's share of the query's information, from the number of entries that contain it: idf over the sum."""
    if not len(frequencies):
        return np.empty(0, np.float32)
    total = max(1, documents)
    frequency = np.minimum(total, np.asarray(frequencies, np.float64))
    idf = np.log1p((total - frequency + 0.5) / (frequency + 0.5))
    return np.asarray(np.round(idf / idf.sum() / STEP) * STEP, np.float32)


def telling(weights: Mapping[str, float], frequencies: Mapping[str, int], documents: int) -> dict[str, float]:
    """The terms worth looking for: in a large index, not those that a good part of the entries contain.

    They still count in the coverage of every candidate; they only bring none, which reads nearly every entry.
    """
    if documents < LARGE:
        return dict(weights)
    return {term: share for term, share in weights.items() if frequencies[term] <= COMMON * documents}


def bits(terms: Sequence[str]) -> list[dict[str, float]]:
    """The terms in parts of at most BITS, each term with a power of two: a sum of them says which terms it is of."""
    parts = [terms[start : start + BITS] for start in range(0, len(terms), BITS)]
    return [{term: float(1 << i) for i, term in enumerate(part)} for part in parts]


def unfolded(sums: NDArray[np.float32], size: int) -> NDArray[np.bool_]:
    """Shape (sums, size): which of a part's ``size`` terms each sum of :func:`bits` is of."""
    return np.asarray(sums.astype(np.int64)[:, None] >> np.arange(size) & 1, np.bool_)
