"""A judged set: texts, queries, and which text answers which query how well; and the measures taken on it."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import takewhile
from pathlib import Path
from statistics import fmean
from typing import Any

from catalogue.duplicates import Verdict
from catalogue.entries import LANGUAGES, Language
from catalogue.errors import CatalogueError

DEPTH = 10
ALL = "all"  # languages, or rules, together
ALIKE = "similar"  # the label of pairs of which nobody said whether they are the same or related
LABELS = ", ".join((*Verdict, ALIKE))
Measures = Mapping[str, float | None]
"""Measure to its mean over queries; None where the set has nothing to measure it on."""


class BadJudgedSet(CatalogueError):
    """A folder that holds no judged set."""

    status, slug = HTTPStatus.UNPROCESSABLE_ENTITY, "bad-judged-set"
    title_th, title_en = "อ่านชุดข้อมูลประเมินผลไม่ได้", "Judged set cannot be read"


@dataclass(frozen=True)
class Passage:
    """A text that can be found."""

    id: str
    language: Language
    title: str
    text: str
    kind: str = "passage"

    @property
    def embedded(self) -> str:
        """What is embedded, made as entries' passages are (document.py)."""
        return ". ".join(part for part in (self.title, self.text) if part)


@dataclass(frozen=True)
class LabelledPair:
    """Two passages that a reader judged."""

    a: Passage
    b: Passage
    verdict: Verdict | None
    """None: alike, the same or related."""
    retold: bool
    """Is ``b`` told in other words than those of the corpus, which is in no index?"""


@dataclass(frozen=True)
class Variation:
    """A passage's title as somebody types it who slips or spells it otherwise."""

    passage: Passage
    language: Language
    rule: str
    text: str


@dataclass(frozen=True)
class Topic:
    """A query with its judgements: passage id to grade, 0 left out."""

    id: str
    language: Language
    text: str
    grades: Mapping[str, int]


@dataclass(frozen=True)
class JudgedSet:
    """Passages, and the queries that have an answer among them."""

    passages: Sequence[Passage]
    topics: Sequence[Topic]
    unanswerable: Sequence[Topic]
    """Queries without any answer: no measure counts them."""
    judged: frozenset[tuple[str, str]]
    """Query and passage id of every judgement, 0 too."""

    @classmethod
    def read(cls, folder: Path) -> "JudgedSet":
        """Reads corpus.jsonl, queries.jsonl and qrels.tsv; raises BadJudgedSet with the file and line."""
        passages = [
            Passage(row["id"], row["lang"], row.get("title") or "", row["text"], row.get("kind") or "passage")
            # and nothing else of the row
            for row in _rows(folder / "corpus.jsonl", ("id", "lang", "text"))
        ]
        known = {passage.id for passage in passages}
        grades: dict[str, dict[str, int]] = {}
        judged = set()
        for number, line in enumerate(_lines(folder / "qrels.tsv"), 1):
            parts = line.split("\t")
            if number == 1 and len(parts) == 3 and not parts[2].isdecimal():
                continue  # a header
            if len(parts) != 3 or not parts[2].isdecimal() or parts[1] not in known:
                raise _bad(folder / "qrels.tsv", number, "query-id, corpus-id and grade, separated by tabs")
            judged.add((parts[0], parts[1]))
            if int(parts[2]):
                grades.setdefault(parts[0], {})[parts[1]] = int(parts[2])
        topics = [
            Topic(row["id"], row["lang"], row["text"], grades.get(row["id"], {}))
            for row in _rows(folder / "queries.jsonl", ("id", "lang", "text"))
        ]
        return cls(passages, [t for t in topics if t.grades], [t for t in topics if not t.grades], frozenset(judged))


def measure(topic: Topic, found: Sequence[str], languages: Mapping[str, str], relevant: int) -> Measures:
    """One query's measures of a ranking, best first, of all that was found; what was not found counts 0.

    nDCG@10 with gain 2^grade - 1; recall@10 of grades from ``relevant`` on; the others count every positive grade.
    mono@10 and cross@10: recall@10 among the answers in the query's language, and in the other. false_promotion: see
    `_false_promotion`; less is better.
    """
    grades = topic.grades
    head = found[:DEPTH]
    ideal = sorted(grades.values(), reverse=True)[:DEPTH]
    places = [place for place, passage in enumerate(found, 1) if grades.get(passage)]
    own = {passage for passage in grades if languages[passage] == topic.language}
    return {
        "ndcg@10": _dcg(grades.get(passage, 0) for passage in head) / _dcg(ideal),
        "recall@10": _recall(head, {passage for passage, grade in grades.items() if grade >= relevant}),
        "mrr@10": 1 / places[0] if places and places[0] <= DEPTH else 0.0,
        "p@3": sum(1 for passage in found[:3] if grades.get(passage)) / 3,
        "mono@10": _recall(head, own),
        "cross@10": _recall(head, grades.keys() - own),
        "map": sum(n / place for n, place in enumerate(places, 1)) / len(grades),
        "false_promotion": _false_promotion(grades, found, languages),
    }


