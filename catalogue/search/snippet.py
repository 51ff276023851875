"""The words around the query's terms: what a result card shows of a text, and where to highlight.

Segmenting Thai is the slow part: a text is taken in sections, and only those are segmented that may hold a term.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache

from catalogue.search.analysis import Span, normalise

LENGTH = 240  # characters; about three lines on a phone
SECTION = 60  # characters at least, so that a section is worth its place in the memory of ``spans``
# Before a word, never before a sign that belongs to the letter on the other side of the space.
_BREAKS = re.compile(r"(?<=\s)(?=[^\W\d_])")
# A term's first letters are those of the word it was made from (fly, flies): a text without them cannot contain it.
# Thai words stand as they are. Looking for either is much quicker than segmenting.
STEM = 2
_THAI = re.compile("[\u0e00-\u0e7f]+")
_DROPPED = str.maketrans("", "", ".,")  # terms may be written without: 4,000 and พ.ศ.

Spans = Callable[[str], Sequence[Span]]
"""Gives the terms of a text with their places in it: ``Analyser.spans``, or that with a memory."""
Highlights = list[tuple[int, int]]
Section = tuple[int, str]
"""Where it begins, and its words."""


def possible(text: str, terms: Collection[str]) -> set[str]:
    """The terms that may stand in the text; no others do."""
    folded = _folded(text)
    return {term for term in terms if (term if _THAI.fullmatch(term) else term[:STEM]) in folded}


@lru_cache(16_384)  # cards show the same texts again and again; a section has some hundred characters
def _folded(text: str) -> str:
    normal = normalise(text)
    return f"{normal} {normal.translate(_DROPPED)}"


def highlights(spans: Spans, text: str, terms: Collection[str]) -> Highlights:
    """Where the terms stand in the text: ascending (start, end) offsets, touching ones merged."""
    return _merged(_found(spans, _sections(text), terms))


def snippet(spans: Spans, text: str, terms: Collection[str], length: int = LENGTH) -> tuple[str, Highlights]:
    """A stretch of ``text`` with most different terms, and where they stand in it.

    Returns:
        The stretch, at most ``length`` characters plus ``…`` where it was cut, and (start, end) offsets in it.
        Without any term in the text, its beginning and no offsets. Cuts fall between words, also Thai ones.
    """
    sections = _sections(text)
    found = _found(spans, _promising(sections, terms, length), terms) or _found(spans, sections, terms)
    begin = _densest(found, length) if found and len(text) > length else 0
    if begin:  # some words before the first term, and no empty room after the last
        earliest = max(0, min(begin - length // 6, len(text) - length))
        begin = min((start for start, _, _ in _words(spans, text, earliest, begin) if earliest <= start), default=begin)
    end = len(text)
    if end - begin > length:
        last = begin + length
        ends = (end for _, end, _ in _words(spans, text, begin, last) if begin < end <= last)
        end = max(ends, default=last)
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    shift = len(before) - begin
    inside = ((start + shift, stop + shift, term) for start, stop, term in found if begin <= start and stop <= end)
    return before + text[begin:end] + after, _merged(inside)


def _found(spans: Spans, sections: Sequence[Section], terms: Collection[str]) -> list[Span]:
    return [
        (start + at, end + at, term)
        for at, section in sections
        if possible(section, terms)
        for start, end, term in spans(section)
        if term in terms
    ]


def _promising(sections: Sequence[Section], terms: Collection[str], length: int) -> Sequence[Section]:
    """The sections of one stretch that may hold most different terms; the first of equals."""
    held = [possible(section, terms) for _, section in sections]
    best: set[str] = set()
    chosen: Sequence[Section] = ()
    for first, (at, _) in enumerate(sections):
        stretch = [i for i in range(first, len(sections)) if sections[i][0] < at + length]
        union = set[str]().union(*(held[i] for i in stretch))
        if len(union) > len(best):
            best, chosen = union, sections[first : stretch[-1] + 1]
    return chosen


def _words(spans: Spans, text: str, first: int, last: int) -> Iterator[Span]:
    """The words that begin at ``last`` or before, from the section on in which ``first`` lies."""
    sections = _sections(text)
    starts = [at for at, _ in sections]
    for at, section in sections[max(0, bisect_right(starts, first) - 1) : bisect_right(starts, last)]:
        for start, end, term in spans(section):
            if start + at <= last:
                yield start + at, end + at, term


@lru_cache(2048)
def _sections(text: str) -> Sequence[Section]:
    """The text in order, cut at spaces, which no word spans: (place, section)."""
    cuts = [0]
    for found in _BREAKS.finditer(text):
        if found.start() - cuts[-1] >= SECTION:
            cuts.append(found.start())
    return [(start, text[start:end]) for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _merged(found: Iterable[Span]) -> Highlights:
    marks: Highlights = []
    for start, end, _ in found:
        if marks and start <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(marks[-1][1], end))
        else:
            marks.append((start, end))
    return marks


def _densest(found: list[Span], length: int) -> int:
    """Start of the term from which a stretch of this length holds most different terms; the first of equals."""
    best, begin = 0, 0
    for start, _, _ in found:
        different = len({term for s, e, term in found if s >= start and e <= start + length})
        if different > best:
            best, begin = different, start
    return begin
