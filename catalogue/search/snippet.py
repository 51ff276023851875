"""The words around the query's terms: what a result card shows of a text, and where to highlight.

Segmenting Thai is the slow part: a text is taken in sections, and only those are segmented that may hold a term.
Where a stretch begins and ends, a blank is looked for before words are.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from catalogue.search.analysis import Span
from catalogue.search.normalisation import normalise

LENGTH = 240  # characters; about three lines on a phone
SECTION = 60  # characters at least; a Thai phrase between blanks has about 30
# Before a word, never before a sign that belongs to the letter on the other side of the space.
_BREAKS = re.compile(r"\s(?=[^\W\d_])")
# A term's first letters are those of the word it was made from (fly, flies): a text without them cannot contain it.
# Thai words stand as they are. Looking for either is much quicker than segmenting.
STEM = 2
_THAI = re.compile("[\u0e00-\u0e7f]+")


class Spans(Protocol):
    """Gives the terms of a text, or those ``among`` these, with their places in it: ``Analyser.spans``."""

    def __call__(self, text: str, among: Collection[str] | None = None) -> Sequence[Span]:
        """(start, end, term) in the order of the text."""
        ...


_BETWEEN = "\ufdd0"  # no character, and folding leaves it alone
Highlights = list[tuple[int, int]]
Section = tuple[int, str]
"""Where it begins, and its words."""


def possible(text: str, terms: Collection[str]) -> set[str]:
    """The terms that may stand in the text; no others do."""
    return _held(_folded(text), terms)


def _held(folded: str, terms: Collection[str]) -> set[str]:
    return {term for term in terms if (term if _THAI.fullmatch(term) else term[:STEM]) in folded}


def _folded(text: str) -> str:
    return _with_bare(normalise(text))


def _with_bare(normal: str) -> str:
    """The text, and once more without what terms may be written without: 4,000 and พ.ศ."""
    return f"{normal} {normal.replace('.', '').replace(',', '')}"  # five times as quick as one translate()


@lru_cache(2048)  # cards show the same texts again and again
def _folded_sections(text: str) -> Sequence[str]:
    """Each section as :func:`possible` looks at it: folded all at once, which is much quicker than one by one."""
    sections = [section for _, section in _sections(text)]
    folded = normalise(_BETWEEN.join(sections)).split(_BETWEEN)
    if len(folded) != len(sections):  # the text holds that character itself
        return [_folded(section) for section in sections]
    return [_with_bare(normal) for normal in folded]


def highlights(spans: Spans, text: str, terms: Collection[str]) -> Highlights:
    """Where the terms stand in the text: ascending (start, end) offsets, touching ones merged."""
    return _merged(_found(spans, _sections(text), terms))


def snippet(spans: Spans, text: str, terms: Collection[str], length: int = LENGTH) -> tuple[str, Highlights]:
    """A stretch of ``text`` with most different terms, and where they stand in it.

    Returns:
        The stretch, at most ``length`` characters plus ``…`` where it was cut, and (start, end) offsets in it.
        Without any term in the text, its beginning and no offsets. Cuts fall between words, also Thai ones.
    """
    sections, held = _sections(text), [_held(folded, terms) for folded in _folded_sections(text)]
    telling = [section for section, some in zip(sections, held, strict=True) if some]
    found = _found(spans, _promising(sections, held, length), terms) or _found(spans, telling, terms)
    begin = _densest(found, length) if found and len(text) > length else 0
    if begin:  # some words before the first term, and no empty room after the last
        first = max(0, min(begin - length // 6, len(text) - length))
        begin = min(_blanks(text, first, begin) or _words(spans, text, first, begin), default=begin)
    end = len(text)
    if end - begin > length:
        last = begin + length
        cuts = _blanks(text, last - length // 3, last) or _words(spans, text, begin + 1, last)
        end = len(text[: max(cuts, default=last)].rstrip())
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    shift = len(before) - begin
    inside = ((start + shift, stop + shift, term) for start, stop, term in found if begin <= start and stop <= end)
    return before + text[begin:end] + after, _merged(inside)


def _found(spans: Spans, sections: Sequence[Section], terms: Collection[str]) -> list[Span]:
    return [(start + at, end + at, term) for at, section in sections for start, end, term in spans(section, terms)]


def _promising(sections: Sequence[Section], held: Sequence[set[str]], length: int) -> Sequence[Section]:
    """The sections of one stretch that may hold most different terms; the first of equals."""
    best: set[str] = set()
    chosen: Sequence[Section] = ()
    starts = [at for at, _ in sections]
    for first, (at, _) in enumerate(sections):
        if not held[first]:
            continue  # a stretch from the next one on holds as many
        last = bisect_left(starts, at + length)
        union = set[str]().union(*held[first:last])
        if len(union) > len(best):
            best, chosen = union, sections[first:last]
    return chosen


def _blanks(text: str, first: int, last: int) -> Sequence[int]:
    """Where words begin after a blank, from ``first`` to ``last``."""
    return [found.end() for found in _BREAKS.finditer(text, max(0, first - 1), last + 1)]


def _words(spans: Spans, text: str, first: int, last: int) -> Sequence[int]:
    """Where words begin from ``first`` to ``last``, in the section of ``last``."""
    sections = _sections(text)
    at, section = sections[bisect_right([at for at, _ in sections], last) - 1]
    return [at + start for start, _, _ in spans(section) if first <= at + start <= last]


@lru_cache(2048)
def _sections(text: str) -> Sequence[Section]:
    """The text in order, cut at spaces, which no word spans: (place, section)."""
    cuts = [0]
    for found in _BREAKS.finditer(text):
        if found.end() - cuts[-1] >= SECTION:
            cuts.append(found.end())
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
