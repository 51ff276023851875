"""The pages of hosts and curators, run by Streamlit's AppTest against the real API over a copy of the sample."""

import datetime
import shutil
from typing import Any
from urllib.parse import parse_qs

from streamlit.testing.v1 import AppTest

from catalogue.api.parts import Parts
from catalogue.curation import LABELS, Status
from catalogue.duplicates import Verdict
from catalogue.entries import body_of, content_hash, parse
from catalogue.history import PROGRAM_REASONS, SAMPLE
from catalogue.merges import judge, merge
from catalogue.people import Grant, Role
from catalogue.settings import Settings
from catalogue.sign_in import SignIn
from catalogue.store import CREATED, UPDATED, Change
from catalogue.store.notices import SHOWN, Notices
from tests import people
from tests.conftest import NOON
from tests.test_duplicates_api import DEPA, KNOWN, NEW, THEME, submission
from tests.test_ui import links, opened, words
from tests.working import Acting, named, press, status, t, take_back
from ui import dates
from ui.language import strings
from ui.markup import escaped, label

WORK = ("queue", "duplicates", "own", "entry_form", "account", "people")
SAME = "PP-2569-00002"


def test_the_statuses_are_called_as_the_api_calls_them() -> None:
    for one in Status:
        assert strings()[f"status.{one}"] == LABELS[one]


def test_visitors_learn_whom_a_page_is_for_and_where_to_sign_in(acting: Acting, language: str) -> None:
    for page in WORK:
        shown = words(opened(page, lang=language))
        assert shown.count("<h1") == 1, page
        assert f"next=%2Fapp%2F{page}" in shown, page


def test_a_host_finds_their_entries_account_and_people(acting: Acting, language: str) -> None:
    acting("host")
    own = opened("own", lang=language)
    assert any(NEW in query for query in links(own, "entry_form"))
    assert t("status.submitted", language) in words(own)
    assert t("role.host_admin", language) in words(opened("account", lang=language))
    assert "host@example.go.th" in words(opened("people", lang=language))
    assert escaped(t("queue.refused", language)) in words(opened("queue", lang=language))


def test_own_entries_are_read_by_status_and_page_by_page(acting: Acting, parts: Parts, language: str) -> None:
    acting("host")
    drafts = [f"PP-2569-{90000 + number}" for number in range(51)]
    for entry_id in drafts:
        parts.store.apply([submission(entry_id, Status.DRAFT, DEPA)], actor="host")

    def listed(app: AppTest) -> list[str]:
        asked = (parse_qs(query) for query in links(app, "entry_form"))
        return [of["id"][0] for of in asked if "id" in of]

    app = opened("own", lang=language)
    app.selectbox(key="own-status").set_value("draft").run()
    assert listed(app) == drafts[:0:-1]  # the last changed first, fifty of them
    app.query_params["page"] = "2"
    assert listed(app.run()) == drafts[:1]
    # The way back from an entry leads to where one was.
    (query,) = (query for query in links(app, "entry_form") if drafts[0] in query)
    assert ("status=draft" in query, "page=2" in query) == (True, True)
    form = opened("entry_form", lang=language, id=drafts[0], status="draft", page="2")
    assert all("status=draft" in query and "page=2" in query for query in links(form, "own")[-1:])
    app.selectbox(key="own-status").set_value("submitted").run()
    assert listed(app)[0] == NEW  # from its first page on
    assert (app.query_params["status"], "page" in app.query_params) == ("submitted", False)
    assert not app.exception


def test_a_curator_never_publishes_a_probable_duplicate_unasked(acting: Acting, parts: Parts, language: str) -> None:
    judge(parts.store, NEW, KNOWN, Verdict.SAME, actor="U-curator", reason="")
    acting("curator")
    assert NEW in words(opened("queue", lang=language))
    app = opened("queue", lang=language, id=NEW)
    assert t("duplicates.reason.judged_same", language) in words(app)
    assert any(f"a={KNOWN}" in query and f"b={NEW}" in query for query in links(app, "duplicates"))
    press(app, "decide-claim")
    assert "decide-claim" not in {button.key for button in app.button}
    press(app, "decide-publish")
    assert KNOWN in words(app)
    assert status(parts) == Status.IN_REVIEW
    press(app, "publish-anyway")
    assert status(parts) == Status.PUBLISHED


def test_what_was_judged_distinct_is_published_at_once(acting: Acting, parts: Parts) -> None:
    acting("curator")
    app = press(opened("queue", lang="th", id=NEW), "decide-claim")
    while judged := [button.key for button in app.button if (button.key or "").startswith("distinct-")]:
        press(app, str(judged[0]))
    assert t("candidates.none", "th") in words(app)
    press(app, "decide-publish")
    assert status(parts) == Status.PUBLISHED


