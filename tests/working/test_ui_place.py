"""Where a curator is in a long list, and what they have begun to write, is not lost by looking at an entry."""

import re
from html import unescape
from urllib.parse import parse_qs

from streamlit.testing.v1 import AppTest

from catalogue.api.parts import Parts
from catalogue.curation import Status
from catalogue.duplicates import Verdict
from catalogue.merges import judge
from catalogue.store import STATUS_CHANGED, Change
from tests.test_duplicates_api import DEPA, KNOWN, NEW, submission
from tests.test_ui import links, opened, words
from tests.working import Acting, named, press, t

WAITING = [f"PP-2569-{91000 + number}" for number in range(59)]
FILTERED = {"organisation": DEPA, "claimed": "free"}


def turned(app: AppTest, page: str, **params: str) -> None:
    """The same reader looks at another page."""
    app.query_params.clear()
    app.switch_page(f"app_pages/{page}.py")
    app.query_params.update(params)
    app.run()
    assert not app.exception


def wait(parts: Parts) -> None:
    """More than a page of entries waits behind ``NEW``."""
    for entry_id in WAITING:
        parts.store.apply([submission(entry_id, Status.SUBMITTED, DEPA)], actor="host")


def steps(app: AppTest, page: str) -> list[dict[str, str]]:
    """What the page's links to ``page`` that load it anew ask for, without the language."""
    found = re.findall(rf'<a class="hg-step" href="{page}\?([^"]*)"', words(app))
    asked = (parse_qs(unescape(query)) for query in found)
    return [{name: values[0] for name, values in query.items() if name != "lang"} for query in asked]


def at(app: AppTest) -> dict[str, str]:
    """What the address says, without the language."""
    said = {name: app.query_params[name] for name in app.query_params if name != "lang"}
    return {name: value if isinstance(value, str) else value[0] for name, value in said.items()}


def test_the_place_in_the_queue_is_carried_to_an_entry_and_back(acting: Acting, parts: Parts, language: str) -> None:
    wait(parts)
    acting("curator")
    here = {**FILTERED, "page": "2"}
    app = opened("queue", lang=language, **here)
    assert app.selectbox(key="f-organisation").value == DEPA
    assert app.selectbox(key="f-claimed").value == "free"
    last = WAITING[-14:]  # behind four of the sample
    assert steps(app, "queue") == [{**here, "id": entry_id} for entry_id in last]
    press(app, "next")
    oldest = steps(opened("queue", lang=language, **FILTERED), "queue")[0]["id"]
    assert at(app) == {**here, "id": oldest}
    review = opened("queue", lang=language, id=last[0], **here)
    assert here in steps(review, "queue")
    press(review, "next")
    assert at(review) == {**here, "id": last[1]}
    press(review, "decide-claim")
    assert at(review) == {**here, "id": last[1]}
    assert all("page=2" in query for query in links(review, "entry_form") + links(review, "duplicates")[1:])


def test_the_next_entry_is_the_next_one_of_those_that_were_asked_for(
    acting: Acting, parts: Parts, language: str
) -> None:
    wait(parts)
    acting("curator")
    review = opened("queue", lang=language, id=NEW, province="TH-99")
    assert "next" not in {button.key for button in review.button}
    review = opened("queue", lang=language, id=NEW, organisation=DEPA)
    press(review, "next")
    assert at(review) == {"organisation": DEPA, "id": WAITING[0]}


def test_a_filter_goes_into_the_address_and_begins_on_the_first_page(
    acting: Acting, parts: Parts, language: str
) -> None:
    wait(parts)
    acting("curator")
    app = opened("queue", lang=language, page="2")
    app.selectbox(key="f-organisation").set_value(DEPA).run()
    assert at(app) == {"organisation": DEPA}
    app.checkbox(key="f-overdue").check().run()
    assert at(app) == {"organisation": DEPA, "overdue": "true"}
    app.selectbox(key="f-organisation").set_value("").run()
    assert at(app) == {"overdue": "true"}
    assert not app.exception


def test_a_page_past_the_end_is_the_last_one(acting: Acting, parts: Parts, language: str) -> None:
    wait(parts)
    acting("curator")
    assert len(steps(opened("queue", lang=language, page="9"), "queue")) == 22
    first = opened("duplicates", lang=language)
    assert len(steps(first, "duplicates")) == 10
    past = opened("duplicates", lang=language, pairs="99999")
    assert t("duplicates.none", language) not in words(past)
    assert int(at(past)["pairs"]) > 1
    last = steps(past, "duplicates")
    assert last
    assert all(step["pairs"] == at(past)["pairs"] for step in last)
    compared = opened("duplicates", lang=language, **last[0])
    assert steps(compared, "duplicates") == [at(past)]


def test_what_a_curator_wrote_is_there_when_they_come_back_until_they_decide(
    acting: Acting, parts: Parts, language: str
) -> None:
    judge(parts.store, NEW, KNOWN, Verdict.SAME, actor="U-curator", reason="")
    acting("curator")
    app = press(press(opened("queue", lang=language, id=NEW), "decide-claim"), "decide-request_edits")
    named(app.multiselect, "comment-fields").set_value(["title"]).run()
    named(app.text_area, "comment-title").set_value("บอกเดือน").run()
    # The candidates stay beside the review: in another tab.
    assert not links(app, "entry")
    assert re.search(rf'<a href="entry\?id={KNOWN}&amp;lang={language}" target="_blank">', words(app))
    turned(app, "duplicates", lang=language, a=KNOWN, b=NEW)
    turned(app, "queue", lang=language, id=NEW)
    assert named(app.text_area, "comment-title").value == "บอกเดือน"
    press(app, "decide-release")
    # Another time there are other things to say.
    turned(app, "queue", lang=language, id=NEW)
    press(press(app, "decide-claim"), "decide-request_edits")
    assert named(app.multiselect, "comment-fields").value == []


def test_nothing_is_shown_to_others_by_a_letter_alone(acting: Acting, parts: Parts, language: str) -> None:
    judge(parts.store, NEW, KNOWN, Verdict.SAME, actor="U-curator", reason="")
    acting("curator")
    app = press(opened("queue", lang=language, id=NEW), "decide-claim")

    def key_of(button: str) -> str:
        return str(app.button(key=button).proto.shortcut)

    assert key_of("decide-publish") == "shift+p"
    press(app, "decide-publish")
    assert key_of("publish-anyway") == "shift+y"
    draft = "PP-2569-99001"
    parts.store.apply([submission(draft, Status.DRAFT, DEPA)], actor="host")
    acting("host")
    app = opened("entry_form", lang=language, id=draft)
    assert key_of("decide-submit") == "shift+s"


def test_a_curator_finds_what_waits_no_more(acting: Acting, parts: Parts, language: str) -> None:
    parts.store.apply([Change(STATUS_CHANGED, NEW, status=Status.WITHDRAWN)], actor="curator")
    acting("curator")
    app = opened("queue", lang=language)
    assert NEW not in words(app)
    box = app.selectbox(key="f-status")
    assert [*box.options][1:] == [t(f"status.{one}", language) for one in ("edits_requested", "rejected", "withdrawn")]
    box.set_value("withdrawn").run()
    assert at(app) == {"status": "withdrawn"}
    assert steps(app, "queue") == [{"status": "withdrawn", "id": NEW}]
    assert t("own.count.one", language, n=1) in words(app)
