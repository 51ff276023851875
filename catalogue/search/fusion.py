"""From evidence to one fair order of both languages (docs/search.md, "The order"). Pure arithmetic on arrays.

Constants are those of the design's experiments on four judged sets together; neighbouring values move nDCG@10 on the
golden set by .4 points at most, about what its 168 queries can tell apart.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalogue.search.centres import unit
from catalogue.search.index import AnalysedQuery, Candidates
from catalogue.search.weights import otherwise

Scores = NDArray[np.float32]

PIVOTS = 10  # entries that feedback learns from
PIVOT_LEXICAL = 0.4  # weight of words when choosing them
PIVOT_TEMPERATURE = 0.03  # the nearest counts e times as much as one whose score is .03 less
FEEDBACK = 0.3  # how far the query moves towards them
LEXICAL = 0.35  # weight of words in the order
HEAD = 3  # entries that stand for a language when words are added

DECIMALS = 6  # digits of a float32 score that mean something: beyond them, entries tie and their ids decide


@dataclass(frozen=True)
class Recipe:
    """How far feedback moves the query, and what words weigh in the order; other ones are for experiments."""

    feedback: float = FEEDBACK
    lexical: float = LEXICAL


RECIPE = Recipe()


@dataclass(frozen=True)
class Ranking:
    """Arrays with one row per candidate: the score that orders, and what it was made of."""

    scores: Scores
    meaning: Scores
    """Cosine with the refined query."""
    lexical: Scores
    """Share of the query's information that the entry covers: half by tokens or their other names, half by n-grams."""
    order: NDArray[np.intp]
    """Candidates best first, then by id."""


def lexical_evidence(query: AnalysedQuery, candidates: Candidates) -> Scores:
    """How much of the query each entry says in its words or in other names for them, 0 to 1."""
    tokens = candidates.token_coverage + _otherwise(query, candidates)
    return np.asarray((tokens + candidates.ngram_coverage) / 2, np.float32)


def _otherwise(query: AnalysedQuery, candidates: Candidates) -> Scores:
    """What other names add to the coverage of the query's tokens: never less than what an entry says itself."""
    added = np.zeros(len(candidates.ids), np.float32)
    weights = dict(zip(query.tokens, candidates.token_weights.tolist(), strict=True))
    last = 0
    for piece in query.pieces:
        first, last = last, last + len(piece.otherwise)
        named = candidates.otherwise[:, first:last].any(1)
        own = [query.tokens.index(token) for token in piece.tokens]
        said = candidates.covered[:, own] @ candidates.token_weights[own]
        added += np.maximum(0, named * np.float32(otherwise(piece, weights)) - said)
    return added


def rank(query: AnalysedQuery, candidates: Candidates, recipe: Recipe = RECIPE) -> Ranking:
    """The fair order of the candidates."""
    lexical = lexical_evidence(query, candidates)
    if not candidates.ids:
        return Ranking(lexical, lexical, lexical, np.empty(0, np.intp))
    meaning = np.round(candidates.vectors @ refined(query, candidates, lexical, recipe), DECIMALS)
    scores = np.round(with_words(meaning, lexical, candidates.languages, recipe), DECIMALS)
    return Ranking(scores, meaning, lexical, np.argsort(-scores, kind="stable"))


def refined(query: AnalysedQuery, candidates: Candidates, lexical: Scores, recipe: Recipe = RECIPE) -> Scores:
    """The query's vector moved towards the entries that answer it best at first sight (Rocchio feedback)."""
    first = np.round(candidates.cosine + PIVOT_LEXICAL * lexical, DECIMALS)
    pivots = np.argsort(-first, kind="stable")[:PIVOTS]
    weights = np.exp((first[pivots] - first[pivots[0]]) / PIVOT_TEMPERATURE)
    return unit(query.vector + recipe.feedback * (weights / weights.sum()) @ candidates.vectors[pivots])


def with_words(scores: Scores, lexical: Scores, languages: NDArray[np.str_], recipe: Recipe = RECIPE) -> Scores:
    """Scores with words added, by how much more of them an entry has than the head of its language.

    A query's words are found in its own language only, and that must not push the other language's entries down.
    """
    out = np.empty_like(scores)
    for language in np.unique(languages):
        rows = np.flatnonzero(languages == language)
        head = np.argsort(-scores[rows], kind="stable")[:HEAD]
        out[rows] = scores[rows] + recipe.lexical * (lexical[rows] - lexical[rows][head].mean())
    return out