def average(per_query: Iterable[Measures]) -> Measures:
    """The mean of each measure over the queries that it can be taken on."""
    rows = list(per_query)
    names = dict.fromkeys(name for row in rows for name in row)
    values = {name: [value for row in rows if (value := row.get(name)) is not None] for name in names}
    return {name: round(fmean(found), 4) if found else None for name, found in values.items()}


def labelled_pairs(file: Path, passages: Mapping[str, Passage]) -> list[LabelledPair]:
    """The pairs that a reader judged, one JSON object a line; raises BadJudgedSet where one cannot be read."""
    found = []
    for number, line in enumerate(_lines(file), 1):
        try:
            row = json.loads(line)
            a, b, told, label = row["a"], row["b"], row.get("told"), row.get("label", ALIKE)
            verdict = None if label == ALIKE else Verdict(label)
            other = passages.get(b) if told is None else Passage(b, told["lang"], told["title"], told["text"])
            if a != b and a in passages and b in passages and other is not None and other.language in LANGUAGES:
                found.append(LabelledPair(passages[a], other, verdict, told is not None))
                continue
        except (ValueError, KeyError, TypeError):
            pass
        raise _bad(file, number, f"a JSON object with a and b, two different ids of corpus.jsonl, and label: {LABELS}")
    if not found:
        raise _bad(file, 1, "at least one pair")
    return found


def variations(file: Path, passages: Mapping[str, Passage]) -> list[Variation]:
    """The variations of titles of a file, one JSON object a line; raises BadJudgedSet where one cannot be read."""
    found = []
    for number, row in enumerate(_rows(file, ("of", "lang", "rule", "text")), 1):
        passage = passages.get(row["of"])
        if passage is None or not passage.title:
            raise _bad(file, number, "of: the id of a passage of corpus.jsonl that has a title")
        found.append(Variation(passage, row["lang"], row["rule"], row["text"]))
    return found


def _dcg(grades: Iterable[int]) -> float:
    return sum(((1 << grade) - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def _false_promotion(grades: Mapping[str, int], found: Sequence[str], languages: Mapping[str, str]) -> float | None:
    """Where the answers are all in one language: 1 if a passage in another stands before the first of them, else 0.

    An answer that was not found stands last. None where every language of the set has answers.
    """
    answered = {languages[passage] for passage in grades}
    if answered == set(languages.values()):
        return None
    before = takewhile(lambda passage: not grades.get(passage), found)
    return float(any(languages[passage] not in answered for passage in before))


def _recall(head: Sequence[str], wanted: set[str]) -> float | None:
    return len(wanted.intersection(head)) / len(wanted) if wanted else None


def _rows(file: Path, needed: Sequence[str]) -> Iterable[dict[str, Any]]:
    for number, line in enumerate(_lines(file), 1):
        try:
            row = json.loads(line)
            if all(isinstance(row[name], str) for name in needed) and row["lang"] in LANGUAGES:
                yield row
                continue
        except (ValueError, KeyError, TypeError):
            pass
        raise _bad(file, number, "a JSON object with " + ", ".join(needed) + "; lang is " + " or ".join(LANGUAGES))


def _lines(file: Path) -> Sequence[str]:
    try:
        return [line for line in file.read_text("utf-8").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadJudgedSet(
            f"{file.name} is missing or is not UTF-8 text: {file}", f"ไม่มีไฟล์ {file.name} หรือไม่ใช่ข้อความ UTF-8: {file}"
        ) from error


def _bad(file: Path, number: int, wanted: str) -> BadJudgedSet:
    return BadJudgedSet(
        f"{file.name}, line {number}: expected {wanted}", f"{file.name} บรรทัดที่ {number} ต้องเป็น {wanted}"
    )
