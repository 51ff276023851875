"""The whole search: from what a person typed to a page of ids with reasons, a total and facets."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from catalogue.search import fusion
from catalogue.search.index import (
    AnalysedQuery,
    Candidates,
    Depth,
    FacetCounts,
    Filters,
    IndexInfo,
    IndexReader,
    LiveIndex,
)
from catalogue.search.query import QueryAnalyser, SearchQuery

DEPTH = Depth(dense=100, lexical=50)

# An entry is shown if it is near in meaning or says enough of the query in its own words. Chosen on the four judged
# sets and 60 nonsense queries (docs/search.md, "What is shown"): tests/test_retrieve.py holds both ends.
NEAR = 0.30
SAYS = 0.34

By = Literal["terms", "meaning", "both", "newest"]


@dataclass(frozen=True)
class Hit:
    """One entry of a page and why it is there; the scores are None while browsing."""

    id: str
    by: By
    terms: tuple[str, ...] = ()
    """Tokens of the query that the entry contains, in the query's order."""
    score: float | None = None
    meaning: float | None = None
    """Cosine with the query, both centred."""
    words: float | None = None
    """Share of the query's information that the entry's words cover, 0 to 1."""


@dataclass(frozen=True)
class Total:
    """How many entries answer the search; "gte": there may be more that the search did not reach."""

    value: int
    relation: Literal["eq", "gte"]


@dataclass(frozen=True)
class SearchResult:
    """One page."""

    query: AnalysedQuery | None
    """None while browsing."""
    hits: Sequence[Hit]
    total: Total
    facets: FacetCounts
    index: IndexInfo
    embedding_ms: float
    engine_ms: float


def retrieve(reader: IndexReader, analyser: QueryAnalyser, asked: SearchQuery) -> SearchResult:
    """Search one generation: candidates of each language, one fair order, the page, total and facets."""
    started = time.perf_counter()
    index = reader.open()
    if not asked.text.strip():
        return _browse(index, asked, started)
    query = analyser.analyse(asked.text)
    embedded = time.perf_counter()
    candidates = index.candidates(query, asked.filters, DEPTH)
    ranking = fusion.rank(query, candidates)
    visible = shown(candidates)
    order = ranking.order[visible[ranking.order]]
    hits = [_hit(query, candidates, ranking, i) for i in order[asked.offset : asked.offset + asked.limit]]
    ids = [candidates.ids[i] for i in np.flatnonzero(visible)]
    facets = dict(index.facets({}, asked.facets, ids))
    for name in set(asked.filters) & set(asked.facets):
        # A facet's own filter does not count in it: the other values show what switching to them would bring.
        others = index.candidates(query, _without(asked.filters, name), DEPTH)
        wider = [i for i, seen in zip(others.ids, shown(others), strict=True) if seen]
        facets |= index.facets({}, [name], wider)
    done = time.perf_counter()
    return SearchResult(
        query=query,
        hits=hits,
        total=Total(len(ids), "eq" if _complete(candidates) else "gte"),
        facets=facets,
        index=index.info,
        embedding_ms=(embedded - started) * 1000,
        engine_ms=(done - embedded) * 1000,
    )


def shown(candidates: Candidates) -> NDArray[np.bool_]:
    """Which candidates answer the query at all; none of them, for nonsense."""
    return _answers(candidates.cosine, candidates.token_coverage, candidates.ngram_coverage)


def _answers(
    cosine: NDArray[np.float32], tokens: NDArray[np.float32], ngrams: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """The rule; grows with each kind of evidence, so that it can be asked of the best that was left out."""
    return np.asarray((cosine >= NEAR) | ((tokens + ngrams) / 2 >= SAYS))


def _complete(candidates: Candidates) -> bool:
    """Would every entry that was left out have been hidden anyway?"""
    cosine = np.array([*candidates.dense_floor.values(), -1.0], np.float32)  # -1: a language that is complete
    tokens, ngrams = (np.full_like(cosine, floor) for floor in (candidates.token_floor, candidates.ngram_floor))
    return not _answers(cosine, tokens, ngrams).any()


def _hit(query: AnalysedQuery, candidates: Candidates, ranking: fusion.Ranking, i: int) -> Hit:
    terms = tuple(token for token, held in zip(query.tokens, candidates.covered[i], strict=True) if held)
    near = bool(candidates.cosine[i] >= NEAR)
    return Hit(
        id=candidates.ids[i],
        by="both" if terms and near else "terms" if terms else "meaning",
        terms=terms,
        score=float(ranking.scores[i]),
        meaning=float(candidates.cosine[i]),
        words=float(ranking.lexical[i]),
    )


def _browse(index: LiveIndex, asked: SearchQuery, started: float) -> SearchResult:
    ids, total = index.browse(asked.filters, asked.limit, asked.offset)
    facets = dict(index.facets(asked.filters, [name for name in asked.facets if name not in asked.filters]))
    for name in set(asked.filters) & set(asked.facets):
        facets |= index.facets(_without(asked.filters, name), [name])
    return SearchResult(
        query=None,
        hits=[Hit(entry_id, "newest") for entry_id in ids],
        total=Total(total, "eq"),
        facets=facets,
        index=index.info,
        embedding_ms=0.0,
        engine_ms=(time.perf_counter() - started) * 1000,
    )


def _without(filters: Filters, name: str) -> Mapping[str, frozenset[str]]:
    return {other: values for other, values in filters.items() if other != name}
