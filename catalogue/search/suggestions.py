"""What a question may have been meant to say, where the index does not know its words."""

import math
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import zip_longest
from typing import Literal, NamedTuple

from catalogue.search import keyboard, respelling, spelling
from catalogue.search.analysis import SCHEMAS, Analyser, Span
from catalogue.search.index import AnalysedQuery, LiveIndex

Reason = Literal["keyboard", "spelling"]

# The other keyboard's text is offered if the index knows no more of the letters as typed, and no less of the others.
# Words of one letter do not count: some entry has each of them. ("water" struck as ไฟะำพ begins with fire.)
HARDLY = 0.5
MOSTLY = 0.8
LEAST_LETTERS = 3
# A word that no entry has, but a dictionary, counts from this length: shorter ones come of keys struck at random.
LONG_WORD = 5

# Spelling. A misspelt Thai word falls to pieces (ปะ|ปา): it is read anew with so many words on each side.
NEIGHBOURS = 2
LONGEST_TEXT = 120  # letters of a question that is looked at: in a long one, one word matters little
LONGEST = 40  # letters of a stretch
SHORTEST = 4  # letters of one, or of an English word: shorter ones are near anything
# Letters of an English word: the longest common one has 20. Of 64 letters run together two slips make 71,682 strings,
# for which every other request waits half a second.
LONGEST_WORD = 24
# What may have gone wrong in an English word of so many letters (spelling.cost): the more, the longer it is.
ALLOWED = ((8, 3 * spelling.SLIP), (6, 2 * spelling.SLIP), (0, spelling.SLIP))
MOST_CANDIDATES = 4_000  # words that the index is asked for at once
COMMON = 0.15  # a word e times as frequent may cost so much more


class _Stretch(NamedTuple):
    """Thai that may hold slips."""

    start: int
    end: int
    text: str
    """Its words, normalised."""
    first: int
    last: int
    """Places in the text between which a misspelt word may begin."""


class Suggestion(NamedTuple):
    """Another text to search for, and what seems to have gone wrong with the one that was typed."""

    text: str
    reason: Reason


