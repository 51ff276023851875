"""What a question may have been meant to say, where the index does not know its words."""

import math
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import Literal, NamedTuple

from catalogue.search import keyboard, spelling
from catalogue.search.analysis import Analyser, dictionary
from catalogue.search.index import AnalysedQuery, LiveIndex

Reason = Literal["keyboard", "spelling"]

# The other keyboard's text is offered if the index knows no more of the letters as typed, and no less of the others.
# Words of one letter do not count: some entry has each of them. ("water" struck as ไฟะำพ begins with fire.)
HARDLY = 0.5
MOSTLY = 0.8
LEAST_LETTERS = 3
# A word that no entry has, but a dictionary, counts from this length: shorter ones come of keys struck at random.
LONG_WORD = 5

# Spelling. A misspelt Thai word falls to pieces (ปะ|ปา): neighbours are read together, so many at most.
MOST_PIECES = 5
LONGEST_TEXT = 120  # letters of a question that is looked at: in a long one, one word matters little
LONGEST = 20  # letters of a stretch
SHORTEST = 4  # letters of a stretch: shorter ones are near anything
# What may have gone wrong in a stretch of so many letters (spelling.cost): the more, the longer it is.
ALLOWED = ((8, 3 * spelling.SLIP), (6, 2 * spelling.SLIP), (0, spelling.SLIP))
ALLOWED_THAI = ((8, 3 * spelling.SLIP), (0, spelling.SLIP))  # a word's signs are letters too
MOST_CANDIDATES = 4_000  # words that the index is asked for at once
COMMON = 0.15  # a word e times as frequent may cost so much more


class _Stretch(NamedTuple):
    """A part of the question that may be one misspelt word."""

    start: int
    end: int
    text: str
    """Normalised."""
    unknown: int
    """How many of its letters are of words that the index lacks."""


class Suggestion(NamedTuple):
    """Another text to search for, and what seems to have gone wrong with the one that was typed."""

    text: str
    reason: Reason


