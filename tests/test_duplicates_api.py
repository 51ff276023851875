"""Candidates, pairs, judgements and merges over HTTP, with the real model, index and store; who may see which."""

import dataclasses
import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from catalogue.api import candidates
from catalogue.api.parts import Parts
from catalogue.app import build_app, open_parts
from catalogue.curation import Status
from catalogue.duplicates import Verdict
from catalogue.entries import body_of, parse
from catalogue.merges import judge
from catalogue.people import Grant, Role
from catalogue.search import likeness
from catalogue.settings import Settings
from catalogue.store import Store
from tests import people
from tests.merging_catalogue import created

DEPA, DGA = "OG-2569-003", "OG-2569-002"
NEW, DRAFT = "PP-2569-09001", "PP-2569-09002"
# The same drought as PP-2569-00001 of the sample, in English and in other words.
SAID_AGAIN = {
    "title": {"en": "Durian and mangosteen growers in Chanthaburi run out of water in the dry season"},
    "statement": {
        "en": "Reservoirs in Chanthaburi province are low, orchards get no water in the drought, and durian and "
        "mangosteen fruit that begin to ripen are damaged."
    },
}
THEME = "water-flood-drought"
KNOWN = "PP-2569-00001"
Signed = Callable[[str | None], TestClient]


def submission(entry_id: str, status: Status, owner: str) -> Any:
    body = {"id": entry_id, "kind": "pain_point", "language": "en", "theme": "tourism", **SAID_AGAIN}
    made = created(body_of(parse(body)), status)
    return type(made)(made.kind, made.entry_id, made.body, made.status, made.content_hash, owner=owner)


@pytest.fixture
def own(own_settings: Settings, parts: Parts) -> Iterator[Parts]:
    made = open_parts(own_settings, parts)
    with closing(made.store):
        made.store.apply([submission(NEW, Status.SUBMITTED, DEPA), submission(DRAFT, Status.DRAFT, DGA)], actor="host")
        people.add(made.store, "curator", Grant(Role.CURATOR))
        people.add(made.store, "water", Grant(Role.CURATOR, themes=frozenset({THEME})))
        people.add(made.store, "host", Grant(Role.HOST_EDITOR, DEPA))
        people.add(made.store, "other", Grant(Role.HOST_ADMIN, DGA))
        yield made


@pytest.fixture
def signed(own: Parts, own_settings: Settings) -> Iterator[Signed]:
    app = build_app(own_settings, own, with_ui=False)
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(people.client(app, own.store, name and f"U-{name}"))


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [hit["entry"]["id"] for hit in answer.json()["hits"]]


def published_now(store: Store, entry_id: str) -> dict[str, Any]:
    stored = store.get(entry_id)
    assert stored is not None
    return stored.body


def test_a_submission_in_the_other_language_shows_what_it_repeats_and_why(signed: Signed) -> None:
    answer = signed("curator").get(f"/api/v1/entries/{NEW}/duplicates")
    assert ids(answer)[0] == KNOWN
    why = answer.json()["hits"][0]["why"]
    assert why["level"] in ("probable", "similar")
    assert "meaning" in why["reasons"]


def test_a_published_entry_shows_the_submission_that_repeats_it(signed: Signed) -> None:
    assert NEW in ids(signed("curator").get(f"/api/v1/entries/{KNOWN}/duplicates", params={"limit": 20}))


def test_nobody_sees_drafts_or_submissions_of_others(signed: Signed) -> None:
    curator, host, other = signed("curator"), signed("host"), signed("other")
    assert DRAFT not in ids(curator.get(f"/api/v1/entries/{NEW}/duplicates", params={"limit": 20}))
    assert curator.get(f"/api/v1/entries/{DRAFT}/duplicates").status_code == 404
    assert DRAFT not in ids(host.get(f"/api/v1/entries/{NEW}/duplicates", params={"limit": 20}))
    assert other.get(f"/api/v1/entries/{NEW}/duplicates").status_code == 404
    assert NEW not in ids(other.get(f"/api/v1/entries/{DRAFT}/duplicates", params={"limit": 20}))
    assert host.get(f"/api/v1/entries/{KNOWN}/duplicates").status_code == 403
    visitor = signed(None)
    for path in (f"/entries/{NEW}/duplicates", f"/entries/{KNOWN}/duplicates", "/duplicates"):
        assert visitor.get(f"/api/v1{path}").status_code == 401
    hidden = {"canonical": KNOWN, "members": [DRAFT]}
    assert curator.post("/api/v1/merges", json=hidden).status_code == 404
    assert host.post("/api/v1/merges", json=hidden).status_code == 403
    judging = {"entries": [KNOWN, DRAFT], "verdict": "same"}
    assert curator.post("/api/v1/duplicates/judgements", json=judging).status_code == 404


