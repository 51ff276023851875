"""The lists of work of curators over HTTP, on both databases: what waits, and what waits no more."""

import datetime
from collections.abc import Iterator

import pytest

from catalogue.api.parts import Parts
from catalogue.decisions import OVERDUE_AFTER
from catalogue.store import Store
from tests.curating import OWNER, Desk
from tests.curating import desk as opened


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def test_the_queue_is_in_order_and_says_what_is_overdue(desk: Desk) -> None:
    first = desk.create()
    desk.now += datetime.timedelta(hours=1)
    second, third = desk.create(theme="health", provinces=["TH-50"]), desk.create()
    desk.done("second", first, "claim")
    queue = desk.clients["curator"].get("/api/v1/queue").json()
    assert [item["id"] for item in queue["items"]] == [first, second, third]
    assert (queue["next"], queue["overdue"]) == (second, 0)
    assert queue["items"][0]["claim"]["name"] == "second"
    ask = {"theme": "health", "province": "TH-50", "organisation": OWNER, "claimed": "free"}
    assert [i["id"] for i in desk.clients["curator"].get("/api/v1/queue", params=ask).json()["items"]] == [second]
    assert desk.clients["curator"].get("/api/v1/queue", params={"after": second}).json()["next"] == third
    assert desk.clients["curator"].get("/api/v1/queue", params={"after": third}).json()["next"] == second
    # Where one stands counts, also where the filter leaves it out.
    free = {"after": first, "claimed": "free", "theme": "water-flood-drought"}
    assert desk.clients["curator"].get("/api/v1/queue", params=free).json()["next"] == third
    mine = desk.clients["second"].get("/api/v1/queue", params={"claimed": "mine"}).json()
    assert [item["id"] for item in mine["items"]] == [first]
    assert {c["value"]: c["count"] for c in queue["themes"]} == {"water-flood-drought": 2, "health": 1}
    desk.now += datetime.timedelta(hours=2)
    assert queue["overdue_after_days"] == OVERDUE_AFTER.days
    assert desk.clients["host"].get("/api/v1/queue").status_code == 403
    assert desk.clients["visitor"].get("/api/v1/queue").status_code == 401


def test_what_waits_no_more_is_found_again_by_its_curators(desk: Desk) -> None:
    asked, refused, gone, draft = desk.create(), desk.create(), desk.create(), desk.create(submit=False)
    elsewhere = desk.create(theme="tourism")
    desk.done("curator", asked, "claim")
    desk.done("curator", asked, "request_edits", comments=[{"field": "title", "text": "สั้นลง"}])
    desk.done("curator", refused, "claim")
    desk.done("curator", refused, "reject", code="no-source")
    for entry_id in (gone, elsewhere):
        desk.done("curator", entry_id, "claim", "publish")
        desk.done("curator", entry_id, "withdraw", reason="ผิดรายการ")
    desk.done("host", draft, "withdraw")

    def listed(who: str, status: str, **ask: str) -> list[str]:
        answer = desk.clients[who].get("/api/v1/queue", params={"status": status, **ask}).json()
        assert (answer["next"], answer["overdue"], answer["total"]) == (None, 0, len(answer["items"]))
        return [item["id"] for item in answer["items"]]

    assert listed("curator", "edits_requested") == [asked]
    assert listed("second", "rejected") == [refused]
    assert listed("second", "withdrawn") == [elsewhere, gone]
    assert listed("second", "withdrawn", theme="tourism") == [elsewhere]
    assert listed("elsewhere", "withdrawn") == [elsewhere]
    assert desk.clients["curator"].get("/api/v1/queue", params={"status": "draft"}).status_code == 422
    assert desk.clients["curator"].get("/api/v1/queue").json()["total"] == 0


def test_a_curator_takes_back_what_a_host_never_answered(desk: Desk) -> None:
    entry_id = desk.create()
    desk.done("curator", entry_id, "claim")
    desk.done("curator", entry_id, "request_edits", comments=[{"field": "title", "text": "สั้นลง"}])
    assert desk.done("second", entry_id, "claim", "publish") == "published"