def test_a_curator_comments_on_several_fields_and_the_host_reads_them(
    acting: Acting, parts: Parts, language: str
) -> None:
    acting("curator")
    app = press(press(opened("queue", lang=language, id=NEW), "decide-claim"), "decide-request_edits")
    named(app.multiselect, "comment-fields").set_value(["title", "theme"]).run()
    named(app.text_area, "comment-title").set_value("สั้นลง").run()
    press(app, "send-comments")
    assert status(parts) == Status.IN_REVIEW  # a field that was picked wants words
    named(app.text_area, "comment-theme").set_value("น้ำ").run()
    press(app, "send-comments")
    assert status(parts) == Status.EDITS_REQUESTED
    acting("host")
    asked = words(opened("entry_form", lang=language, id=NEW))
    assert "สั้นลง" in asked
    assert "น้ำ" in asked


def test_bulk_publishing_asks_about_what_may_be_a_duplicate(acting: Acting, parts: Parts, language: str) -> None:
    acting("curator")
    press(opened("queue", lang=language, id=NEW), "decide-claim")
    app = opened("queue", lang=language)
    app.checkbox(key=f"pick-{NEW}").check().run()
    app.selectbox[-1].set_value("publish").run()
    press(app, "preview")
    assert f"id={KNOWN}" in words(app)
    assert "do" not in {button.key for button in app.button}
    app.checkbox(key=f"sure-{NEW}").check().run()
    press(app, "do")
    assert status(parts) == Status.PUBLISHED


def test_many_are_rejected_with_a_reason_of_the_list(acting: Acting, parts: Parts, language: str) -> None:
    acting("curator")
    press(opened("queue", lang=language, id=NEW), "decide-claim")
    app = opened("queue", lang=language)
    app.checkbox(key=f"pick-{NEW}").check().run()
    app.selectbox(key="many-action").set_value("reject").run()
    app.selectbox(key="many-code").set_value("duplicate").run()
    press(app, "preview")
    app.text_area(key="many-reason").set_value("มีแล้ว").run()
    # Other words are another decision: it is looked at first.
    assert "do" not in {button.key for button in app.button}
    press(app, "preview")
    assert status(parts) == Status.IN_REVIEW
    press(app, "do")
    assert status(parts) == Status.REJECTED
    event = parts.store.events_of(NEW)[-1]
    assert (event.data()["details"]["code"], event.reason) == ("duplicate", "มีแล้ว")


def test_a_host_withdraws_many_with_a_reason(acting: Acting, parts: Parts, language: str) -> None:
    other = "PP-2569-99001"
    parts.store.apply([submission(other, Status.SUBMITTED, DEPA)], actor="host")
    acting("host")
    app = opened("own", lang=language)
    for entry_id in (NEW, other):
        app.checkbox(key=f"pick-{entry_id}").check().run()
    app.selectbox(key="many-action").set_value("withdraw").run()
    press(app, "preview")
    assert t("queue.would", language, done=0, refused=2) in words(app)
    app.text_area(key="many-reason").set_value("ส่งผิดงาน").run()
    press(app, "preview")
    assert (status(parts), t("queue.would", language, done=2, refused=0) in words(app)) == (Status.SUBMITTED, True)
    press(app, "do")
    assert [status(parts, entry_id) for entry_id in (NEW, other)] == [Status.WITHDRAWN] * 2
    assert {parts.store.events_of(entry_id)[-1].reason for entry_id in (NEW, other)} == {"ส่งผิดงาน"}
    left = {box.key for box in opened("own", lang=language).checkbox}
    assert not left & {f"pick-{NEW}", f"pick-{other}"}


def test_who_submits_many_sees_what_each_probably_repeats_and_is_kept_from_nothing(
    acting: Acting, parts: Parts, language: str
) -> None:
    known = parts.store.get_many([KNOWN])[KNOWN].body
    twin, alone, hidden = "PP-2569-99001", "PP-2569-99002", "PP-2569-99003"
    dogs = {"th": "ทะเบียนสุนัขในหอพัก"}
    other = {"kind": "pain_point", "language": "th", "title": dogs, "statement": dogs, "theme": THEME}
    for entry_id, body, owner in ((twin, known, DEPA), (alone, other, DEPA), (hidden, other, "OG-2569-002")):
        entry = parse({**body, "id": entry_id, "external_id": None})
        made = Change(CREATED, entry_id, body_of(entry), Status.DRAFT, content_hash(entry), owner=owner)
        parts.store.apply([made], actor="host")
    acting("host")
    app = opened("own", lang=language)
    for entry_id in (twin, alone):
        app.checkbox(key=f"pick-{entry_id}").check().run()
    press(app, "preview")
    shown = words(app)
    title = known["title"].get(language) or known["title"]["th"]
    assert t("queue.would", language, done=2, refused=0) in shown
    assert shown.count(escaped(t("queue.repeats", language, title=title))) == 1
    assert escaped(t("queue.repeats", language, title=dogs["th"])) not in shown
    assert f"id={KNOWN}" in shown
    assert t("duplicates.reason.meaning", language) in shown
    assert hidden not in shown
    assert [status(parts, entry_id) for entry_id in (twin, alone)] == [Status.DRAFT] * 2
    press(app, "do")
    assert [status(parts, entry_id) for entry_id in (twin, alone)] == [Status.SUBMITTED] * 2
    assert escaped(t("queue.repeats", language, title=title)) in words(app)