def test_what_was_judged_distinct_is_never_suggested_again(signed: Signed, own: Parts) -> None:
    curator = signed("curator")
    first = curator.get("/api/v1/duplicates", params={"limit": 1}).json()
    pair = [entry["id"] for entry in first["hits"][0]["entries"]]
    judged = curator.post(
        "/api/v1/duplicates/judgements", json={"entries": pair[::-1], "verdict": "distinct", "reason": "two villages"}
    )
    assert (judged.status_code, judged.json()["entries"]) == (201, pair)
    after = curator.get("/api/v1/duplicates", params={"limit": 100}).json()
    assert after["total"] == first["total"] - 1
    assert pair not in [[entry["id"] for entry in hit["entries"]] for hit in after["hits"]]
    assert pair[1] not in ids(curator.get(f"/api/v1/entries/{pair[0]}/duplicates", params={"limit": 20}))
    (event,) = own.store.events_of_kind("duplicates.judged")
    assert (event.actor, event.reason) == ("U-curator", "two villages")


def test_what_was_judged_the_same_is_suggested_until_it_is_merged(signed: Signed) -> None:
    curator = signed("curator")
    first = curator.get("/api/v1/duplicates", params={"limit": 1}).json()
    one, other = (entry["id"] for entry in first["hits"][0]["entries"])
    assert first["hits"][0]["verdict"] is None
    curator.post("/api/v1/duplicates/judgements", json={"entries": [one, other], "verdict": "same"}).raise_for_status()
    after = curator.get("/api/v1/duplicates", params={"limit": 1}).json()
    assert (after["total"], after["hits"]) == (first["total"], [first["hits"][0] | {"verdict": "same"}])
    hits = curator.get(f"/api/v1/entries/{one}/duplicates", params={"limit": 20}).json()["hits"]
    assert {hit["entry"]["id"] for hit in hits if hit["verdict"] == "same"} == {other}
    curator.post("/api/v1/merges", json={"canonical": one, "members": [other]}).raise_for_status()
    assert curator.get("/api/v1/duplicates", params={"limit": 1}).json()["hits"] != after["hits"]
    assert other not in ids(curator.get(f"/api/v1/entries/{one}/duplicates", params={"limit": 20}))


def test_pairs_come_in_pages_best_first(signed: Signed) -> None:
    curator = signed("curator")
    answer = curator.get("/api/v1/duplicates", params={"limit": 20}).json()
    whole = answer["hits"]
    assert answer["total_relation"] == "eq"
    pages = [curator.get("/api/v1/duplicates", params={"limit": 10, "offset": o}).json()["hits"] for o in (0, 10)]
    assert pages[0] + pages[1] == whole
    scores = [hit["why"]["score"] for hit in whole]
    assert sum(scores[:10]) > sum(scores[10:])  # one by one: duplicates.widest_first


