"""What an entry may repeat, of what exists for somebody: asked by its page, by who sends it and who publishes many."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Literal, NamedTuple

from pydantic import BaseModel, Field

from catalogue import review
from catalogue.api.parts import Parts
from catalogue.curation import OPEN
from catalogue.duplicates import Evidence, Level, Pair, Profile, Suggestion, Verdict, is_open, pair_of
from catalogue.entries import Entry, parse
from catalogue.errors import ProbableDuplicate
from catalogue.merges import judged
from catalogue.people import Person
from catalogue.search.fallback import FAILURES, Answer
from catalogue.search.index import IndexReader, LiveIndex, Vector
from catalogue.search.likeness import NEIGHBOURS, against, information
from catalogue.store.reading import Stored

MOST_OPEN = 500  # of what waits and somebody may see, the last changed: as many as a request may embed


class Why(BaseModel):
    """What speaks for two entries being the same; scores compare within one catalogue only."""

    score: float
    level: Literal["probable", "similar", "unlikely"]
    reasons: list[Literal["meaning", "words", "same_theme", "same_place"]]
    meaning: float = Field(description="Cosine of the two, -1 to 1.")
    titles: float = Field(description="Cosine of their titles, -1 to 1.")
    words: float = Field(description="Share of their informative words that they have in common, 0 to 1.")
    terms: list[str] = Field(description="The most telling words of both.")
    theme: str | None
    provinces: list[str]

    @classmethod
    def of(cls, found: Evidence) -> "Why":
        """The evidence for two entries."""
        return cls(**found.as_dict())


class Probable(BaseModel):
    """An entry that another one probably repeats; scores compare within one catalogue alone."""

    id: str
    title: dict[str, str] = Field(description="By language.")
    score: float
    why: Why | None = Field(None, description="Null: the titles are the same, and nothing else was compared.")


class Repeated(NamedTuple):
    """What entries probably repeat, by their ids; ``by_meaning``: else their titles alone were compared."""

    by_id: dict[str, list[Probable]]
    by_meaning: bool


def repeated(parts: Parts, entries: Sequence[Entry], owner: str) -> Repeated:
    """What entries that their organisation sends probably repeat, but for what is part of them or was told apart."""
    decided = judged(parts.store)
    members = parts.store.members_of([entry.id for entry in entries])
    found = parts.repeats.of(entries, owner)
    told = {
        entry.id: [
            Probable(**one.as_dict())
            for one in found(entry)
            if entry.id not in (one.id, members.get(one.id)) and is_open(pair_of(one.id, entry.id), decided)
        ]
        for entry in entries
    }
    return Repeated(told, found.by_meaning)


class Comparison:
    """What entries may repeat, for one person; what they are all compared with is read once, so not for long."""

    whole = True
    """Was the last one compared with all that this person may see? Of very much that waits, what changed last is."""

    def __init__(self, parts: Parts, person: Person) -> None:
        self._parts, self._person = parts, person
        self._waiting: dict[tuple[str, str], tuple[list[tuple[Profile, Vector]], bool]] = {}
        self._frequencies: dict[str, dict[str, int]] = {}

    def of(self, subject: Stored) -> Answer[list[Suggestion]]:
        """The published and waiting entries that it may repeat and nobody has judged to be others, best first."""
        found = self._parts.engines.ask("similar", lambda reader: self._near(subject, reader))
        worth = [s for s in found.value if s.evidence.level != Level.UNLIKELY and is_open(s.pair, self.decided)]
        return replace(found, value=worth)

    def refuse_doubtful(self, entry_id: str) -> bool:
        """Raise ``ProbableDuplicate`` where the entry probably repeats others; False where not all was compared.

        A decision waits for no index: whoever takes it is told that nothing was compared.
        """
        subject, _ = review.latest(self._parts.store, entry_id, self._person)
        try:
            found = self.of(subject).value
        except FAILURES:  # logged where it is asked
            return False
        probable = [s for s in found if s.evidence.level == Level.PROBABLE]
        if ids := [i for suggestion in probable for i in suggestion.pair if i != entry_id]:
            raise ProbableDuplicate(
                f"It is probably the same as {', '.join(ids)}. Compare them and publish it by itself, or say `sure`.",
                f"น่าจะเป็นเรื่องเดียวกับ {', '.join(ids)} โปรดเทียบกันแล้วเผยแพร่ทีละรายการ หรือยืนยันด้วย `sure`",
                duplicates=ids,
            )
        return self.whole

    @cached_property
    def decided(self) -> Mapping[Pair, Verdict]:
        """What people decided about pairs."""
        return judged(self._parts.store)

    def _near(self, subject: Stored, reader: IndexReader) -> list[Suggestion]:
        index, places = reader.open(), self._parts.places
        entry = review.entry_of(subject)
        if not entry.title:
            return []  # a draft that says too little to be compared
        (mine,), (place,) = places.profiles([entry], index), places.of([entry], index)
        cosines = dict(index.near(place, NEIGHBOURS))
        public = [parse(one.body) for one in self._parts.store.get_many(cosines.keys()).values() if one.public]
        others = {one.id: (one, cosines[one.id]) for one in places.profiles(public, index)}
        # One that was published a moment ago, by the same request, is no longer waiting and not yet in the index.
        waiting, self.whole = self._seen_waiting(subject.kind, index)
        others |= {one.id: (one, float(where @ place)) for one, where in waiting}
        known = self._frequencies.setdefault(index.info.name, {})
        return against(mine, others, information(index, [mine, *(one for one, _ in others.values())], known))

    def _seen_waiting(self, kind: str, index: LiveIndex) -> tuple[list[tuple[Profile, Vector]], bool]:
        """What waits for a curator and this person may see, and whether that is all of it.

        Another index, such as a fallback, has other places.
        """
        if (key := (kind, index.info.name)) not in self._waiting:
            outlines = self._parts.store.outlines(OPEN)
            waiting = [one for one in outlines if one.kind == kind and review.sees(self._person, one)]
            waiting.sort(key=lambda one: -one.revision)
            latest = self._parts.store.get_many([one.id for one in waiting[:MOST_OPEN]])
            seen = [parse(one.body) for one in latest.values() if one.status in OPEN]
            places = self._parts.places
            found = list(zip(places.profiles(seen, index), places.of(seen, index), strict=True))
            self._waiting[key] = found, len(waiting) <= MOST_OPEN
        return self._waiting[key]
