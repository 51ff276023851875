"""What may be being typed: titles, themes and provinces, in both languages, and nothing that is not published."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalogue.api.parts import Parts
from catalogue.api.summaries import Cards
from catalogue.api.titles import KnownTitles
from catalogue.app import build_api
from catalogue.curation import Status
from catalogue.search.completions import Titles, begins_in, key
from catalogue.store import Store
from tests.small_catalogue import PROBLEMS, create, edit, going_back, move, pain_id


def items(client: TestClient, typed: str, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/completions", params={"q": typed, **params})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


# --- matching


@pytest.mark.parametrize(
    ("typed", "name", "begins"),
    [
        ("น้ำ", "น้ำท่วมถนน", True),
        ("ถนน", "น้ำท่วมถนน", True),
        ("นํ้าท", "น้ำท่วมถนน", True),  # the same signs otherwise written
        ("ข้า", "ชาวบ้านเข้าป่า", False),  # inside a syllable
        ("pai", "Floods in Pai", True),
        ("ai", "Floods in Pai", False),
        ("floods in p", "Floods in Pai", True),
        ("2.5", "PM 2.5 haze", True),
        ("covid 19", "After (COVID-19)", True),
    ],
)
def test_a_word_begins_as_typed(typed: str, name: str, begins: bool) -> None:
    assert begins_in(key(typed), key(name)) is begins


def test_titles_that_begin_as_typed_come_first_and_each_entry_once() -> None:
    titles = Titles(
        [(i, key(t)) for i, t in [("a", "Water taps"), ("a", "น้ำประปา"), ("b", "Tap water"), ("c", "Taps")]]
    )
    assert titles.find("tap", 5) == [("b", "en"), ("c", "en"), ("a", "en")]
    assert titles.find("tap", 1) == [("b", "en")]
    assert titles.find("น้ำ", 5) == [("a", "th")]
    assert titles.find("x", 5) == []


# --- the store's titles


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(f"sqlite:///{tmp_path / 'catalogue.db'}")
    made.apply([create(1), create(2), create(3, status=Status.DRAFT)], "test")
    yield made
    made.close()


def test_titles_follow_the_store_and_hold_nothing_unpublished(store: Store) -> None:
    known = KnownTitles(store, fresh_s=0)
    words = [key(PROBLEMS[1]), key(PROBLEMS[2]), "problem 3"]  # the third is English

    def found() -> list[list[str]]:
        return [[entry_id for entry_id, _ in known.now().find(word, 5)] for word in words]

    assert found() == [[pain_id(1)], [pain_id(2)], []]
    store.apply([move(1, Status.WITHDRAWN), move(3, Status.PUBLISHED)], "test")
    assert found() == [[], [pain_id(2)], [pain_id(3)]]
    store.apply([edit(2, "นานกว่าเดิม")], "test")
    assert [entry_id for entry_id, _ in known.now().find(key(f"{PROBLEMS[2]} 2 นานกว่า"), 5)] == [pain_id(2)]


@pytest.mark.parametrize("further", [0, 1])
def test_titles_of_another_history_are_read_anew(store: Store, tmp_path: Path, further: int) -> None:
    known = KnownTitles(store, fresh_s=0)
    instead = [move(1, Status.WITHDRAWN), *[edit(2, "อีกแล้ว")] * further]
    with going_back(store, tmp_path, instead):
        store.apply([edit(2, "นานกว่าเดิม")], "test")
        assert known.now().find(key(PROBLEMS[1]), 5)
        assert known.now().find(key(f"{PROBLEMS[2]} 2 นานกว่า"), 5)
    assert not known.now().find(key(PROBLEMS[1]), 5)
    assert not known.now().find(key(f"{PROBLEMS[2]} 2 นานกว่า"), 5)


def test_the_newest_are_kept_where_there_are_too_many(store: Store) -> None:
    titles = KnownTitles(store, most=1).now()
    assert titles.find(key(PROBLEMS[1]), 5) == []
    assert [entry_id for entry_id, _ in titles.find(key(PROBLEMS[2]), 5)] == [pain_id(2)]


def test_what_was_withdrawn_a_moment_ago_is_not_offered(store: Store, parts: Parts) -> None:
    app = build_api()
    app.state.parts = replace(parts, store=store, cards=Cards(store))
    with TestClient(app) as client:
        typed = PROBLEMS[1][:6]
        assert pain_id(1) in [one["id"] for one in items(client, typed)]
        store.apply([move(1, Status.WITHDRAWN)], "test")
        assert pain_id(1) not in [one["id"] for one in items(client, typed)]
        assert app.state.parts.titles.now().find(key(typed), 5)  # it is the store that says so


# --- the answer


def test_titles_are_offered_in_both_languages(client: TestClient) -> None:
    for typed, language in (("เกาะสมุยมีขยะ", "th"), ("Koh Samui has about 150,000", "en")):
        (first, *_) = items(client, typed)
        assert (first["kind"], first["id"], first["language"]) == ("pain_point", "PP-2569-00228", language)
        assert set(first["label"]) == {"th", "en"}


def test_provinces_come_by_other_names_too_and_themes_by_theirs(client: TestClient) -> None:
    for typed, name in (("เชียงให", None), ("Chiang Ma", None), ("เชียงดาว", "เชียงดาว")):
        first = items(client, typed)[0]
        assert (first["kind"], first["id"], first["name"]) == ("province", "TH-50", name)
    theme = items(client, "water, fl")[0]
    assert (theme["kind"], theme["id"]) == ("theme", "water-flood-drought")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("แม่", ["TH-58"]),  # แม่ฮ่องสอน before แม่สอด and แม่กลอง
        ("เชียง", ["TH-50", "TH-57"]),  # not เลย for เชียงคาน
        ("ภู", ["TH-83"]),
        ("กร", ["TH-10", "TH-81"]),
        ("Phi", ["TH-65", "TH-66"]),
    ],
)
def test_a_province_that_is_being_typed_comes_before_places_in_others(
    client: TestClient, typed: str, offered: list[str]
) -> None:
    found = [one["id"] for one in items(client, typed) if one["kind"] == "province"]
    assert found[: len(offered)] == offered


def test_there_are_as_many_as_asked_for(client: TestClient) -> None:
    assert len(items(client, "น้ำ", limit=3)) == 3
    assert len(items(client, "a")) == 8
    assert items(client, " ") == []
    assert items(client, "qqqq") == []
    assert client.get("/api/v1/completions", params={"q": "x", "limit": 21}).status_code == 422
