"""Thai with slips in it, read as the words that explain it best. Pure.

A misspelt Thai word does not stand apart: it falls to pieces, and takes letters of its neighbours with them
(พลุะเบิด: พลุ|ะ|เบิด). So a stretch is read anew as a whole: of all ways to make it of words, each as it stands or with
one slip, the cheapest (Viterbi).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from catalogue.search import spelling

WORD = 0.4  # that each word costs: few long ones say more than many short ones
LACKING = 0.3  # more, for a word that no entry has
LETTER = 1.0  # of a letter that belongs to no word
TONES = 0.4  # of tones alone: left out or taken for others more than anything else
COMMON = 0.03  # less, for a word in e times as many entries
SHORTEST = 3  # letters of a word that may hold a slip
LONG = 6  # letters of one that may hold any edit, not only a likely one

_TONELESS = dict.fromkeys(map(ord, "\u0e48\u0e49\u0e4a\u0e4b"))


class Node(Protocol):
    """Of a tree of words by their letters: ``pythainlp.util.Trie.Node``."""

    end: bool
    children: "Mapping[str, Node] | None"


class Read(NamedTuple):
    """A word that a part of the text may be."""

    start: int
    end: int
    word: str
    cost: float
    """What went wrong in it (spelling.cost); 0: nothing."""


def readings(text: str, root: Node, first: int, last: int) -> list[Read]:
    """Every word that stands in the text, and those that stand there with one slip between ``first`` and ``last``."""
    found = {(start, end, word): 0.0 for start in range(len(text)) for end, word in _words(text, start, root, "")}
    for start in range(max(0, first - 1), min(last, len(text))):
        for end, word in _slips(text, start, root):
            if len(word) < SHORTEST or (start, end, word) in found:
                continue
            cost = _cost(text[start:end], word)
            if cost <= (1.0 if len(word) >= LONG else spelling.SLIP):
                found[start, end, word] = cost
    return [Read(*key, cost) for key, cost in found.items()]


def _words(text: str, at: int, node: Node, word: str) -> Iterator[tuple[int, str]]:
    """(end, word) of the words that go on as the text from ``at`` on does."""
    while True:
        if node.end:
            yield at, word
        letter = text[at : at + 1]
        child = (node.children or {}).get(letter)
        if child is None:
            return
        at, word, node = at + 1, word + letter, child


def _slips(text: str, at: int, node: Node) -> Iterator[tuple[int, str]]:
    """The same, with one edit on the way: a letter more, less, other, or two swapped."""
    word = ""
    while True:
        letter, after, children = text[at : at + 1], text[at + 1 : at + 2], node.children or {}
        if letter:
            yield from _words(text, at + 1, node, word)
        for other, child in children.items():
            yield from _words(text, at, child, word + other)
            if letter and other != letter:
                yield from _words(text, at + 1, child, word + other)
                if other == after and (swapped := (child.children or {}).get(letter)):
                    yield from _words(text, at + 2, swapped, word + other + letter)
        if letter not in children:
            return
        at, word, node = at + 1, word + letter, children[letter]


def _cost(typed: str, word: str) -> float:
    if typed.translate(_TONELESS) == word.translate(_TONELESS):
        return TONES
    return spelling.cost(typed, word)


def best(text: str, words: Sequence[Read], frequencies: Mapping[str, int]) -> str:
    """The text as the cheapest way to read it writes it."""
    until: list[tuple[float, str]] = [(0.0, "")] + [(math.inf, "")] * len(text)
    by_start: dict[int, list[Read]] = {}
    for one in words:
        by_start.setdefault(one.start, []).append(one)
    for at, letter in enumerate(text):
        cost, made = until[at]
        until[at + 1] = min(until[at + 1], (cost + LETTER, made + letter))
        for one in by_start.get(at, ()):
            known = frequencies.get(one.word, 0)
            if one.cost and not known:
                continue
            price = WORD + one.cost + (LACKING if not known else -COMMON * math.log(known))
            until[one.end] = min(until[one.end], (cost + price, made + one.word))
    return until[-1][1]