def test_bulk_publishing_says_what_no_search_compared(
    acting: Acting, own_settings: Settings, parts: Parts, language: str
) -> None:
    acting("curator")
    press(opened("queue", lang=language, id=NEW), "decide-claim")
    shutil.rmtree(own_settings.index_dir)
    app = opened("queue", lang=language)
    app.checkbox(key=f"pick-{NEW}").check().run()
    app.selectbox[-1].set_value("publish").run()
    press(app, "preview")
    said = t("queue.uncompared.one", language, n=1)
    assert [warning.value for warning in app.warning] == [said]
    press(app, "do")
    assert said in [warning.value for warning in app.warning]
    assert status(parts) == Status.PUBLISHED


def test_the_history_shows_a_merge_and_takes_it_back(acting: Acting, parts: Parts, language: str) -> None:
    merge(parts.store, KNOWN, [SAME], {}, actor="U-curator", reason="")
    assert t("entry.merged", language) in words(opened("entry", lang=language, id=KNOWN))
    visitor = opened("history", lang=language, id=KNOWN)
    assert t("duplicates.undo", language) not in words(visitor)
    acting("curator")
    app = opened("history", lang=language, id=KNOWN)
    assert t("step.entry.absorbed", language) in words(app)
    take_back(app, language)
    assert status(parts, SAME) == Status.PUBLISHED
    assert t("history.undone", language) in words(app)
    assert t("duplicates.undo", language) not in [button.label for button in app.button]


def test_the_pairs_lead_to_two_entries_side_by_side(acting: Acting, language: str) -> None:
    acting("curator")
    assert t("duplicates.compare", language) in words(opened("duplicates", lang=language))
    app = opened("duplicates", lang=language, a=KNOWN, b=NEW)
    keep = app.radio(key=f"keep-{KNOWN}")
    assert keep.value == KNOWN
    assert keep.options[0].startswith(label(KNOWN)), "what people write is no Markdown"
    assert t("duplicates.merge", language) in words(app)


def test_the_account_says_when_a_key_was_used_last(
    acting: Acting, parts: Parts, own_settings: Settings, language: str
) -> None:
    begun = datetime.datetime(2026, 11, 24, 5, tzinfo=datetime.UTC)
    sign_in = SignIn.over(parts.store)
    secret, _ = sign_in.new_key("U-host", "nightly", ["read"], 90, begun)
    acting("host")
    assert t("keys.unused", language) in words(opened("account", lang=language))
    assert sign_in.of_key(secret, False, begun + datetime.timedelta(days=1))
    day = dates.day("2026-11-25", "th" if language == "th" else "en")
    assert t("keys.used", language, day=day) in words(opened("account", lang=language))


def test_notices_that_were_not_shown_are_still_to_be_read(acting: Acting, parts: Parts, language: str) -> None:
    notices, begun = Notices(parts.store.database), datetime.datetime(2026, 11, 24, 5, tzinfo=datetime.UTC)

    def told(number: int) -> None:
        payload = {"id": NEW, "title": {"en": f"Notice {number}."}}
        notices.post("U-host", "published", payload, begun + datetime.timedelta(minutes=number))

    for number in range(SHOWN + 1):
        told(number)
    acting("host")
    app = opened("account", lang=language)
    assert "Notice 1." in words(app)
    assert "Notice 0." not in words(app)
    told(SHOWN + 1)  # while they read those
    press(app, "read-notices")
    assert 'class="hg-unread">2<' in words(app)
    bodies = [html.proto.body for html in app.get("html")]
    new = [body for body in bodies if body.startswith('<div class="hg-notice" data-new>')]
    assert [f"Notice {number}." in body for number, body in zip((SHOWN + 1, 0), new, strict=True)] == [True, True]


