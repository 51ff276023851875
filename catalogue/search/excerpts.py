"""Excerpts of a long text: its parts in order, each as long as a card shows, each embedded by itself. Pure.

The one nearest to a question is what the card shows: words cannot tell it where question and text share none (ADR 27).
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from catalogue.search.centres import Embed, centred, unit
from catalogue.search.index import Document, Vector

LENGTH = 240  # characters; about three lines on a phone
LONG = 5 * LENGTH  # shorter texts have no excerpts and cost nothing: a card shows a fifth of them or more
NO_ROWS: Vector = np.empty((0, 0), np.float32)
_BLANKS = re.compile(r"\s+")
_ENDS = re.compile(r"(?<=[.!?])\s+|\n")
_LINES = re.compile(r"\n")


@lru_cache(256)
def cut(text: str) -> Sequence[tuple[int, int]]:
    """Where the excerpts of a text begin and end: all of it, in order; none if it is no longer than LONG.

    They end at lines, else sentences, else blanks, which Thai has between phrases; else in the middle of a word.
    """
    if len(text) <= LONG:
        return ()
    cuts = [0]
    while len(text) - cuts[-1] > LENGTH:
        cuts.append(_end(text, cuts[-1]))
    return list(zip(cuts, [*cuts[1:], len(text)], strict=True))


def _end(text: str, begin: int) -> int:
    last = begin + LENGTH
    for pattern, least in ((_LINES, LENGTH // 3), (_ENDS, LENGTH // 2), (_BLANKS, LENGTH // 3)):
        found = [place.end() for place in pattern.finditer(text, begin + least, last)]
        if found:
            return found[0] if pattern is _LINES else found[-1]
    return last


def embedded(texts: Sequence[str], embed: Embed) -> list[Vector]:
    """The vectors of each text's excerpts, shape (excerpts, dimensions); ``embed`` embeds passages."""
    parts = [[text[start:end].strip() for start, end in cut(text)] for text in texts]
    if not any(parts):
        return [NO_ROWS] * len(parts)
    rows = embed([part for one in parts for part in one])
    return np.split(rows, np.cumsum([len(one) for one in parts])[:-1])


def kept(document: Document, centres: Mapping[str, Vector]) -> dict[str, bytes]:
    """What engines keep of a document's excerpts, by language: their centred vectors in one byte a number."""
    return {language: _rounded(centred(rows, centres[language])) for language, rows in document.excerpts.items()}


def _rounded(rows: Vector) -> bytes:
    whole: NDArray[np.int8] = np.round(rows / np.abs(rows).max(axis=1, keepdims=True) * 127).astype(np.int8)
    return whole.tobytes()


def restored(data: bytes, dimension: int) -> Vector:
    """The centred vectors of which these bytes are kept, of length 1; raises ValueError for other data."""
    return unit(np.frombuffer(data, np.int8).reshape(-1, dimension).astype(np.float32))
