"""Entries that are part of another one, over HTTP, on both databases: what becomes of that one is not lost on them."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalogue.api.parts import Parts
from catalogue.people import Grant, Role
from catalogue.store import Store
from catalogue.store.notices import Notice, Notices
from tests import people
from tests.curating import BODY, OTHER_OWNER, OWNER, Desk
from tests.curating import desk as opened
from tests.merging_catalogue import HACKATHON, created, hackathon
from tests.stories.test_co_host_accepts import EVENT, HOSTS


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


@pytest.fixture
def co_host(desk: Desk) -> Iterator[None]:
    """Who answers for the organisation that the host of an event names beside itself."""
    account = people.add(desk.store, "their-admin", Grant(Role.HOST_ADMIN, OTHER_OWNER))
    app = desk.clients["host"].app
    with people.client(app, desk.store, account.id) as desk.clients["co-host"]:  # type: ignore[arg-type]
        yield


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


def event(desk: Desk) -> str:
    """What the host held with the co-host and one that no register has, published."""
    made = desk.clients["host"].post("/api/v1/entries", json={"kind": "hackathon", "body": EVENT, "submit": True})
    entry_id: str = made.json()["id"]
    desk.done("curator", entry_id, "claim", "publish")
    return entry_id


def test_an_organisation_that_an_event_names_as_host_is_told_and_asked(desk: Desk, co_host: None) -> None:
    entry_id = event(desk)
    (told,) = Notices(desk.store.database).of("U-their-admin")
    assert (told.template, told.payload["id"]) == ("named_as_host", entry_id)
    assert answered(desk, entry_id, True) == 200
    desk.done("admin", entry_id, "withdraw", reason="เลื่อน")
    desk.done("host", entry_id, "restore", "submit")
    desk.done("curator", entry_id, "claim", "publish")
    assert [told.id for told in Notices(desk.store.database).of("U-their-admin")] == [told.id]


def answered(desk: Desk, entry_id: str, accept: bool) -> int:
    url = f"/api/v1/entries/{entry_id}/hosts/{OTHER_OWNER}/confirmation"
    return desk.clients["co-host"].post(url, json={"accept": accept}).status_code


def hosts(desk: Desk, entry_id: str) -> list[tuple[str | None, str, bool]]:
    """How the hosts of an event stand, as the co-host reads it."""
    page = desk.clients["co-host"].get(f"/api/v1/entries/{entry_id}").json()
    return [(host["organisation"], host["state"], host["may_answer"]) for host in page["hosts"]]


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
    canonical, member = published(desk, "host"), published(desk, "host")
    merged(desk, canonical, member)
    assert desk.done("host", canonical, "withdraw", reason="จะแก้ไข") == "withdrawn"
    assert "withdrawn_with" not in {notice.template for notice in Notices(desk.store.database).of("U-host")}
    desk.done("host", canonical, "restore")
    assert desk.decide("host", canonical, "submit").json()["duplicates"] == [], "what is part of it is no other entry"


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


def test_hosts_are_told_that_a_curator_withdrew_their_entry_and_that_it_is_back(desk: Desk) -> None:
    canonical, member = published(desk, "host"), published(desk, "stranger", title={"th": "น้ำไม่ไหล"})
    merged(desk, canonical, member)

    def told(account: str) -> set[tuple[str, str, str]]:
        found = Notices(desk.store.database).of(account)
        wanted = ("withdrawn", "withdrawn_with", "restored")
        return {(n.template, n.payload["id"], worded(n)) for n in found if n.template in wanted}

    def worded(notice: Notice) -> str:
        said = notice.payload["reason"]
        return said if isinstance(said, str) else said["th"]

    assert desk.done("curator", canonical, "withdraw", reason="ข้อมูลผิด") == "withdrawn"
    withdrawn = {("withdrawn", canonical, "ข้อมูลผิด")}
    assert told("U-host") == withdrawn
    assert desk.done("curator", canonical, "restore", reason="ตรวจแล้ว") == "published"
    assert told("U-host") == withdrawn | {("restored", canonical, "ตรวจแล้ว")}
    assert told("U-stranger") == {("withdrawn_with", member, "ข้อมูลผิด"), ("restored", member, "ตรวจแล้ว")}
    own = published(desk, "host", title={"th": "ถนนพัง"})
    assert desk.done("host", own, "withdraw", reason="จะแก้ไข") == "withdrawn"
    assert len(told("U-host")) == 2, "nobody is told what they did themselves"
    assert desk.done("admin", own, "restore", reason="ยังจำเป็น") == "published"
    assert desk.done("admin", own, "withdraw", reason="ข้อมูลผิด") == "withdrawn"
    assert told("U-host") >= {("restored", own, "ยังจำเป็น"), ("withdrawn", own, "ข้อมูลผิด")}
    rejected = desk.create("host", title={"th": "ไฟดับ"})
    desk.done("curator", rejected, "claim")
    desk.done("curator", rejected, "reject", code="duplicate")
    assert desk.done("curator", rejected, "restore", reason="ผิดพลาด") == "submitted"
    assert not {one for one in told("U-host") if one[1] == rejected}, "it is not back where it was, but waits anew"


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


NAMED = [(OWNER, "confirmed", False), (OTHER_OWNER, "unconfirmed", True), (None, "unconfirmed", False)]
AGREED = [NAMED[0], (OTHER_OWNER, "confirmed", True), NAMED[2]]


def test_a_merge_answers_for_no_host_that_it_takes_over(desk: Desk, co_host: None) -> None:
    desk.store.apply([created(hackathon(HACKATHON))], "import")  # from public documents
    held = event(desk)
    assert hosts(desk, held) == NAMED
    batch = merged(desk, HACKATHON, held)
    assert hosts(desk, HACKATHON) == NAMED
    assert answered(desk, HACKATHON, accept=True) == 200
    assert hosts(desk, HACKATHON) == AGREED
    undone(desk, batch).raise_for_status()
    assert (hosts(desk, HACKATHON), hosts(desk, held)) == ([], NAMED)
    assert answered(desk, HACKATHON, accept=True) == 422


def test_what_a_merge_took_over_and_an_edit_kept_still_waits_for_its_answer(desk: Desk, co_host: None) -> None:
    desk.store.apply([created(hackathon(HACKATHON, hosts=[HOSTS[0]]))], "import")
    held = event(desk)
    batch = merged(desk, HACKATHON, held, choices={"hosts": held})
    desk.done("curator", HACKATHON, "edit", body=EVENT | {"hosts": [*HOSTS[::-1], HOSTS[1]]}, reason="เรียงใหม่")
    assert hosts(desk, HACKATHON) == [*NAMED[::-1], NAMED[1]]
    assert undone(desk, batch).json()["kept_fields"] == ["hosts"]
    assert hosts(desk, HACKATHON) == [*NAMED[::-1], NAMED[1]]


def test_what_a_host_answered_on_a_member_counts_on_what_it_became_part_of(desk: Desk, co_host: None) -> None:
    canonical, held, further = event(desk), event(desk), event(desk)
    assert answered(desk, held, accept=True) == 200
    first, second = merged(desk, held, further), merged(desk, canonical, held)
    assert hosts(desk, canonical) == AGREED
    assert answered(desk, canonical, accept=False) == 200
    assert hosts(desk, canonical)[1] == (OTHER_OWNER, "declined", True)
    undone(desk, second).raise_for_status()
    undone(desk, first).raise_for_status()
    assert [hosts(desk, one)[1][1] for one in (canonical, held, further)] == ["declined", "confirmed", "unconfirmed"]


def test_progress_outlives_a_merge_and_who_sent_what_is_part_of_a_problem_is_told_of_its(desk: Desk) -> None:
    canonical, member = published(desk, "host"), published(desk, "stranger", title={"th": "น้ำไม่ไหล"})
    desk.done("curator", member, "follow_up", status="solved", reason="ซ่อมท่อแล้ว")

    def recorded() -> tuple[str, list[str], list[str]]:
        page = desk.clients["visitor"].get(f"/api/v1/entries/{member}").json()
        steps = desk.clients["visitor"].get(f"/api/v1/entries/{member}/history").json()["steps"]
        return page["status"], [one["reason"] for one in page["progress"]], [one["status"] for one in steps]

    before = recorded()
    batch = merged(desk, canonical, member)
    desk.done("curator", canonical, "follow_up", status="in_progress", reason="วางท่อใหม่")
    told = [n.payload for n in Notices(desk.store.database).of("U-stranger") if n.template == "progress"]
    assert {(one["id"], one["reason"]["th"]) for one in told} == {(member, "วางท่อใหม่"), (member, "ซ่อมท่อแล้ว")}
    undone(desk, batch).raise_for_status()
    assert before == ("solved", ["ซ่อมท่อแล้ว"], ["published", "solved"])
    assert recorded() == ("solved", ["ซ่อมท่อแล้ว"], ["published", "solved", "solved"])


def asked(desk: Desk) -> list[str]:
    """The events of whose hosts the co-host was told to be one."""
    found = Notices(desk.store.database).of("U-their-admin")
    return sorted(notice.payload["id"] for notice in found if notice.template == "named_as_host")


def test_a_host_that_a_public_event_names_later_is_told_once(desk: Desk, co_host: None) -> None:
    desk.store.apply([created(hackathon(HACKATHON))], "import")
    alone = EVENT | {"hosts": [HOSTS[0]]}
    made = desk.clients["host"].post("/api/v1/entries", json={"kind": "hackathon", "body": alone, "submit": True})
    entry_id = made.json()["id"]
    desk.done("curator", entry_id, "claim", "publish")
    assert asked(desk) == []
    desk.done("curator", entry_id, "edit", body=EVENT, reason="เพิ่มผู้จัด")
    assert asked(desk) == [entry_id]
    desk.done("curator", entry_id, "edit", body=EVENT | {"start_date": "2026-12-01"}, reason="วันใหม่")
    for action in ("withdraw", "restore"):
        desk.done("curator", entry_id, action, reason="ตรวจอีกครั้ง")
    assert asked(desk) == [entry_id]
    other = event(desk)
    merged(desk, HACKATHON, other)
    assert asked(desk) == [entry_id, other], "by the event that became part of it"
