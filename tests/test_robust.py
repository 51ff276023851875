"""Mistyped and otherwise spelt titles: what the rules make, and what the search loses by them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from catalogue.search.analysis import Analyser
from catalogue.search.embedding import E5AndUse, Embedder
from catalogue.search.engines import throw_away
from catalogue.search.judgements import BadJudgedSet
from catalogue.search.robustness import evaluate, table
from catalogue.search.vectors import VectorCache
from catalogue.settings import Settings
from tests.conftest import VECTORS
from tests.robust import FILE, GOLDEN, RULES, Rule, written
from tests.scores import pinned
from tests.small_catalogue import HashedEmbedder
from tests.test_evaluation import judged

TOLERANCE = 0.03  # of 15 queries a rule: processors round differently, and an entry may stand tenth


def rule(language: str, name: str) -> Rule:
    return next(one for one in RULES if (one.language, one.name) == (language, name))


def rows() -> list[dict[str, str]]:
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


# --- the rules ---


@pytest.mark.parametrize(
    ("language", "name", "title", "typed"),
    [
        ("th", "layout", "น้ำท่วม PM2.5", "ohemj;, PM2.5"),
        ("th", "variant", "แอปของแอปพลิเคชัน", "แอพของแอพพลิเคชั่น"),
        ("th", "abbreviation", "คนต่างจังหวัด จังหวัดตาก", "คนตจว. จ.ตาก"),
        ("th", "doubled", "แก", "เเก"),
        ("th", "doubled", "กี", "กีี"),
        ("th", "toneless", "ไฟไหม้", "ไฟไหม"),
        ("th", "swapped", "กบ", "บก"),
        ("th", "missing", "กบ", "ก"),
        ("en", "layout", "Data", "ฏฟะฟ"),
        ("en", "variant", "Visualizations of data: visualization", "Visualizations of data: visualisation"),
        ("en", "abbreviation", "Sand and water with us", "Sand & water w/ us"),
        ("en", "doubled", "x-1", "xx-1"),
        ("en", "neighbour", "p", "o"),
        ("en", "neighbour", "a", "s"),
        ("en", "swapped", "ab 1", "ba 1"),
        ("en", "missing", "ab 1", "a 1"),
    ],
)
def test_a_rule_makes_its_fault(language: str, name: str, title: str, typed: str) -> None:
    assert rule(language, name).apply(title) == typed


@pytest.mark.parametrize(
    ("language", "name"), [("th", "variant"), ("th", "toneless"), ("th", "abbreviation"), ("en", "missing")]
)
def test_a_title_that_allows_no_fault_is_left_out(language: str, name: str) -> None:
    assert rule(language, name).apply("กา ก. 1") is None


def test_a_slip_comes_every_twenty_characters() -> None:
    slip = rule("en", "doubled")
    assert [len(slip.apply("a" * n) or "") - n for n in (10, 20, 21, 60)] == [1, 1, 2, 3]


def test_slips_keep_off_each_others_letters() -> None:
    title = "abcdefghijklmnopqrstuvwxyz" * 2
    typed = rule("en", "swapped").apply(title) or ""
    moved = [place for place, (was, now) in enumerate(zip(title, typed, strict=True)) if was != now]
    assert len(moved) == 2 * 3
    assert sorted(typed) == sorted(title)


# --- the file ---


def test_the_file_is_what_the_rules_make() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), "run `python -m tests.robust`"


def test_every_rule_is_there_and_no_query_is_its_title() -> None:
    titles = {
        row["id"]: row["title"]
        for row in map(json.loads, (GOLDEN / "corpus.jsonl").read_text(encoding="utf-8").splitlines())
    }
    counts = Counter((row["lang"], row["rule"]) for row in rows())
    assert counts.keys() == {(one.language, one.name) for one in RULES}
    assert min(counts.values()) >= 10
    assert counts.total() >= 150
    assert all(row["text"] != titles[row["of"]] for row in rows())
    assert len({row["id"] for row in rows()}) == counts.total()


# --- the measure ---


class SameWords(HashedEmbedder):
    """Also a query and a passage of equal words have equal vectors."""

    queries = HashedEmbedder.passages


def measured(folder: Path, file: Path, embedder: Embedder, analyser: Analyser, state: Path) -> dict[str, Any]:
    with throw_away(Settings(state_dir=state), "embedded", analyser) as index:
        return evaluate(folder, file, embedder, analyser, index)


def test_the_same_words_lose_nothing_and_others_do(tmp_path: Path, analyser: Analyser) -> None:
    names = [first + second for first in "กขคงจ" for second in ("าบ", "ิน", "ูด", "ลอง", "ราด", "ว้าง")]
    corpus = [{"id": f"t{n}", "lang": "th", "title": name, "text": ""} for n, name in enumerate(names)]
    queries = [{"id": "q", "lang": "th", "text": "กาบ"}]
    folder = judged(tmp_path, corpus=corpus, queries=queries, qrels="q\tt0\t1\n")
    varied = [
        {"of": "t0", "lang": "th", "rule": "same", "text": names[0]},
        {"of": "t0", "lang": "th", "rule": "other", "text": names[1]},
        {"of": "t0", "lang": "th", "rule": "empty", "text": "!!!"},
    ]
    file = tmp_path / "varied.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in varied), "utf-8")
    report = measured(folder, file, SameWords(), analyser, tmp_path)
    found = report["rules"]["th"]
    assert report["queries"] == 3
    assert found["same"] == {"queries": 1, "recall@10": 1, "self@10": 1}
    assert found["other"]["recall@10"] < 1
    assert found["empty"] == {"queries": 1, "recall@10": 0, "self@10": 0}
    assert found["all"]["queries"] == 3
    assert found["all"]["recall@10"] == pytest.approx((1 + found["other"]["recall@10"]) / 3, abs=1e-4)
    assert report["rules"]["en"]["all"] == {"queries": 0}
    assert "th   same             1  recall@10 1.000  self@10 1.000" in table(report)


@pytest.mark.parametrize(
    "row", [{"of": "t0", "lang": "th", "rule": "x", "text": "x"}, {"of": "t2", "lang": "th", "rule": "x", "text": "x"},
            {"of": "t1", "lang": "th", "text": "x"}]
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_line(row: dict[str, str], tmp_path: Path, analyser: Analyser) -> None:
    file = tmp_path / "varied.jsonl"
    file.write_text(json.dumps(row), "utf-8")
    with pytest.raises(BadJudgedSet, match=r"varied\.jsonl, line 1"):
        measured(judged(tmp_path), file, HashedEmbedder(), analyser, tmp_path)


@pytest.mark.golden
def test_what_faults_cost_is_what_is_written_down(analyser: Analyser, tmp_path: Path) -> None:
    embedder = VectorCache(VECTORS, E5AndUse(threads=Settings(state_dir=tmp_path).embedding_threads))
    report = measured(GOLDEN, FILE, embedder, analyser, tmp_path)
    expected = pinned()["robust"]
    for language, by_rule in report["rules"].items():
        for name, found in by_rule.items():
            assert found["recall@10"] == pytest.approx(expected[language][name], abs=TOLERANCE), (
                f"{language} {name}; worse: mend it; better: accept it with python -m tests.scores"
            )
