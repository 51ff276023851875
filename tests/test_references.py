"""What an entry may refer to when people write it: what they see, what was merged into it, what it held before."""

from collections.abc import Iterator

import pytest

from catalogue.api.parts import Parts
from catalogue.store import Store
from tests.curating import BODY, Desk
from tests.curating import desk as opened


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


PROPOSAL = {"title": {"th": "ถังเก็บน้ำ"}, "summary": {"th": "ถังเก็บน้ำของหมู่บ้าน"}, "theme": BODY["theme"]}


def test_a_reference_to_what_was_merged_stays_and_may_be_given(desk: Desk) -> None:
    kept, gone, hidden = desk.create(), desk.create(title={"th": "น้ำไม่ไหล"}), desk.create(title={"th": "รอตรวจ"})
    for entry_id in (kept, gone):
        desk.done("curator", entry_id, "claim", "publish")
    host, about_gone = desk.clients["stranger"], [{"pain_point": gone, "role": "addresses"}]
    asked = {"kind": "proposal", "body": PROPOSAL | {"pain_points": about_gone}}
    made = host.post("/api/v1/entries", json=asked).json()["id"]
    assert (
        desk.clients["curator"].post("/api/v1/merges", json={"canonical": kept, "members": [gone]}).status_code == 200
    )
    assert desk.done("stranger", made, "edit", body=PROPOSAL | {"pain_points": about_gone}) == "draft"
    assert host.post("/api/v1/entries", json=asked).status_code == 201
    # What the content holds already is not judged; what comes along with it is.
    desk.done("host", kept, "withdraw", reason="ผิด")
    assert desk.done("stranger", made, "edit", body=PROPOSAL | {"pain_points": about_gone}) == "draft"
    both = PROPOSAL | {"pain_points": [*about_gone, {"pain_point": hidden, "role": "addresses"}]}
    refused = desk.decide("stranger", made, "edit", body=both)
    assert (refused.status_code, refused.json()["unknown"]) == (422, [hidden])
    assert host.post("/api/v1/entries", json=asked).json()["unknown"] == [gone]


def test_a_reviewer_edits_an_entry_that_refers_to_a_draft_of_its_host(desk: Desk) -> None:
    event = {"kind": "hackathon", "body": {"title": {"th": "งาน"}}}
    draft = desk.clients["host"].post("/api/v1/entries", json=event).json()["id"]
    entry_id = desk.create(hackathon=draft)
    desk.done("curator", entry_id, "claim")
    body = BODY | {"title": {"th": "แก้คำผิดแล้ว"}}
    assert desk.done("curator", entry_id, "edit", body=body | {"hackathon": draft}) == "in_review"
    assert desk.done("curator", entry_id, "edit", body=body) == "in_review"
    assert desk.decide("curator", entry_id, "edit", body=body | {"hackathon": draft}).json()["unknown"] == [draft]
