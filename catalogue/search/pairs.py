"""Measures the suggestions of duplicates on labelled pairs, by the product's own path in a throw-away index.

Labels are incomplete: a pair without a label is no wrong answer, so only what is found of the labelled ones counts.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalogue.duplicates import Pair, Profile, Suggestion, pair_of
from catalogue.search.analysis import Analyser
from catalogue.search.embedding import Embedder
from catalogue.search.evaluation import Index, index_passages
from catalogue.search.judgements import JudgedSet, Passage, labelled_pairs
from catalogue.search.likeness import pairs

FIRST = 300  # suggestions of the whole catalogue: what a curator reads in a day or two
HALVES = 2


def evaluate(folder: Path, labels: Path, embedder: Embedder, analyser: Analyser, index: Index) -> dict[str, Any]:
    """``{"pairs": n, "entries": n, "ours": {…}, "dense": {…}}``; in each share@3, share@5, first@300 and its halves.

    share@k: labelled pairs whose partner is among the first k candidates of either entry. first@300: those among the
    first 300 pairs of the whole corpus. Entries of the kinds of no labelled entry are left out, as in the product,
    which compares entries of one kind. Raises BadJudgedSet.
    """
    judged = JudgedSet.read(folder)
    labelled = [pair_of(*pair) for pair in labelled_pairs(labels, {passage.id for passage in judged.passages})]
    kinds = {p.kind for p in judged.passages if any(p.id in pair for pair in labelled)}
    compared = [passage for passage in judged.passages if passage.kind in kinds]
    vectors = embedder.passages([passage.embedded for passage in compared])
    reader, writer = index
    index_passages(compared, vectors, embedder, writer)
    found = pairs(reader.open(), [_profile(passage, analyser) for passage in compared])
    by_meaning = sorted(found, key=lambda one: (-one.evidence.meaning, one.pair))
    return {
        "pairs": len(labelled),
        "entries": len(compared),
        "ours": measured(found, labelled),
        "dense": measured(by_meaning, labelled),
    }


def measured(suggestions: Sequence[Suggestion], labelled: Sequence[Pair]) -> dict[str, float]:
    """The shares of the labelled pairs that this order, best first, brings early."""
    places = {one.pair: place for place, one in enumerate(suggestions, 1)}
    partners: dict[str, list[str]] = {}
    for one in suggestions:
        for mine, other in (one.pair, one.pair[::-1]):
            partners.setdefault(mine, []).append(other)

    def among(first: int) -> float:
        hits = sum(any(b in partners.get(a, ())[:first] for a, b in (pair, pair[::-1])) for pair in labelled)
        return round(hits / len(labelled), 4)

    def early(part: Sequence[Pair]) -> float:
        return round(sum(places.get(pair, FIRST + 1) <= FIRST for pair in part) / len(part), 4)

    parts = [labelled[n::HALVES] for n in range(HALVES)] if len(labelled) >= HALVES else []
    halves = {f"first@{FIRST} half {n}": early(part) for n, part in enumerate(parts, 1)}
    return {"share@3": among(3), "share@5": among(5), f"first@{FIRST}": early(labelled), **halves}


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    lines = [f"{report['pairs']} labelled pairs, {report['entries']} entries"]
    for system in ("ours", "dense"):
        lines.append(f"{system:<6}" + "  ".join(f"{name} {value:.3f}" for name, value in report[system].items()))
    return "\n".join(lines)


def _profile(passage: Passage, analyser: Analyser) -> Profile:
    terms = analyser.tokens(f"{passage.title}\n{passage.text}", keep_stopwords=False)
    return Profile(passage.id, passage.kind, passage.language, frozenset(terms))
