"""One generation on the cluster, for one request: the searches. Reads; never writes.

While a query is embedded, the legs of words are asked. One request more asks for the nearest entries, and for those
that the words brought, and each hit tells which terms its entry has, as the scores of named clauses that order nothing.
So every evidence is exact for every candidate, as the port demands; only which entries the graph brings is approximate,
and with ``exact`` not even that. Vectors that the reader does not remember are read last.
"""

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalogue.search.excerpts import restored
from catalogue.search.index import AnalysedQuery, Candidates, Depth, FacetCounts, Filters, IndexInfo, Vector
from catalogue.search.opensearch import queries
from catalogue.search.opensearch.cluster import SEARCH_TIMEOUTS_S, Cluster, Patience
from catalogue.search.opensearch.entries import COLUMNS, Held, Remembered
from catalogue.search.opensearch.mapping import unpacked
from catalogue.search.weights import LEGS, Clause, asked_for, bits, cosines, sought, unfolded, weighed

# Beyond the depth: server and reader may round the last cosines differently, and the reader's order counts.
SLACK = 10
IDS_PER_PAGE = 5_000
KNOWN_TERMS = 200_000  # per state of a generation; about 20 MB

Scores = NDArray[np.float32]


class Found(NamedTuple):
    """A hit."""

    id: str
    revision: int
    score: float
    told: Mapping[str, float]
    """Scores of the named clauses that the entry meets: "ngrams" is coverage, "0", "1" … bits of tokens and names."""

    @classmethod
    def read(cls, hit: Mapping[str, Any]) -> "Found":
        """As the server brings it."""
        columns = hit["fields"]
        return cls(columns["id"][0], columns["revision"][0], hit["_score"], hit.get("matched_queries", {}))


@dataclass
class State:
    """A generation as one write left it; shared by the requests until the next write."""

    index: str
    """Name on the cluster."""
    info: IndexInfo
    centres: Mapping[str, Vector]
    languages: tuple[str, ...]
    """Those of its entries."""
    shards: int
    frequencies: dict[str, dict[str, int]] = field(default_factory=lambda: {leg: {} for leg in LEGS})
    asking: threading.Lock = field(default_factory=threading.Lock)
    """Held while frequencies are asked for: who waits for it a moment, finds most of what it wants."""

    @property
    def born(self) -> str:
        """Tells the generation from all others: one that was lost with its cluster and built anew has the old name."""
        return f"{self.index} {self.info.built_at}"