def test_a_large_catalogue_compares_what_changed_last_and_says_so(
    signed: Signed, own: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    revisions = own.store.public_revisions(["pain_point"])
    newest = sorted(revisions, key=lambda i: -revisions[i])[:100]
    monkeypatch.setattr(likeness, "MOST_COMPARED", 100)
    found = signed("curator").get("/api/v1/duplicates", params={"limit": 100}).json()
    assert found["total_relation"] == "gte"
    assert found["total"] > 0
    assert {entry["id"] for hit in found["hits"] for entry in hit["entries"]} <= set(newest)


def test_what_a_host_sends_is_told_to_repeat_what_is_said_in_other_words(signed: Signed, own: Parts) -> None:
    known, host = published_now(own.store, KNOWN), signed("host")
    again = {"title": {"th": f"อีกครั้งหนึ่ง {known['title']['th']}"}, "statement": {"th": known["statement"]["th"]}}
    other = {"title": {"th": "ทะเบียนสุนัข"}, "statement": {"th": "หอพักไม่มีทะเบียนสุนัขของผู้เช่า"}}
    data = json.dumps([again, other], ensure_ascii=False).encode()
    answer = host.post("/api/v1/imports", params={"name": "x.json", "progress": True}, content=data)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["state"] for line in lines][-3:] == ["planning", "comparing", "done"]
    told = lines[-1]["result"]
    assert (told["create"], told["rejected"], told["compared_by"]) == (2, 0, "meaning")
    (row,) = told["duplicates"]
    assert (row["row"], row["near"][0]["id"]) == (2, KNOWN)
    assert row["near"][0]["title"] == {name: known["title"][name] for name in ("th", "en") if known["title"].get(name)}
    (warning,) = told["problems"]
    assert (warning["code"], warning["severity"]) == ("probable-duplicate", "warning")
    assert f"{KNOWN} “{known['title']['th']}”" in warning["message_th"]
    marked = host.post("/api/v1/imports/annotated?name=x.json", content=data).content
    assert any(KNOWN in str(cell.value) for line in load_workbook(io.BytesIO(marked)).active for cell in line)
    body = again | {"theme": THEME}
    draft = host.post("/api/v1/entries", json={"body": body}).json()
    assert draft["duplicates"] == []
    sent = host.post("/api/v1/entries", json={"body": body, "submit": True})
    assert sent.status_code == 201
    assert sent.json()["duplicates"][0]["id"] == KNOWN
    assert [one["why"]["level"] for one in (sent.json()["duplicates"][0], row["near"][0])] == ["probable"] * 2
    assert sent.json()["id"] not in [one["id"] for one in sent.json()["duplicates"]]
    decided = host.post(
        f"/api/v1/entries/{draft['id']}/decisions",
        json={"action": "submit"},
        headers={"If-Match": f'"{draft["revision"]}"'},
    )
    assert {KNOWN, sent.json()["id"]} <= {one["id"] for one in decided.json()["duplicates"]}


