"""What systems answered to the queries of a judged set, and how two of them differ. Pure.

A mean hides which queries moved, and two means do not say whether their difference is chance: so a run keeps every
query's measures and first answers, and a difference comes with the interval that a paired bootstrap gives it (Efron
and Tibshirani, “An introduction to the bootstrap”, 1993): queries are drawn again and again, each with what both
systems made of it.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

import numpy as np

from catalogue.entries import LANGUAGES
from catalogue.errors import CatalogueError
from catalogue.search.judgements import ALL, Measures, average

RESAMPLES = 10_000
SEED = 2569  # any would do; the same one, so that the same runs have the same interval
BETWEEN = (2.5, 97.5)  # percentiles: 95 of 100
# What docs/evaluation.md reports: the golden set by the first, sets with one answer by the second; and --without-twins.
TOLD = ("ndcg@10", "map", "twinless_mrr")
SHOWN = 20  # queries that moved, in a terminal

Differences = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Language, or all, to measure to ``{"mean", "low", "high"}`` of the second system's less the first one's."""


class BadRuns(CatalogueError):
    """A file that holds no runs, or runs that cannot be compared."""

    status, slug = HTTPStatus.UNPROCESSABLE_ENTITY, "bad-runs"
    title_th, title_en = "เทียบผลการประเมินไม่ได้", "Runs cannot be compared"


@dataclass(frozen=True)
class Found:
    """One of the first ten that a system found."""

    id: str
    title: str
    grade: int
    """What the judgements say it is worth; 0 where they say nothing."""


@dataclass(frozen=True)
class Answer:
    """What one query got."""

    id: str
    language: str
    text: str
    measures: Measures
    first: Sequence[Found]
    """Best first, ten at most."""


@dataclass(frozen=True)
class Run:
    """A system and its answers, in the order of the set."""

    system: str
    answers: Sequence[Answer]
    nothing_close: Measures = field(default_factory=dict)
    """Of which share of the ``answerable`` and the ``unanswerable`` queries it says that it found nothing close."""


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """``{"queries": n, "nothing_close": …, "systems": {system: {"th": {measure: mean}, "en": …, "all": …}, …}}``.

    Of runs of one set; nothing_close is the first one's. With more than one run also ``"differences"``: the first
    one's less each other one's, by the other's name.
    """
    first, *others = runs
    systems = {run.system: {lang: average(a.measures for a in part) for lang, part in _parts(run)} for run in runs}
    told: dict[str, Any] = {
        "queries": len(first.answers),
        "nothing_close": dict(first.nothing_close),
        "systems": systems,
    }
    if others:
        told["differences"] = {other.system: differences(other, first) for other in others}
    return told


def table(summary: Mapping[str, Any]) -> str:
    """The summary for a terminal: a line per system and query language, then one per difference."""
    lines = [f"{summary['queries']} queries"]
    for system, by_language in summary["systems"].items():
        for language, measures in by_language.items():
            if measures:
                shown = "  ".join(f"{name} {value:.3f}" for name, value in measures.items() if value is not None)
                lines.append(f"{system:<7} {language:<4} {shown}")
    told = ", ".join(f"{share:.3f} of {kind}" for kind, share in summary["nothing_close"].items() if share is not None)
    lines.append(f"said that nothing close was found: {told} questions")
    if "differences" in summary:
        ours = next(iter(summary["systems"]))
        lines += ["", f"{ours} less the others, {_interval()}"]
        for system, found in summary["differences"].items():
            lines += [f"{system:<7} {line}" for line in _lines_of(found)]
    return "\n".join(lines)


def differences(before: Run, after: Run) -> Differences:
    """Mean of ``after`` less ``before`` over the queries that both have, with its 95 % interval, for what is TOLD."""
    pairs = _paired(before, after)
    out = {}
    for language in (*LANGUAGES, ALL):
        of_language = [pair for pair in pairs if language in (pair[1].language, ALL)]
        moved = {name: [d for a, b in of_language if (d := _moved(a, b, name)) is not None] for name in TOLD}
        out[language] = {name: interval(values) for name, values in moved.items() if values}
    return {language: found for language, found in out.items() if found}


