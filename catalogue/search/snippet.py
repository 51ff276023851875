"""The words around the query's terms: what a result card shows of a text, and where to highlight.

Segmenting Thai is the slow part: a text is taken in sections, and only those are segmented that may hold a term.
Where a stretch begins and ends, a blank is looked for before words are.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from catalogue.search.analysis import Span, bare, trace
from catalogue.search.excerpts import LENGTH, cut
from catalogue.search.normalisation import fold

SECTION = 60  # characters at least; a Thai phrase between blanks has about 30
# How much an excerpt that holds all terms of the question counts beside its cosine with it. From .15 to .8 the answer's
# sentence is shown as often, within two points (ADR 27).
TERMS = 0.25
# Before a word, never before a sign that belongs to the letter on the other side of the space.
_BREAKS = re.compile(r"\s(?=[^\W\d_])")
_LEFT_OUT = re.compile(r"(?:\s|…|\.{3,})*\Z")  # the text's own marks where it is cut: one says it all


class Spans(Protocol):
    """Gives the terms of a text, or those ``among`` these, with their places in it: ``Analyser.spans``."""

    def __call__(self, text: str, among: Collection[str] | None = None, folded: str | None = None) -> Sequence[Span]:
        """(start, end, term) in the order of the text."""
        ...


class Section(NamedTuple):
    """A part of a text."""

    at: int
    text: str
    folded: str
    bare: str

    def may_hold(self, traces: Mapping[str, str]) -> set[str]:
        """Those of the terms, each with its `trace`, that may stand in it; no others do."""
        return {term for term, trace in traces.items() if trace in self.folded or trace in self.bare}


_BETWEEN = "\ufdd0"  # no character, and folding leaves it alone
Highlights = list[tuple[int, int]]


@lru_cache(2048)  # cards show the same texts again and again
def sections(text: str) -> Sequence[Section]:
    """The text in order, cut at spaces, which no word spans; folded all at once, much quicker than one by one."""
    cuts = [0]
    while found := _BREAKS.search(text, cuts[-1] + SECTION - 1):
        cuts.append(found.end())
    return _folded(text, list(zip(cuts, [*cuts[1:], len(text)], strict=True)))


@lru_cache(256)
def _excerpts(text: str) -> Sequence[Section]:
    """The excerpts of a long text."""
    return _folded(text, cut(text))


def _folded(text: str, places: Sequence[tuple[int, int]]) -> Sequence[Section]:
    cuts, parts = [start for start, _ in places], [text[start:end] for start, end in places]
    folded = fold(_BETWEEN.join(parts))
    if folded.count(_BETWEEN) >= len(parts):  # the text holds that character itself
        return [Section(at, part, fold(part), bare(fold(part))) for at, part in zip(cuts, parts, strict=True)]
    bared = bare(folded).split(_BETWEEN)
    return list(map(Section, cuts, parts, folded.split(_BETWEEN), bared))


def _traces(terms: Collection[str]) -> Mapping[str, str]:
    return {term: trace(term) for term in terms}


def highlights(spans: Spans, text: str, terms: Collection[str]) -> Highlights:
    """Where the terms stand in the text: ascending (start, end) offsets, touching ones merged."""
    traces = _traces(terms)
    return _merged(_found(spans, [(one, one.may_hold(traces)) for one in sections(text)]))


def snippet(
    spans: Spans,
    text: str,
    terms: Collection[str],
    length: int = LENGTH,
    cosines: Sequence[float] = (),
    asked: int = 1,
) -> tuple[str, Highlights]:
    """A stretch of ``text`` with most different terms, and where they stand in it.

    Args:
        spans: Segments a text.
        text: The text.
        terms: Those of the question that may stand in it.
        length: Characters.
        cosines: Of the text's excerpts with the question: then the stretch begins with the excerpt that is nearest to
            it, terms counting too. Ignored where they are of another text, which was changed a moment ago.
        asked: How many terms the question has.

    Returns:
        The stretch, at most ``length`` characters plus ``…`` where it was cut, and (start, end) offsets in it.
        Without any term in the text, its beginning and no offsets. Cuts fall between words, also Thai ones.
    """
    traces = _traces(terms)
    if cosines and len(cosines) == len(cut(text)):
        begin = _nearest(text, traces, cosines, asked)
        # Of a long text only what is shown is looked at, and the phrase in which it begins.
        phrase = begin if begin == 0 or text[begin - 1].isspace() else max(_blanks(text, 0, begin), default=0)
        until = _BREAKS.search(text, begin + length + SECTION)
        around = text[phrase : until.end() if until else len(text)]
        begin = max(_words(spans, around, 0, begin - phrase), default=0) if begin > phrase else 0
        found = _found(spans, [(one, held) for one, held in _telling(around, traces) if one.at < begin + length])
        return _stretch(spans, around, found, begin, length, before=phrase > 0, after=until is not None)
    telling = _telling(text, traces)
    found = _found(spans, _promising(telling, length)) or _found(spans, telling)
    begin = _densest(found, length) if found and len(text) > length else 0
    if begin:  # some words before the first term, and no empty room after the last
        first = max(0, min(begin - length // 6, len(text) - length))
        begin = min(_blanks(text, first, begin) or _words(spans, text, first, begin), default=begin)
    return _stretch(spans, text, found, begin, length)


def _stretch(
    spans: Spans, text: str, found: list[Span], begin: int, length: int, before: bool = False, after: bool = False
) -> tuple[str, Highlights]:
    """The text from ``begin`` on, and what was found in it; is there more of it before and after?"""
    end = len(text)
    if end - begin > length:
        last = begin + length
        cuts = _blanks(text, last - length // 3, last) or _words(spans, text, begin + 1, last)
        end = begin + len(_LEFT_OUT.sub("", text[begin : max(cuts, default=last)]))
    head = "…" if begin or before else ""
    tail = "…" if end < len(text) or after else ""
    shift = len(head) - begin
    inside = ((start + shift, stop + shift, term) for start, stop, term in found if begin <= start and stop <= end)
    return head + text[begin:end] + tail, _merged(inside)


Telling = tuple[Section, set[str]]
"""A section and what it may hold of the terms."""


def _telling(text: str, traces: Mapping[str, str]) -> Sequence[Telling]:
    return [(one, held) for one in sections(text) if (held := one.may_hold(traces))]


def _found(spans: Spans, telling: Iterable[Telling]) -> list[Span]:
    return [
        (start + section.at, end + section.at, term)
        for section, held in telling
        if held
        for start, end, term in spans(section.text, held, section.folded)
    ]


def _nearest(text: str, traces: Mapping[str, str], cosines: Sequence[float], asked: int) -> int:
    """Where the excerpt begins that is nearest to the question and may hold most of its terms; the first of equals."""
    worth = [
        cosine + TERMS * min(1, len(one.may_hold(traces)) / asked)
        for one, cosine in zip(_excerpts(text), cosines, strict=True)
    ]
    return _excerpts(text)[worth.index(max(worth))].at


def _promising(telling: Sequence[Telling], length: int) -> Sequence[Telling]:
    """The sections of one stretch that may hold most different terms; the first of equals."""
    best: set[str] = set()
    chosen: Sequence[Telling] = ()
    starts = [section.at for section, _ in telling]
    for first, start in enumerate(starts):
        last = bisect_left(starts, start + length)
        union = set[str]().union(*(held for _, held in telling[first:last]))
        if len(union) > len(best):
            best, chosen = union, telling[first:last]
    return chosen


def _blanks(text: str, first: int, last: int) -> Sequence[int]:
    """Where words begin after a blank, from ``first`` to ``last``."""
    return [found.end() for found in _BREAKS.finditer(text, max(0, first - 1), last + 1)]


def _words(spans: Spans, text: str, first: int, last: int) -> Sequence[int]:
    """Where words begin from ``first`` to ``last``, in the section of ``last``."""
    parts = sections(text)
    section = parts[bisect_right([one.at for one in parts], last) - 1]
    places = (section.at + start for start, _, _ in spans(section.text, None, section.folded))
    return [place for place in places if first <= place <= last]


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
