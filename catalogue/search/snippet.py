"""The words around the query's terms: what a result card shows of a text, and where to highlight."""

from collections.abc import Collection

from catalogue.search.analysis import Analyser

LENGTH = 240  # characters; about three lines on a phone
Highlights = list[tuple[int, int]]


def snippet(analyser: Analyser, text: str, terms: Collection[str], length: int = LENGTH) -> tuple[str, Highlights]:
    """The stretch of ``text`` with most different terms, and where they stand in it.

    Returns:
        The stretch, at most ``length`` characters plus ``…`` where it was cut, and ascending (start, end) offsets in it.
        Without any term in the text, its beginning and no offsets. Cuts fall between words, also Thai ones.
    """
    spans = analyser.spans(text)
    found = [(start, end, term) for start, end, term in spans if term in terms]
    begin = _densest(found, length) if found and len(text) > length else 0
    if begin:  # leave some words before the first term
        before = [start for start, _, _ in spans if begin - length // 6 <= start <= begin]
        begin = before[0] if before else begin
    if len(text) - begin <= length:
        begin = min(begin, max((s for s, _, _ in spans if s <= max(0, len(text) - length)), default=0))
        end = len(text)
    else:
        end = max((e for _, e, _ in spans if begin < e <= begin + length), default=begin + length)
    cut_before, cut_after = "…" if begin else "", "…" if end < len(text) else ""
    shift = len(cut_before) - begin
    marks: Highlights = []
    for start, stop, _ in found:
        if begin <= start and stop <= end:
            if marks and start + shift <= marks[-1][1]:
                marks[-1] = (marks[-1][0], max(marks[-1][1], stop + shift))
            else:
                marks.append((start + shift, stop + shift))
    return cut_before + text[begin:end] + cut_after, marks


def _densest(found: list[tuple[int, int, str]], length: int) -> int:
    """Start of the term from which a stretch of this length holds most different terms; the first of equals."""
    best, begin = 0, 0
    for start, _, _ in found:
        different = len({term for s, e, term in found if s >= start and e <= start + length})
        if different > best:
            best, begin = different, start
    return begin