def test_what_others_wait_for_crowds_nothing_out_and_a_cut_is_told(
    signed: Signed, own: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = own.store.get(KNOWN)
    assert known
    most = 30
    others = [(f"PP-2569-080{n:02}", {**known.body, "theme": "tourism"}) for n in range(most)]
    twins = [(f"PP-2569-0810{n}", {**known.body, "theme": THEME}) for n in range(2)]
    for entry_id, body in (*others, *twins):
        made = created(body_of(parse({**body, "id": entry_id, "external_id": None})), Status.SUBMITTED)
        own.store.apply([made], actor="host")
    monkeypatch.setattr(candidates, "MOST_OPEN", most)
    asked = f"/api/v1/entries/{twins[0][0]}/duplicates"
    found = signed("water").get(asked, params={"limit": 20})
    assert twins[1][0] in ids(found)
    assert found.json()["whole"]
    assert not signed("curator").get(asked).json()["whole"]
    alone, curator = "PP-2569-08200", signed("curator")
    words = {"title": {"th": "ทะเบียนสุนัขในหอพัก"}, "statement": {"th": "หอพักไม่มีทะเบียนสุนัขของผู้เช่า"}}
    made = created(body_of(parse({"id": alone, "kind": "pain_point", "language": "th", **words})), Status.SUBMITTED)
    own.store.apply([made], actor="host")
    for action in ("claim", "publish"):
        read = [{"id": alone, "revision": own.store.get_many([alone])[alone].revision}]
        asked_for = {"action": action, "entries": read, "preview": False}
        (outcome,) = curator.post("/api/v1/decisions", json=asked_for).json()["outcomes"]
    assert (outcome["status"], outcome["uncompared"]) == ("published", True)


def test_who_publishes_many_is_asked_about_probable_duplicates(signed: Signed, own: Parts) -> None:
    known = own.store.get(KNOWN)
    assert known
    twin, alone = "PP-2569-09003", "PP-2569-09004"
    other = {"title": {"th": "ทะเบียนสุนัขในหอพัก"}, "statement": {"th": "หอพักไม่มีทะเบียนสุนัขของผู้เช่า"}, "theme": THEME}
    for entry_id, body in ((twin, known.body), (alone, {"kind": "pain_point", "language": "th", **other})):
        made = created(body_of(parse(body | {"id": entry_id, "external_id": None})), Status.SUBMITTED)
        own.store.apply([made], actor="host")
    curator = signed("curator")

    def decided(action: str, **more: Any) -> dict[str, Any]:
        read = [{"id": i, "revision": stored.revision} for i, stored in own.store.get_many([twin, alone]).items()]
        answer = curator.post("/api/v1/decisions", json={"action": action, "entries": read, **more})
        assert answer.status_code == 200, answer.text
        return {outcome["id"]: outcome for outcome in answer.json()["outcomes"]}

    assert {one["status"] for one in decided("claim", preview=False).values()} == {"in_review"}
    preview = decided("publish")
    assert preview[alone]["status"] == "published"
    assert preview[twin]["problem"]["type"] == "/docs#probable-duplicate"
    assert preview[twin]["problem"]["duplicates"][0] == KNOWN
    assert KNOWN in preview[twin]["problem"]["detail_th"]
    judge(own.store, twin, KNOWN, Verdict.SAME, actor="U-curator", reason="")
    assert decided("publish", preview=False)[twin]["problem"]["duplicates"] == preview[twin]["problem"]["duplicates"]
    assert {i: stored.status for i, stored in own.store.get_many([twin, alone]).items()} == {
        twin: Status.IN_REVIEW,
        alone: Status.PUBLISHED,
    }
    assert decided("publish", preview=False, sure=True)[twin]["status"] == "published"


def test_who_submits_many_is_told_of_probable_duplicates_and_kept_from_nothing(
    signed: Signed, own: Parts, own_settings: Settings
) -> None:
    known = published_now(own.store, KNOWN)
    twin, titled, alone, hidden, retold = (f"PP-2569-0900{n}" for n in range(3, 8))
    dogs = {"kind": "pain_point", "language": "th", "theme": THEME, "statement": {"th": "หอพักไม่มีทะเบียนสุนัขของผู้เช่า"}}
    other = dogs | {"title": {"th": "ทะเบียนสุนัขในหอพัก"}}
    for entry_id, body, status, owner in (
        (twin, known, Status.DRAFT, DEPA),
        (titled, dogs | {"title": known["title"]}, Status.DRAFT, DEPA),
        (alone, other, Status.DRAFT, DEPA),
        (hidden, other, Status.SUBMITTED, DGA),
        (retold, known | {"title": {"th": f"{known['title']['th']} ทุกปี"}}, Status.DRAFT, DEPA),
    ):
        made = created(body_of(parse({**body, "id": entry_id, "external_id": None})), status)
        own.store.apply([dataclasses.replace(made, owner=owner)], actor="host")
    host, curator = signed("host"), signed("curator")
    drafts = [twin, titled, alone, retold]

    def submitted(by: TestClient, **more: Any) -> dict[str, Any]:
        read = [{"id": i, "revision": s.revision} for i, s in own.store.get_many(drafts).items()]
        answer = by.post("/api/v1/decisions", json={"action": "submit", "entries": read, **more})
        assert answer.status_code == 200, answer.text
        return {outcome["id"]: outcome for outcome in answer.json()["outcomes"]}

    def statuses() -> set[Status]:
        return {stored.status for stored in own.store.get_many(drafts).values()}

    preview = submitted(host)
    assert [outcome["problem"] for outcome in preview.values()] == [None] * 4
    first = next(one for one in preview[twin]["duplicates"] if one["id"] == KNOWN)
    assert first["title"]["th"] == known["title"]["th"]
    assert (first["why"]["level"], "meaning" in first["why"]["reasons"]) == ("probable", True)
    for one, partner in ((twin, retold), (retold, twin)):  # what is sent together is compared with each other
        why = {found["id"]: found["why"] for found in preview[one]["duplicates"]}
        assert why[partner]["level"] == "probable"
    assert preview[alone]["duplicates"] == []  # what another organisation sent exists for nobody here
    assert statuses() == {Status.DRAFT}
    refused = submitted(curator).values()
    assert all(outcome["problem"] and outcome["duplicates"] == [] for outcome in refused)

    judge(own.store, twin, KNOWN, Verdict.DISTINCT, actor="U-curator", reason="")
    judge(own.store, titled, KNOWN, Verdict.SAME, actor="U-curator", reason="")
    shutil.rmtree(own_settings.index_dir)
    later = submitted(host)
    assert KNOWN not in [one["id"] for one in later[twin]["duplicates"]]
    assert {one["id"]: one["why"] for one in later[titled]["duplicates"]}[KNOWN] is None  # the title alone says so
    assert {outcome["uncompared"] for outcome in later.values()} == {True}
    done = submitted(host, preview=False)
    assert statuses() == {Status.SUBMITTED}
    assert done[titled]["duplicates"] == later[titled]["duplicates"]


def test_old_addresses_of_a_merged_entry_lead_to_the_canonical_one(signed: Signed, own: Parts) -> None:
    curator, visitor = signed("curator"), signed(None)
    member, canonical = "PP-2569-00002", KNOWN
    asked = {"canonical": canonical, "members": [member], "choices": {"title": member}, "preview": True}
    shown = curator.post("/api/v1/merges", json=asked).json()
    assert shown["batch"] is None
    assert published_now(own.store, member)["title"] == shown["entry"]["title"]
    before = {i: published_now(own.store, i) for i in (canonical, member)}
    done = curator.post("/api/v1/merges", json=asked | {"preview": False, "read": shown["revisions"]}).json()
    for path in (f"/api/v1/entries/{member}", f"/api/v1/entries/{member}/similar?limit=2", f"/p/{member}?lang=en"):
        answer = visitor.get(path)
        assert (answer.status_code, answer.headers["location"]) == (308, path.replace(member, canonical))
    history = f"/api/v1/entries/{member}/history"
    answer = visitor.get(history)
    assert (answer.status_code, answer.headers["location"]) == (308, history.replace(member, canonical))
    assert curator.get(history).json()["id"] == member  # whoever may read its own history does
    page = visitor.get(f"/api/v1/entries/{canonical}").json()
    assert page["merged"][0]["id"] == member
    assert page["merged"][0]["source"]["url"] == before[member]["source"]["url"]
    assert page["entry"]["source"]["url"] == before[canonical]["source"]["url"]
    stale = curator.post(
        "/api/v1/merges", json={"canonical": canonical, "members": ["PP-2569-00003"], "read": {canonical: 1}}
    )
    assert stale.status_code == 409
    undone = curator.post(f"/api/v1/merges/{done['batch']}/undo", json={"reason": "two provinces"})
    assert undone.json() == {"canonical": canonical, "restored": [member], "kept_fields": []}
    assert visitor.get(f"/api/v1/entries/{member}").status_code == 200
    assert {i: published_now(own.store, i) for i in before} == before
    assert own.store.verify_audit().ok


def test_a_curator_of_a_theme_merges_within_it_alone(signed: Signed, own: Parts) -> None:
    water = [s.id for s in own.store.entries(kind="pain_point") if s.body.get("theme") == THEME][:2]
    other = next(s.id for s in own.store.entries(kind="pain_point") if s.body.get("theme") not in (THEME, None))
    curator = signed("water")
    refused = curator.post("/api/v1/merges", json={"canonical": water[0], "members": [other]})
    assert refused.status_code == 403
    done = curator.post("/api/v1/merges", json={"canonical": water[0], "members": [water[1]]})
    assert done.status_code == 200, done.text
    host = signed("host")
    assert host.post(f"/api/v1/merges/{done.json()['batch']}/undo", json={}).status_code == 403
    assert curator.post("/api/v1/merges/merge-0/undo", json={}).status_code == 404


def test_a_merge_that_was_undone_tells_nobody_of_a_submission_that_they_may_not_see(signed: Signed) -> None:
    curator, water = signed("curator"), signed("water")
    done = curator.post("/api/v1/merges", json={"canonical": KNOWN, "members": [NEW]}).json()
    url = f"/api/v1/merges/{done['batch']}/undo"
    assert water.post(url, json={}).status_code == 403  # merged: named on the page of the canonical entry
    curator.post(url, json={}).raise_for_status()
    again = water.post(url, json={})
    assert again.status_code == 404
    assert NEW not in again.text