class Generation:
    """A ``LiveIndex``. Belongs to one request, whose search and guess may use it at once."""

    def __init__(
        self, cluster: Cluster, state: State, remembered: Remembered, exact: bool, patience: Patience | None = None
    ) -> None:
        """``patience`` is what opening it left; without, all of it."""
        self._cluster = cluster
        self._patience = patience or cluster.patience()
        self._state = state
        self._remembered = remembered
        self._exact = exact
        self._held: dict[str, Held] = {}
        self._revisions: dict[str, int] | None = None

    @property
    def info(self) -> IndexInfo:
        """See :class:`catalogue.search.index.LiveIndex`."""
        return self._state.info

    def candidates(self, query: AnalysedQuery, filters: Filters, depth: Depth) -> Candidates:
        """See :class:`catalogue.search.index.LiveIndex`."""
        among = queries.passing(filters)
        frequencies = self._frequencies(asked_for(query))
        weights = {leg: weighed(getattr(query, leg), frequencies[leg], self.info.documents) for leg in LEGS}
        pieces = {"tokens": query.pieces, "ngrams": ()}
        wanted = {leg: sought(weights[leg], pieces[leg], frequencies[leg], self.info.documents) for leg in LEGS}
        legs = {
            leg: queries.hits(queries.any_of(leg, wanted[leg], among), depth.lexical + 1, sort=queries.BEST_FIRST)
            for leg in LEGS
            if wanted[leg]
        }
        best = dict(zip(legs, self._search(*legs.values()), strict=True))  # while the query is embedded
        said = {hit.id for hits in best.values() for hit in hits[: depth.lexical]}
        groups = [[{"term": {"language": language}}, *among] for language in self.languages]
        told = _asked_of_each(query, weights["ngrams"])
        found = self._recalled(self._near(query.vector, depth.dense + SLACK, groups, sorted(said), told))

        vectors = self._vectors(found, len(query.vector))
        cosine = cosines(vectors, query.vector)
        languages = np.array([self._held[hit.id].language for hit in found] or np.empty(0, np.str_))
        kept, dense_floor = _nearest(languages, cosine, depth.dense)
        kept |= np.array([hit.id in said for hit in found], bool)
        cut = {
            leg: float(np.float32(hits[depth.lexical - 1].score))
            for leg, hits in best.items()
            if len(hits) > depth.lexical
        }
        found = list(compress(found, kept))
        covered = _covered(found, query)
        return Candidates(
            ids=tuple(hit.id for hit in found),
            languages=languages[kept],
            vectors=vectors[kept],
            cosine=cosine[kept],
            covered=covered[:, : len(query.tokens)],
            otherwise=covered[:, len(query.tokens) :],
            token_weights=np.array(list(weights["tokens"].values()), np.float32),
            ngram_coverage=np.clip(_told(found, "ngrams"), 0, 1),
            dense_floor=dense_floor,
            token_floor=wanted["tokens"].untold + cut.get("tokens", 0.0),
            ngram_floor=wanted["ngrams"].untold + cut.get("ngrams", 0.0),
        )

    def browse(self, filters: Filters, limit: int, offset: int) -> tuple[Sequence[str], int]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        query = {"bool": {"filter": [queries.ENTRIES, *queries.passing(filters)]}}
        asked = queries.hits(query, limit, ("id",), queries.NEWEST_FIRST)
        (answer,) = self._asked(asked | {"from": offset, "track_total_hits": True})
        return [hit["fields"]["id"][0] for hit in answer["hits"]["hits"]], answer["hits"]["total"]["value"]

    def facets(self, filters: Filters, fields: Collection[str], ids: Sequence[str] | None = None) -> FacetCounts:
        """See :class:`catalogue.search.index.LiveIndex`."""
        if not fields:
            return {}
        if ids is not None:
            self._load({i for i in ids if i not in self._held})
            among = [self._held[i] for i in dict.fromkeys(ids) if i in self._held]
            return _counted([held for held in among if held.passes(filters)], fields)
        query = {"bool": {"filter": [queries.ENTRIES, *queries.passing(filters)]}}
        (answer,) = self._asked(queries.counts(query, fields))
        buckets = {name: answer["aggregations"][name]["buckets"] for name in fields}
        return {name: _ordered({b["key"]: b["doc_count"] for b in found}) for name, found in buckets.items()}

    def similar(self, entry_id: str, limit: int) -> Sequence[tuple[str, float]]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        self._load({entry_id} - self._held.keys())
        if entry_id not in self._held:
            return []
        found = self.near(self._held[entry_id].vector, limit + 1)
        return [(i, cosine) for i, cosine in found if i != entry_id][:limit]

    def excerpts(self, ids: Collection[str]) -> Mapping[str, Mapping[str, Vector]]:
        """See :class:`catalogue.search.index.LiveIndex`. Asks the cluster only where an entry has any."""
        self._load({i for i in ids if i not in self._held})
        wanted = {i: held.told for i in ids if (held := self._held.get(i)) and held.told}
        if not wanted:
            return {}
        columns = {language: f"excerpts.{language}" for languages in wanted.values() for language in languages}
        asked = queries.hits(queries.with_ids(wanted), len(wanted), ("id", *columns.values()))
        (answer,) = self._asked(asked)
        return {found["id"][0]: self._restored(found, columns) for found in map(_fields, answer["hits"]["hits"])}

    def _restored(self, found: Mapping[str, list[str]], columns: Mapping[str, str]) -> Mapping[str, Vector]:
        dimension = len(next(iter(self.centres.values())))
        return {
            language: restored(unpacked(found[column][0]), dimension)
            for language, column in columns.items()
            if column in found
        }

    @property
    def centres(self) -> Mapping[str, Vector]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        return self._state.centres

    def near(self, vector: Vector, limit: int) -> Sequence[tuple[str, float]]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        found = self._recalled(self._near(vector, limit + SLACK, [[]], [], {}))
        cosine = cosines(self._vectors(found, len(vector)), vector)
        best = np.argsort(-cosine, kind="stable")[:limit]
        return [(found[i].id, float(cosine[i])) for i in best]

    def frequencies(self, tokens: Sequence[str]) -> Mapping[str, int]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        return self._frequencies({"tokens": tokens, "ngrams": ()})["tokens"]

    def revisions(self) -> Mapping[str, int]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        if self._revisions is None:
            asked = queries.hits(queries.ENTRIES, IDS_PER_PAGE, sort=[{"id": "asc"}])
            columns = (hit["fields"] for hit in self._cluster.scan(self._state.index, asked))
            self._revisions = {found["id"][0]: found["revision"][0] for found in columns}
        return self._revisions

    # --- the legs

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that its entries have."""
        return self._state.languages

    def _near(
        self,
        vector: Vector,
        most: int,
        groups: Sequence[list[queries.Query]],
        ids: Sequence[str],
        told: Mapping[str, queries.Told],
    ) -> list[Found]:
        """So many of each group, each by what its entries pass, and these entries."""
        near = [queries.near_exactly(vector, g) if self._exact else queries.near(vector, most, g) for g in groups]
        legs = [(query, most) for query in near] + ([(queries.with_ids(ids), len(ids))] if ids else [])
        if not self._exact and self._state.shards == 1:
            # A graph brings so many of each group by itself; of several graphs, or without, one could crowd out others.
            legs = [({"bool": {"should": [query for query, _ in legs]}}, sum(size for _, size in legs))]
        asked = [queries.hits(queries.telling(query, told), size, sort=queries.BEST_FIRST) for query, size in legs]
        coming = [self._cluster.aside(self._search, body) for body in asked[1:]]
        answers = self._search(*asked[:1]) + [hits for answer in coming for hits in answer.result()]
        return [hit for hits in answers for hit in hits]

    def _search(self, *asked: queries.Query) -> list[list[Found]]:
        """The hits of each, best first."""
        answers = self._asked(*asked) if asked else []
        return [[Found.read(hit) for hit in answer["hits"]["hits"]] for answer in answers]

    def _asked(self, *bodies: queries.Query) -> list[dict[str, Any]]:
        return self._cluster.search(self._state.index, *bodies, patience=self._patience)

    def _frequencies(self, terms: Mapping[str, Sequence[str]]) -> dict[str, dict[str, int]]:
        """In how many entries each term stands."""
        known = self._known(terms)
        if any(term not in known[leg] for leg in LEGS for term in terms[leg]):
            # Who holds it for longer than a first try waits for a cluster that hangs. Behind one another the tenth
            # would wait for two minutes; beside each other none waits for longer than the tries take.
            first = self._state.asking.acquire(timeout=SEARCH_TIMEOUTS_S[0])
            try:
                known = self._known(terms)
                learnt = self._learn({leg: [term for term in terms[leg] if term not in known[leg]] for leg in LEGS})
            finally:
                if first:
                    self._state.asking.release()
            known = {leg: known[leg] | learnt[leg] for leg in LEGS}
        return {leg: {term: known[leg][term] for term in terms[leg]} for leg in LEGS}

    def _known(self, terms: Mapping[str, Sequence[str]]) -> dict[str, dict[str, int]]:
        """Of those that were asked for: a copy, for another thread may forget them all."""
        held = self._state.frequencies
        return {leg: {term: n for term in terms[leg] if (n := held[leg].get(term)) is not None} for leg in LEGS}

    def _learn(self, unknown: Mapping[str, Sequence[str]]) -> dict[str, dict[str, int]]:
        asked = {leg: " ".join(found) for leg, found in unknown.items() if found}
        answers = [
            self._cluster.term_frequencies(self._state.index, shard, asked, self._patience)
            for shard in range(self._state.shards if asked else 0)
        ]
        learnt = {leg: {t: sum(answer[leg].get(t, 0) for answer in answers) for t in unknown[leg]} for leg in LEGS}
        held = self._state.frequencies
        for leg, found in learnt.items():
            if len(held[leg]) + len(found) > KNOWN_TERMS:
                held[leg] = {}
            held[leg].update(found)
        return learnt

    # --- what is known of the entries

    def _recalled(self, hits: Iterable[Found]) -> list[Found]:
        """In the order of their ids, and held, from memory or else from the index: one deleted meanwhile is none."""
        found = {hit.id: hit for hit in hits}
        self._held |= self._remembered.known(self._state.born, [(i, hit.revision) for i, hit in found.items()])
        self._load([i for i, hit in found.items() if i not in self._held or self._held[i].revision != hit.revision])
        return [found[i] for i in sorted(found) if i in self._held]

    def _load(self, ids: Collection[str]) -> None:
        if not ids:
            return
        (answer,) = self._asked(queries.hits(queries.with_ids(ids), len(ids), COLUMNS))
        loaded = [Held.read(hit["fields"]) for hit in answer["hits"]["hits"]]
        self._held |= {held.id: held for held in loaded}
        self._remembered.add(self._state.born, loaded)

    def _vectors(self, hits: Sequence[Found], dimension: int) -> Vector:
        none = np.empty(0, np.float32)
        return np.concatenate([none, *(self._held[hit.id].vector for hit in hits)]).reshape(-1, dimension)


def _fields(hit: Mapping[str, Any]) -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = hit["fields"]
    return found


def _asked_of_each(query: AnalysedQuery, ngrams: Mapping[str, float]) -> dict[str, queries.Told]:
    """The clauses by which each hit tells what its entry says of the query; see :class:`Found`."""
    told: dict[str, queries.Told] = {str(number): ("tokens", part) for number, (part, _) in enumerate(_bits(query))}
    return told | ({"ngrams": ("ngrams", ngrams)} if ngrams else {})


def _nearest(
    languages: NDArray[np.str_], cosine: NDArray[np.float32], most: int
) -> tuple[NDArray[np.bool_], dict[str, float]]:
    """Which entries are the nearest of their language, and the least cosine of those where there were more."""
    kept, floor = np.zeros(len(cosine), bool), {}
    for language in np.unique(languages):
        rows = np.flatnonzero(languages == language)
        nearest = rows[np.argsort(-cosine[rows], kind="stable")[:most]]
        kept[nearest] = True
        if len(rows) > most:
            floor[str(language)] = float(cosine[nearest[-1]])
    return kept, floor


def _told(hits: Sequence[Found], clause: str) -> Scores:
    return np.array([hit.told.get(clause, 0) for hit in hits], np.float32)


def _bits(query: AnalysedQuery) -> list[tuple[dict[Clause, float], int]]:
    return bits((*query.tokens, *query.otherwise))


def _covered(hits: Sequence[Found], query: AnalysedQuery) -> NDArray[np.bool_]:
    """Which of the query's tokens, then of its other names, each entry has."""
    parts = [unfolded(_told(hits, str(number)), size) for number, (_, size) in enumerate(_bits(query))]
    return np.hstack(parts) if parts else np.zeros((len(hits), 0), bool)


def _counted(entries: Sequence[Held], fields: Collection[str]) -> FacetCounts:
    found = {name: Counter(chain(*(held.filters.get(name, ()) for held in entries))) for name in fields}
    return {name: _ordered(counts) for name, counts in found.items()}


def _ordered(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
