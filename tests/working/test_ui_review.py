"""What a curator decides on is what the page has shown: run by AppTest against the real API."""

from typing import Any

from streamlit.testing.v1 import AppTest

from catalogue.api.parts import Parts
from catalogue.curation import PUBLIC, Status
from catalogue.decisions import ACTION_LABELS, Action
from catalogue.entries import body_of, content_hash, parse
from catalogue.merges import merge
from catalogue.store import CREATED, STATUS_CHANGED, Change
from tests.merging_catalogue import edited
from tests.test_duplicates_api import DEPA, KNOWN, NEW
from tests.test_ui import links, opened, words
from tests.working import Acting, named, press, status, t, take_back
from ui.decision_view import PROGRESS
from ui.markup import escaped

EVENT, PROPOSAL, OTHER = "HK-2569-901", "PR-2569-09001", "PR-2569-09002"
SAME = "PP-2569-00002"
REASON = {"th": "ถังน้ำร่วมของหมู่บ้าน", "en": "One tank for the whole village"}


def sent(parts: Parts, status: Status, body: dict[str, Any]) -> None:
    """An entry of the host that stands there."""
    entry = parse({"language": "th", "title": {"th": f"แฮกน้ำ {body['id']}"}, **body})
    made = Change(CREATED, entry.id, body_of(entry), status, content_hash(entry), owner=DEPA)
    parts.store.apply([made], actor="host")


def test_a_review_shows_every_word_of_a_proposals_links_and_its_event(
    acting: Acting, parts: Parts, language: str
) -> None:
    sent(parts, Status.SUBMITTED, {"id": EVENT, "kind": "hackathon"})
    hidden = "PP-2569-09009"
    sent(parts, Status.DRAFT, {"id": hidden, "kind": "pain_point", "statement": {"th": "น้ำไม่ไหล"}})
    links = [{"pain_point": i, "role": "partly", "reason": REASON} for i in (KNOWN, NEW, hidden)]
    body = {"id": PROPOSAL, "kind": "proposal", "hackathon": EVENT, "pain_points": links}
    sent(parts, Status.SUBMITTED, body)
    sent(parts, Status.PUBLISHED, {"id": OTHER, "kind": "proposal"})
    acting("curator")
    for page, params in (
        ("queue", {"id": PROPOSAL}),
        ("entry", {"id": PROPOSAL}),
        ("duplicates", {"a": OTHER, "b": PROPOSAL}),  # a merge publishes them too
    ):
        shown = words(opened(page, lang=language, **params))
        for said in (*REASON.values(), t("role.partly", language)):
            assert shown.count(said) == 3, page
        assert shown.count(t("entry.unpublished", language, id=hidden)) == 1, page
        assert page == "duplicates" or f"id={EVENT}" in shown, page
    acting(None)
    assert escaped(t("entry.missing", language)) in words(opened("entry", lang=language, id=PROPOSAL))


def test_an_event_that_a_curator_may_not_see_is_told_by_its_id(acting: Acting, parts: Parts, language: str) -> None:
    sent(parts, Status.DRAFT, {"id": EVENT, "kind": "hackathon"})
    sent(parts, Status.SUBMITTED, {"id": PROPOSAL, "kind": "proposal", "hackathon": EVENT})
    acting("curator")
    assert t("entry.unpublished", language, id=EVENT) in words(opened("queue", lang=language, id=PROPOSAL))


def test_a_merge_is_of_what_was_shown_and_shows_what_somebody_wrote_since(
    acting: Acting, parts: Parts, language: str
) -> None:
    acting("curator")
    app = opened("duplicates", lang=language, a=KNOWN, b=NEW)
    later = "Somebody wrote this meanwhile."
    parts.store.apply([edited(parts.store, NEW, statement={"en": later})], actor="host")
    assert later not in words(app)
    press(app, "merge")
    assert status(parts) == Status.SUBMITTED
    shown = words(app)
    assert 'role="alert"' in shown
    assert escaped(t("duplicates.changed", language)) in shown
    assert later in shown
    press(app, "merge")
    assert status(parts) == Status.MERGED


