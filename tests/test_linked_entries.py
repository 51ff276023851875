"""What an entry is linked to, on its page over HTTP: all of it before it is published, and for nobody else."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalogue.api.parts import Parts
from catalogue.store import Store
from tests.curating import BODY, Desk
from tests.curating import desk as opened

REASON = {"th": "ถังน้ำร่วมของหมู่บ้าน", "en": "One tank for the village"}


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def written(desk: Desk, kind: str, **fields: Any) -> str:
    """An entry of the host; its id."""
    body = {name: BODY[name] for name in ("title", "theme")} | {"summary": BODY["statement"]} | fields
    answer = desk.clients["host"].post("/api/v1/entries", json={"kind": kind, "body": body, "submit": True})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def event_of(desk: Desk) -> str:
    return written(desk, "hackathon", start_date="2026-11-24")


def proposed(desk: Desk, event: str, *pain_points: str) -> str:
    links = [{"pain_point": one, "role": "partly", "reason": REASON} for one in pain_points]
    return written(desk, "proposal", hackathon=event, pain_points=links)


def page(desk: Desk, who: str, entry_id: str) -> dict[str, Any]:
    answer = desk.clients[who].get(f"/api/v1/entries/{entry_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(desk: Desk, who: str, entry_id: str) -> tuple[dict[str, Any], str | None]:
    """What the page says of links: for each id whether there is more of it, role and reason; and the event."""
    shown = page(desk, who, entry_id)
    links = {one["id"]: (bool(one["entry"]), one["role"], one["reason"]["th"]) for one in shown["pain_points"]}
    return links, shown["hackathon"] and shown["hackathon"]["id"]


def test_who_reviews_a_proposal_sees_its_links_with_their_reasons_and_its_event(desk: Desk) -> None:
    public, waiting, draft = desk.create(), desk.create(), desk.create(submit=False)
    desk.done("curator", public, "claim", "publish")
    event = event_of(desk)
    proposal = proposed(desk, event, public, waiting, draft)
    whole = dict.fromkeys((public, waiting, draft), (True, "partly", REASON["th"]))
    assert told(desk, "host", proposal) == (whole, event)
    # Of a draft that is its host's alone there is the id, and what this proposal says of it.
    seen = whole | {draft: (False, "partly", REASON["th"])}
    for action in ("claim", "request_edits"):
        assert told(desk, "curator", proposal) == (seen, event)
        more = {"comments": [{"field": "title", "text": "สั้นลง"}]} if action == "request_edits" else {}
        desk.done("curator", proposal, action, **more)
    assert told(desk, "curator", proposal) == (seen, event)


def test_what_a_curator_of_another_theme_reviews_is_not_told_with_the_proposal(desk: Desk) -> None:
    waiting, event = desk.create(), event_of(desk)
    links = [{"pain_point": waiting, "role": "partly", "reason": REASON}]
    proposal = written(desk, "proposal", hackathon=event, pain_points=links, theme="tourism")
    assert told(desk, "elsewhere", proposal) == ({waiting: (False, "partly", REASON["th"])}, None)


def test_visitors_see_links_and_events_once_both_ends_are_published(desk: Desk) -> None:
    pain_point, event = desk.create(), event_of(desk)
    proposal = proposed(desk, event, pain_point)
    visitor = desk.clients["visitor"]
    for entry_id in (pain_point, proposal, event):
        assert visitor.get(f"/api/v1/entries/{entry_id}").status_code == 404
    desk.done("curator", pain_point, "claim", "publish")
    for who in ("visitor", "stranger", "curator"):  # of what is published everybody sees the same
        assert page(desk, who, pain_point)["proposals"] == []
    desk.done("curator", proposal, "claim", "publish")
    shown = page(desk, "visitor", pain_point)
    assert [(one["id"], one["reason"]["th"]) for one in shown["proposals"]] == [(proposal, REASON["th"])]
    assert told(desk, "visitor", proposal) == ({pain_point: (True, "partly", REASON["th"])}, None)
    desk.done("curator", event, "claim", "publish")
    assert told(desk, "visitor", proposal)[1] == event
    had = visitor.get(f"/api/v1/entries/{proposal}").headers["ETag"]
    assert visitor.get(f"/api/v1/entries/{proposal}", headers={"If-None-Match": had}).status_code == 304
    desk.done("host", pain_point, "withdraw", reason="ผิด")
    assert told(desk, "visitor", proposal) == ({}, event)
    # Its own revision is what it was, its page is not.
    assert visitor.get(f"/api/v1/entries/{proposal}", headers={"If-None-Match": had}).status_code == 200


def test_a_problem_under_review_names_no_proposal_that_is_not_published(desk: Desk) -> None:
    waiting = desk.create()
    proposed(desk, event_of(desk), waiting)
    assert page(desk, "curator", waiting)["proposals"] == []


def test_links_of_a_draft_without_a_title_and_to_one_are_told(desk: Desk) -> None:
    untitled = desk.clients["host"].post("/api/v1/entries", json={"body": {}}).json()["id"]
    links = [{"pain_point": untitled, "role": "addresses", "reason": REASON}]
    made = desk.clients["host"].post("/api/v1/entries", json={"kind": "proposal", "body": {"pain_points": links}})
    assert told(desk, "host", made.json()["id"]) == ({untitled: (False, "addresses", REASON["th"])}, None)


def test_visitors_read_nothing_of_what_is_not_published_in_what_is(desk: Desk) -> None:
    public, secret, event = desk.create(), desk.create(), event_of(desk)
    proposal = proposed(desk, event, public, secret)
    member = desk.create(hackathon=event)
    for entry_id in (public, proposal, member):
        desk.done("curator", entry_id, "claim", "publish")
    body = {"title": BODY["title"], "theme": BODY["theme"], "summary": BODY["statement"], "hackathon": event}
    claims = [{"pain_point": one, "role": "addresses", "reason": REASON} for one in (public, secret)]
    edited = {"reason": "x", "body": body | {"pain_points": claims}}
    assert desk.decide("curator", proposal, "edit", **edited).status_code == 200
    read = {one: found.revision for one in (public, member) if (found := desk.store.get(one))}
    merged = {"canonical": public, "members": [member], "read": read, "preview": False, "reason": "x"}
    assert desk.clients["curator"].post("/api/v1/merges", json=merged).status_code == 200
    answers = {
        who: [
            desk.clients[who].get(f"/api/v1/entries/{path}").text
            for path in (proposal, f"{proposal}/history", public, f"{public}/history")
        ]
        for who in ("visitor", "stranger", "elsewhere", "host", "curator")
    }
    for who in ("visitor", "stranger", "elsewhere"):
        for text in answers[who]:
            assert secret not in text
            assert event not in text
        told_of = page(desk, who, proposal)
        assert [claim["pain_point"] for claim in told_of["entry"]["pain_points"]] == [public]
        assert "hackathon" not in told_of["provenance"]
        assert page(desk, who, public)["merged"][0]["hackathon"] is None
        changed = desk.clients[who].get(f"/api/v1/entries/{proposal}/history").json()["steps"][-1]["changes"]
        assert [(one["field"], one["before"][0]["role"], one["after"][0]["role"]) for one in changed] == [
            ("pain_points", "partly", "addresses")
        ]
    for who in ("host", "curator"):
        assert secret in answers[who][0]
        assert secret in answers[who][1]
        assert event in answers[who][0]
        assert page(desk, who, public)["merged"][0]["hackathon"] == event
    for entry_id in (secret, event):
        desk.done("curator", entry_id, "claim", "publish")
    shown = page(desk, "visitor", proposal)["entry"]
    assert ([claim["pain_point"] for claim in shown["pain_points"]], shown["hackathon"]) == ([public, secret], event)


def merged_with_a_claim(desk: Desk) -> tuple[str, str, str]:
    """The canonical problem, the one that became part of it, and a published proposal that claims the latter."""
    first, second = desk.create(), desk.create()
    proposal = proposed(desk, event_of(desk), second)
    for entry_id in (first, second, proposal):
        desk.done("curator", entry_id, "claim", "publish")
    read = {one: found.revision for one in (first, second) if (found := desk.store.get(one))}
    merged = {"canonical": first, "members": [second], "read": read, "preview": False, "reason": "x"}
    assert desk.clients["curator"].post("/api/v1/merges", json=merged).status_code == 200
    return first, second, proposal


def test_a_claim_on_an_entry_that_was_merged_is_told_for_it_leads_on(desk: Desk) -> None:
    _, second, proposal = merged_with_a_claim(desk)
    claims = page(desk, "visitor", proposal)["entry"]["pain_points"]
    assert [(claim["pain_point"], claim["reason"]["th"]) for claim in claims] == [(second, REASON["th"])]
