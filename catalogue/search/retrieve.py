"""The whole search: from what a person typed to a page of ids with reasons, a total and facets."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from catalogue.search import fusion
from catalogue.search.centres import unit
from catalogue.search.fingerprint import require_model
from catalogue.search.index import (
    THREADS,
    AnalysedQuery,
    Candidates,
    Depth,
    FacetCounts,
    Filters,
    IndexInfo,
    IndexReader,
    LiveIndex,
    Vector,
)
from catalogue.search.query import QueryAnalyser, SearchQuery, between
from catalogue.search.suggestions import Suggestion
from catalogue.search.weights import cosines

DEPTH = Depth(dense=100, lexical=50)
GUESSING = ThreadPoolExecutor(THREADS, "guess")  # what may have been meant, while the question is embedded

# An entry is shown if it is near the refined query or says enough of it in its own words. On golden this hides seven of
# ten candidates, at no cost in nDCG@10 and .009 of mAP (with .15, .022; measured once, November 2026).
NEAR = 0.12
SAYS = 0.34
# Nothing is shown for nonsense: no entry says SENSE of it, nothing in it has other names, and it looks more like random
# letters than like words, by more than its nearest entry's cosine speaks for it. Asked of golden's entries, 92 % of 304
# random strings find nothing, and each of its questions that has an answer finds something. With NONSENSE = .01 it is
# 99 %, but rare single words such as สมุนไพร are lost too: of 500 ten in a hundred instead of three, if none of them had
# other names (measured once, November 2026).
SENSE = 0.30
NONSENSE = 0.05
USUAL_COSINE = 0.2  # of nonsense with its nearest entry: the median of those strings
COSINE_SPEAKS = 0.2
# Where some entry's words cover so much of the question, nobody is asked whether another was meant, nor waits for it.
# A spelling that some entry says so much of is answered where nothing answers what was typed.
SAYS_WELL = 0.85
LAST = 10  # entries of a leg that was cut: where one of them is shown, there may be more
# The answer is said to hold nothing close where four things together stay below CLOSE: the greatest sum of an entry's
# cosine and CLOSE_WORDS of what it says of the question; CLOSE_SUBJECT of how much more than usual the question looks
# like what the index is about (see _subject); CLOSE_FIELD if a part of it has other names, which words of the field
# have; less CLOSE_NONSENSE of how much it looks like nonsense. `hackgo eval` tells how often that is right;
# docs/search.md what each part brings.
CLOSE_WORDS = 0.3
CLOSE_SUBJECT = 4.0
CLOSE_FIELD = 0.1
CLOSE_NONSENSE = 0.5
CLOSE = 0.378

By = Literal["terms", "meaning", "both", "newest"]


@dataclass(frozen=True)
class Hit:
    """One entry of a page and why it is there; the scores are None while browsing."""

    id: str
    by: By
    terms: tuple[str, ...] = ()
    """Tokens of the query that the entry contains, in the query's order, then those of other names that it uses."""
    score: float | None = None
    otherwise: tuple[str, ...] = ()
    """Other names for parts of the query that the entry uses, as people write them."""
    meaning: float | None = None
    """Cosine with the query, both centred."""
    refined: float | None = None
    """Cosine with the query after feedback."""
    words: float | None = None
    """Share of the query's information that the entry's words cover, 0 to 1."""
    excerpts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """By language, the cosines of its long text's excerpts (excerpts.py) with the query, in their order."""


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
    """Until the query's vector was there; the engine looks for terms meanwhile."""
    engine_ms: float
    """From then on."""
    suggestions: Sequence[Suggestion] = ()
    """What may have been meant, where little was found: one at most."""
    instead: bool = False
    """Do the hits answer the suggestion, because nothing answers what was typed?"""
    close: bool = True
    """Is anything close to the question? If not, the hits, if any, are merely the nearest; see CLOSE."""