def test_a_decision_is_about_what_was_shown(acting: Acting, parts: Parts, language: str) -> None:
    acting("curator")
    app = opened("queue", lang=language, id=NEW)
    later = "Somebody wrote this meanwhile."
    parts.store.apply([edited(parts.store, NEW, statement={"en": later})], actor="host")
    press(app, "decide-claim")
    assert status(parts) == Status.SUBMITTED
    assert 'role="alert"' in words(app)
    assert later in words(app)
    press(app, "decide-claim")
    assert status(parts) == Status.IN_REVIEW
    press(press(app, "decide-publish"), "publish-anyway")
    assert status(parts) == Status.PUBLISHED


def test_taking_back_the_merge_that_is_shown_takes_back_no_later_one(acting: Acting, parts: Parts) -> None:
    merge(parts.store, KNOWN, ["PP-2569-00002"], {}, actor="U-curator", reason="")
    acting("curator")
    app = opened("history", lang="th", id=KNOWN)
    merge(parts.store, KNOWN, ["PP-2569-00003"], {}, actor="U-other", reason="")
    take_back(app, "th")
    assert status(parts, "PP-2569-00003") == Status.MERGED


def leads(app: AppTest, entry_id: str) -> dict[str, set[str]]:
    """The pages to which links of this page lead for this entry, with the links' words."""
    found: dict[str, set[str]] = {}
    for link in (element.proto for element in app.get("page_link")):
        if link.page in ("entry_form", "queue") and f"id={entry_id}" in link.query_string:
            found.setdefault(link.page, set()).update(link.label.split(" · "))
    return found


def test_an_entrys_page_leads_each_reader_to_what_they_may_do_with_it(
    acting: Acting, parts: Parts, language: str
) -> None:
    edit, withdraw, claim, restore, progress = (
        ACTION_LABELS[action][language]
        for action in (Action.EDIT, Action.WITHDRAW, Action.CLAIM, Action.RESTORE, Action.FOLLOW_UP)
    )
    assert leads(opened("entry", lang=language, id=KNOWN), KNOWN) == {}
    acting("host")
    assert leads(opened("entry", lang=language, id=NEW), NEW) == {"entry_form": {edit, withdraw}}
    assert leads(opened("entry", lang=language, id=KNOWN), KNOWN) == {}
    acting("curator")
    assert leads(opened("entry", lang=language, id=NEW), NEW) == {"queue": {claim}}
    assert leads(opened("entry", lang=language, id=KNOWN), KNOWN) == {
        "entry_form": {edit},
        "queue": {withdraw, progress},
    }
    app = press(opened("queue", lang=language, id=KNOWN), "decide-withdraw")
    named(app.text_area, "withdraw-").set_value("ซ้ำ")
    next(button for button in app.button if button.label == t("decision.send", language)).click().run()
    assert status(parts, KNOWN) == Status.WITHDRAWN
    assert leads(opened("entry", lang=language, id=KNOWN), KNOWN) == {"queue": {restore}}


def test_a_curator_records_how_a_problem_stands_and_everybody_reads_it(
    acting: Acting, parts: Parts, language: str
) -> None:
    acting("curator")
    app = press(opened("queue", lang=language, id=KNOWN), "decide-follow_up")
    stands = named(app.selectbox, "follow_up-")
    assert [*stands.options] == [t(f"status.{one}", language) for one in PROGRESS]
    assert set(PROGRESS) == PUBLIC
    stands.set_value("solved")
    named(app.text_area, "follow_up-").set_value("อ่างเก็บน้ำใหม่\nเปิดใช้แล้ว")
    next(button for button in app.button if button.label == t("decision.send", language)).click().run()
    assert status(parts, KNOWN) == Status.SOLVED
    assert app.query_params["id"] == KNOWN  # it stays on what it is about
    acting(None)
    shown = words(opened("entry", lang=language, id=KNOWN))
    assert "อ่างเก็บน้ำใหม่<br>เปิดใช้แล้ว" in shown
    assert shown.count(t("status.solved", language)) >= 3  # the badge, the facts, the progress