def test_a_notice_leads_to_its_page_in_the_readers_language(acting: Acting, parts: Parts, language: str) -> None:
    notices = Notices(parts.store.database)
    notices.post("U-host", "imported", {"file": "ปัญหา.csv"}, NOON)
    notices.post("U-host", "published", {"id": NEW, "title": {"th": "น้ำ"}}, NOON)
    acting("host")
    shown = words(opened("account", lang=language))
    assert f'href="/app/upload?lang={language}"' in shown
    assert f'href="/app/entry?id={NEW}&amp;lang={language}"' in shown


def test_who_sends_what_is_told_already_learns_of_it(acting: Acting, parts: Parts, language: str) -> None:
    draft = "PP-2569-99001"
    parts.store.apply([submission(draft, Status.DRAFT, DEPA)], actor="host")
    stored = parts.store.get_many([draft])[draft]
    entry = parse({**stored.body, "theme": THEME})
    parts.store.apply([Change(UPDATED, draft, body_of(entry), content_hash=content_hash(entry))], actor="host")
    acting("host")
    app = press(opened("entry_form", lang=language, id=draft), "decide-submit")
    assert status(parts, draft) == Status.SUBMITTED
    assert escaped(t("decision.repeats", language)) in words(app)
    assert f"id={KNOWN}" in words(app)
    assert escaped(t("decision.repeats", language)) not in words(app.run())


def test_a_host_that_has_not_agreed_has_a_badge_on_every_page(acting: Acting, parts: Parts, language: str) -> None:
    named = ({"th": "สำนักงานพัฒนารัฐบาลดิจิทัล"}, DEPA), ({"en": "A name that no register has"}, None)
    body = {
        "id": "HK-2569-901",
        "kind": "hackathon",
        "language": "th",
        "title": {"th": "แฮกน้ำ"},
        "hosts": [{"organization": {"name": name, "id": known}, "role": "co_host"} for name, known in named],
    }
    entry = parse(body)
    told: Any = {"body": body_of(entry), "content_hash": content_hash(entry), "owner": DEPA}
    parts.store.apply([Change(CREATED, entry.id, status=Status.SUBMITTED, **told)], actor="host")
    acting("curator")
    for page in ("queue", "entry"):
        shown = words(opened(page, lang=language, id=entry.id))
        assert shown.count(escaped(t("host.unconfirmed", language))) == 1, page
        assert "A name that no register has" in shown


def test_an_answer_sends_what_the_form_says_and_the_differences_are_shown(acting: Acting, parts: Parts) -> None:
    acting("curator")
    app = press(press(opened("queue", lang="th", id=NEW), "decide-claim"), "decide-request_edits")
    named(app.multiselect, "comment-fields").set_value(["title"]).run()
    named(app.text_area, "comment-title").set_value("บอกเดือน").run()
    press(app, "send-comments")
    acting("host")
    app = opened("entry_form", lang="th", id=NEW)
    keys = [str(box.key) for box in app.text_input]
    title = app.text_input(key=next(k for k in keys if k.startswith("field-title-") and not k.endswith("-th")))
    title.set_value(f"{title.value} in April").run()
    press(app, "save")
    assert "<mark> in April</mark>" in words(app) or "<mark>in April</mark>" in words(app)
    theme = next(box for box in app.selectbox if (box.key or "").startswith("field-theme"))
    theme.set_value("agriculture-food").run()
    press(app, "decide-answer")
    assert status(parts) == Status.IN_REVIEW
    body = parts.store.get_many([NEW])[NEW].body
    assert (body["title"]["en"].endswith("in April"), body["theme"]) == (True, "agriculture-food")


def test_the_themes_of_a_curator_are_chosen_and_changed(acting: Acting, parts: Parts, language: str) -> None:
    people.add(parts.store, "admin", Grant(Role.ADMIN))
    acting("admin")
    app = opened("people", lang=language)
    app.text_input(key="email-0").set_value("new@example.go.th").run()
    app.text_input(key="name-0").set_value("ชื่น").run()
    app.selectbox(key="role-0").set_value("curator").run()
    app.multiselect(key="themes-0").set_value(["tourism"]).run()
    press(app, "send")
    accounts = SignIn.over(parts.store).accounts
    (made,) = [account for account in accounts.everybody() if account.email == "new@example.go.th"]
    assert made.grants == (Grant(Role.CURATOR, themes=frozenset({"tourism"})),)
    app.multiselect(key=f"scope-{made.id}-0-themes").set_value(["tourism", "health"]).run()
    press(app, f"scope-{made.id}-0-save")
    changed = accounts.get(made.id)
    assert changed
    assert changed.grants == (Grant(Role.CURATOR, themes=frozenset({"tourism", "health"})),)


def test_the_sample_tells_its_history_in_the_readers_language(acting: Acting, language: str) -> None:
    told = words(opened("history", lang=language, id=KNOWN))
    assert PROGRAM_REASONS[SAMPLE][language] in told
    assert SAMPLE not in told
