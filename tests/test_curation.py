"""Curation over HTTP, on both databases: forms, decisions, conflicts, queue and history."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from catalogue.api.parts import Parts
from catalogue.decisions import CLAIM_LASTS
from catalogue.store import Store
from catalogue.store.notices import Notices
from catalogue.store.store import Writer
from tests.curating import BODY, Desk
from tests.curating import desk as opened


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def test_from_a_draft_to_a_published_entry_and_away_again(desk: Desk) -> None:
    entry_id = desk.create(submit=False)
    assert desk.done("host", entry_id, "submit") == "submitted"
    assert desk.done("curator", entry_id, "claim") == "in_review"
    assert desk.clients["visitor"].get(f"/api/v1/entries/{entry_id}").status_code == 404
    assert desk.done("curator", entry_id, "publish") == "published"
    shown = desk.clients["visitor"].get(f"/api/v1/entries/{entry_id}")
    assert shown.json()["entry"]["title"]["th"] == BODY["title"]["th"]
    assert shown.headers["ETag"].startswith(f'"{shown.json()["revision"]}-')
    assert desk.done("host", entry_id, "withdraw", reason="ข้อมูลไม่ตรงกับข้อเท็จจริง") == "withdrawn"
    assert desk.clients["visitor"].get(f"/api/v1/entries/{entry_id}").status_code == 404
    assert desk.done("curator", entry_id, "restore", reason="ยืนยันข้อมูลแล้ว") == "published"
    assert desk.store.verify_audit().ok
    told = {notice.template for notice in Notices(desk.store.database).of("U-host")}
    assert told == {"submitted", "published", "restored"}


def test_edits_are_asked_for_and_the_answer_shows_what_changed(desk: Desk) -> None:
    entry_id = desk.create()
    desk.done("curator", entry_id, "claim")
    asked = desk.decide("curator", entry_id, "request_edits")
    assert (asked.status_code, asked.json()["needs"]) == (409, "comments")
    comments = [{"field": "provinces", "text": "อยู่จังหวัดใด"}]
    assert desk.done("curator", entry_id, "request_edits", comments=comments) == "edits_requested"
    body = BODY | {"provinces": ["TH-41"]}
    assert desk.done("host", entry_id, "edit", body=body) == "edits_requested"
    assert desk.done("host", entry_id, "answer") == "in_review"
    told = desk.clients["second"].get(f"/api/v1/entries/{entry_id}/history").json()
    assert [(c["field"], c["text"]) for c in told["answer"]["comments"]] == [("provinces", "อยู่จังหวัดใด")]
    assert [(c["field"], c["before"], c["after"]) for c in told["answer"]["changes"]] == [
        ("provinces", ["TH-40"], ["TH-41"])
    ]
    (waiting,) = desk.clients["second"].get("/api/v1/queue").json()["items"]
    assert waiting["answered"]
    assert waiting["claim"] is None


def test_the_second_of_two_curators_hears_who_was_quicker_and_nothing_is_lost(desk: Desk) -> None:
    entry_id = desk.create()
    desk.done("curator", entry_id, "claim")
    stored = desk.store.get(entry_id)
    assert stored
    desk.done("curator", entry_id, "reject", code="test")
    answer = desk.decide("second", entry_id, "claim", revision=stored.revision)
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"] == "/docs#conflict"
    assert problem["decided"]["by"] == "curator"
    assert problem["decided"]["action"] == "reject"
    assert "curator" in problem["detail"]
    assert "ไม่รับ" in problem["detail_th"]
    after = desk.store.get(entry_id)
    assert after
    assert after.status == "rejected"


def test_who_was_quicker_is_told_to_those_alone_who_work_on_the_entry(desk: Desk) -> None:
    entry_id = desk.create()
    desk.done("curator", entry_id, "claim", "publish")
    many = {"action": "withdraw", "entries": [{"id": entry_id, "revision": 0}], "reason": "ผิด"}
    for who in ("host", "second", "admin", "stranger", "elsewhere"):
        one = desk.decide(who, entry_id, "withdraw", revision=0, reason="ผิด").json()
        (outcome,) = desk.clients[who].post("/api/v1/decisions", json=many).json()["outcomes"]
        told = who in ("host", "second", "admin")
        for problem in (one, outcome["problem"]):
            assert problem["type"] == ("/docs#conflict" if told else "/docs#action-refused")
            assert ("decided" in problem) == ("curator" in problem["detail"]) == told


@pytest.mark.parametrize("writes", ["create", "edit"])
def test_the_etag_is_that_of_what_one_wrote_also_where_another_wrote_since(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, writes: str
) -> None:
    host, real, quicker = desk.clients["host"], Store.writing, [True]
    entry_id = desk.create(submit=False) if writes == "edit" else ""

    @contextmanager
    def writing(store: Store) -> Iterator[Writer]:
        with real(store) as writer:
            yield writer
        if quicker:
            quicker.clear()
            ((_, written),) = store.changes_since(store.revision() - 1)
            desk.done("admin", written or "", "edit", body=BODY | {"title": {"th": "ของผู้อื่น"}})

    monkeypatch.setattr(Store, "writing", writing)
    if writes == "edit":
        answer = desk.decide("host", entry_id, "edit", body=BODY)
    else:
        answer = host.post("/api/v1/entries", json={"body": BODY})
    tag, saved = answer.headers["ETag"], answer.json()
    assert tag == f'"{saved["revision"]}"'
    later = host.put(f"/api/v1/entries/{saved['id']}", json={"body": BODY}, headers={"If-Match": tag})
    assert later.status_code == 409
    stored = desk.store.get(saved["id"])
    assert stored
    assert stored.body["title"]["th"] == "ของผู้อื่น"


def test_a_claim_ends_with_the_clock(desk: Desk) -> None:
    entry_id = desk.create()
    desk.done("curator", entry_id, "claim")
    refused = desk.decide("second", entry_id, "claim")
    assert refused.status_code == 409
    assert refused.json()["claimed"]["by"] == "curator"
    assert refused.json()["allowed"] == []
    desk.now += CLAIM_LASTS
    assert desk.done("second", entry_id, "claim") == "in_review"
    late = desk.decide("curator", entry_id, "publish")
    assert late.status_code == 409
    assert late.json()["type"] == "/docs#action-refused"


def test_what_another_curator_has_claimed_is_not_merged_under_their_eyes(desk: Desk) -> None:
    canonical, member = desk.create(), desk.create()
    desk.done("curator", canonical, "claim", "publish")
    desk.done("second", member, "claim")
    asked = {"canonical": canonical, "members": [member]}
    head = desk.store.head()
    for preview in (True, False):
        refused = desk.clients["curator"].post("/api/v1/merges", json=asked | {"preview": preview})
        assert refused.status_code == 409
        assert refused.json()["type"] == "/docs#action-refused"
        assert refused.json()["claimed"]["by"] == "second"
        assert member in refused.json()["detail_th"]
    assert desk.store.head() == head
    assert desk.clients["second"].post("/api/v1/merges", json=asked | {"preview": True}).status_code == 200
    desk.now += CLAIM_LASTS
    assert desk.clients["curator"].post("/api/v1/merges", json=asked).status_code == 200


def test_a_curator_is_given_themes_that_exist(desk: Desk) -> None:
    admin, url = desk.clients["admin"], "/api/v1/people/U-second/grants"
    for path, asked in ((url, {}), ("/api/v1/people", {"email": "new@example.go.th", "name": "ใหม่"})):
        grant = {"role": "curator", "themes": ["tourism", "turism"]}
        refused = admin.post(path, json=asked | {"grant": grant} if asked else grant)
        assert (refused.status_code, refused.json()["field"]) == (422, "themes")
        assert "turism" in refused.json()["detail_th"]
        assert "tourism," not in refused.json()["detail"]
    assert admin.post(url, json={"role": "curator", "themes": ["tourism"]}).status_code == 204
    assert admin.post(f"{url}/revoke", json={"role": "curator", "themes": ["gone"]}).status_code == 204


def test_a_theme_is_corrected_to_that_of_others_who_can_go_on_at_once(desk: Desk) -> None:
    entry_id = desk.create(theme="tourism")
    desk.done("elsewhere", entry_id, "claim")
    (waiting,) = desk.clients["curator"].get("/api/v1/queue").json()["items"]
    assert desk.done("elsewhere", entry_id, "edit", body=BODY | {"theme": "tourism", "year": 2025}) == "in_review"
    answer = desk.decide("elsewhere", entry_id, "edit", body=BODY)
    assert answer.status_code == 200
    told, stored = answer.json(), desk.store.get(entry_id)
    assert stored
    assert (told["status"], told["allowed"], told["revision"]) == ("submitted", [], stored.revision)
    assert stored.body["theme"] == BODY["theme"]
    assert desk.decide("elsewhere", entry_id, "release").status_code == 404
    (still,) = desk.clients["curator"].get("/api/v1/queue").json()["items"]
    assert (still["since"], still["claim"]) == (waiting["since"], None)
    assert desk.done("curator", entry_id, "claim", "publish") == "published"


def test_entries_of_others_do_not_exist(desk: Desk) -> None:
    draft, submitted = desk.create(submit=False), desk.create()
    for who, hidden in [
        ("visitor", (draft, submitted)),
        ("stranger", (draft, submitted)),
        ("elsewhere", (draft, submitted)),
        ("curator", (draft,)),
    ]:
        for entry_id in (*hidden, "PP-2569-99999"):
            client = desk.clients[who]
            answers = [client.get(f"/api/v1/entries/{entry_id}{path}") for path in ("", "/history", "/similar")]
            if who != "visitor":
                answers += [
                    client.get(f"/api/v1/entries/{entry_id}/decisions"),
                    desk.decide(who, entry_id, "claim"),
                    client.put(f"/api/v1/entries/{entry_id}", json={"body": BODY}, headers={"If-Match": '"1"'}),
                ]
            assert [answer.status_code for answer in answers] == [404] * len(answers)
            assert len({answer.json()["detail"] for answer in answers}) == 1
    assert desk.clients["stranger"].get("/api/v1/own-entries").json()["total"] == 0
    assert desk.clients["elsewhere"].get("/api/v1/queue").json()["total"] == 0
    named = BODY | {"hackathon": "HK-2569-001"}
    unknown = desk.clients["host"].post("/api/v1/entries", json={"body": named})
    assert unknown.status_code == 422
    assert unknown.json()["unknown"] == ["HK-2569-001"]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"theme": None}, ["#/body/theme"]),
        ({"theme": "no-such-theme", "provinces": ["TH-99"]}, ["#/body/theme", "#/body/provinces"]),
        ({"secondary_themes": ["health", "no-such-theme"]}, ["#/body/secondary_themes"]),
        ({"title": {"th": ""}, "year": 1}, ["#/body/title", "#/body/year"]),
        ({"no_such_field": 1}, ["#/body/no_such_field"]),
    ],
)
def test_a_form_names_every_wrong_field(desk: Desk, change: dict[str, object], pointers: list[str]) -> None:
    answer = desk.clients["host"].post("/api/v1/entries", json={"body": BODY | change, "submit": True})
    assert answer.status_code == 422
    assert [error["pointer"].removesuffix("/th") for error in answer.json()["errors"]] == pointers
    assert not desk.store.entry_counts(None)


def test_a_draft_may_lack_anything_and_is_sent_when_it_lacks_nothing(desk: Desk) -> None:
    host = desk.clients["host"]
    made = host.post("/api/v1/entries", json={"body": {"source": {"title": "รายงานปิดงาน"}}})
    assert made.status_code == 201, made.text
    entry_id = made.json()["id"]
    for path in ("", "/similar", "/duplicates", "/history", "/decisions"):
        answer = host.get(f"/api/v1/entries/{entry_id}{path}")
        assert answer.status_code == 200, answer.text
        assert answer.json().get("hits", []) == []
    page = host.get(f"/api/v1/entries/{entry_id}").json()
    assert page["entry"]["source"] == {"title": "รายงานปิดงาน"}
    assert page["summary"] is None
    (item,) = host.get("/api/v1/own-entries").json()["items"]
    assert item["title"] is None
    refused = desk.decide("host", entry_id, "submit")
    missing = {"#/body/title", "#/body/statement", "#/body/theme", "#/body/source/license"}
    assert {error["pointer"] for error in refused.json()["errors"]} == missing
    assert all("โปรดกรอก" in error["detail_th"] for error in refused.json()["errors"])
    assert desk.done("host", entry_id, "edit", body={"title": {"en": "Half a title"}}) == "draft"
    assert desk.decide("host", entry_id, "edit", body={"year": 1}).status_code == 422
    assert desk.done("host", entry_id, "submit", body=BODY) == "submitted"
    assert desk.decide("host", entry_id, "edit", body={"title": {"en": "Half a title"}}).status_code == 422
    assert desk.store.verify_audit().ok


def test_an_event_that_ends_before_it_begins_stays_a_draft(desk: Desk) -> None:
    event = {"title": {"th": "แฮกเมือง"}, "summary": {"th": "สองวันกับปัญหาของเมือง"}, "start_date": "2026-02-14"}
    asked = {"kind": "hackathon", "body": event | {"end_date": "2026-02-12"}}
    made = desk.clients["host"].post("/api/v1/entries", json=asked)
    assert made.status_code == 201, made.text
    refused = desk.decide("host", made.json()["id"], "submit")
    assert refused.status_code == 422
    (wrong,) = refused.json()["errors"]
    assert wrong["pointer"] == "#/body/end_date"
    assert "before" in wrong["detail"]
    assert "ก่อน" in wrong["detail_th"]
    assert desk.done("host", made.json()["id"], "submit", body=event | {"end_date": "2026-02-14"}) == "submitted"


def test_a_discarded_draft_without_a_title_comes_back(desk: Desk) -> None:
    entry_id = desk.create(submit=False, title=None, statement=None)
    assert desk.done("host", entry_id, "withdraw", "restore") == "draft"
    assert desk.decide("host", entry_id, "submit").status_code == 422


def test_a_draft_waits_for_its_theme(desk: Desk) -> None:
    entry_id = desk.create(submit=False, theme=None)
    assert desk.decide("host", entry_id, "submit").json()["errors"][0]["pointer"] == "#/body/theme"
    read = desk.clients["host"].get(f"/api/v1/entries/{entry_id}")
    url, headers = f"/api/v1/entries/{entry_id}", {"If-Match": read.headers["ETag"]}
    assert desk.clients["host"].put(url, json={"body": BODY}, headers=headers).status_code == 200
    assert desk.clients["host"].put(url, json={"body": BODY}, headers=headers).status_code == 409
    assert desk.clients["host"].put(url, json={"body": BODY}).status_code == 422
    assert desk.done("host", entry_id, "submit") == "submitted"


def test_many_at_once_each_with_its_own_outcome(desk: Desk) -> None:
    made = [desk.create() for _ in range(3)]
    desk.done("second", made[0], "claim")
    read = {i: stored.revision for i in made if (stored := desk.store.get(i))}
    many = {"action": "claim", "entries": [{"id": i, "revision": r} for i, r in read.items()]}
    head = desk.store.head()
    preview = desk.clients["curator"].post("/api/v1/decisions", json=many).json()
    assert (preview["preview"], preview["done"], preview["refused"]) == (True, 2, 1)
    assert desk.store.head() == head
    done = desk.clients["curator"].post("/api/v1/decisions", json=many | {"preview": False}).json()
    assert [outcome["status"] for outcome in done["outcomes"]] == [None, "in_review", "in_review"]
    assert done["outcomes"][0]["problem"]["claimed"]["by"] == "second"
    again = desk.clients["curator"].post("/api/v1/decisions", json=many | {"preview": False}).json()
    assert again["done"] == 0
    assert again["outcomes"][1]["problem"]["type"] == "/docs#conflict"


def test_what_a_form_saves_by_itself_is_one_step_of_a_history(desk: Desk) -> None:
    entry_id = desk.create(submit=False)
    for pause, statement in ((1, "ทุกปี"), (1, "ทุกหน้าแล้ง"), (60, "ทุกเดือนเมษายน"), (1, "ทุกเดือนมีนาคม")):
        desk.now += datetime.timedelta(minutes=pause)
        assert desk.done("host", entry_id, "edit", body=BODY | {"statement": {"th": statement}}) == "draft"
    assert desk.done("host", entry_id, "submit") == "submitted"
    steps = desk.clients["curator"].get(f"/api/v1/entries/{entry_id}/history").json()["steps"]
    told = [(step["action"], [change["field"] for change in step["changes"]]) for step in steps]
    assert told == [("edit", []), ("edit", ["statement"]), ("submit", [])]
    words = [change[side]["th"] for change in steps[1]["changes"] for side in ("before", "after")]
    assert words == ["ทุกหน้าแล้ง", "ทุกเดือนมีนาคม"]
    assert len(desk.store.events_of(entry_id)) == 6


def test_visitors_see_the_history_of_what_was_public_alone(desk: Desk) -> None:
    entry_id = desk.create(title={"th": "ชื่อในฉบับร่าง"})
    desk.done("curator", entry_id, "claim")
    desk.done("curator", entry_id, "request_edits", comments=[{"field": "title", "text": "ความเห็นภายใน"}])
    desk.done("host", entry_id, "answer", body=BODY)
    desk.done("curator", entry_id, "claim", "publish")
    edited = BODY | {"provinces": ["TH-41"]}
    desk.done("curator", entry_id, "edit", body=edited, reason="แก้จังหวัด")
    public = desk.clients["visitor"].get(f"/api/v1/entries/{entry_id}/history")
    assert [step["action"] for step in public.json()["steps"]] == ["publish", "edit"]
    assert not public.json()["whole"]
    for hidden in ("ชื่อในฉบับร่าง", "ความเห็นภายใน"):
        assert hidden not in public.text
    assert {step["name"] for step in public.json()["steps"]} == {None}
    assert public.json()["steps"][1]["changes"][0]["after"] == ["TH-41"]
    whole = desk.clients["host"].get(f"/api/v1/entries/{entry_id}/history").json()
    actions = [step["action"] for step in whole["steps"]]
    assert actions == ["submit", "claim", "request_edits", "answer", "claim", "publish", "edit"]
    assert whole["steps"][2]["comments"][0]["text"] == "ความเห็นภายใน"
    assert whole["steps"][-1]["reason"] == "แก้จังหวัด"


def test_what_was_corrected_out_of_view_stays_there(desk: Desk) -> None:
    entry_id = desk.create(statement={"th": "นางสาวสมหญิง ใจดี บ้านน้ำไม่ไหล"})
    desk.done("curator", entry_id, "claim", "publish")
    desk.done("host", entry_id, "withdraw", reason="มีชื่อคน")
    desk.done("host", entry_id, "restore")
    desk.done("host", entry_id, "submit", body=BODY)
    desk.done("curator", entry_id, "claim", "publish")
    # A curator corrects it where it stands, and then takes it out of view once.
    again = desk.create(statement={"th": "นางสาวสมหญิง ใจดี บ้านน้ำไม่ไหล"})
    desk.done("curator", again, "claim", "publish")
    desk.done("curator", again, "edit", body=BODY, reason="มีชื่อคน")
    assert "สมหญิง" in desk.clients["visitor"].get(f"/api/v1/entries/{again}/history").text
    desk.done("curator", again, "follow_up", status="in_progress", reason="ซ่อมให้นางสาวสมหญิงแล้ว")
    assert "สมหญิง" in desk.clients["visitor"].get(f"/api/v1/entries/{again}").text
    for action in ("withdraw", "restore"):
        desk.done("curator", again, action, reason="ไม่ให้เห็นฉบับเดิม")
    for one in (entry_id, again):
        assert "สมหญิง" not in desk.clients["visitor"].get(f"/api/v1/entries/{one}").text
        public = desk.clients["visitor"].get(f"/api/v1/entries/{one}/history")
        assert (public.status_code, "สมหญิง" in public.text) == (200, False)
        assert "สมหญิง" in desk.clients["curator"].get(f"/api/v1/entries/{one}/history").text


def test_a_problem_is_followed_until_it_is_solved(desk: Desk) -> None:
    entry_id = desk.create()
    desk.done("curator", entry_id, "claim", "publish")
    for lacking in ({"status": "solved"}, {"reason": "น้ำไหลแล้ว"}):
        asked = desk.decide("curator", entry_id, "follow_up", **lacking)
        assert (asked.status_code, asked.json()["needs"]) == (409, "progress")
    assert desk.decide("curator", entry_id, "follow_up", status="rejected", reason="ไม่รับ").status_code == 422
    assert desk.decide("host", entry_id, "follow_up", status="solved", reason="แก้แล้ว").status_code == 409
    said = (("in_progress", "กปภ. วางท่อใหม่ ดูประกาศ 12/2569"), ("solved", "น้ำไหลครบสามเดือน โทร 081-234-5678"))
    for status, reason in said:
        assert desk.done("curator", entry_id, "follow_up", status=status, reason=reason) == status
    page = desk.clients["visitor"].get(f"/api/v1/entries/{entry_id}").json()
    assert (page["status"], page["summary"]["status"]) == ("solved", "solved")
    assert [one["status"] for one in page["progress"]] == ["in_progress", "solved"]
    assert page["progress"][0]["reason"] == said[0][1]
    assert "081" not in page["progress"][1]["reason"]
    public = desk.clients["visitor"].get(f"/api/v1/entries/{entry_id}/history").json()
    assert [step["action"] for step in public["steps"]] == ["publish", "follow_up", "follow_up"]
    told = [notice for notice in Notices(desk.store.database).of("U-host") if notice.template == "progress"]
    assert {notice.payload["status"]["en"] for notice in told} == {"In progress", "Solved"}
    # It is no proposal's to be solved, nor does it leave the search.
    assert desk.store.public_revisions()[entry_id]


def test_a_reason_for_rejecting_is_one_of_the_list(desk: Desk) -> None:
    entry_id = desk.create()
    desk.done("curator", entry_id, "claim")
    assert desk.decide("curator", entry_id, "reject", code="no-such-code").status_code == 422
    assert desk.decide("curator", entry_id, "reject").json()["needs"] == "code"
    assert desk.done("curator", entry_id, "reject", code="no-source") == "rejected"
    (notice,) = [n for n in Notices(desk.store.database).of("U-host") if n.template == "rejected"]
    assert "หลักฐาน" in notice.payload["reason"]["th"]
    codes = {reason["code"] for reason in desk.clients["visitor"].get("/api/v1/reasons").json()["items"]}
    assert "no-source" in codes
