"""How much each term of a query tells, and which terms are worth looking for: the same in every engine. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalogue.search.index import AnalysedQuery, Piece, Vector, Words

LEGS = ("tokens", "ngrams")  # that look for terms; AnalysedQuery has them by these names
Clause = str | Words
"""A term, or several that an entry has all of."""

BITS = 23  # float32 adds distinct powers of two below 2**24 exactly, whatever the order
# Weights are multiples of this, so that float32 adds them exactly too: engines add in orders of their own, and entries
# that cover the same terms shall tie.
STEP = 2.0**-22
LARGE = 1_000  # entries from which common terms are not looked for: below, every search takes a millisecond or two
COMMON = 0.25  # share of the entries; at 61,753 a headline takes a third of the time, lareqa and thaigov score the same
COSINE_DECIMALS = 6  # that mean something in float32
OTHERWISE = 0.8  # how much of a piece of the query an entry says that has another name for it (ADR 21)


def cosines(rows: Vector, vector: Vector) -> NDArray[np.float32]:
    """Of unit vectors. Rounded, because a product's last digits depend on where a row lies: equal vectors shall tie."""
    return np.round(rows @ vector, COSINE_DECIMALS)


def shares(frequencies: Sequence[int], documents: int) -> NDArray[np.float32]:
    """Each term's share of the query's information, from the number of entries that contain it: idf over the sum."""
    if not len(frequencies):
        return np.empty(0, np.float32)
    total = max(1, documents)
    frequency = np.minimum(total, np.asarray(frequencies, np.float64))
    idf = np.log1p((total - frequency + 0.5) / (frequency + 0.5))
    return np.asarray(np.round(idf / idf.sum() / STEP) * STEP, np.float32)


def asked_for(query: AnalysedQuery) -> dict[str, tuple[str, ...]]:
    """The terms, by leg, whose frequencies a search wants: the question's, and the words of its other names."""
    others = (word for name in query.otherwise for word in name)
    return {"tokens": tuple(dict.fromkeys((*query.tokens, *others))), "ngrams": tuple(query.ngrams)}


def weighed(terms: Sequence[str], frequencies: Mapping[str, int], documents: int) -> dict[str, float]:
    """Each of the terms with its share of the question's information; see :func:`shares`."""
    return dict(zip(terms, shares([frequencies[term] for term in terms], documents).tolist(), strict=True))


def telling(weights: Mapping[str, float], frequencies: Mapping[str, int], documents: int) -> dict[str, float]:
    """The terms worth looking for: in a large index, not those that a good part of the entries contain.

    They still count in the coverage of every candidate; they only bring none, which reads nearly every entry.
    """
    if documents < LARGE:
        return dict(weights)
    return {term: share for term, share in weights.items() if frequencies[term] <= COMMON * documents}


def otherwise(piece: Piece, weights: Mapping[str, float]) -> float:
    """What an entry covers of the query that says this piece by another name."""
    return round(OTHERWISE * sum(weights[token] for token in piece.tokens) / STEP) * STEP


@dataclass(frozen=True)
class Either:
    """A piece as it is looked for: its own terms by their scores, or one of the names for ``share``: what is more."""

    own: Mapping[str, float]
    names: Sequence[Words]
    share: float


@dataclass(frozen=True)
class Sought:
    """What a leg looks for: terms by their scores, and pieces with other names."""

    terms: Mapping[str, float]
    either: Sequence[Either]
    untold: float
    """The most that an entry covers beyond its score: what is not worth looking for."""

    def __bool__(self) -> bool:
        """Is there anything to look for?"""
        return bool(self.terms or self.either)


def sought(
    weights: Mapping[str, float], pieces: Sequence[Piece], frequencies: Mapping[str, int], documents: int
) -> Sought:
    """The terms and names worth looking for; ``frequencies`` are of the terms and of the words of all names."""
    told = telling(weights, frequencies, documents)
    untold = sum(share for term, share in weights.items() if term not in told)
    either: list[Either] = []
    for piece in pieces:
        rarest = {name: min(name, key=lambda word: (frequencies[word], word)) for name in piece.otherwise}
        worth = telling(dict.fromkeys(rarest.values(), 1.0), frequencies, documents)
        names = [name for name, word in rarest.items() if word in worth]
        share = otherwise(piece, weights)
        untold += share if len(names) < len(piece.otherwise) else 0.0
        if names:
            either.append(Either({t: told.pop(t) for t in piece.tokens if t in told}, names, share))
    return Sought(told, either, untold)


def bits(terms: Sequence[Clause]) -> list[tuple[dict[Clause, float], int]]:
    """The terms in parts of at most BITS, and each part's size: every place has a power of two, and a term those of all
    its places (two pieces may have one name). A sum of them says which terms it is of.
    """
    parts: list[tuple[dict[Clause, float], int]] = []
    for start in range(0, len(terms), BITS):
        scores: dict[Clause, float] = {}
        part = terms[start : start + BITS]
        for place, term in enumerate(part):
            scores[term] = scores.get(term, 0.0) + float(1 << place)
        parts.append((scores, len(part)))
    return parts


def unfolded(sums: NDArray[np.float32], size: int) -> NDArray[np.bool_]:
    """Shape (sums, size): which of a part's ``size`` terms each sum of :func:`bits` is of."""
    return np.asarray(sums.astype(np.int64)[:, None] >> np.arange(size) & 1, np.bool_)
