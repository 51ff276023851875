"""Runs of a judged set: their differences and intervals, which queries moved, and the file they are kept in."""

import json
from collections.abc import Sequence

import pytest

from catalogue.search.runs import Answer, BadRuns, Found, Run, diff, diff_table, differences, interval, read, written


def answer(name: str, language: str, ndcg: float, ids: str, text: str = "น้ำท่วม") -> Answer:
    first = [Found(i, f"title of {i}", 3 if i == "a" else 0) for i in ids]
    return Answer(name, language, text, {"ndcg@10": ndcg, "map": ndcg / 2, "recall@10": None}, first)


def run(*answers: Answer, system: str = "ours") -> Run:
    return Run(system, answers)


BEFORE = run(answer("q1", "th", 0.5, "abc"), answer("q2", "th", 0.2, "bca"), answer("q3", "en", 0.9, "a"))
AFTER = run(answer("q1", "th", 0.6, "acb"), answer("q2", "th", 0.8, "abd"), answer("q3", "en", 0.9, "a"))


def moved(before: Run, after: Run) -> Sequence[str]:
    return [one["id"] for one in diff(before, after)["moved"]]


# --- intervals ---


def test_a_difference_that_is_the_same_everywhere_has_no_width() -> None:
    assert interval([0.25] * 9) == {"mean": 0.25, "low": 0.25, "high": 0.25}


def test_an_interval_is_that_of_the_binomial() -> None:
    # 50 of 100 queries gain 1: resampled means are binomial / 100, of which 95 % lie between .40 and .60.
    got = interval([0.0, 1.0] * 50)
    assert got["mean"] == 0.5
    assert got["low"] == pytest.approx(0.40, abs=0.015)
    assert got["high"] == pytest.approx(0.60, abs=0.015)


def test_the_same_runs_have_the_same_interval() -> None:
    values = [n / 7 % 1 for n in range(40)]
    assert interval(values) == interval(values)


def test_differences_are_those_of_queries_that_both_have_by_language() -> None:
    got = differences(BEFORE, run(*AFTER.answers, answer("q4", "en", 0.0, "a")))
    assert got["th"]["ndcg@10"]["mean"] == pytest.approx((0.1 + 0.6) / 2)
    assert got["th"]["map"]["mean"] == pytest.approx((0.1 + 0.6) / 4)
    assert got["en"]["ndcg@10"] == {"mean": 0, "low": 0, "high": 0}
    assert got["all"]["ndcg@10"]["mean"] == pytest.approx(0.7 / 3, abs=1e-4)
    assert got["all"]["ndcg@10"]["low"] < got["all"]["ndcg@10"]["mean"] < got["all"]["ndcg@10"]["high"]


def test_a_language_without_queries_has_no_difference() -> None:
    one = run(answer("q1", "en", 0.5, "a"))
    assert set(differences(one, one)) == {"en", "all"}


# --- which queries moved ---


def test_the_greatest_change_stands_first() -> None:
    assert moved(BEFORE, AFTER) == ["q2", "q1"]
    assert moved(AFTER, BEFORE) == ["q2", "q1"]
    assert moved(BEFORE, BEFORE) == []


def test_another_list_of_the_same_worth_has_moved_too() -> None:
    before, after = run(answer("q1", "th", 0.5, "abc")), run(answer("q1", "th", 0.5, "abd"))
    (one,) = diff(before, after)["moved"]
    assert one["by"] == 0


def test_a_query_whose_text_changed_is_another_query() -> None:
    changed = run(answer("q1", "th", 0.9, "a", "ไฟดับ"), *BEFORE.answers[1:])
    got = diff(BEFORE, changed)
    assert (got["queries"], got["only"], got["moved"]) == (2, [1, 1], [])


def test_runs_of_two_sets_are_refused() -> None:
    with pytest.raises(BadRuns, match="in common"):
        diff(BEFORE, run(answer("x1", "th", 0.5, "a")))


# --- in a terminal ---


def test_both_lists_stand_side_by_side_with_what_came_and_went() -> None:
    lines = diff_table(diff(BEFORE, AFTER), 80).splitlines()
    assert lines[0] == "A ours, B ours: 3 queries"
    start = lines.index("q2 th ndcg@10 0.200 -> 0.800 (+0.600)  น้ำท่วม")
    rows = [[cell.split() for cell in line.split(" | ")] for line in lines[start + 1 : start + 4]]
    assert [left[0] + left[-1] for left, _ in rows] == ["1b", "2*c", "3a"]
    assert [right[0] + right[-1] for _, right in rows] == ["1a", "2b", "3*d"]
    assert rows[2][0][:3] == ["3", "3", "a"]  # place, grade, id


def test_columns_are_counted_as_a_terminal_shows_them() -> None:
    thai = [Found("a", "น้ำท่วมที่อยู่อาศัย" * 9, 1)]
    before, after = (run(Answer("q", "th", "x", {"ndcg@10": n}, thai)) for n in (0.0, 1.0))
    line = diff_table(diff(before, after), 83).splitlines()[-1]
    left, right = line.split(" | ")
    above_and_below = sum(left.count(sign) for sign in "้่ัิีึืุูํ")
    assert len(left) - above_and_below == 40
    assert right.startswith(" 1  1 a น้ำ")


def test_lists_of_two_lengths_leave_room() -> None:
    before, after = run(answer("q", "th", 0.1, "")), run(answer("q", "th", 0.9, "ab"))
    lines = diff_table(diff(before, after), 83).splitlines()[-2:]
    assert [line.index("|") for line in lines] == [41, 41]


def test_only_the_first_are_shown_and_the_rest_counted() -> None:
    before = run(*(answer(f"q{n}", "th", 0.0, "a") for n in range(25)))
    after = run(*(answer(f"q{n}", "th", n / 25, "b") for n in range(25)))
    shown = diff_table(diff(before, after), 80)
    assert "25 queries moved, the first 20 of them" in shown
    assert "q24 th" in shown
    assert "q4 th" not in shown


# --- the file ---


def test_what_is_written_is_read_again() -> None:
    other = run(answer("q1", "th", 0.3, "c"), system="bm25")
    ours = Run("ours", list(BEFORE.answers), {"answerable": 0.05, "unanswerable": None})
    told = written([ours, other]).encode()
    assert read("runs.json", told) == ours
    assert read("runs.json", told, "bm25").answers[0].measures["ndcg@10"] == 0.3


@pytest.mark.parametrize(
    "told",
    [b"", b"\xff", b"[]", b'{"runs": []}', b'{"runs": [{"system": "ours"}]}', b'{"runs": [{"answers": [1]}]}'],
)
def test_another_file_is_refused_by_name(told: bytes) -> None:
    with pytest.raises(BadRuns, match=r"other\.json"):
        read("other.json", told)


def test_an_unknown_system_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadRuns, match="It has: ours"):
        read(
            "runs.json",
            json.dumps({"runs": [{"system": "ours", "answers": [], "nothing_close": {}}]}).encode(),
            "steam",
        )