def interval(values: Sequence[float]) -> dict[str, float]:
    """``{"mean", "low", "high"}`` of these differences, one a query: 95 % of resampled means lie between the latter."""
    moved, draws = np.asarray(values, np.float64), np.random.default_rng(SEED)
    # Some at a time: all resamples of a set of thousands would be hundreds of megabytes.
    means = [moved[draws.integers(len(moved), size=(100, len(moved)))].mean(axis=1) for _ in range(RESAMPLES // 100)]
    low, high = np.percentile(means, BETWEEN)
    return {"mean": round(float(moved.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def written(runs: Sequence[Run]) -> str:
    """The runs as JSON, for :func:`read`."""
    return json.dumps({"runs": [asdict(run) for run in runs]}, ensure_ascii=False, indent=1)


def read(name: str, told: bytes, system: str = "") -> Run:
    """The run of this system, or the first one, of what was written; raises BadRuns, which says the file's name."""
    try:
        runs = [
            Run(run["system"], [_answer(answer) for answer in run["answers"]], dict(run["nothing_close"]))
            for run in json.loads(told)["runs"]
        ]
    except (ValueError, KeyError, TypeError):
        runs = []
    if not runs:
        raise BadRuns(
            f"{name} was not written by `hackgo eval FOLDER --runs FILE`",
            f"{name} ไม่ใช่ไฟล์ที่คำสั่ง `hackgo eval FOLDER --runs FILE` เขียนไว้",
        )
    for run in runs:
        if run.system == system or not system:
            return run
    known = ", ".join(run.system for run in runs)
    raise BadRuns(f"{name} has no system {system}. It has: {known}", f"{name} ไม่มีระบบ {system} มีแต่ {known}")


def diff(before: Run, after: Run) -> dict[str, Any]:
    """What changed from one run to the other.

    ``{"systems": [before, after], "queries": n, "only": [n, n], "differences": …, "moved": [{"id", "language",
    "text", "by", "measures": [before, after], "first": [before, after]}, …]}``. Counted are the queries that both
    have, with the same text; only: how many each has alone. moved: those whose nDCG@10 or first ten differ, the
    greatest change first. Raises BadRuns where no query is in both.
    """
    pairs = _paired(before, after)
    if not pairs:
        raise BadRuns("The two runs have no query in common", "ผลทั้งสองชุดไม่มีคำค้นที่ตรงกัน")
    moved = [
        {
            "id": a.id,
            "language": a.language,
            "text": a.text,
            "by": _moved(a, b, TOLD[0]) or 0.0,
            "measures": [dict(a.measures), dict(b.measures)],
            "first": [[asdict(one) for one in answer.first] for answer in (a, b)],
        }
        for a, b in pairs
        if _moved(a, b, TOLD[0]) or [one.id for one in a.first] != [one.id for one in b.first]
    ]
    return {
        "systems": [before.system, after.system],
        "queries": len(pairs),
        "only": [len(run.answers) - len(pairs) for run in (before, after)],
        "differences": differences(before, after),
        "moved": sorted(moved, key=lambda one: (-abs(one["by"]), one["id"])),
    }


def diff_table(found: Mapping[str, Any], width: int) -> str:
    """The difference for a terminal of this many columns: the means, then the queries that moved, side by side."""
    before, after = found["systems"]
    only = f"; {found['only'][0]} only in A, {found['only'][1]} only in B" if any(found["only"]) else ""
    lines = [f"A {before}, B {after}: {found['queries']} queries{only}", f"B less A, {_interval()}"]
    lines += _lines_of(found["differences"])
    moved = found["moved"]
    first = f", the first {SHOWN} of them" if len(moved) > SHOWN else ""
    lines += ["", f"{len(moved)} queries moved{first}; each line: place, grade, id, title; * not in the other's ten"]
    half = (width - 3) // 2
    for one in moved[:SHOWN]:
        a, b = (measures[TOLD[0]] for measures in one["measures"])
        lines += ["", f"{one['id']} {one['language']} {TOLD[0]} {a:.3f} -> {b:.3f} ({one['by']:+.3f})  {one['text']}"]
        left, right = one["first"]
        for place in range(max(len(left), len(right))):
            cells = [_cell(place, *sides, half) for sides in ((left, right), (right, left))]
            lines.append(" | ".join(cells).rstrip())
    return "\n".join(lines)


def _parts(run: Run) -> list[tuple[str, Sequence[Answer]]]:
    by_language = [(lang, [a for a in run.answers if a.language == lang]) for lang in LANGUAGES]
    return [*by_language, (ALL, run.answers)]


def _paired(before: Run, after: Run) -> list[tuple[Answer, Answer]]:
    known = {(answer.id, answer.text): answer for answer in before.answers}
    return [(known[answer.id, answer.text], answer) for answer in after.answers if (answer.id, answer.text) in known]


def _moved(before: Answer, after: Answer, measure: str) -> float | None:
    a, b = before.measures.get(measure), after.measures.get(measure)
    return None if a is None or b is None else b - a


def _answer(told: Mapping[str, Any]) -> Answer:
    return Answer(**{**told, "measures": dict(told["measures"]), "first": [Found(**one) for one in told["first"]]})


def _interval() -> str:
    return f"mean and 95 % interval (paired bootstrap, {RESAMPLES:,} resamples)"


def _lines_of(found: Differences) -> list[str]:
    return [
        f"{language:<4} "
        + "  ".join(f"{name} {d['mean']:+.3f} [{d['low']:+.3f}, {d['high']:+.3f}]" for name, d in by_measure.items())
        for language, by_measure in found.items()
    ]


def _cell(place: int, mine: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]], width: int) -> str:
    """One place of a list in this many columns; blank beyond its end."""
    if place >= len(mine):
        return " " * width
    one = mine[place]
    mark = " " if one["id"] in [other["id"] for other in others] else "*"
    text = f"{place + 1:>2}{mark} {one['grade'] or '.'} {one['id']} {' '.join(one['title'].split())}"
    shown, columns = "", 0
    for char in text:
        columns += _columns(char)
        if columns > width:
            return shown + " " * (width - columns + _columns(char))
        shown += char
    return shown + " " * (width - columns)


def _columns(char: str) -> int:
    """Columns of a terminal that a character takes: none for signs above and below, two for wide ones."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
