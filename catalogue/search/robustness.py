"""Measures what a search loses when its words are mistyped or spelt otherwise, in a throw-away index.

The yardstick is the search itself: what it finds first for a title as it stands. So this says nothing about how good
the list is, only whether the same list comes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalogue.entries import LANGUAGES
from catalogue.search.analysis import Analyser
from catalogue.search.embedding import Embedder, Words
from catalogue.search.evaluation import Index, index_passages
from catalogue.search.judgements import ALL, DEPTH, JudgedSet, Measures, Variation, average, variations
from catalogue.search.query import QueryAnalyser, SearchQuery
from catalogue.search.retrieve import retrieve


def evaluate(folder: Path, file: Path, embedder: Embedder, analyser: Analyser, index: Index) -> dict[str, Any]:
    """``{"queries": n, "rules": {"th": {rule: {"queries": n, "recall@10": …, "self@10": …}, …, "all": …}, …}}``.

    recall@10: the share of the first ten for the title that are among the first ten for its variation. self@10: of
    how many variations the titled passage is among the first ten. Languages are th, en and all. Raises BadJudgedSet.
    """
    passages = JudgedSet.read(folder).passages
    varied = variations(file, {passage.id: passage for passage in passages})
    reader, writer = index
    index_passages(passages, embedder.passages([passage.embedded for passage in passages]), embedder, writer)
    texts = [text for one in varied for text in (one.passage.title, one.text)]
    queries = QueryAnalyser(analyser, embedder, remembered=len(texts), is_word=Words().is_word)
    embedder.queries(texts)  # in batches, for the cache

    def first(text: str) -> list[str]:
        return [hit.id for hit in retrieve(reader, queries, SearchQuery(text, limit=DEPTH)).hits]

    measured = [(one, _measures(one, first(one.passage.title), first(one.text))) for one in varied]
    return {
        "queries": len(varied),
        "rules": {
            language: _by_rule([pair for pair in measured if language in (pair[0].language, ALL)])
            for language in (*LANGUAGES, ALL)
        },
    }


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal: a line per language and rule."""
    lines = [f"{report['queries']} variations of titles"]
    for language, by_rule in report["rules"].items():
        for rule, found in by_rule.items():
            shown = "  ".join(f"{name} {found[name]:.3f}" for name in ("recall@10", "self@10") if name in found)
            lines.append(f"{language:<4} {rule:<13} {found['queries']:>4}  {shown}")
    return "\n".join(lines)


def _measures(one: Variation, plain: Sequence[str], varied: Sequence[str]) -> Measures:
    kept = len(set(plain) & set(varied)) / len(plain) if plain else None
    return {"recall@10": kept, "self@10": float(one.passage.id in varied)}


def _by_rule(measured: Sequence[tuple[Variation, Measures]]) -> dict[str, dict[str, float | None]]:
    rules = (*dict.fromkeys(one.rule for one, _ in measured), ALL)
    parts = {rule: [found for one, found in measured if rule in (one.rule, ALL)] for rule in rules}
    return {rule: {"queries": len(part), **average(part)} for rule, part in parts.items()}
