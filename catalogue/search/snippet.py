"""The words around the query's terms: what a result card shows of a text, and where to highlight."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

from catalogue.search.analysis import Span, normalise

LENGTH = 240  # characters; about three lines on a phone
LONGEST_WORD = 60  # characters past the cut that are looked at to end between words
# A term's first letters are those of the word it was made from (fly, flies): a text without them cannot contain it.
# Looking for them is much quicker than segmenting, and most cards have one language without any term.
STEM = 2
_DROPPED = str.maketrans("", "", ".,")  # terms may be written without: 4,000 and พ.ศ.

Spans = Callable[[str], Sequence[Span]]
"""Gives the terms of a text with their places in it: ``Analyser.spans``, or that with a memory."""
Highlights = list[tuple[int, int]]


def may_contain(text: str, terms: Collection[str]) -> bool:
    """False only where no term can stand in the text."""
    folded = _folded(text)
    return any(term[:STEM] in folded for term in terms)


@lru_cache(2048)  # cards show the same texts again and again
def _folded(text: str) -> str:
    normal = normalise(text)
    return f"{normal} {normal.translate(_DROPPED)}"


def highlights(spans: Spans, text: str, terms: Collection[str]) -> Highlights:
    """Where the terms stand in the text: ascending (start, end) offsets, touching ones merged."""
    return _merged(span for span in spans(text) if span[2] in terms) if may_contain(text, terms) else []


def snippet(spans: Spans, text: str, terms: Collection[str], length: int = LENGTH) -> tuple[str, Highlights]:
    """The stretch of ``text`` with most different terms, and where they stand in it.

    Returns:
        The stretch, at most ``length`` characters plus ``…`` where it was cut, and (start, end) offsets in it.
        Without any term in the text, its beginning and no offsets. Cuts fall between words, also Thai ones.
    """
    if not may_contain(text, terms):
        return _beginning(spans, text, length), []
    words = spans(text)
    found = [span for span in words if span[2] in terms]
    begin = _densest(found, length) if found and len(text) > length else 0
    if begin:  # some words before the first term, and no empty room after the last
        earliest = max(0, min(begin - length // 6, len(text) - length))
        begin = min((start for start, _, _ in words if earliest <= start <= begin), default=begin)
    end = max((end for _, end, _ in words if begin < end <= begin + length), default=begin + length)
    if len(text) - begin <= length:
        end = len(text)
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    shift = len(before) - begin
    inside = ((start + shift, stop + shift, term) for start, stop, term in found if begin <= start and stop <= end)
    return before + text[begin:end] + after, _merged(inside)


def _merged(found: Iterable[Span]) -> Highlights:
    marks: Highlights = []
    for start, end, _ in found:
        if marks and start <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(marks[-1][1], end))
        else:
            marks.append((start, end))
    return marks


def _beginning(spans: Spans, text: str, length: int) -> str:
    if len(text) <= length:
        return text
    words = spans(text[: length + LONGEST_WORD])
    return text[: max((end for _, end, _ in words if end <= length), default=length)] + "…"


def _densest(found: list[Span], length: int) -> int:
    """Start of the term from which a stretch of this length holds most different terms; the first of equals."""
    best, begin = 0, 0
    for start, _, _ in found:
        different = len({term for s, e, term in found if s >= start and e <= start + length})
        if different > best:
            best, begin = different, start
    return begin