@cache
def common_words() -> frozenset[str]:
    """The terms of schemas/english_words.txt: the commonest English words."""
    lines = (SCHEMAS / "english_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


class Suggestions:
    """Finds them. Any number of threads may share one."""

    def __init__(self, analyser: Analyser, is_word: Callable[[str], bool]) -> None:
        """``is_word`` knows English words beside `common_words`: they are not misspelt."""
        self._analyser = analyser
        self._is_known = is_word

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
        written = (keyboard.other_layout(query.text), keyboard.other_layout(query.text, numbers=False))
        texts = dict.fromkeys(text for text in written if text)
        if not texts or self._share(query.text, set(query.tokens).difference(unknown)) > HARDLY:
            return ()
        for text in texts:
            frequencies = index.frequencies(tuple(dict.fromkeys(self._analyser.tokens(text))))
            if self._share(text, {token for token in frequencies if self._is_word(token, frequencies)}) >= MOSTLY:
                return (Suggestion(text, "keyboard"),)
        return ()

    def _share(self, text: str, tokens: Collection[str]) -> float:
        """Of the text's letters, how many belong to one of these tokens; 0 for a text of hardly any letters.

        Numbers that stand alone are of no layout, and count neither way.
        """
        text = keyboard.NUMBER.sub("", text)
        letters = {i for i, letter in enumerate(text) if letter.isalnum() or unicodedata.category(letter) == "Mn"}
        if len(letters) < LEAST_LETTERS:
            return 0
        spans = self._analyser.spans(text)
        covered = {i for start, end, token in spans if len(token) > 1 and token in tokens for i in range(start, end)}
        return len(letters & covered) / len(letters)

    def _is_word(self, token: str, frequencies: Mapping[str, int]) -> bool:
        known = token in self._analyser.dictionary or self._is_english(token)
        return bool(frequencies[token]) or (len(token) >= LONG_WORD and known)

    def _respelt(self, index: LiveIndex, query: AnalysedQuery, unknown: Collection[str]) -> tuple[Suggestion, ...]:
        text = query.text
        if len(text) > LONGEST_TEXT:
            return ()
        spans = self._analyser.spans(text)
        root = self._analyser.dictionary.root
        thai = {one: respelling.readings(one.text, root, one.first, one.last) for one in _stretches(spans, unknown)}
        asked = dict.fromkeys(reading.word for readings in thai.values() for reading in readings)
        frequencies = index.frequencies(tuple(asked)) if asked else {}
        read = {one: respelling.best(one.text, words, frequencies) for one, words in thai.items()}
        # Half mended, a word among others still finds more; one that is all that was asked is no word still.
        whole = (spans[0][0], spans[-1][1]) if spans else ()
        meant = {
            (one.start, one.end): words
            for one, words in read.items()
            if (one.start, one.end) != whole or self._are_words(index, words)
        }
        misspelt = {(start, end): word for start, end, word in spans if word in unknown and self._is_misspelt(word)}
        for near in (_near, _further):  # the second is ten times as much to look for
            left = {place: near(word) for place, word in misspelt.items() if place not in meant}
            asked = dict.fromkeys(word for words in zip_longest(*left.values(), fillvalue="") for word in words if word)
            frequencies = index.frequencies(tuple(asked)[:MOST_CANDIDATES]) if asked else {}
            for place, words in left.items():
                if word := _likeliest(misspelt[place], words, frequencies):
                    meant[place] = self._as_written(word, text[slice(*place)])
        for (start, end), word in sorted(meant.items(), reverse=True):
            text = text[:start] + word + text[end:]
        tokens = self._analyser.tokens(text, keep_stopwords=False)
        frequencies = index.frequencies(tuple(dict.fromkeys((*tokens, *query.tokens))))
        if _lacking(tokens, frequencies) >= _lacking(query.tokens, frequencies):
            return ()  # nothing was found, or what it became is cut otherwise
        return (Suggestion(text, "spelling"),)

    def _are_words(self, index: LiveIndex, text: str) -> bool:
        """Does Thai fall into words of the dictionary or the index, and no letters between them?"""
        others = {token for token in self._analyser.tokens(text) if token not in self._analyser.dictionary}
        return not others or (not any(map(_is_chip, others)) and all(index.frequencies(tuple(others)).values()))

    def _is_english(self, word: str) -> bool:
        return word in common_words() or self._is_known(word)

    def _is_misspelt(self, word: str) -> bool:
        right_size = SHORTEST <= len(word) <= LONGEST_WORD
        return right_size and word.isascii() and word.isalpha() and not self._is_english(word)

    def _as_written(self, term: str, typed: str) -> str:
        """The term, or its plural, which has the same term, where that is nearer to what was typed."""
        plural = f"{term}s"
        nearer = spelling.cost(typed.lower(), plural) < spelling.cost(typed.lower(), term)
        written = plural if nearer and self._analyser.tokens(plural) == [term] else term
        return written.capitalize() if typed.istitle() else written


def _stretches(spans: Sequence[Span], unknown: Collection[str]) -> Iterator[_Stretch]:
    """Thai around unknown words: them, and their neighbours, from which a slip may have taken letters."""
    last = -1
    for at, (_, _, word) in enumerate(spans):
        if word.isascii() or word not in unknown or at <= last:
            continue
        begin, free = at, last + 1
        while begin > max(free, at - NEIGHBOURS) and _touch(spans[begin - 1], spans[begin]):
            begin -= 1
        last, wrong = at, at
        while last + 1 < len(spans) and _touch(spans[last], spans[last + 1]):
            # The last letters of a text are no stretch of their own: โรงพ|ยา|บา|ล้.
            is_rest = last + 2 == len(spans) and spans[-1][2] in unknown and len(spans[-1][2]) < SHORTEST
            if last >= wrong + NEIGHBOURS and not is_rest:
                break
            last += 1
            if spans[last][2] in unknown:
                wrong = last
        read = [word for _, _, word in spans[begin : last + 1]]
        text = "".join(read)
        if SHORTEST <= len(text) <= LONGEST:
            before, through = (sum(map(len, read[: place - begin])) for place in (max(begin, at - 1), wrong + 2))
            yield _Stretch(spans[begin][0], spans[last][1], text, before, through)


def _touch(one: Span, other: Span) -> bool:
    return one[1] == other[0] and not (one[2].isascii() or other[2].isascii())


def _likeliest(typed: str, words: Sequence[str], frequencies: Mapping[str, int]) -> str:
    """The word of the index that explains best what was typed; empty where none does."""
    allowed = _allowed(typed)
    prices = [
        (price - COMMON * math.log(frequencies[word]), word)
        for word in words
        if frequencies.get(word) and (price := spelling.cost(typed, word)) <= allowed
    ]
    return min(prices)[1] if prices else ""


def _near(word: str) -> Sequence[str]:
    """What one slip, or in a longer word one edit, may have made of an English word."""
    return sorted(spelling.slips(word) if _allowed(word) <= spelling.SLIP else spelling.edits(word))


def _further(word: str) -> Sequence[str]:
    """And what two slips, in a long one."""
    return sorted(spelling.two_slips(word)) if _allowed(word) > 2 * spelling.SLIP else ()


def _allowed(word: str) -> float:
    return next(cost for letters, cost in ALLOWED if len(word) >= letters)


def _lacking(tokens: Collection[str], frequencies: Mapping[str, int]) -> int:
    return sum(not frequencies[token] or _is_chip(token) for token in set(tokens))


def _is_chip(token: str) -> bool:
    """A Thai letter alone: no word, so some word around it was not recognised."""
    return len(token) == 1 and not token.isascii()
