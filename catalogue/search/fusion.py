"""From evidence to one fair order of both languages (docs/search.md, "The order"). Pure arithmetic on arrays.

Constants were chosen on four judged sets together (ADR 28); neighbouring values move nDCG@10 on the golden set by .4
points at most, about what its 168 queries can tell apart.
"""

import math
from collections.abc import Mapping
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
FEEDBACK = 1.5  # how far the query moves towards them where the first one surely answers it
LEXICAL = 0.2  # weight of words in the order
HEAD = 4  # entries that stand for a language when words are added
DOUBTED = 0.5  # how much the most that any of them says counts instead of their mean, where nothing surely answers

# The first entry surely answers the question if it says much of it, leads its language, and what is likest to it in the
# other languages is near the question too (ADR 28).
RIVALS = 5  # entries that it must lead
AGREEMENT = 2.5
DOUBT = 0.6
DOUBT_WIDTH = 0.04
AGREED = 0.3  # the least confidence where what is likest to it is the nearest of the other languages

DECIMALS = 6  # digits of a float32 score that mean something: beyond them, entries tie and their ids decide


@dataclass(frozen=True)
class Recipe:
    """How far feedback moves the query, and what words weigh in the order; other ones are for experiments."""

    feedback: float = FEEDBACK
    lexical: float = LEXICAL
    confidence: float | None = None
    """That the first entry answers the question; None: as the evidence says."""


RECIPE = Recipe()


@dataclass(frozen=True)
class Guide:
    """What a ranking learnt of the question, by which candidates that a filter lets through are ranked alike."""

    vector: Scores
    """The refined query."""
    heads: Mapping[str, np.float32]
    """By language, how much of the question its head says."""


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
    guide: Guide | None
    """None where there was nothing to learn from."""


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


def rank(query: AnalysedQuery, candidates: Candidates, recipe: Recipe = RECIPE, guide: Guide | None = None) -> Ranking:
    """The fair order of the candidates; by a ``guide``, else by what they tell themselves."""
    lexical = lexical_evidence(query, candidates)
    if not candidates.ids:
        return Ranking(lexical, lexical, lexical, np.empty(0, np.intp), guide)
    guide = guide or learnt(query, candidates, lexical, recipe)
    meaning = _rounded(candidates.vectors @ guide.vector)
    # A query's words are found in its own language only, and that must not push the other language's entries down.
    words = lexical.copy()
    for language, head in guide.heads.items():
        words[candidates.languages == language] -= head
    scores = _rounded(meaning + recipe.lexical * words)
    return Ranking(scores, meaning, lexical, np.argsort(-scores, kind="stable"), guide)


def learnt(query: AnalysedQuery, candidates: Candidates, lexical: Scores, recipe: Recipe) -> Guide:
    """The query moved by feedback, and the head of each language."""
    first = _rounded(candidates.cosine + PIVOT_LEXICAL * lexical)
    sure = confidence(candidates, lexical, first) if recipe.confidence is None else recipe.confidence
    moved = refined(query, candidates, first, sure * recipe.feedback)
    meaning = _rounded(candidates.vectors @ moved)
    return Guide(moved, heads(meaning, lexical, candidates.languages, DOUBTED * (1 - sure)))


def confidence(candidates: Candidates, lexical: Scores, first: Scores) -> float:
    """How sure it is, 0 to 1, that the entry with the greatest score at first sight answers the question.

    Feedback from a wrong entry brings up its translation, above an answer that exists in one language only.
    """
    top = int(np.argmax(first))
    own = candidates.languages == candidates.languages[top]
    others = np.flatnonzero(~own)
    rivals = np.sort(first[own])[::-1][1 : RIVALS + 1]
    lead = first[top] - rivals.mean() if len(rivals) else 0.0
    agreement = 0.0
    if len(others):
        likest = others[np.argmax(_rounded(candidates.vectors[others] @ candidates.vectors[top]))]
        agreement = candidates.cosine[likest] - candidates.cosine[others].max()
    told = float(lexical[top] + lead + AGREEMENT * agreement)
    sure = 1 / (1 + math.exp((DOUBT - told) / DOUBT_WIDTH))
    return sure if agreement < 0 else max(sure, AGREED)


def refined(query: AnalysedQuery, candidates: Candidates, first: Scores, feedback: float) -> Scores:
    """The query's vector moved so far towards the entries with the best scores at first sight (Rocchio feedback)."""
    pivots = np.argsort(-first, kind="stable")[:PIVOTS]
    weights = np.exp((first[pivots] - first[pivots[0]]) / PIVOT_TEMPERATURE)
    return unit(query.vector + feedback * (weights / weights.sum()) @ candidates.vectors[pivots])


def heads(scores: Scores, lexical: Scores, languages: NDArray[np.str_], doubted: float) -> Mapping[str, np.float32]:
    """By language, how much of the query's words those entries have that stand for it."""
    found: dict[str, np.float32] = {}
    for language in np.unique(languages):
        rows = np.flatnonzero(languages == language)
        head = lexical[rows][np.argsort(-scores[rows], kind="stable")[:HEAD]]
        found[str(language)] = head.mean() + doubted * (head.max() - head.mean())
    return found


def _rounded(scores: NDArray[np.floating]) -> Scores:
    return np.asarray(np.round(scores, DECIMALS), np.float32)
