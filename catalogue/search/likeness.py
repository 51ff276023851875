"""Finds entries that may be the same as one entry, or as each other, in a live index."""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from catalogue.curation import OPEN
from catalogue.duplicates import (
    Information,
    Level,
    Pair,
    Profile,
    Suggestion,
    best_first,
    compare,
    pair_of,
    profile,
    text_of,
)
from catalogue.entries import Entry, content_hash, parse
from catalogue.search.analysis import Analyser
from catalogue.search.centres import directed
from catalogue.search.document import passages
from catalogue.search.embedding import Embedder
from catalogue.search.index import LiveIndex, Vector
from catalogue.store.reading import Readings

# The nearest entries of each entry that are compared word by word. Of the labelled pairs, those further away by
# meaning are not brought near by their words.
NEIGHBOURS = 30
TERMS_PER_QUESTION = 1_000
ENTRIES_PER_QUESTION = 500
# Entries that are compared with all others while somebody waits; `hackgo duplicates` compares them all.
MOST_COMPARED = 2_000
MOST_WAITING = 500  # entries of one organisation that what it sends is compared with
PLACES_REMEMBERED = 2_000  # about 10 KB each

Progress = Callable[[int, int], None]


def profile_of(entry: Entry, analyser: Analyser) -> Profile:
    """What is compared of an entry, stop words left out."""
    return profile(entry, analyser.tokens(text_of(entry), keep_stopwords=False))


def place_of(entry: Entry, index: LiveIndex, embedder: Embedder) -> Vector:
    """Where the index would put this entry: for entries that it does not hold."""
    texts = passages(entry)
    return directed(dict(zip(texts, embedder.passages(list(texts.values())), strict=True)), index.centres)


def information(index: LiveIndex, terms: Collection[str]) -> Information:
    """How much each of these terms tells in this index."""
    wanted = sorted(terms)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), TERMS_PER_QUESTION):
        found.update(index.frequencies(wanted[start : start + TERMS_PER_QUESTION]))
    return Information(found, index.info.documents)


def against(one: Profile, others: Mapping[str, tuple[Profile, float]], index: LiveIndex) -> list[Suggestion]:
    """The entry with each of the others of its kind, best first; ``others`` come with their cosines."""
    alike = {i: found for i, found in others.items() if i != one.id and found[0].kind == one.kind}
    told = information(index, one.terms | frozenset(t for other, _ in alike.values() for t in other.terms))
    return best_first(
        Suggestion(pair_of(one.id, i), compare(one, other, meaning, told)) for i, (other, meaning) in alike.items()
    )


def pairs(index: LiveIndex, profiles: Sequence[Profile], progress: Progress | None = None) -> list[Suggestion]:
    """All pairs of near entries of one kind, best first. One question to the index per entry."""
    known = {one.id: one for one in profiles}
    cosines: dict[Pair, float] = {}
    for done, one in enumerate(profiles, 1):
        for other, cosine in index.similar(one.id, NEIGHBOURS):
            if other in known and known[other].kind == one.kind:
                cosines[pair_of(one.id, other)] = cosine
        if progress is not None:
            progress(done, len(profiles))
    told = information(index, _terms(known[i] for pair in cosines for i in pair))
    return best_first(
        Suggestion((a, b), compare(known[a], known[b], cosine, told)) for (a, b), cosine in cosines.items()
    )


def _terms(profiles: Iterable[Profile]) -> frozenset[str]:
    return frozenset[str]().union(*(one.terms for one in profiles))


def published(store: Readings, kind: str, analyser: Analyser) -> list[Profile]:
    """The profiles of all published entries of this kind."""
    found: list[Profile] = []
    after = ""
    while rows := store.entries(after, ENTRIES_PER_QUESTION, kind=kind):
        found += [profile_of(parse(row.body), analyser) for row in rows]
        after = rows[-1].id
    return found


def newest(store: Readings, kind: str, analyser: Analyser) -> list[Profile]:
    """The profiles of the published entries of this kind that changed last, as many as a request may compare."""
    revisions = store.public_revisions([kind])
    ids = sorted(revisions, key=lambda i: -revisions[i])[:MOST_COMPARED]
    return [profile_of(parse(row.body), analyser) for row in store.get_many(ids).values() if row.public]


class Places:
    """Where entries that no index holds would lie, remembered while their text stays as it is. Shared by threads."""

    def __init__(self, embedder: Embedder, analyser: Analyser) -> None:
        self._embedder = embedder
        self.analyser = analyser
        self._known: dict[tuple[str, str], tuple[Profile, Vector]] = {}

    def of(self, entry: Entry, content_hash: str, index: LiveIndex) -> tuple[Profile, Vector]:
        """The entry's profile and its place in this index."""
        key = (index.info.name, content_hash)
        found = self._known.get(key)
        if found is None:
            found = profile_of(entry, self.analyser), place_of(entry, index, self._embedder)
            if len(self._known) >= PLACES_REMEMBERED:
                self._known.clear()
            self._known[key] = found
        return found


def probable(
    entries: Sequence[Entry], store: Readings, index: LiveIndex, places: Places, owner: str = ""
) -> Callable[[Entry], Sequence[tuple[str, float]]]:
    """Of which entries each of these, which nobody saved yet, is probably a duplicate, by meaning and words.

    Compared are published entries, and those of ``owner`` ("": nobody's) that wait for a curator. What comes back is
    the ``near`` of :func:`catalogue.planning.plan`: entry to ids with their scores, best first; none for an entry that
    was not among ``entries``. An entry is known by its text, so its id may change meanwhile.
    """
    waiting = list(dict.fromkeys(i for i, _, _ in store.titles(OPEN, owner)))[-MOST_WAITING:] if owner else []
    own = [(parse(one.body), one.content_hash) for one in store.get_many(waiting).values()]
    found: dict[str, list[tuple[str, float]]] = {}
    for entry in entries:
        mine, place = places.of(entry, content_hash(entry), index)
        cosines = dict(index.near(place, NEIGHBOURS))
        others: dict[str, tuple[Profile, float]] = {}
        for stored in store.get_many(cosines.keys()).values():
            if stored.public and stored.kind == entry.kind:
                others[stored.id] = profile_of(parse(stored.body), places.analyser), cosines[stored.id]
        for other, told in own:
            profile, where = places.of(other, told, index)
            others[other.id] = profile, float(where @ place)
        found[_told(entry)] = [
            (next(i for i in one.pair if i != entry.id), one.evidence.score)
            for one in against(mine, others, index)
            if one.evidence.level == Level.PROBABLE
        ]
    return lambda entry: found.get(_told(entry), ())


def _told(entry: Entry) -> str:
    return f"{entry.kind}\n{text_of(entry)}"


class PairsOfIndex:
    """All suggestions of an index, found once for each of its revisions. Shared by threads."""

    def __init__(self) -> None:
        self._finding = threading.Lock()
        self._held: tuple[tuple[str, int, str], list[Suggestion]] | None = None

    def of(self, index: LiveIndex, kind: str, profiles: Callable[[], Sequence[Profile]]) -> list[Suggestion]:
        """The suggestions among published entries of this kind, best first; asks ``profiles`` once per revision."""
        key = (index.info.name, index.info.revision, kind)
        with self._finding:
            if self._held is None or self._held[0] != key:
                self._held = key, pairs(index, profiles())
            return self._held[1]
