"""Excerpts of a long text: its parts in order, each as long as a card shows, each embedded by itself. Pure.

The model reads the beginning of a text (512 tokens). What a longer one says further on is told by its excerpts: their
mean direction moves the entry's vector, and the one nearest to a question is what the card shows (ADR 25).
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from catalogue.search.centres import Embed, centred, unit
from catalogue.search.index import Document, Vector

LENGTH = 240  # characters; about three lines on a phone
# Characters. The model's 512 tokens are 1,900 to 2,130 of them in half of 1,243 Thai government articles that have
# more, 2,210 to 2,380 in English ones. Shorter texts have no excerpts and cost nothing. Tokens are not counted, because
# the web server cuts too, and other models have other ones.
LONG = 2000
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


def read_on(beginnings: Vector, texts: Sequence[str], embed: Embed) -> tuple[Vector, list[Vector]]:
    """Whole texts, of which the model has read the beginnings.

    Args:
        beginnings: Shape (texts, dimensions): the embedding of each passage, of which the model read what it can.
        texts: The text in each passage that may be long.
        embed: Embeds passages.

    Returns:
        Where each whole passage lies, not centred, of length 1: where it was if the text is not long, else half way
        from there to the mean direction of its excerpts. And the embeddings of each text's excerpts, shape (excerpts,
        dimensions).
    """
    parts = [[text[start:end].strip() for start, end in cut(text)] for text in texts]
    if not any(parts):
        return beginnings, [beginnings[:0]] * len(parts)
    rows = embed([part for one in parts for part in one])
    excerpts = np.split(rows, np.cumsum([len(one) for one in parts])[:-1])
    whole = beginnings.copy()
    for row, found, one in zip(range(len(whole)), excerpts, parts, strict=True):
        if one:
            mean = np.average(found, axis=0, weights=[len(part) for part in one])
            whole[row] = unit(beginnings[row] + unit(mean))
    return whole, excerpts


def kept(document: Document, centres: Mapping[str, Vector]) -> dict[str, bytes]:
    """What engines keep of a document's excerpts, by language: their centred vectors in one byte a number."""
    return {language: _rounded(centred(rows, centres[language])) for language, rows in document.excerpts.items()}


def _rounded(rows: Vector) -> bytes:
    whole: NDArray[np.int8] = np.round(rows / np.abs(rows).max(axis=1, keepdims=True) * 127).astype(np.int8)
    return whole.tobytes()


def restored(data: bytes, dimension: int) -> Vector:
    """The centred vectors of which these bytes are kept, of length 1; raises ValueError for other data."""
    return unit(np.frombuffer(data, np.int8).reshape(-1, dimension).astype(np.float32))
