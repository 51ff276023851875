"""NUL, which PostgreSQL's text cannot hold, is refused before anything is written; what came in once is still read."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from catalogue.api.parts import Parts
from catalogue.curation import Status
from catalogue.errors import InvalidParameter
from catalogue.store import CREATED, STATUS_CHANGED, UPDATED, Change, Fact, Store
from tests.curating import BODY, OWNER, Desk
from tests.curating import desk as opened
from tests.databases import Database

PAIN = "PP-2569-00001"
NUL = "a\0b"


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def pain(title: str, kind: str = CREATED, **details: Any) -> Change:
    told = {"id": PAIN, "kind": "pain_point", "language": "th", "title": {"th": title}}
    return Change(kind, PAIN, told, Status.SUBMITTED, "h", details=details)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (pain(NUL), None),
        (pain("a\\\0b"), None),
        (pain("a", **{NUL: 1}), None),
        (pain("a", comments=[{"text": NUL}]), None),
        (Fact("mapping.remembered", {"mapping": {NUL: "title"}}), None),
        (pain("a"), NUL),
    ],
)
def test_the_store_refuses_it_wherever_it_stands(store: Store, change: Change | Fact, reason: str | None) -> None:
    with pytest.raises(InvalidParameter) as refused:
        store.apply([pain("x"), change] if isinstance(change, Fact) else [change], "a", reason)
    assert "NUL" in refused.value.th
    assert store.revision() == 0


def test_what_only_looks_like_it_is_kept(store: Store) -> None:
    store.apply([pain("\\u0000 \\\\u0000")], "a")
    assert store.titles(None) == [(PAIN, "pain_point", "\\u0000 \\\\u0000")]


def test_what_came_in_before_is_read_and_can_be_decided_on(database: Database) -> None:
    with closing(Store.open(database.url)) as store:
        store.apply([pain("วันก่อน", comments=[{"text": "วันก่อน"}])], "a")
        with closing(database.raw()) as raw:
            database.unguard(raw)
            for table, column in (("entry", "body"), ("event", "payload")):
                raw.execute(f"UPDATE {table} SET {column} = replace({column}, 'วันก่อน', 'a\\u0000b')")
        ((_, _, title),) = store.titles(None)
        assert title in ("a", "ab")  # SQLite ends it there
        (outline,) = store.outlines([Status.SUBMITTED])
        assert outline.details["comments"][0]["text"].replace("\0", "") == "ab"
        store.apply([Change(STATUS_CHANGED, PAIN, status=Status.REJECTED)], "a")
        store.apply([pain("a", UPDATED)], "a")
        assert store.titles(None) == [(PAIN, "pain_point", "a")]


def test_whoever_sends_it_is_told_where_it_stands_and_nobody_else_notices(desk: Desk) -> None:
    host, entry_id = desk.clients["host"], desk.create(submit=False)
    for wrong, pointer in [
        ({"source": {"url": "https://a.example/\0x", "license": "CC"}}, "#/body/source/url"),
        ({"title": {"th": NUL}}, "#/body/title/th"),
        ({"external_id": NUL}, "#/body/external_id"),
    ]:
        answer = host.post("/api/v1/entries", json={"body": BODY | wrong, "submit": True})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    answer = desk.decide("host", entry_id, "submit", comments=[{"field": "title", "text": NUL}])
    assert (answer.status_code, answer.json()["errors"][0]["detail_th"]) == (422, "มีอักขระที่ไม่ใช่ข้อความ")
    asked = host.put(f"/api/v1/imports/mapping?organisation={OWNER}", json={"mapping": {NUL: "title"}})
    assert (asked.status_code, "NUL" in asked.json()["detail"]) == (422, True)
    desk.done("host", entry_id, "submit")
    assert desk.clients["curator"].get("/api/v1/queue").json()["total"] == 1
    assert desk.clients["stranger"].post("/api/v1/entries", json={"body": BODY, "submit": True}).status_code == 201


def test_comments_are_kept_where_edits_are_asked_for_and_nowhere_else(desk: Desk) -> None:
    entry_id, comments = desk.create(submit=False), [{"field": "title", "text": "สั้นลง"}]
    desk.done("host", entry_id, "submit", comments=comments)
    desk.done("curator", entry_id, "claim")
    desk.done("curator", entry_id, "request_edits", comments=comments)
    steps = desk.clients["host"].get(f"/api/v1/entries/{entry_id}/history").json()["steps"]
    assert [len(step["comments"]) for step in steps] == [0, 0, 0, 1]
