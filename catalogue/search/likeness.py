"""Finds entries that may be the same as one entry, or as each other, in a live index."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from catalogue.curation import OPEN
from catalogue.duplicates import (
    Evidence,
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
    titles_of,
    widest_first,
)
from catalogue.entries import Entry, Language, parse
from catalogue.search.analysis import Analyser
from catalogue.search.centres import directed
from catalogue.search.document import passages
from catalogue.search.embedding import Embedder
from catalogue.search.fingerprint import require_model
from catalogue.search.index import LiveIndex, Vector
from catalogue.store.reading import Readings

# The nearest entries of each entry that are compared by words and titles. Of 50 one labelled pair is missing, whose
# titles alone are alike; 80 bring no more.
NEIGHBOURS = 60
TERMS_PER_QUESTION = 1_000
ENTRIES_PER_QUESTION = 500
# Entries that are compared with all others while somebody waits; `hackgo duplicates` compares them all.
MOST_COMPARED = 2_000
MOST_WAITING = 500  # entries of one organisation that what it sends is compared with
VECTORS_REMEMBERED = 12_000  # 1.5 KB each: titles and texts of an import of 5,000 rows, planned and then committed
MANY_TEXTS = 200  # embedding them takes a second or two
TEXTS_REMEMBERED = 2_000  # about 10 KB each
# Where an entry's title in place of its text scores less than this against all others, its text is not read: 95 in 100
# of the golden set's entries that have a probable duplicate score more, and 23 in 100 of those that have none.
READ_ON = 0.71

Progress = Callable[[int, int], None]


def information(index: LiveIndex, profiles: Iterable[Profile], known: dict[str, int] | None = None) -> Information:
    """How much each term of these tells in this index; ``known``: what was asked before, to which this adds."""
    found = {} if known is None else known
    terms = frozenset[str]().union(*(one.terms for one in profiles))
    wanted = sorted(terms - found.keys())
    for start in range(0, len(wanted), TERMS_PER_QUESTION):
        some = wanted[start : start + TERMS_PER_QUESTION]
        found.update({**dict.fromkeys(some, 0), **index.frequencies(some)})
    return Information(found, index.info.documents)


def against(one: Profile, others: Mapping[str, tuple[Profile, float]], told: Information) -> list[Suggestion]:
    """The entry with each of the others of its kind, best first; ``others`` come with their cosines."""
    return best_first(
        Suggestion(pair_of(one.id, i), compare(one, other, meaning, told))
        for i, (other, meaning) in others.items()
        if i != one.id and other.kind == one.kind
    )


def pairs(index: LiveIndex, profiles: Sequence[Profile], progress: Progress | None = None) -> list[Suggestion]:
    """All pairs of near entries of one kind, as :func:`widest_first`. Two questions to the index per entry."""
    known = {one.id: one for one in profiles}
    cosines: dict[Pair, float] = {}
    crosswise: dict[Pair, float] = {}
    for done, one in enumerate(profiles, 1):
        for other, cosine in index.similar(one.id, NEIGHBOURS):
            if other in known and known[other].kind == one.kind:
                cosines[pair_of(one.id, other)] = cosine
        for other, cosine in index.near(one.title, NEIGHBOURS):
            if other != one.id:
                pair = pair_of(one.id, other)
                crosswise[pair] = max(crosswise.get(pair, 0.0), cosine)
        if progress is not None:
            progress(done, len(profiles))
    told = information(index, (known[i] for pair in cosines for i in pair))
    return widest_first(
        Suggestion(pair, compare(known[pair[0]], known[pair[1]], cosine, told, crosswise.get(pair, 0.0)))
        for pair, cosine in cosines.items()
    )


class Places:
    """What is compared of entries and where they would lie in an index; what it read once it remembers.

    Shared by threads. ``kept`` opens an embedder that looks into a file first, for many texts at a time: reading the
    file takes longer than embedding a few, and its vectors are too many to be held by a server.
    Both methods raise IndexNotReady where the index's vectors are of another model.
    """

    def __init__(self, embedder: Embedder, analyser: Analyser, kept: Callable[[], Embedder] | None = None) -> None:
        self._embedder = embedder
        self._kept = kept
        self._vectors: dict[str, Vector] = {}
        # Stop words left out.
        self._terms = lru_cache(TEXTS_REMEMBERED)(lambda text: frozenset(analyser.tokens(text, keep_stopwords=False)))

    def profiles(self, entries: Sequence[Entry], index: LiveIndex) -> list[Profile]:
        """What is compared of each entry; embeds the titles that it does not know."""
        titles = self._placed([titles_of(entry) for entry in entries], index)
        return [
            profile(entry, self._terms(text_of(entry)), title) for entry, title in zip(entries, titles, strict=True)
        ]

    def of(self, entries: Sequence[Entry], index: LiveIndex) -> list[Vector]:
        """Where the index would put each entry: for those that it does not hold."""
        return self._placed([passages(entry) for entry in entries], index)

    def _placed(self, texts: Sequence[Mapping[Language, str]], index: LiveIndex) -> list[Vector]:
        require_model(index.info, self._embedder.fingerprint)
        vectors = self._embedded([text for by_language in texts for text in by_language.values()])
        return [
            directed({language: vectors[text] for language, text in by_language.items()}, index.centres)
            for by_language in texts
        ]

    def _embedded(self, texts: Sequence[str]) -> dict[str, Vector]:
        found = {text: vector for text in texts if (vector := self._vectors.get(text)) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        embedder = self._kept() if self._kept and len(missing) >= MANY_TEXTS else self._embedder
        made = dict(zip(missing, embedder.passages(missing), strict=True))
        if len(self._vectors) + len(made) > VECTORS_REMEMBERED:
            self._vectors.clear()
        self._vectors |= made
        return found | made


def published(store: Readings, kind: str, places: Places, index: LiveIndex) -> list[Profile]:
    """The profiles of all published entries of this kind."""
    found: list[Profile] = []
    after = ""
    while rows := store.entries(after, ENTRIES_PER_QUESTION, kind=kind):
        found += places.profiles([parse(row.body) for row in rows], index)
        after = rows[-1].id
    return found


def newest(store: Readings, kind: str, places: Places, index: LiveIndex) -> list[Profile]:
    """The profiles of the published entries of this kind that changed last, as many as a request may compare."""
    revisions = store.public_revisions([kind])
    ids = sorted(revisions, key=lambda i: -revisions[i])[:MOST_COMPARED]
    return places.profiles([parse(row.body) for row in store.get_many(ids).values() if row.public], index)


def probable(
    entries: Sequence[Entry], store: Readings, index: LiveIndex, places: Places, owner: str = ""
) -> Callable[[Entry], Sequence[tuple[str, Evidence]]]:
    """Of which entries each of these, which nobody saved yet, is probably a duplicate, by meaning and words.

    Compared are published entries, those of ``owner`` ("": nobody's) that wait for a curator, and those of
    ``entries`` that are saved, such as drafts sent together. What comes back is a ``Search`` of repeats.py: entry to
    ids with the evidence, best first; none for an entry that was not among ``entries``. An entry is known by its text,
    so its id may change meanwhile.
    """
    ids = list(dict.fromkeys(i for i, _, _ in store.titles(OPEN, owner)))[-MOST_WAITING:] if owner else []
    own = [parse(one.body) for one in store.get_many(ids).values()]
    waiting = list(zip(places.profiles(own, index), places.of(own, index), strict=True))

    profiles = places.profiles(entries, index)
    saved = store.get_many([one.id for one in entries]).keys()

    def suggested(at: Mapping[int, Vector]) -> Iterator[tuple[int, list[Suggestion]]]:
        """What is like the entries with these numbers, were they at these places."""
        near = {n: dict(index.near(place, NEIGHBOURS)) for n, place in at.items()}
        stored = store.get_many({i for cosines in near.values() for i in cosines})
        public = {one.id: one for one in places.profiles([parse(s.body) for s in stored.values() if s.public], index)}
        told = information(index, [*profiles, *public.values(), *(one for one, _ in waiting)])
        for n, place in at.items():
            others = {i: (public[i], cosine) for i, cosine in near[n].items() if i in public}
            others |= {one.id: (one, float(where @ place)) for one, where in waiting}
            others |= {
                profiles[m].id: (profiles[m], float(where @ place))
                for m, where in at.items()
                if profiles[m].id in saved
            }
            yield n, against(profiles[n], others, told)

    # A text takes five times as long to read as its title, which tells for most that nothing is like it.
    by_title = suggested({n: one.title for n, one in enumerate(profiles)})
    likely = [n for n, found in by_title if max((s.evidence.score for s in found), default=0.0) >= READ_ON]
    alike: dict[str, dict[str, Evidence]] = {}
    for n, found in suggested(dict(zip(likely, places.of([entries[n] for n in likely], index), strict=True))):
        sure = best_first(s for s in found if s.evidence.level == Level.PROBABLE)
        alike.setdefault(_told(entries[n]), {}).update(
            {next(i for i in s.pair if i != entries[n].id): s.evidence for s in sure}
        )
    return lambda entry: tuple(alike.get(_told(entry), {}).items())


def _told(entry: Entry) -> str:
    return f"{entry.kind}\n{text_of(entry)}"


class PairsOfIndex:
    """All suggestions of an index, found once for each of its revisions. Shared by threads."""

    def __init__(self) -> None:
        self._finding = threading.Lock()
        self._held: tuple[tuple[str, int, str], list[Suggestion]] | None = None

    def of(self, index: LiveIndex, kind: str, profiles: Callable[[], Sequence[Profile]]) -> list[Suggestion]:
        """The :func:`pairs` of published entries of this kind; asks ``profiles`` once per revision."""
        key = (index.info.name, index.info.revision, kind)
        with self._finding:
            if self._held is None or self._held[0] != key:
                self._held = key, pairs(index, profiles())
            return self._held[1]
