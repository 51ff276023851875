"""Entries that are part of another one, over HTTP, on both databases: what becomes of that one is not lost on them."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalogue.api.parts import Parts
from catalogue.store import Store
from catalogue.store.notices import Notices
from tests.curating import BODY, Desk
from tests.curating import desk as opened


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def published(desk: Desk, who: str, **fields: Any) -> str:
    entry_id = desk.create(who, **fields)
    desk.done("curator", entry_id, "claim", "publish")
    return entry_id


def merged(desk: Desk, canonical: str, *members: str, **asked: Any) -> str:
    answer = desk.clients["curator"].post("/api/v1/merges", json={"canonical": canonical, "members": members, **asked})
    assert answer.status_code == 200, answer.text
    batch: str = answer.json()["batch"]
    return batch


def offered(desk: Desk, who: str, entry_id: str) -> Any:
    """The merge that this entry's history offers to take back."""
    return desk.clients[who].get(f"/api/v1/entries/{entry_id}/history").json()["open_merge"]


def undone(desk: Desk, batch: str) -> Any:
    return desk.clients["curator"].post(f"/api/v1/merges/{batch}/undo", json={})


def test_a_host_does_not_take_what_others_sent_out_of_sight(desk: Desk) -> None:
    canonical, member = published(desk, "host"), published(desk, "stranger", title={"th": "น้ำไม่ไหล"})
    batch = merged(desk, canonical, member)
    refused = desk.decide("host", canonical, "withdraw", reason="จะแก้ไข")
    assert (refused.status_code, refused.json()["type"]) == (409, "/docs#action-refused")
    assert (refused.json()["others"], refused.json()["allowed"]) == ([member], [])
    assert "Ask a curator" in refused.json()["detail"]
    assert "โปรดติดต่อผู้ตรวจ" in refused.json()["detail_th"]
    standing = desk.clients["host"].get(f"/api/v1/entries/{canonical}/decisions").json()
    assert (standing["allowed"], standing["others"]) == ([], [member])
    read = {"id": canonical, "revision": standing["revision"]}
    many = {"action": "withdraw", "entries": [read], "reason": "จะแก้ไข", "preview": False}
    (outcome,) = desk.clients["host"].post("/api/v1/decisions", json=many).json()["outcomes"]
    assert outcome["problem"]["others"] == [member]
    assert desk.clients["visitor"].get(f"/api/v1/entries/{member}").status_code == 308
    undone(desk, batch).raise_for_status()
    assert desk.done("host", canonical, "withdraw", reason="จะแก้ไข") == "withdrawn"
    assert desk.clients["visitor"].get(f"/api/v1/entries/{member}").status_code == 200


def test_a_host_withdraws_an_entry_with_what_else_it_sent(desk: Desk) -> None:
    canonical, member = published(desk, "host"), published(desk, "host", title={"th": "น้ำไม่ไหล"})
    merged(desk, canonical, member)
    assert desk.done("host", canonical, "withdraw", reason="จะแก้ไข") == "withdrawn"
    assert "withdrawn_with" not in {notice.template for notice in Notices(desk.store.database).of("U-host")}


def test_who_sent_what_goes_with_a_withdrawn_entry_is_told_and_a_curator_brings_it_back(desk: Desk) -> None:
    canonical, own = published(desk, "host"), published(desk, "host", title={"th": "ประปา"})
    member, further = (published(desk, "stranger", title={"th": words}) for words in ("น้ำไม่ไหล", "น้ำแล้ง"))
    merged(desk, member, further)
    batch = merged(desk, canonical, member, own)
    assert desk.done("curator", canonical, "withdraw", reason="ข้อมูลผิด") == "withdrawn"
    told = [n for n in Notices(desk.store.database).of("U-stranger") if n.template == "withdrawn_with"]
    assert {notice.payload["id"] for notice in told} == {member, further}
    assert {(notice.payload["into"], notice.payload["reason"]) for notice in told} == {(canonical, "ข้อมูลผิด")}
    assert desk.clients["visitor"].get(f"/api/v1/entries/{member}").status_code == 404
    for action, status in (("", "withdrawn"), ("restore", "draft"), ("withdraw", "discarded")):
        if action:
            assert desk.done("host", canonical, action) == status
        assert offered(desk, "curator", member) == batch
        assert [offered(desk, who, member) for who in ("second", "stranger")] == [batch, None]
        assert offered(desk, "admin", canonical) == batch
    assert undone(desk, batch).json()["restored"] == [member, own]
    assert desk.clients["visitor"].get(f"/api/v1/entries/{member}").status_code == 200
    assert desk.clients["visitor"].get(f"/api/v1/entries/{further}").status_code == 308
    assert desk.store.verify_audit().ok


def test_a_history_offers_to_take_back_what_all_its_entries_let_a_curator_undo(desk: Desk) -> None:
    canonical, member = published(desk, "host"), published(desk, "stranger", title={"th": "น้ำไม่ไหล"})
    toured = desk.create("stranger", title={"th": "น้ำไม่ไหลที่เกาะ"}, theme="tourism")
    first, second = merged(desk, canonical, member), merged(desk, canonical, toured)
    assert [offered(desk, "curator", one) for one in (canonical, member, toured)] == [second, first, second]
    assert offered(desk, "elsewhere", toured) is None  # the others are of a theme that they do not review
    refused = undone(desk, first)
    assert (refused.status_code, toured in refused.json()["detail_th"]) == (409, True)
    undone(desk, second).raise_for_status()
    assert [offered(desk, "curator", one) for one in (canonical, member, toured)] == [first, first, None]


def test_a_merge_into_what_its_host_writes_anew_is_undone_once_nobody_reviews_that(desk: Desk) -> None:
    canonical, member = published(desk, "host"), published(desk, "stranger", title={"th": "น้ำไม่ไหล"})
    batch = merged(desk, canonical, member, choices={"title": member})
    desk.done("curator", canonical, "withdraw", reason="ผิด")
    desk.done("host", canonical, "restore", "submit")
    desk.done("second", canonical, "claim")
    refused = undone(desk, batch)
    assert (refused.status_code, refused.json()["claimed"]["by"]) == (409, "second")
    desk.done("host", canonical, "withdraw", reason="ผิด")
    desk.done("host", canonical, "restore")
    desk.done("host", canonical, "edit", body={"title": {"th": "น้ำไม่ไหล"}, "theme": BODY["theme"]})
    assert undone(desk, batch).json()["restored"] == [member]
    assert desk.clients["visitor"].get(f"/api/v1/entries/{member}").status_code == 200
