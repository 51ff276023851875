"""What a curator decides on is what the page has shown: run by AppTest against the real API."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalogue.api.parts import Parts
from catalogue.curation import Status
from catalogue.entries import body_of, content_hash, parse
from catalogue.merges import merge
from catalogue.settings import Settings
from catalogue.store import CREATED, Change
from tests.merging_catalogue import edited
from tests.test_duplicates_api import DEPA, KNOWN, NEW
from tests.test_ui import opened, words
from tests.working import Acting, at_work, office, press, speaking, status, t
from ui.markup import escaped

EVENT, PROPOSAL, OTHER = "HK-2569-901", "PR-2569-09001", "PR-2569-09002"
REASON = {"th": "ถังน้ำร่วมของหมู่บ้าน", "en": "One tank for the whole village"}


@pytest.fixture(params=("th", "en"))
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    return speaking(request.param, monkeypatch)


@pytest.fixture
def parts(own_settings: Settings, parts: Parts) -> Iterator[Parts]:
    with office(own_settings, parts) as made:
        yield made


@pytest.fixture
def acting(own_settings: Settings, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> Iterator[Acting]:
    with at_work(own_settings, parts, monkeypatch) as choose:
        yield choose


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
    next(button for button in app.button if button.label == t("duplicates.undo", "th")).click().run()
    assert not app.exception
    assert status(parts, "PP-2569-00003") == Status.MERGED
