"""Which entries may be the same problem told twice, why, and what people decided about them. Pure.

The score of a pair is the evidence added up; its constants were measured with `hackgo eval FOLDER --duplicates PAIRS`
(docs/adr/0020-duplicates-and-merges.md has the figures). A candidate is a question to a person, never an answer.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from catalogue.entries import LANGUAGES, Entry, Language
from catalogue.search.document import lexical
from catalogue.search.index import Vector

# The score adds up the cosine of the texts, the share of words and these. Weights were chosen on 34 pairs that somebody
# else called alike and on 293 that were judged (tests/golden/README.md); the ADR has the figures.
TITLES = 0.4
# One theme helps to tell the similar (AUC .82 to .84 on the half that was held back) and blurs what is the same
# (average precision .65 to .61): it counts in the score, and nothing towards a duplicate.
SAME_THEME = 0.05
# Two languages share no words, and their titles lie further apart than titles of one. So much of the cosine stands in
# for that: the judged pairs are told alike or not with AUC .855, without it .828.
USUAL_WORDS = 0.5
# Who reads the pairs of a whole catalogue should meet many entries, not one subject in all its pairs: a pair loses this
# for each time that its place among the candidates of either entry, the better of the two, is e times as far down.
FURTHER_DOWN = 0.1
# In that list it also counts whether the title of one says what the other tells at length. It does not order the
# candidates of one entry: a title that says little lies near many texts, and there nothing makes up for that.
CROSSWISE = 0.4

# Both thresholds were chosen on one half of the judged pairs; docs/evaluation.md has the figures of both halves.
# Duplicates: where precision and recall are best together, precision counting double (F.5). Of what scores more 5 to 8
# in 10 were judged the same and all others related. None of the judged pairs whose entries name provinces and none in
# common (33 in the sample) were judged the same: they are no duplicates, however alike.
DUPLICATE = 0.95
# Similar: where they are best together (F1) with a precision above .8. 8 in 10 of what scores more were judged the same
# or related, and so many of those are found.
SIMILAR = 0.61

MEANING_SHOWN = 0.3
WORDS_SHOWN = 0.08
TERMS_SHOWN = 6

JUDGED = "duplicates.judged"
"""Kind of the event that tells what somebody decided about a pair."""


class Verdict(StrEnum):
    """What a person decided about two entries. ``same`` asks for a merge; the others are never suggested again."""

    SAME = "same"
    RELATED = "related"
    DISTINCT = "distinct"


class Level(StrEnum):
    """What two entries are to each other, as far as the evidence goes: two things with a threshold each."""

    PROBABLE = "probable"
    """Probably duplicates: a person would judge them the same."""
    SIMILAR = "similar"
    """Worth a look: a person would judge them the same or related."""
    UNLIKELY = "unlikely"


Pair = tuple[str, str]
"""Two ids, the lesser first."""


def pair_of(one: str, other: str) -> Pair:
    """The pair, whichever of the two is named first; raises ValueError for an entry and itself."""
    if one == other:
        raise ValueError("an entry is no pair with itself")
    return (one, other) if one < other else (other, one)


@dataclass(frozen=True, slots=True)
class Profile:
    """What is compared of an entry, beside its meaning."""

    id: str
    kind: str
    language: str
    terms: frozenset[str] = field(repr=False)
    title: Vector = field(repr=False, compare=False)
    """Where its title would lie in the index: centred, length 1."""
    theme: str | None = None
    provinces: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why two entries may be the same."""

    meaning: float
    """Cosine of the two, each centred in its language, -1 to 1."""
    titles: float
    """The same of their titles alone."""
    words: float
    """Share of their informative words that they have in common, 0 to 1."""
    terms: tuple[str, ...]
    """The most telling words of both."""
    theme: str | None
    """The theme of both, if it is one."""
    provinces: tuple[str, ...]
    """The provinces of both."""
    crosswise: float = 0.0
    """Cosine of the title of one with the text of the other, the greater of the two; 0 where neither is near."""
    across_languages: bool = False
    apart: bool = False
    """Do both name provinces, and none in common?"""

    @property
    def score(self) -> float:
        """The evidence added up; comparable between all pairs of one catalogue."""
        return round(self._told + (SAME_THEME if self.theme else 0.0), 4)

    @property
    def level(self) -> Level:
        """What that makes the two. One theme makes them no duplicates; two provinces are two entries, however alike."""
        if self._told >= DUPLICATE and not self.apart:
            return Level.PROBABLE
        return Level.SIMILAR if self.score >= SIMILAR else Level.UNLIKELY

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks for it: of meaning, words, same_theme, same_place."""
        told = {
            "meaning": self.meaning >= MEANING_SHOWN,
            "words": bool(self.terms) and self.words >= WORDS_SHOWN,
            "same_theme": self.theme is not None,
            "same_place": bool(self.provinces),
        }
        return tuple(name for name, holds in told.items() if holds)

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "score": self.score,
            "level": self.level.value,
            "reasons": list(self.reasons),
            "meaning": self.meaning,
            "titles": self.titles,
            "words": self.words,
            "terms": list(self.terms),
            "theme": self.theme,
            "provinces": list(self.provinces),
        }

    @property
    def _told(self) -> float:
        shared = max(self.words, USUAL_WORDS * self.meaning) if self.across_languages else self.words
        return self.meaning + shared + TITLES * self.titles


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two entries with the evidence."""

    pair: Pair
    evidence: Evidence

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"entries": list(self.pair), **self.evidence.as_dict()}


