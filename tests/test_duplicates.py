"""What speaks for two entries being one, and the measure of it on labelled pairs."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.duplicates import (
    JUDGED,
    Evidence,
    Information,
    Level,
    Profile,
    Suggestion,
    Verdict,
    compare,
    judgement,
    pair_of,
    verdicts,
)
from catalogue.search.analysis import Analyser
from catalogue.search.engines import throw_away
from catalogue.search.judgements import BadJudgedSet, labelled_pairs
from catalogue.search.pairs import evaluate, measured, table
from catalogue.settings import Settings
from tests.small_catalogue import HashedEmbedder

TERMS = st.frozensets(st.sampled_from(["น้ำ", "ท่วม", "แล้ง", "bus", "late"]), max_size=5)
KNOWN = Information({"น้ำ": 90, "ท่วม": 5, "แล้ง": 5, "bus": 2, "late": 40}, 100)


def one(entry_id: str, *terms: str, language: str = "th", theme: str | None = None, place: str = "") -> Profile:
    return Profile(entry_id, "pain_point", language, frozenset(terms), theme, frozenset(place.split()))


def test_rare_words_in_common_count_more_than_usual_ones() -> None:
    rare = compare(one("A", "น้ำ", "ท่วม"), one("B", "late", "ท่วม"), 0.3, KNOWN)
    usual = compare(one("A", "น้ำ", "ท่วม"), one("B", "น้ำ", "late"), 0.3, KNOWN)
    assert rare.score > usual.score
    assert rare.terms == ("ท่วม",)


def test_reasons_are_what_the_evidence_holds() -> None:
    found = compare(
        one("A", "ท่วม", theme="water", place="TH-50 TH-51"), one("B", "ท่วม", theme="water", place="TH-50"), 0.5, KNOWN
    )
    assert found.reasons == ("meaning", "words", "same_theme", "same_place")
    assert (found.theme, found.provinces, found.level) == ("water", ("TH-50",), Level.PROBABLE)
    nothing = compare(one("A", "ท่วม"), one("B", "bus"), 0.1, KNOWN)
    assert (nothing.reasons, nothing.level) == ((), Level.UNLIKELY)


def test_two_languages_are_not_held_against_each_other() -> None:
    same = compare(one("A", "ท่วม"), one("B", "bus"), 0.5, KNOWN)
    across = compare(one("A", "ท่วม"), one("B", "bus", language="en"), 0.5, KNOWN)
    assert across.score > same.score
    assert across.level == Level.PROBABLE


@given(TERMS, TERMS, st.floats(-1, 1))
def test_the_evidence_is_the_same_from_either_side(mine: frozenset[str], other: frozenset[str], meaning: float) -> None:
    there = compare(one("A", *mine), one("B", *other), meaning, KNOWN)
    back = compare(one("B", *other), one("A", *mine), meaning, KNOWN)
    assert there == back
    assert 0 <= there.words <= 1


def test_the_latest_verdict_of_a_pair_counts() -> None:
    told = [judgement("B", "A", Verdict.SAME), judgement("A", "B", Verdict.RELATED)]
    assert verdicts(told) == {("A", "B"): Verdict.RELATED}
    assert not JUDGED.startswith("entry.")
    with pytest.raises(ValueError, match="itself"):
        pair_of("A", "A")


def suggestion(a: str, b: str) -> Suggestion:
    return Suggestion((a, b), Evidence(0.5, 0.5, (), None, ()))


def test_shares_count_the_labelled_pairs_that_come_early() -> None:
    order = [suggestion("A", other) for other in "BCDEF"] + [suggestion("G", "H")]
    found = measured(order, [("A", "B"), ("A", "F"), ("G", "H"), ("X", "Y")])
    # F is A's fifth partner, but A is F's first.
    assert (found["share@3"], found["share@5"], found["first@300"]) == (0.75, 0.75, 0.75)


def test_labelled_pairs_name_what_is_wrong_with_them(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    for bad in ('{"a": "A"}', '{"a": "A", "b": "A"}', '{"a": "A", "b": "Z"}', ""):
        file.write_text(bad, encoding="utf-8")
        with pytest.raises(BadJudgedSet, match=r"line 1[\s\S]*บรรทัดที่ 1"):
            labelled_pairs(file, {"A", "B"})


def test_the_measure_takes_the_products_own_path(tmp_path: Path, analyser: Analyser) -> None:
    rows = [
        {"id": "A", "kind": "pain_point", "lang": "th", "title": "น้ำท่วมบ้าน", "text": "น้ำท่วมบ้านทุกปี"},
        {"id": "B", "kind": "pain_point", "lang": "th", "title": "น้ำท่วมบ้าน", "text": "บ้านน้ำท่วมทุกปี"},
        {"id": "C", "kind": "pain_point", "lang": "th", "title": "รถติด", "text": "รถติดทุกเช้า"},
        {"id": "D", "kind": "proposal", "lang": "th", "title": "น้ำท่วมบ้าน", "text": "น้ำท่วมบ้านทุกปี"},
    ]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text("", encoding="utf-8")
    (tmp_path / "pairs.jsonl").write_text('{"a": "B", "b": "A"}', encoding="utf-8")
    with throw_away(Settings(state_dir=tmp_path), "embedded", analyser) as index:
        report = evaluate(tmp_path, tmp_path / "pairs.jsonl", HashedEmbedder(), analyser, index)
    assert (report["pairs"], report["entries"]) == (1, 3)
    assert report["ours"]["share@3"] == 1
    assert "1 labelled pairs, 3 entries" in table(report)
