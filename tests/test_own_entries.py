"""The list of a host's own entries over HTTP, on both databases."""

import datetime
from collections.abc import Iterator

import pytest

from catalogue.api.parts import Parts
from catalogue.api.person import COOKIE
from catalogue.sign_in import SignIn
from catalogue.store import Store
from tests.curating import BODY, OWNER, Desk
from tests.curating import desk as opened
from tests.uploading import upload


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def test_own_entries_come_page_by_page_the_last_changed_first_and_by_status(desk: Desk) -> None:
    host, drafts = desk.clients["host"], [desk.create(submit=False) for _ in range(3)]
    sent = desk.create()
    assert desk.done("host", drafts[0], "edit", body={"title": {"en": "Changed last"}}) == "draft"
    assert desk.done("host", drafts[2], "withdraw") == "discarded"

    def listed(**asked: object) -> list[str]:
        return [one["id"] for one in host.get("/api/v1/own-entries", params=asked).json()["items"]]

    assert listed() == [drafts[0], sent, drafts[1]]
    assert [listed(limit=2), listed(limit=2, offset=2), listed(offset=3)] == [[drafts[0], sent], [drafts[1]], []]
    assert (listed(kind="pain_point", limit=1), listed(kind="hackathon")) == ([drafts[0]], [])
    assert (listed(status="draft"), listed(status="discarded")) == ([drafts[0], drafts[1]], [drafts[2]])
    answer = host.get("/api/v1/own-entries", params={"status": "submitted", "limit": 1}).json()
    assert (answer["total"], [one["id"] for one in answer["items"]]) == (1, [sent])
    counts = {one["value"]: one["count"] for one in answer["statuses"] if one["count"]}
    assert counts == {"draft": 2, "submitted": 1, "discarded": 1}
    assert desk.clients["stranger"].get("/api/v1/own-entries", params={"status": "draft"}).json()["total"] == 0


@pytest.mark.parametrize(("hour", "year"), [(16, 2569), (17, 2570)])
def test_an_id_bears_the_year_that_it_is_in_thailand(desk: Desk, hour: int, year: int) -> None:
    """There it is midnight at 17:00 UTC."""
    host, desk.now = desk.clients["host"], datetime.datetime(2026, 12, 31, hour, 30, tzinfo=datetime.UTC)
    key, _ = SignIn.over(desk.store).new_key("U-host", "new year", ["read", "import"], 30, desk.now)
    host.cookies.delete(COOKIE)
    host.headers["Authorization"] = f"Bearer {key}"
    assert upload(host, "หัวข้อ,ปัญหา\nไฟดับ,ไฟดับทุกคืน\n".encode(), "a.csv", commit=True).json()["create"] == 1
    host.post("/api/v1/entries", json={"body": BODY})
    held = desk.store.entries(statuses=None, kind="pain_point")
    assert [stored.id for stored in held] == [f"PP-{year}-00001", f"PP-{year}-00002"]


@pytest.mark.parametrize("path", ["own-entries", "queue"])
def test_a_page_beyond_all_numbers_is_refused(desk: Desk, path: str) -> None:
    asked = desk.clients["curator"].get(f"/api/v1/{path}", params={"offset": "9" * 20})
    assert (asked.status_code, asked.json()["errors"][0]["parameter"]) == (422, "offset")


def test_a_discarded_draft_stays_with_its_host(desk: Desk) -> None:
    draft = desk.create(submit=False)
    assert desk.done("host", draft, "withdraw") == "discarded"
    assert desk.clients["host"].get("/api/v1/own-entries").json()["total"] == 0
    for who in ("visitor", "stranger", "curator", "elsewhere"):
        answers = [desk.clients[who].get(f"/api/v1/entries/{draft}{path}") for path in ("", "/history")]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert desk.decide("curator", draft, "restore", reason="x").status_code == 404
    assert desk.done("host", draft, "restore", "submit") == "submitted"


def test_who_works_on_an_entry_alone_is_told_which_organisation_sent_it(desk: Desk) -> None:
    entry_id = desk.create()
    desk.done("curator", entry_id, "claim", "publish")
    standing = f"/api/v1/entries/{entry_id}/decisions"
    told = {who: client.get(standing).json().get("owner") for who, client in desk.clients.items()}
    mine = dict.fromkeys(("host", "curator", "second", "admin"), OWNER)
    assert told == mine | dict.fromkeys(("visitor", "stranger", "elsewhere"))
