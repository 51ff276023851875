"""One generation on the cluster, for one request: the searches. Reads; never writes.

A search takes two round trips: its legs, in two requests side by side, then what is known of the entries that they
brought (terms exactly, and the vectors that the reader does not remember). Every evidence is exact for every candidate,
as the port demands; only which entries the graph brings is approximate, and with ``exact`` not even that.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalogue.search.excerpts import restored
from catalogue.search.index import AnalysedQuery, Candidates, Depth, FacetCounts, Filters, IndexInfo, Vector
from catalogue.search.opensearch import queries
from catalogue.search.opensearch.cluster import SEARCH_TIMEOUTS_S, Cluster
from catalogue.search.opensearch.entries import COLUMNS, Held, Remembered
from catalogue.search.opensearch.mapping import unpacked
from catalogue.search.weights import BITS, LEGS, Clause, asked_for, bits, cosines, sought, unfolded, weighed

# Beyond the depth: server and reader may round the last cosines differently, and the reader's order counts.
SLACK = 10
IDS_PER_PAGE = 5_000
KNOWN_TERMS = 200_000  # per state of a generation; about 20 MB

Scores = NDArray[np.float32]
Found = tuple[str, int, np.float32]
"""Id, revision and score of a hit."""


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


class Generation:
    """A ``LiveIndex``. Belongs to one request."""

    def __init__(self, cluster: Cluster, state: State, remembered: Remembered, exact: bool) -> None:
        self._cluster = cluster
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
        # The query is embedded, and the nearest entries are looked for, while it is found out what the terms weigh.
        nearest = self._cluster.aside(self._nearest, query, depth.dense, among)
        frequencies = self._frequencies(asked_for(query))
        weights = {leg: weighed(getattr(query, leg), frequencies[leg], self.info.documents) for leg in LEGS}
        pieces = {"tokens": query.pieces, "ngrams": ()}
        told = {leg: sought(weights[leg], pieces[leg], frequencies[leg], self.info.documents) for leg in LEGS}
        best = {
            leg: queries.hits(queries.any_of(leg, told[leg], among), depth.lexical + 1, sort=queries.BEST_FIRST)
            for leg in LEGS
            if told[leg]
        }
        legs = self._search(best) | nearest.result()
        revisions = {i: revision for leg in legs.values() for i, revision, _ in leg}
        evidence = self._evidence(revisions, query, weights)

        found, dense_floor = set[str](), dict[str, float]()
        for language in self.languages:
            cosines = self._cosines([i for i, *_ in legs[language]], query.vector)
            kept = sorted(cosines, key=lambda i: (-cosines[i], i))[: depth.dense]
            found.update(kept)
            if len(cosines) > depth.dense:
                dense_floor[language] = cosines[kept[-1]]
        floors = {}
        for leg in LEGS:
            hits = legs.get(leg, [])
            found.update(i for i, *_ in hits[: depth.lexical] if i in self._held)
            floors[leg] = told[leg].untold + (float(hits[depth.lexical - 1][2]) if len(hits) > depth.lexical else 0.0)
        return self._candidates(sorted(found), query, frequencies, weights, evidence, dense_floor, floors)

    def browse(self, filters: Filters, limit: int, offset: int) -> tuple[Sequence[str], int]:
        """See :class:`catalogue.search.index.LiveIndex`."""
        query = {"bool": {"filter": [queries.ENTRIES, *queries.passing(filters)]}}
        asked = queries.hits(query, limit, ("id",), queries.NEWEST_FIRST)
        (answer,) = self._cluster.search(self._state.index, asked | {"from": offset, "track_total_hits": True})
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
        (answer,) = self._cluster.search(self._state.index, queries.counts(query, fields))
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
        (answer,) = self._cluster.search(self._state.index, asked)
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
        (hits,) = self._search({"near": self._near(vector, limit, [])}).values()
        self._recall({i: revision for i, revision, _ in hits})
        cosines = self._cosines([i for i, *_ in hits], vector)
        return sorted(cosines.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]

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

    # --- the first round trip: legs

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that its entries have."""
        return self._state.languages

    def _nearest(self, query: AnalysedQuery, depth: int, among: list[queries.Query]) -> dict[str, list[Found]]:
        """Of every language."""
        return self._search(
            {language: self._near(query.vector, depth, _and(among, language)) for language in self.languages}
        )

    def _near(self, vector: Vector, depth: int, among: list[queries.Query]) -> queries.Query:
        most = depth + SLACK
        if self._exact:
            return queries.hits(queries.near_exactly(vector, among), most, sort=queries.BEST_FIRST)
        return queries.hits(queries.near(vector, most, among), most)

    def _search(self, asked: Mapping[str, queries.Query]) -> dict[str, list[Found]]:
        """Every leg's hits, best first."""
        if not asked:
            return {}
        answers = self._cluster.search(self._state.index, *asked.values())
        return {
            leg: [
                (hit["fields"]["id"][0], hit["fields"]["revision"][0], np.float32(hit["_score"]))
                for hit in answer["hits"]["hits"]
            ]
            for leg, answer in zip(asked, answers, strict=True)
        }

    def _frequencies(self, terms: Mapping[str, Sequence[str]]) -> dict[str, dict[str, int]]:
        """In how many entries each term stands."""
        known = self._state.frequencies
        if any(term not in known[leg] for leg in LEGS for term in terms[leg]):
            # Who holds it for longer than a first try waits for a cluster that hangs. Behind one another the tenth
            # would wait for two minutes; beside each other none waits for longer than the tries take.
            first = self._state.asking.acquire(timeout=SEARCH_TIMEOUTS_S[0])
            try:
                self._learn({leg: [term for term in terms[leg] if term not in known[leg]] for leg in LEGS})
            finally:
                if first:
                    self._state.asking.release()
        return {leg: {term: known[leg].get(term, 0) for term in terms[leg]} for leg in LEGS}

    def _learn(self, unknown: Mapping[str, Sequence[str]]) -> None:
        known = self._state.frequencies
        asked = {leg: " ".join(found) for leg, found in unknown.items() if found}
        answers = [
            self._cluster.term_frequencies(self._state.index, shard, asked)
            for shard in range(self._state.shards if asked else 0)
        ]
        for leg, found in unknown.items():
            if len(known[leg]) > KNOWN_TERMS:
                known[leg].clear()
            for term in found:
                known[leg][term] = sum(answer[leg].get(term, 0) for answer in answers)

    # --- the second: what is known of the entries

    def _evidence(
        self,
        revisions: Mapping[str, int],
        query: AnalysedQuery,
        weights: Mapping[str, Mapping[str, float]],
    ) -> dict[str, dict[str, np.float32]]:
        """Scores by id: "ngrams" are coverages, "0", "1" … bits of tokens and names. Brings in the vectors too."""
        among = [queries.with_ids(revisions)]
        asked = {str(n): queries.covering("tokens", part, among) for n, (part, _) in enumerate(_bits(query))}
        if weights["ngrams"]:
            asked["ngrams"] = queries.covering("ngrams", weights["ngrams"], among)
        if not revisions:
            return {leg: {} for leg in asked}
        legs = {leg: queries.hits(query, len(revisions), ("id",)) for leg, query in asked.items()}
        answers = self._recall(revisions, list(legs.values()))
        return {
            leg: {hit["fields"]["id"][0]: np.float32(hit["_score"]) for hit in answer["hits"]["hits"]}
            for leg, answer in zip(legs, answers, strict=True)
        }

    def _recall(self, revisions: Mapping[str, int], besides: Sequence[queries.Query] = ()) -> list[dict[str, Any]]:
        """Hold these entries, from memory or else from the index; the answers to what is asked besides."""
        self._held |= self._remembered.known(self._state.index, revisions.items())
        unknown = [i for i, revision in revisions.items() if i not in self._held or self._held[i].revision != revision]
        return self._load(unknown, besides)

    def _load(self, ids: Collection[str], besides: Sequence[queries.Query] = ()) -> list[dict[str, Any]]:
        asked = list(besides)
        if ids:
            asked.append(queries.hits(queries.with_ids(ids), len(ids), COLUMNS))
        answers = self._cluster.search(self._state.index, *asked) if asked else []
        if ids:
            loaded = [Held.read(hit["fields"]) for hit in answers.pop()["hits"]["hits"]]
            self._held |= {held.id: held for held in loaded}
            self._remembered.add(self._state.index, loaded)
        return answers

    def _cosines(self, ids: Iterable[str], vector: Vector) -> dict[str, float]:
        """Of those that are held: an entry deleted between the two round trips is none."""
        held = [i for i in ids if i in self._held]
        if not held:
            return {}
        rows = np.stack([self._held[i].vector for i in held])
        return dict(zip(held, cosines(rows, vector).tolist(), strict=True))

    def _candidates(
        self,
        ids: Sequence[str],
        query: AnalysedQuery,
        frequencies: Mapping[str, Mapping[str, int]],
        weights: Mapping[str, Mapping[str, float]],
        evidence: Mapping[str, Mapping[str, np.float32]],
        dense_floor: Mapping[str, float],
        floors: Mapping[str, float],
    ) -> Candidates:
        held = [self._held[i] for i in ids]
        vectors = np.stack([one.vector for one in held]) if held else np.empty((0, len(query.vector)), np.float32)
        covered = np.zeros((len(ids), len(query.tokens) + len(query.otherwise)), bool)
        for number, (_, size) in enumerate(_bits(query)):
            sums = _column(evidence[str(number)], ids)
            covered[:, number * BITS : number * BITS + size] = unfolded(sums, size)
        return Candidates(
            ids=tuple(ids),
            languages=np.array([one.language for one in held] or np.empty(0, np.str_)),
            vectors=vectors,
            cosine=cosines(vectors, query.vector),
            covered=covered[:, : len(query.tokens)],
            otherwise=covered[:, len(query.tokens) :],
            token_weights=np.array(list(weights["tokens"].values()), np.float32),
            ngram_coverage=np.clip(_column(evidence.get("ngrams", {}), ids), 0, 1),
            known_tokens=np.array([frequencies["tokens"][token] > 0 for token in query.tokens], bool),
            dense_floor=dense_floor,
            token_floor=floors["tokens"],
            ngram_floor=floors["ngrams"],
        )


def _bits(query: AnalysedQuery) -> list[tuple[dict[Clause, float], int]]:
    return bits((*query.tokens, *query.otherwise))


def _fields(hit: Mapping[str, Any]) -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = hit["fields"]
    return found


def _and(among: list[queries.Query], language: str) -> list[queries.Query]:
    return [{"term": {"language": language}}, *among]


def _column(scores: Mapping[str, np.float32], ids: Sequence[str]) -> Scores:
    return np.array([scores.get(i, 0) for i in ids], np.float32)


def _counted(entries: Sequence[Held], fields: Collection[str]) -> FacetCounts:
    counts: dict[str, dict[str, int]] = {name: {} for name in fields}
    for held in entries:
        for name, found in counts.items():
            for value in held.filters.get(name, ()):
                found[value] = found.get(value, 0) + 1
    return {name: _ordered(found) for name, found in counts.items()}


def _ordered(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