class Information:
    """How much each term tells: little where many entries have it."""

    def __init__(self, frequencies: Mapping[str, int], entries: int) -> None:
        self._frequencies = frequencies
        self._entries = max(1, entries)
        self._square = lru_cache(maxsize=None)(self._summed)  # of an entry, which is compared with many

    def of(self, term: str) -> float:
        """Inverse document frequency, as the search has it."""
        frequency = min(self._entries, self._frequencies.get(term, 0))
        return math.log1p((self._entries - frequency + 0.5) / (frequency + 0.5))

    def shared(self, one: frozenset[str], other: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        """The cosine of the two sets of terms, each weighing what it tells; and the terms that tell most."""
        both = sorted(((self.of(term), term) for term in one & other), key=lambda told: (-told[0], told[1]))
        norm = math.sqrt(self._square(one) * self._square(other))
        share = math.fsum(weight * weight for weight, _ in both) / norm if norm else 0.0
        return share, tuple(term for _, term in both[:TERMS_SHOWN])

    def _summed(self, terms: frozenset[str]) -> float:
        return math.fsum(self.of(term) ** 2 for term in terms)


def profile(entry: Entry, terms: Iterable[str], title: Vector) -> Profile:
    """The entry's profile; ``terms`` are those of :func:`text_of`, ``title`` is where :func:`titles_of` lie."""
    return Profile(
        entry.id,
        entry.kind,
        entry.language,
        frozenset(terms),
        title,
        getattr(entry, "theme", None),
        frozenset(getattr(entry, "provinces", ())),
    )


def text_of(entry: Entry) -> str:
    """The words of an entry that are compared: those that are searched."""
    return "\n".join(lexical(entry))


def titles_of(entry: Entry) -> dict[Language, str]:
    """The entry's title in each language that it has one in."""
    return {language: words for language in LANGUAGES if (words := entry.title.get(language))}


def compare(one: Profile, other: Profile, meaning: float, information: Information, crosswise: float = 0.0) -> Evidence:
    """What speaks for two entries being the same."""
    words, terms = information.shared(one.terms, other.terms)
    return Evidence(
        meaning=round(meaning, 4),
        titles=round(float(one.title @ other.title), 4),
        words=round(words, 4),
        terms=terms,
        theme=one.theme if one.theme == other.theme else None,
        provinces=tuple(sorted(one.provinces & other.provinces)),
        crosswise=crosswise,
        across_languages=one.language != other.language,
        apart=bool(one.provinces and other.provinces) and one.provinces.isdisjoint(other.provinces),
    )


def best_first(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """By score, then by id."""
    return sorted(suggestions, key=lambda found: (-found.evidence.score, found.pair))


def widest_first(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """All suggestions of a catalogue: by score and crosswise; what is not the closest of either entry comes later."""
    met: Counter[str] = Counter()
    later: dict[Pair, float] = {}
    for found in (ranked := best_first(suggestions)):
        met.update(found.pair)
        down = FURTHER_DOWN * math.log(min(met[i] for i in found.pair))
        later[found.pair] = down - CROSSWISE * found.evidence.crosswise - found.evidence.score
    return sorted(ranked, key=lambda found: later[found.pair])


def judgement(one: str, other: str, verdict: Verdict) -> dict[str, Any]:
    """The payload of the event of a decision; who and why stand beside it in the event."""
    return {"pair": list(pair_of(one, other)), "verdict": Verdict(verdict).value}


def verdicts(payloads: Iterable[Mapping[str, Any]]) -> dict[Pair, Verdict]:
    """What holds now: for each pair the latest of these payloads, which come in order."""
    found: dict[Pair, Verdict] = {}
    for payload in payloads:
        one, other = payload["pair"]
        found[pair_of(one, other)] = Verdict(payload["verdict"])
    return found


def is_open(pair: Pair, decided: Mapping[Pair, Verdict]) -> bool:
    """May the pair be suggested: did nobody judge it, or as the same, which a merge alone brings to an end?"""
    return decided.get(pair, Verdict.SAME) == Verdict.SAME
