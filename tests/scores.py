"""What the search scores on judged sets: measured, pinned in tests/golden/expected.yaml, told in docs/evaluation.md.

    python -m tests.scores FOLDER            measure and accept everything; FOLDER holds the development sets
    python -m tests.scores --only golden     the sets of this repository need no FOLDER
    python -m tests.scores --page            write the page anew from what is pinned

Measuring wants an OpenSearch node (`tests/opensearch/node.py`); ``--without-node`` leaves out what is measured on it.
"""

import argparse
import contextlib
import datetime
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from catalogue.search import pairs, robustness
from catalogue.search.analysis import Analyser
from catalogue.search.engines import throw_away, throw_away_hybrid
from catalogue.search.evaluation import evaluate
from catalogue.search.judgements import ALL
from catalogue.search.models import open_model
from catalogue.search.runs import summary
from catalogue.search.vectors import VectorCache
from catalogue.settings import ROOT, Settings
from tests.conftest import VECTORS
from tests.opensearch import node
from tests.robust import FILE, GOLDEN

EXPECTED = GOLDEN / "expected.yaml"
PAGE = ROOT / "docs" / "evaluation.md"
SPOKEN = ("th", "en")
ON_A_NODE = ("opensearch", "hybrid")
"""Systems that only a node can measure: this search with that engine, and the node's own hybrid query."""
OURS = {"ours": "**this search**", "opensearch": "this search, engine opensearch"}
OTHERS = {
    "bm25": "BM25",
    "dense": "cosine",
    "rrf": "RRF of both",
    "minmax": "min-max of both",
    "hybrid": "OpenSearch's own hybrid query",
}
MEASURES = {"ndcg@10": "nDCG@10", "map": "mAP"}
YAML_HEAD = """\
# What the search scores, written by `python -m tests.scores`, which writes docs/evaluation.md from it too. By hand are
# folder, measure and what. test_golden.py, test_robust.py, test_pairs.py hold the code to golden, robust, duplicates.
"""
NOTHING = "\N{EN DASH}"
TEMPLATE = """\
# How well it finds

<!-- Written by `python -m tests.scores` from tests/golden/expected.yaml: change nothing here. -->

Every set with one configuration; queries in Thai / in English. [search.md](search.md#how-to-measure) says how to
measure; a test fails where golden, faults or duplicates move in either direction until the new numbers are accepted.

{sets}

## Beside what one gets elsewhere

{compared}

What one gets elsewhere by default: BM25 over our tokens, cosine of the vectors as the model gives them, their
reciprocal rank fusion (k = 60) and their min-max combination (.3 words, .7 vectors); and the hybrid query of a real
OpenSearch 3.6 node, the same min-max over its own `thai` analyser and the same vectors.

By how much this search has more, with the 95 % interval of a paired bootstrap over the queries; one that holds 0 leaves
it open which of the two is better:

{differences}

## Every measure of this search

mono, cross: recall@10 of the answers in the query's language, in the other. twinless: mean reciprocal rank of the other
language's answer where the query's own language has none. false promotion: of the queries whose answers are all in one
language, the share where an entry of the other one stands before the first of them; less is better.

{measures}

## Nothing close

Of which share of its questions the page says that nothing close was found:

{nothing_close}

## Faults

{faults} titles of golden, mistyped or spelt otherwise by rules ([robust.py](../tests/robust.py)), {faults_measured}:
how much of the first ten for the title comes back (recall@10).

{robust}

## Duplicates

share@k: labelled pairs whose partner is among the first k candidates of either entry. first@300: those among the first
300 pairs of the whole set. [What was labelled](../tests/golden/README.md#pairs). Measured {duplicates_measured}.

{shares}

{thresholds}
"""


def pinned() -> dict[str, Any]:
    """What is written down: ``{"sets": {name: …}, "robust": …, "duplicates": …}``."""
    found: dict[str, Any] = yaml.safe_load(EXPECTED.read_text(encoding="utf-8"))
    return found


# --- measuring ---


@contextlib.contextmanager
def settings(with_node: bool) -> Iterator[Settings]:
    """Of throw-away indexes, and of a node of ours if there is to be one."""
    with tempfile.TemporaryDirectory(prefix="hackgo-scores-") as made, contextlib.ExitStack() as held:
        state = Path(made)
        own = Settings(state_dir=state)
        if with_node:
            (one,) = held.enter_context(node.cluster(state / "node", heap_mb=512, hybrid=True))
            own = own.model_copy(update={"opensearch_url": one.url})
        yield own


