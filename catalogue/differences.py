"""Where two versions of a text differ: whole words, in Thai too. Pure. Tested by tests/test_differences.py."""

import difflib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from catalogue.entries import LANGUAGES, Language

Spans = Callable[[str], Sequence[tuple[int, int, str]]]
"""Gives the words of a text with their places in it (``Analyser.spans``)."""
Marks = dict[Language, list[tuple[int, int]]]
"""[start, end) of what differs, by the language of the text."""
_BETWEEN = re.compile(r"\s+|.", re.DOTALL)  # words


def marks(mine: Any, others: Iterable[Any], spans: Spans) -> Marks:
    """What a text says that none of the others says; empty for what is no text, and where no other has its language."""
    found: Marks = {}
    rest = [other for other in others if isinstance(other, dict)]
    for language in LANGUAGES if isinstance(mine, dict) else ():
        told = [str(words) for other in rest if (words := other.get(language))]
        if told and (words := mine.get(language)) and (differing := only_here(str(words), "\n".join(told), spans)):
            found[language] = differing
    return found


def only_here(text: str, other: str, spans: Spans) -> list[tuple[int, int]]:
    """Where ``text`` says what ``other`` does not: [start, end) of its characters, in order."""
    mine, theirs = list(_units(text, spans)), list(_units(other, spans))
    starts = [0, *itertools.accumulate(map(len, mine))]
    found, at = [], 0
    # Spaces are junk: they match anywhere and would make this quadratic.
    compared = difflib.SequenceMatcher(str.isspace, mine, theirs, autojunk=False)
    for block in compared.get_matching_blocks():
        start, end = starts[block.a], starts[block.a + block.size]
        if block.size == 0 or any(map(_is_word, mine[block.a : block.a + block.size])):
            if text[at:start].strip():
                found.append((at, start))
            at = end
    return found


def _units(text: str, spans: Spans) -> Iterator[str]:
    """The text in pieces: its words, and each run of spaces or sign between them."""
    at = 0
    for start, end, _ in spans(text):
        if start >= at:  # else a part of a word that was given as a whole
            yield from _BETWEEN.findall(text[at:start])
            yield text[start:end]
            at = end
    yield from _BETWEEN.findall(text[at:])


def _is_word(unit: str) -> bool:
    return any(map(str.isalnum, unit))