def retrieve(reader: IndexReader, analyser: QueryAnalyser, asked: SearchQuery) -> SearchResult:
    """Search one generation: candidates of each language, one fair order, the page, total and facets.

    Raises IndexNotReady where the generation's vectors are of another model than the analyser's.
    """
    started = time.perf_counter()
    index = reader.open()
    if not asked.text.strip():
        return _browse(index, asked, started)
    require_model(index.info, analyser.model)
    typed = analyser.analyse(asked.text)
    query, whole, suggestions = _understood(index, analyser, typed)
    found = _among(index, query, asked.filters, whole)
    order = found.ranking.order[found.shown[found.ranking.order]]
    facets = dict(index.facets({}, asked.facets, found.ids))
    for name in set(asked.filters) & set(asked.facets):
        # A facet's own filter does not count in it: the other values show what switching to them would bring.
        facets |= index.facets({}, [name], _among(index, query, _without(asked.filters, name), whole).ids)
    done = time.perf_counter()
    embedded = max(started, typed.meaning().known_at)  # long ago, if the query is remembered
    return SearchResult(
        query=query,
        hits=_hits(index, query, found, order[asked.offset : asked.offset + asked.limit]),
        total=Total(len(order), "eq" if _complete(found) else "gte"),
        facets=facets,
        index=index.info,
        embedding_ms=(embedded - started) * 1000,
        engine_ms=(done - embedded) * 1000,
        suggestions=suggestions,
        instead=bool(suggestions) and query.text != typed.text,
        close=_is_close(index, query, found),
    )


@dataclass(frozen=True)
class _Found:
    candidates: Candidates
    ranking: fusion.Ranking
    shown: NDArray[np.bool_]
    nonsense: bool

    @property
    def best(self) -> float:
        """The greatest sum of an entry's cosine and CLOSE_WORDS of what it says."""
        return float((self.candidates.cosine + CLOSE_WORDS * self.ranking.lexical).max(initial=-1))

    @property
    def says(self) -> float:
        """The most that an entry which is shown says of the question."""
        return float(self.ranking.lexical[self.shown].max(initial=0))

    @property
    def ids(self) -> list[str]:
        return [self.candidates.ids[i] for i in np.flatnonzero(self.shown)]


def _find(index: LiveIndex, query: AnalysedQuery) -> _Found:
    return _answer(query, index.candidates(query, {}, DEPTH))


def _among(index: LiveIndex, query: AnalysedQuery, filters: Filters, whole: _Found) -> _Found:
    """What the filters let through of all that answers the question: it stays the same question.

    So what was shown without them is shown with them, and in the same order.
    """
    if not filters:
        return whole
    candidates = index.candidates(query, filters, DEPTH)
    ranking = fusion.rank(query, candidates, guide=whole.ranking.guide)
    return _Found(candidates, ranking, _worth_showing(ranking, whole.nonsense), whole.nonsense)


def _answer(query: AnalysedQuery, candidates: Candidates) -> _Found:
    ranking = fusion.rank(query, candidates)
    nonsense = _is_nonsense(query, candidates, ranking)
    return _Found(candidates, ranking, _worth_showing(ranking, nonsense), nonsense)


def _worth_showing(ranking: fusion.Ranking, nonsense: bool) -> NDArray[np.bool_]:
    shown = (ranking.meaning >= NEAR) | (ranking.lexical >= SAYS)
    return np.zeros_like(shown) if nonsense else shown


def _understood(
    index: LiveIndex, analyser: QueryAnalyser, typed: AnalysedQuery
) -> tuple[AnalysedQuery, _Found, Sequence[Suggestion]]:
    """What is searched for, what that finds, and what may have been meant, which counts if an entry answers it better.

    A word that the index lacks need not be misspelt: then what it might have been lies further from all entries.
    """
    guessed = GUESSING.submit(_guess, index, analyser, typed)
    found = _find(index, typed)
    if found.says >= SAYS_WELL:
        return typed, found, ()
    for suggestion, meant, instead in guessed.result():
        if not found.shown.any():
            # Letters struck at random are near some word, but hardly ever so near that an entry says them nearly all;
            # nor are they words of the other layout.
            answered = instead.shown.any() and (suggestion.reason == "keyboard" or instead.says >= SAYS_WELL)
            return (meant, instead, [suggestion]) if answered else (typed, found, [suggestion])
        if instead.best > found.best:
            both = between(typed, meant)
            # Its nearest are among those of the meant question, which counts most: no third search.
            candidates = replace(instead.candidates, cosine=cosines(instead.candidates.vectors, both.vector))
            return both, _answer(both, candidates), [suggestion]
    return typed, found, ()