class Suggestions:
    """Finds them. Any number of threads may share one."""

    def __init__(self, analyser: Analyser, is_word: Callable[[str], bool]) -> None:
        """``is_word`` knows common English words. Reads the Thai dictionary when first needed (a tenth of a second)."""
        self._analyser = analyser
        self._is_english = is_word

    def of(self, index: LiveIndex, query: AnalysedQuery, known: Sequence[bool]) -> tuple[Suggestion, ...]:
        """At most one for a question; none where the index knows all its tokens, or other names for them.

        ``known`` says of each token of the query whether any entry of the index contains it.
        """
        named = {token for piece in query.pieces for token in piece.tokens}
        unknown = {token for token, is_known in zip(query.tokens, known, strict=True) if not is_known} - named
        unknown.update(filter(_is_chip, query.tokens))
        if not unknown:
            return ()
        return self._other_layout(index, query, unknown) or self._respelt(index, query, unknown)

    def _other_layout(self, index: LiveIndex, query: AnalysedQuery, unknown: Collection[str]) -> tuple[Suggestion, ...]:
        text = keyboard.other_layout(query.text)
        if text is None or self._share(query.text, set(query.tokens).difference(unknown)) > HARDLY:
            return ()
        frequencies = index.frequencies(tuple(dict.fromkeys(self._analyser.tokens(text))))
        if self._share(text, {token for token in frequencies if self._is_word(token, frequencies)}) < MOSTLY:
            return ()
        return (Suggestion(text, "keyboard"),)

    def _share(self, text: str, tokens: Collection[str]) -> float:
        """Of the text's letters, how many belong to one of these tokens; 0 for a text of hardly any letters."""
        letters = {i for i, letter in enumerate(text) if letter.isalnum() or unicodedata.category(letter) == "Mn"}
        if len(letters) < LEAST_LETTERS:
            return 0
        spans = self._analyser.spans(text)
        covered = {i for start, end, token in spans if len(token) > 1 and token in tokens for i in range(start, end)}
        return len(letters & covered) / len(letters)

    def _is_word(self, token: str, frequencies: Mapping[str, int]) -> bool:
        known = token in self._words or self._is_english(token)
        return bool(frequencies[token]) or (len(token) >= LONG_WORD and known)

    def _respelt(self, index: LiveIndex, query: AnalysedQuery, unknown: Collection[str]) -> tuple[Suggestion, ...]:
        if len(query.text) > LONGEST_TEXT:
            return ()
        near = {stretch: self._near(stretch.text) for stretch in self._stretches(query.text, unknown)}
        asked = dict.fromkeys(word for words in zip_longest(*near.values(), fillvalue="") for word in words if word)
        if not asked:
            return ()
        text = query.text
        for stretch, word in _apart(near, index.frequencies(tuple(asked)[:MOST_CANDIDATES])):
            typed = text[stretch.start : stretch.end]
            text = text[: stretch.start] + self._as_written(word, typed) + text[stretch.end :]
        tokens = self._analyser.tokens(text, keep_stopwords=False)
        frequencies = index.frequencies(tuple(dict.fromkeys((*tokens, *query.tokens))))
        if _lacking(tokens, frequencies) >= _lacking(query.tokens, frequencies):
            return ()  # nothing was found, or what it became is cut otherwise
        return (Suggestion(text, "spelling"),)

    def _stretches(self, text: str, unknown: Collection[str]) -> Iterator[_Stretch]:
        """Unknown English words, and runs of Thai ones with an unknown one among them."""
        spans = self._analyser.spans(text)
        for first, (start, end, token) in enumerate(spans):
            if token.isascii():
                if token in unknown and token.isalpha() and len(token) >= SHORTEST and not self._is_english(token):
                    yield _Stretch(start, end, token, len(token))
                continue
            read, lacking = "", 0
            for begin, last, word in spans[first : first + MOST_PIECES]:
                if word.isascii() or (read and begin != end):
                    break
                read, lacking, end = read + word, lacking + len(word) * (word in unknown), last
                if lacking and SHORTEST <= len(read) <= LONGEST and read not in self._words:
                    yield _Stretch(start, end, read, lacking)

    def _near(self, text: str) -> Sequence[str]:
        """What it may have been meant to be, the likely first: a Thai word of the dictionary, any English one."""
        allowed = _allowed(text)
        near = spelling.slips(text) if allowed <= spelling.SLIP else spelling.edits(text)
        if not text.isascii():
            return sorted((near | spelling.two_slips(text) if allowed > 1 else near) & self._words)
        return [*sorted(near), *sorted(spelling.two_slips(text) - near if allowed > 1 else ())]

    def _as_written(self, term: str, typed: str) -> str:
        """The term, or its plural, which has the same term, where that is nearer to what was typed."""
        plural = f"{term}s"
        nearer = spelling.cost(typed.lower(), plural) < spelling.cost(typed.lower(), term)
        written = plural if nearer and self._analyser.tokens(plural) == [term] else term
        return written.capitalize() if typed.istitle() else written

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(dictionary())


def _apart(near: Mapping[_Stretch, Sequence[str]], frequencies: Mapping[str, int]) -> list[tuple[_Stretch, str]]:
    """The best word for each stretch that has one, the last first, none over another: the one that explains most."""
    best: list[tuple[int, float, _Stretch, str]] = []
    for stretch, words in near.items():
        allowed = _allowed(stretch.text)
        prices = [
            (price - COMMON * math.log(frequencies[word]), word)
            for word in words
            if frequencies.get(word) and (price := spelling.cost(stretch.text, word)) <= allowed
        ]
        if prices:
            best.append((-stretch.unknown, min(prices)[0], stretch, min(prices)[1]))
    kept: list[tuple[_Stretch, str]] = []
    for *_, stretch, word in sorted(best):
        if all(stretch.end <= other.start or other.end <= stretch.start for other, _ in kept):
            kept.append((stretch, word))
    return sorted(kept, reverse=True)


def _allowed(text: str) -> float:
    return next(cost for letters, cost in (ALLOWED if text.isascii() else ALLOWED_THAI) if len(text) >= letters)


def _lacking(tokens: Collection[str], frequencies: Mapping[str, int]) -> int:
    return sum(not frequencies[token] or _is_chip(token) for token in set(tokens))


def _is_chip(token: str) -> bool:
    """A Thai letter alone: no word, so some word around it was not recognised."""
    return len(token) == 1 and not token.isascii()