def scores(folder: Path, measure: str, embedder: VectorCache, analyser: Analyser, own: Settings) -> dict[str, Any]:
    """What the set scores: ``queries``, ``nothing_close``, ``systems``, ``differences`` in its measure."""
    runs = evaluate(folder, embedder, analyser, compare=True, without_twins=True)
    if own.opensearch_hosts:
        with throw_away(own, "opensearch", analyser) as index, throw_away_hybrid(own) as hybrid:
            ours, theirs = evaluate(folder, embedder, analyser, index=index, hybrid=hybrid)
        runs += [replace(ours, system="opensearch"), theirs]
    report = summary(runs)
    languages = [language for language in SPOKEN if report["systems"]["ours"][language]]
    return {
        "queries": report["queries"],
        "nothing_close": {kind: round(share, 4) for kind, share in known(report["nothing_close"]).items()},
        "systems": {
            system: {language: known(by_language[language]) for language in languages}
            for system, by_language in report["systems"].items()
        },
        "differences": {
            system: {language: by_language[language][measure] for language in languages}
            for system, by_language in report["differences"].items()
        },
    }


def known(measures: Mapping[str, float | None]) -> dict[str, float]:
    """Those that could be taken."""
    return {name: value for name, value in measures.items() if value is not None}


def faults(embedder: VectorCache, analyser: Analyser, own: Settings) -> dict[str, Any]:
    """recall@10 by language and rule."""
    with throw_away(own, "embedded", analyser) as index:
        report = robustness.evaluate(GOLDEN, FILE, embedder, analyser, index)
    return {
        language: {rule: found["recall@10"] for rule, found in by_rule.items()}
        for language, by_rule in report["rules"].items()
    }


def duplicates(file: str, embedder: VectorCache, analyser: Analyser, own: Settings) -> dict[str, Any]:
    """What tests/test_pairs.py pins of a file of labelled pairs."""
    with throw_away(own, "embedded", analyser) as index:
        report = pairs.evaluate(GOLDEN, GOLDEN / file, embedder, analyser, index)
    found = {system: report[system] for system in ("ours", "dense")}
    return found | ({"alike": report["alike"], **report["judged"]} if report["judged"] else {})


def accept(folder: Path | None, only: Sequence[str], with_node: bool) -> None:
    """Measure and write down; sets whose folder is not there keep what they have, and that is said."""
    told = pinned()
    today = datetime.date.today().isoformat()
    with settings(with_node) as own:
        analyser = Analyser()
        embedder = VectorCache(VECTORS, open_model(own))
        for name, one in told["sets"].items():
            where = ROOT / one["folder"] if one["folder"].startswith("tests/") else (folder or Path()) / one["folder"]
            if only and name not in only:
                continue
            if not (where / "queries.jsonl").exists():
                print(f"{name}: no {where}, kept as measured {one.get('measured', 'never')}")
                continue
            one |= {"measured": today} | scores(where, one["measure"], embedder, analyser, own)
            write_down(told)  # at once: all of them take an hour
            print(f"{name}: measured", flush=True)
        if not only or "robust" in only:
            told["robust"] = {"measured": today} | faults(embedder, analyser, own)
        if not only or "duplicates" in only:
            files = (name for name in told["duplicates"] if name != "measured")
            told["duplicates"] = {"measured": today} | {n: duplicates(n, embedder, analyser, own) for n in files}
    write_down(told)


def write_down(told: Mapping[str, Any]) -> None:
    """Pin this, and write the page of it."""
    text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    EXPECTED.write_text(YAML_HEAD + text, encoding="utf-8", newline="\n")
    PAGE.write_text(page(told), encoding="utf-8", newline="\n")


# --- the page ---


def page(told: Mapping[str, Any]) -> str:
    """docs/evaluation.md."""
    sets = {name: one for name, one in told["sets"].items() if "systems" in one}
    pairs_of = {name: found for name, found in told["duplicates"].items() if name != "measured"}
    rows = [[name, one["what"].strip(), str(one["queries"]), one["measured"]] for name, one in sets.items()]
    return TEMPLATE.format(
        sets=_table(("set", "what", "queries", "measured"), rows),
        compared=_compared(sets),
        differences=_differences(sets),
        measures=_measures(sets),
        nothing_close=_nothing_close(sets),
        faults=len(FILE.read_text(encoding="utf-8").splitlines()),
        faults_measured=told["robust"]["measured"],
        robust=_faults(told["robust"]),
        duplicates_measured=told["duplicates"]["measured"],
        shares=_shares(pairs_of),
        thresholds=_thresholds(pairs_of),
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in lines)


