"""Judged sets: reading them, each measure worked out by hand, and the report of a whole run."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalogue.errors import InvalidParameter
from catalogue.search.engines import throw_away
from catalogue.search.evaluation import evaluate, unjudged
from catalogue.search.judgements import BadJudgedSet, JudgedSet, Topic, average, measure
from catalogue.search.runs import Found, summary, table
from catalogue.settings import Settings
from tests.engines import ANALYSER
from tests.small_catalogue import HashedEmbedder

LANGUAGES = {"t1": "th", "t2": "th", "e1": "en", "e2": "en", "x": "en"}

CORPUS = [
    {"id": "t1", "lang": "th", "title": "น้ำท่วม", "text": "บ้านเรือนเสียหาย", "context": "คำลับ"},
    {"id": "t2", "lang": "th", "text": "ไฟดับบ่อย"},
    {"id": "e1", "lang": "en", "text": "floods damage houses"},
    {"id": "e2", "lang": "en", "text": "power cuts"},
]
QUERIES = [
    {"id": "q1", "lang": "th", "text": "น้ำท่วม"},
    {"id": "q2", "lang": "en", "text": "power cuts"},
    {"id": "q3", "lang": "en", "text": "nothing of the kind"},
]
QRELS = "q1\tt1\t1\nq1\te1\t1\nq2\te2\t1\nq2\tt2\t1\nq3\te1\t0\n"


def judged(folder: Path, corpus: Any = CORPUS, queries: Any = QUERIES, qrels: str = QRELS) -> Path:
    for name, rows in (("corpus", corpus), ("queries", queries)):
        text = rows if isinstance(rows, str) else "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text(text, "utf-8")
    (folder / "qrels.tsv").write_text(qrels, "utf-8")
    return folder


def topic(language: str = "th", **grades: int) -> Topic:
    return Topic("q", language, "text", grades)


# --- measures ---


def test_a_perfect_ranking_measures_one() -> None:
    got = measure(topic(t1=3, e1=2), ["t1", "e1", "x"], LANGUAGES, 2)
    assert got == {
        "ndcg@10": 1,
        "recall@10": 1,
        "mrr@10": 1,
        "p@3": pytest.approx(2 / 3),
        "mono@10": 1,
        "cross@10": 1,
        "map": 1,
        "false_promotion": None,
    }


def test_gain_is_two_to_the_grade_less_one() -> None:
    got = measure(topic(t1=3, e1=1), ["e1", "x", "t1"], LANGUAGES, 2)
    # gains 1 and 7; at places 1 and 3; ideally 7 at 1 and 1 at 2 (log2 of place + 1: 1, 1.585, 2)
    assert got["ndcg@10"] == pytest.approx((1 + 7 / 2) / (7 + 1 / 1.58496), abs=1e-4)


def test_recall_counts_grades_from_two_on() -> None:
    assert measure(topic(t1=3, t2=2, e1=1), ["e1", "t1"], LANGUAGES, 2)["recall@10"] == 0.5
    assert measure(topic(e1=1), ["e1"], LANGUAGES, 2)["recall@10"] is None


def test_only_the_first_ten_count() -> None:
    late = [f"n{i}" for i in range(10)] + ["t1"]
    got = measure(topic(t1=2), late, LANGUAGES | {f"n{i}": "th" for i in range(10)}, 2)
    assert (got["ndcg@10"], got["recall@10"], got["mrr@10"], got["mono@10"]) == (0, 0, 0, 0)
    assert got["map"] == pytest.approx(1 / 11)


def test_average_precision_counts_what_was_not_found_as_nothing() -> None:
    assert measure(topic(t1=1, e1=1), ["x", "t1"], LANGUAGES, 1)["map"] == pytest.approx((1 / 2) / 2)


def test_mono_and_cross_look_at_the_querys_own_and_the_other_language() -> None:
    got = measure(topic("en", t1=1, t2=1, e1=1), ["t1", "e1"], LANGUAGES, 1)
    assert (got["mono@10"], got["cross@10"]) == (1, 0.5)
    assert measure(topic("en", e1=1), ["e1"], LANGUAGES, 1)["cross@10"] is None


@pytest.mark.parametrize(
    ("found", "promoted"),
    [(["t2", "t1", "e1"], 0), (["t2", "e1", "t1"], 1), (["e1", "t1"], 1), (["e1"], 1), (["t2"], 0), ([], 0)],
)
def test_a_false_promotion_is_another_language_before_the_first_answer(found: list[str], promoted: int) -> None:
    for language in ("th", "en"):
        assert measure(topic(language, t1=1), found, LANGUAGES, 1)["false_promotion"] == promoted


def test_only_answers_in_one_language_of_several_can_be_passed_falsely() -> None:
    assert measure(topic(t1=1, e1=1), ["e2", "t1"], LANGUAGES, 1)["false_promotion"] is None
    assert measure(topic(t1=1), ["t2", "t1"], {"t1": "th", "t2": "th"}, 1)["false_promotion"] is None


def test_an_average_leaves_out_queries_that_a_measure_cannot_be_taken_on() -> None:
    assert average([{"a": 1.0, "b": None}, {"a": 0.0, "b": None}]) == {"a": 0.5, "b": None}


# --- reading ---


def test_a_set_is_read_without_what_it_must_not_index(tmp_path: Path) -> None:
    found = JudgedSet.read(judged(tmp_path))
    assert [p.embedded for p in found.passages][:2] == ["น้ำท่วม. บ้านเรือนเสียหาย", "ไฟดับบ่อย"]
    assert "คำลับ" not in repr(found)
    assert [t.id for t in found.topics] == ["q1", "q2"]
    assert [t.id for t in found.unanswerable] == ["q3"]


def test_a_header_in_the_judgements_is_skipped(tmp_path: Path) -> None:
    assert len(JudgedSet.read(judged(tmp_path, qrels="query-id\tcorpus-id\tscore\n" + QRELS)).topics) == 2


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"corpus": '{"id": "t1"}'}, "corpus.jsonl, line 1"),
        ({"corpus": "not json"}, "corpus.jsonl, line 1"),
        ({"queries": '{"id": "q", "lang": "th", "text": 5}'}, "queries.jsonl, line 1"),
        ({"qrels": "q1\tt1\t1\nq1\tt1\n"}, "qrels.tsv, line 2"),
        ({"qrels": "q1\tt1\t1\nq1\tunknown\t1\n"}, "qrels.tsv, line 2"),
        ({"qrels": "q1\tt1\t1\nq1\tt2\tgood\n"}, "qrels.tsv, line 2"),
    ],
)
def test_a_broken_set_is_refused_with_file_and_line(tmp_path: Path, change: dict[str, Any], where: str) -> None:
    with pytest.raises(BadJudgedSet, match=where):
        JudgedSet.read(judged(tmp_path, **change))


def test_a_folder_without_a_set_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BadJudgedSet, match=r"corpus\.jsonl is missing"):
        JudgedSet.read(tmp_path)


# --- a whole run ---


def test_every_system_is_measured_in_one_run(tmp_path: Path) -> None:
    report = summary(evaluate(judged(tmp_path), HashedEmbedder(), ANALYSER, compare=True, without_twins=True))
    assert report["queries"] == 2
    assert set(report["systems"]) == {"ours", "bm25", "dense", "rrf", "minmax"}
    assert json.loads(json.dumps(report)) == report
    assert report["systems"]["bm25"]["th"]["mono@10"] == 1
    assert report["systems"]["ours"]["all"]["mono@10"] == 1
    assert 0 <= report["systems"]["ours"]["all"]["twinless_mrr"] <= 1
    assert set(report["differences"]) == {"bm25", "dense", "rrf", "minmax"}
    assert "bm25    th" in table(report)
    assert "twinless_mrr" in table(report)


def test_ours_alone_unless_asked(tmp_path: Path) -> None:
    (ours,) = evaluate(judged(tmp_path), HashedEmbedder(), ANALYSER)
    assert ours.system == "ours"
    assert "twinless_mrr" not in ours.answers[0].measures


def test_a_run_tells_the_first_answers_with_title_and_grade(tmp_path: Path) -> None:
    (ours,) = evaluate(judged(tmp_path), HashedEmbedder(), ANALYSER)
    told = {found.id: found for found in ours.answers[1].first}
    assert (ours.answers[1].id, ours.answers[1].text) == ("q2", "power cuts")
    assert told["e2"] == Found("e2", "power cuts", 1)  # without a title, its text
    assert "e1" not in told or told["e1"].grade == 0


def test_without_twins_one_query_at_a_time(tmp_path: Path) -> None:
    queries = [{"id": "q1", "lang": "en", "text": "power cuts"}, {"id": "q2", "lang": "en", "text": "floods"}]
    folder = judged(tmp_path, queries=queries, qrels="q1\te2\t1\nq1\tt2\t1\nq2\te1\t1\n")
    (ours,) = evaluate(folder, HashedEmbedder(), ANALYSER, without_twins=True)
    first, second = (answer.measures["twinless_mrr"] for answer in ours.answers)
    assert first in (1, 1 / 2, 1 / 3)  # of t1, t2 and e1, which are left
    assert second is None  # has no answer in the other language


def test_the_ceilings_are_never_below_what_one_order_brings(tmp_path: Path) -> None:
    runs = evaluate(judged(tmp_path), HashedEmbedder(), ANALYSER, without_twins=True, ceiling=True)
    ours, oracle, ordered = runs
    assert [run.system for run in runs] == ["ours", "oracle", "sorted"]
    assert [answer.id for answer in oracle.answers] == [answer.id for answer in ours.answers]
    for one, best, most in zip(ours.answers, oracle.answers, ordered.answers, strict=True):
        for name, value in one.measures.items():
            if value is not None and name != "false_promotion":
                assert best.measures[name] >= value, name
        assert most.measures["ndcg@10"] == pytest.approx(1)  # of four passages all are candidates
        assert "twinless_mrr" not in most.measures
    assert "oracle" in table(summary(runs))


def test_the_pool_is_what_was_found_high_and_not_judged(tmp_path: Path) -> None:
    everything = {(query["id"], passage["id"]) for query in QUERIES for passage in CORPUS}
    judgements = {("q1", "t1"), ("q1", "e1"), ("q2", "e2"), ("q2", "t2"), ("q3", "e1")}  # QRELS, 0 too
    folder = judged(tmp_path)
    assert unjudged(folder, HashedEmbedder(), ANALYSER, len(CORPUS)) == sorted(everything - judgements)
    judged(tmp_path, qrels=QRELS + "q2\te1\t0\n")
    assert ("q2", "e1") not in unjudged(folder, HashedEmbedder(), ANALYSER, len(CORPUS))
    highest = unjudged(judged(tmp_path, qrels=""), HashedEmbedder(), ANALYSER, 1)
    assert ("q2", "e2") in highest
    assert len(highest) < len(everything)


def test_a_run_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    folder = judged(tmp_path)
    before = sorted(p.name for p in folder.iterdir())
    evaluate(folder, HashedEmbedder(), ANALYSER)
    assert sorted(p.name for p in folder.iterdir()) == before


def test_an_unknown_engine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="embedded"):
        throw_away(Settings(state_dir=tmp_path), "steam", ANALYSER).__enter__()