def test_a_review_leads_its_reviewer_to_the_form_and_the_form_back(acting: Acting, language: str) -> None:
    acting("curator")
    app = opened("queue", lang=language, id=NEW)
    assert not [query for query in links(app, "entry_form") if f"id={NEW}" in query]
    press(app, "decide-claim")
    assert [query for query in links(app, "entry_form") if f"id={NEW}" in query]
    form = opened("entry_form", lang=language, id=NEW)
    assert [query for query in links(form, "queue") if f"id={NEW}" in query]
    assert len(links(form, "own")) == 0  # a curator has no entries of their own


def test_a_curator_edits_what_is_published_and_says_why(acting: Acting, parts: Parts, language: str) -> None:
    acting("curator")
    app = opened("entry_form", lang=language, id=KNOWN)
    (why,) = [box for box in app.text_area if str(box.key).startswith("why-")]
    box = next(box for box in app.text_area if str(box.key).startswith("field-affected"))
    box.set_value("ชาวสวนทั้งจังหวัด").run()
    press(app, "save")
    assert [error.value for error in app.error] == [t("form.no_reason", language)]
    assert t("form.unsaved", language) in words(app)
    app.text_area(key=why.key).set_value("ต้นทางแก้ข่าว").run()
    press(app, "save")
    assert not app.error
    event = parts.store.events_of(KNOWN)[-1]
    assert (event.actor, event.reason) == ("U-curator", "ต้นทางแก้ข่าว")
    assert "ชาวสวนทั้งจังหวัด" in event.data()["body"]["affected"].values()
    app.run()
    (again,) = [box for box in app.text_area if str(box.key).startswith("why-")]
    assert again.value == ""  # each edit has a reason of its own


def test_who_is_asked_for_changes_comes_from_the_notice_to_the_form_with_the_comments(
    acting: Acting, language: str
) -> None:
    acting("curator")
    app = press(press(opened("queue", lang=language, id=NEW), "decide-claim"), "decide-request_edits")
    named(app.multiselect, "comment-fields").set_value(["title"]).run()
    named(app.text_area, "comment-title").set_value("บอกเดือน").run()
    press(app, "send-comments")
    acting("host")
    assert f'href="/app/entry_form?id={NEW}&amp;lang={language}"' in words(opened("account", lang=language))
    assert "บอกเดือน" in words(opened("entry_form", lang=language, id=NEW))
    acting(None)
    # Out of a mail, before they signed in.
    assert f"next=%2Fapp%2Fentry_form%3Fid%3D{NEW}" in words(opened("entry_form", lang=language, id=NEW))


def test_what_became_part_of_an_entry_that_is_gone_comes_back_from_its_own_history(
    acting: Acting, parts: Parts, language: str
) -> None:
    parts.store.apply([Change(STATUS_CHANGED, NEW, status=Status.PUBLISHED)], actor="U-curator")
    merge(parts.store, NEW, [SAME], {}, actor="U-curator", reason="")
    acting("host")
    app = opened("entry_form", lang=language, id=NEW)
    assert escaped(t("decision.others", language, ids=SAME)) in words(app)
    assert "decide-withdraw" not in {button.key for button in app.button}
    parts.store.apply([Change(STATUS_CHANGED, NEW, status=Status.DRAFT)], actor="host")
    acting("curator")
    app = opened("history", lang=language, id=SAME)
    assert t("step.entry.merged", language) in words(app)
    take_back(app, language)
    assert status(parts, SAME) == Status.PUBLISHED
