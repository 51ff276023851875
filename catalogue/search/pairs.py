"""Measures the suggestions of duplicates on labelled pairs, by the product's own path in a throw-away index.

Labels are incomplete: a pair without a label is no wrong answer. So of all suggestions only what is found of the
labelled ones counts; what the two thresholds let through is measured among the pairs that a reader judged.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalogue.duplicates import (
    Level,
    Pair,
    Profile,
    Suggestion,
    Verdict,
    compare,
    pair_of,
)
from catalogue.search.analysis import Analyser
from catalogue.search.centres import directed
from catalogue.search.embedding import Embedder
from catalogue.search.evaluation import Index, index_passages
from catalogue.search.index import LiveIndex, Vector
from catalogue.search.judgements import JudgedSet, LabelledPair, Passage, labelled_pairs
from catalogue.search.likeness import information, pairs

FIRST = 300  # suggestions of the whole catalogue: what a curator reads in a day or two
HALVES = ("tuned on", "held back")
# What each threshold is to let through, and from which level on it does.
THRESHOLDS: Mapping[str, tuple[frozenset[Level], frozenset[Verdict]]] = {
    "duplicate": (frozenset({Level.PROBABLE}), frozenset({Verdict.SAME})),
    "similar": (frozenset({Level.PROBABLE, Level.SIMILAR}), frozenset({Verdict.SAME, Verdict.RELATED})),
}


def evaluate(folder: Path, labels: Path, embedder: Embedder, analyser: Analyser, index: Index) -> dict[str, Any]:
    """``{"pairs": n, "entries": n, "ours": {…}, "dense": {…}, "judged": {…}}``.

    In ours and dense share@3, share@5, first@300. share@k: pairs called the same, or alike, whose partner is among the
    first k candidates of either entry. first@300: those among the first 300 pairs of the whole corpus. judged: see
    :func:`thresholds`; {} where no pair was judged. Entries of the kinds of no labelled entry are left out, as in the
    product, which compares entries of one kind. Raises BadJudgedSet.
    """
    judged = JudgedSet.read(folder)
    labelled = labelled_pairs(labels, {passage.id: passage for passage in judged.passages})
    kinds = {one.a.kind for one in labelled}
    compared = [passage for passage in judged.passages if passage.kind in kinds]
    reader, writer = index
    index_passages(compared, embedder.passages([one.embedded for one in compared]), embedder, writer)
    live = reader.open()
    found = pairs(live, _profiles(compared, embedder, analyser, live))
    by_meaning = sorted(found, key=lambda one: (-one.evidence.meaning, one.pair))
    wanted = [pair_of(one.a.id, one.b.id) for one in labelled if _told_twice(one)]
    return {
        "pairs": len(labelled),
        "entries": len(compared),
        "ours": measured(found, wanted),
        "dense": measured(by_meaning, wanted),
        "judged": _judged([one for one in labelled if one.verdict], embedder, analyser, live),
    }


def measured(suggestions: Sequence[Suggestion], labelled: Sequence[Pair]) -> dict[str, float]:
    """The shares of the labelled pairs that this order, best first, brings early; {} without such pairs."""
    if not labelled:
        return {}
    places = {one.pair: place for place, one in enumerate(suggestions, 1)}
    partners: dict[str, list[str]] = {}
    for one in suggestions:
        for mine, other in (one.pair, one.pair[::-1]):
            partners.setdefault(mine, []).append(other)

    def among(first: int) -> float:
        hits = sum(any(b in partners.get(a, ())[:first] for a, b in (pair, pair[::-1])) for pair in labelled)
        return round(hits / len(labelled), 4)

    early = sum(places.get(pair, FIRST + 1) <= FIRST for pair in labelled)
    return {"share@3": among(3), "share@5": among(5), f"first@{FIRST}": round(early / len(labelled), 4)}


def thresholds(judged: Sequence[tuple[Level, Verdict]]) -> dict[str, dict[str, float | None]]:
    """``{"duplicate": {"precision": …, "recall": …}, "similar": {…}}`` of these pairs; None where none can be counted.

    A duplicate is a pair that was judged the same, a similar one was judged the same or related.
    """

    def share(part: Sequence[bool]) -> float | None:
        return round(sum(part) / len(part), 4) if part else None

    return {
        name: {
            "precision": share([verdict in wanted for level, verdict in judged if level in levels]),
            "recall": share([level in levels for level, verdict in judged if verdict in wanted]),
        }
        for name, (levels, wanted) in THRESHOLDS.items()
    }


def half_of(pair: Pair) -> str:
    """Was this pair looked at when the thresholds were chosen, or held back? The same for ever: a hash says it."""
    return HALVES[hashlib.sha256(" ".join(pair).encode()).digest()[0] % 2]


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    lines = [f"{report['pairs']} labelled pairs, {report['entries']} entries"]
    for system in ("ours", "dense"):
        lines.append(f"{system:<6}" + "  ".join(f"{name} {value:.3f}" for name, value in report[system].items()))
    for part, by_threshold in report["judged"].items():
        for name, found in by_threshold.items():
            told = "  ".join(f"{measure} {value:.3f}" for measure, value in found.items() if value is not None)
            lines.append(f"{name:<10}{part:<18}{told}")
    return "\n".join(lines)


def _told_twice(one: LabelledPair) -> bool:
    return not one.retold and one.verdict in (None, Verdict.SAME)


def _judged(
    judged: Sequence[LabelledPair], embedder: Embedder, analyser: Analyser, index: LiveIndex
) -> dict[str, dict[str, dict[str, float | None]]]:
    """The measures at the thresholds for each half, and for the pairs of two languages."""
    passages = [passage for one in judged for passage in (one.a, one.b)]
    profiles = _profiles(passages, embedder, analyser, index)
    places = _placed([(one.language, one.embedded) for one in passages], embedder, index)
    told = information(index, frozenset[str]().union(*(one.terms for one in profiles)))
    levels = [
        compare(profiles[n], profiles[n + 1], float(places[n] @ places[n + 1]), told).level
        for n in range(0, len(passages), 2)
    ]
    parts: dict[str, Callable[[LabelledPair], bool]] = {
        **{half: lambda one, half=half: half_of(pair_of(one.a.id, one.b.id)) == half for half in HALVES},
        "two languages": lambda one: one.a.language != one.b.language,
    }
    return {
        part: thresholds([(level, one.verdict) for level, one in zip(levels, judged, strict=True) if inside(one)])
        for part, inside in parts.items()
    }


def _profiles(passages: Sequence[Passage], embedder: Embedder, analyser: Analyser, index: LiveIndex) -> list[Profile]:
    titles = _placed([(one.language, one.title) for one in passages], embedder, index)
    terms = [analyser.tokens(f"{one.title}\n{one.text}", keep_stopwords=False) for one in passages]
    return [
        Profile(one.id, one.kind, one.language, frozenset(found), title)
        for one, found, title in zip(passages, terms, titles, strict=True)
    ]


def _placed(texts: Sequence[tuple[str, str]], embedder: Embedder, index: LiveIndex) -> list[Vector]:
    vectors = embedder.passages([text for _, text in texts])
    return [directed({language: vector}, index.centres) for (language, _), vector in zip(texts, vectors, strict=True)]