def _guess(
    index: LiveIndex, analyser: QueryAnalyser, typed: AnalysedQuery
) -> Sequence[tuple[Suggestion, AnalysedQuery, _Found]]:
    """What may have been meant, and what that finds."""
    known = index.frequencies(typed.tokens)
    found = analyser.suggestions.of(index, typed, [known[token] > 0 for token in typed.tokens])
    meant = [analyser.analyse(suggestion.text) for suggestion in found]
    tried = [(suggestion, query, _find(index, query)) for suggestion, query in zip(found, meant, strict=True)]
    return [one for one in tried if _is_said(index, typed, one[1], one[2].candidates)]


def _is_said(index: LiveIndex, typed: AnalysedQuery, meant: AnalysedQuery, found: Candidates) -> bool:
    """Does an entry say each word that the index counts and that was not typed? It counts entries that are gone, too,
    until it tidies up; nobody shall be offered their words.
    """
    known = index.frequencies(meant.tokens)
    new = np.array([known[token] > 0 and token not in typed.tokens for token in meant.tokens], bool)
    return bool(np.all(found.covered[:, new].any(axis=0)))


def _is_nonsense(query: AnalysedQuery, candidates: Candidates, ranking: fusion.Ranking) -> bool:
    if not query.tokens and not query.ngrams:
        return True  # punctuation alone
    if not candidates.ids or query.pieces or ranking.lexical.max() >= SENSE:
        return False
    nearest = float(candidates.cosine.max())
    return query.meaning().nonsense > NONSENSE + COSINE_SPEAKS * max(0.0, nearest - USUAL_COSINE)


def _is_close(index: LiveIndex, query: AnalysedQuery, found: _Found) -> bool:
    if not found.shown.any():
        return False
    field = CLOSE_FIELD if query.pieces else 0.0
    strange = CLOSE_NONSENSE * query.meaning().nonsense
    return found.best + CLOSE_SUBJECT * _subject(index, query) + field - strange >= CLOSE


def _subject(index: LiveIndex, query: AnalysedQuery) -> float:
    """Cosine of the question with the mean of the entries in other languages, less that of typed questions on average.

    The mean of its own language's entries says mostly that they share a language; the other's can but share a subject.
    """
    others = [centre for language, centre in index.centres.items() if language != query.language]
    return float(np.mean([unit(centre) @ query.meaning().apart for centre in others]))


def _complete(found: _Found) -> bool:
    """Did the search look further than it shows? True if the last entries that each cut leg brought are hidden."""
    candidates = found.candidates
    if (candidates.token_floor + candidates.ngram_floor) / 2 >= SAYS:
        return False
    for language, floor in candidates.dense_floor.items():
        leg = np.flatnonzero((candidates.languages == language) & (candidates.cosine >= floor))
        last = leg[np.argsort(candidates.cosine[leg], kind="stable")[:LAST]]
        if (found.shown & (found.ranking.meaning >= NEAR))[last].any():
            return False
    return True


def _hits(index: LiveIndex, query: AnalysedQuery, found: _Found, page: NDArray[np.int64]) -> list[Hit]:
    excerpts = index.excerpts([found.candidates.ids[i] for i in page])
    hits = [_hit(query, found, i) for i in page]
    return [replace(hit, excerpts=_nearness(excerpts[hit.id], query)) if hit.id in excerpts else hit for hit in hits]


def _nearness(excerpts: Mapping[str, Vector], query: AnalysedQuery) -> Mapping[str, Sequence[float]]:
    return {language: cosines(rows, query.vector).tolist() for language, rows in excerpts.items()}


def _hit(query: AnalysedQuery, found: _Found, i: int) -> Hit:
    """Terms count if the entry contains any of the query's or another name; meaning, if shown for it alone."""
    terms = [token for token, held in zip(query.tokens, found.candidates.covered[i], strict=True) if held]
    held = [name for name, is_held in zip(query.otherwise, found.candidates.otherwise[i], strict=True) if is_held]
    written = dict(pair for piece in query.pieces for pair in zip(piece.otherwise, piece.written, strict=False))
    terms.extend(token for name in held for token in name)
    near = bool(found.ranking.meaning[i] >= NEAR)
    return Hit(
        id=found.candidates.ids[i],
        by="meaning" if near and not terms else "both" if near else "terms",
        terms=tuple(dict.fromkeys(terms)),
        otherwise=tuple(dict.fromkeys(written[name] for name in held if name in written)),
        score=float(found.ranking.scores[i]),
        meaning=float(found.candidates.cosine[i]),
        refined=float(found.ranking.meaning[i]),
        words=float(found.ranking.lexical[i]),
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
