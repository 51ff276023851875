"""Measures the suggestions of duplicates on labelled pairs, by the product's own path in a throw-away index.

Labels are incomplete: a pair without a label is no wrong answer. So of all suggestions only what is found of the
labelled ones counts; what the two thresholds let through is measured among the pairs that a reader judged.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalogue.duplicates import (
    Level,
    Pair,
    Profile,
    Suggestion,
    Verdict,
    best_first,
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
    """``{"pairs": n, "entries": n, "ours": {…}, "dense": {…}, "judged": {…}, "alike": {…}}``.

    In ours and dense share@3, share@5, first@300. share@k: pairs called the same, or alike, whose partner is among the
    first k candidates of either entry. first@300: those among the first 300 pairs of the whole corpus. judged: see
    :func:`thresholds`. alike: how many of the first 300 were judged, and the share of those judged the same or related.
    Entries of the kinds of no labelled entry are left out, as in the
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
    wanted = [_ids(one) for one in labelled if _told_twice(one)]
    return {
        "pairs": len(labelled),
        "entries": len(compared),
        "ours": measured(found, best_first(found), wanted),
        "dense": measured(by_meaning, by_meaning, wanted),
        "judged": _judged([one for one in labelled if one.verdict], embedder, analyser, live),
        "alike": _alike(found[:FIRST], labelled),
    }


def measured(best: Sequence[Suggestion], closest: Sequence[Suggestion], labelled: Sequence[Pair]) -> dict[str, float]:
    """The shares of the labelled pairs that come early; {} without such pairs.

    ``best`` is the order of the whole catalogue, ``closest`` that of the candidates of one entry.
    """
    if not labelled:
        return {}
    places = {one.pair: place for place, one in enumerate(best, 1)}
    partners: dict[str, list[str]] = {}
    for one in closest:
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
    return {
        name: {
            "precision": _share([verdict in wanted for level, verdict in judged if level in levels]),
            "recall": _share([level in levels for level, verdict in judged if verdict in wanted]),
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
    if report["judged"]:
        lines.append("first@{}: {judged} judged, {share} of them alike".format(FIRST, **report["alike"]))
    for part, by_threshold in report["judged"].items():
        for name, found in by_threshold.items():
            told = "  ".join(f"{measure} {value:.3f}" for measure, value in found.items() if value is not None)
            lines.append(f"{name:<10}{part:<18}{told}")
    return "\n".join(lines)


def _share(part: Sequence[bool]) -> float | None:
    return round(sum(part) / len(part), 4) if part else None


def _ids(one: LabelledPair) -> Pair:
    return pair_of(one.a.id, one.b.id)


def _alike(first: Sequence[Suggestion], labelled: Sequence[LabelledPair]) -> dict[str, float | None]:
    verdicts = {_ids(one): one.verdict for one in labelled if one.verdict and not one.retold}
    read = [verdicts[one.pair] != Verdict.DISTINCT for one in first if one.pair in verdicts]
    return {"judged": len(read), "share": _share(read)}


def _told_twice(one: LabelledPair) -> bool:
    return not one.retold and one.verdict in (None, Verdict.SAME)


def _judged(
    judged: Sequence[LabelledPair], embedder: Embedder, analyser: Analyser, index: LiveIndex
) -> dict[str, dict[str, dict[str, float | None]]]:
    """The measures at the thresholds for each half, and for the pairs of two languages; {} where none was judged."""
    if not judged:
        return {}
    passages = [passage for one in judged for passage in (one.a, one.b)]
    profiles = _profiles(passages, embedder, analyser, index)
    places = _placed([(one.language, one.embedded) for one in passages], embedder, index)
    told = information(index, profiles)
    read = [
        (one, compare(profiles[2 * n], profiles[2 * n + 1], float(places[2 * n] @ places[2 * n + 1]), told).level)
        for n, one in enumerate(judged)
    ]
    parts = {half: [pair for pair in read if half_of(_ids(pair[0])) == half] for half in HALVES}
    parts["two languages"] = [pair for pair in read if pair[0].a.language != pair[0].b.language]
    return {
        name: thresholds([(level, one.verdict) for one, level in part if one.verdict]) for name, part in parts.items()
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