def _in_both(values: Mapping[str, Any], shown: Callable[[Any], str]) -> str:
    return " / ".join(shown(values[language]) if values.get(language) else NOTHING for language in SPOKEN)


def _number(value: float, sign: str = "") -> str:
    return f"{value:{sign}.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:{sign}.3f}"


def _compared(sets: Mapping[str, Any]) -> str:
    rows = []
    for system, name in (OURS | OTHERS).items():
        cells = [
            _in_both(one["systems"].get(system, {}), lambda found, m=one["measure"]: _number(found[m]))
            for one in sets.values()
        ]
        if any(system in one["systems"] for one in sets.values()):
            rows.append([name, *cells])
    return _table(["", *(f"{name}, {MEASURES[one['measure']]}" for name, one in sets.items())], rows)


def _differences(sets: Mapping[str, Any]) -> str:
    def shown(found: Mapping[str, float]) -> str:
        return f"{_number(found['mean'], '+')} ({_number(found['low'])} to {_number(found['high'])})"

    def cell(one: Mapping[str, Any], system: str, language: str) -> str:
        found = one["differences"].get(system, {}).get(language)
        return shown(found) if found else NOTHING

    rows = [
        [f"{name}, {language}", *(cell(one, system, language) for system in OTHERS)]
        for name, one in sets.items()
        for language in one["systems"]["ours"]
    ]
    return _table(["more than", *OTHERS.values()], rows)


def _measures(sets: Mapping[str, Any]) -> str:
    ours = {(name, la): found for name, one in sets.items() for la, found in one["systems"]["ours"].items()}
    names = list(dict.fromkeys(name for found in ours.values() for name in found))
    shown = {"mono@10": "mono", "cross@10": "cross", "false_promotion": "false promotion", "twinless_mrr": "twinless"}
    heads = [shown.get(name, name) for name in names]
    rows = [
        [f"{name}, {language}", *(_number(found[m]) if m in found else NOTHING for m in names)]
        for (name, language), found in ours.items()
    ]
    return _table(["", *heads], rows)


def _nothing_close(sets: Mapping[str, Any]) -> str:
    kinds = ("answerable", "unanswerable")
    rows = [
        [name, *(_number(one["nothing_close"][kind]) if kind in one["nothing_close"] else NOTHING for kind in kinds)]
        for name, one in sets.items()
    ]
    return _table(["", "with an answer", "without"], rows)


def _faults(told: Mapping[str, Any]) -> str:
    rules = list(dict.fromkeys(rule for la in SPOKEN for rule in told[la] if rule != ALL))
    rows = [
        [
            {"th": "Thai", "en": "English"}[la],
            *(_number(told[la][r]) if r in told[la] else NOTHING for r in [*rules, ALL]),
        ]
        for la in SPOKEN
    ]
    return _table(["", *rules, ALL], rows)


def _shares(files: Mapping[str, Any]) -> str:
    names = list(next(iter(files.values()))["ours"])
    rows = [
        [f"{file}, {system}", *(_number(found[key][name]) for name in names)]
        for file, found in files.items()
        for key, system in (("ours", "this search"), ("dense", "cosine, centred"))
    ]
    return _table(["", *names], rows)


def _thresholds(files: Mapping[str, Any]) -> str:
    rows = [
        [f"{file}, {part}, {threshold}", *(_number(at[name]) for name in ("precision", "recall"))]
        for file, found in files.items()
        for part, by_threshold in found.items()
        if part not in ("ours", "dense", "alike")
        for threshold, at in by_threshold.items()
    ]
    return _table(["at the two thresholds", "precision", "recall"], rows)


def main() -> None:
    """Do as the words of the command say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--only", action="append", default=[], metavar="SET")
    parser.add_argument("--without-node", action="store_true")
    parser.add_argument("--page", action="store_true")
    asked = parser.parse_args()
    if asked.page:
        write_down(pinned())
    else:
        accept(asked.folder, asked.only, not asked.without_node)


if __name__ == "__main__":
    main()
