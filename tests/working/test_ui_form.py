"""The form in which hosts write, run by AppTest against the real API: what it asks, saves and never loses."""

from typing import Any

import pytest
from streamlit.runtime.state import SessionStateProxy

from catalogue.api.parts import Parts
from catalogue.curation import Status
from catalogue.entries import body_of, content_hash, parse
from catalogue.people import Grant, Role
from catalogue.store import UPDATED, Change
from tests import people
from tests.merging_catalogue import edited
from tests.test_duplicates_api import DEPA, DGA, KNOWN, NEW, submission
from tests.test_ui import opened, words
from tests.working import Acting, press, status, t
from ui.api_client import ApiClient
from ui.drafts import Draft


@pytest.mark.parametrize(
    ("kind", "filled", "also"),
    [
        ("proposal", {"title": "แอปบอกเวลารถ", "summary": "บอกเวลาที่รถจะมาถึงป้าย"}, "field-solution_type"),
        ("hackathon", {"title": "แฮกเมืองน่าน", "summary": "สองวันที่น่าน"}, "field-topics"),
    ],
)
def test_a_host_writes_every_kind_with_the_fields_it_has(
    acting: Acting, parts: Parts, kind: str, filled: dict[str, str], also: str, language: str
) -> None:
    acting("host")
    app = opened("entry_form", lang=language)
    app.radio(key="kind").set_value(kind).run()
    app.radio(key="language").set_value("th").run()
    app.text_input(key="field-title").set_value(filled["title"])
    app.text_area(key="field-summary").set_value(filled["summary"]).run()
    keys = {element.key for family in (app.selectbox, app.text_area) for element in family}
    assert also in keys
    press(app, "save")
    made = [s for s, _ in parts.store.latest([Status.DRAFT])]
    assert [stored.kind for stored in made] == [kind]
    assert {name: made[0].body[name]["th"] for name in filled} == filled


def draft_of(parts: Parts) -> dict[str, Any]:
    (made,) = [s for s, _ in parts.store.latest([Status.DRAFT]) if s.kind != "hackathon"]
    return made.body


def test_a_draft_is_saved_with_nothing_in_it(acting: Acting, parts: Parts, language: str) -> None:
    acting("host")
    app = press(opened("entry_form", lang=language), "save")
    assert t("status.draft", language) in app.success[0].value
    assert "title" not in draft_of(parts)
    own = opened("own", lang=language)
    assert t("card.untitled", language) in words(own)
    missing = press(app, "decide-submit")
    assert t("error.parameters", language) in words(missing)
    entry = opened("entry", lang=language, id=draft_of(parts)["id"])
    assert t("card.untitled", language) in words(entry)


def test_a_draft_saves_itself_once_it_has_a_title(acting: Acting, parts: Parts, language: str) -> None:
    acting("host")
    app = opened("entry_form", lang=language)
    app.radio(key="language").set_value("th").run()
    app.text_area(key="field-statement").set_value("ทุกหน้าแล้ง").run()
    assert not parts.store.latest([Status.DRAFT])
    app.text_input(key="field-title").set_value("น้ำประปาไม่ไหล").run()
    app.text_input(key="field-title-en").set_value("The taps run dry").run()
    assert draft_of(parts)["statement"]["th"] == "ทุกหน้าแล้ง"
    app.text_area(key="field-statement").set_value("ทุกหน้าแล้ง โทร 081-234-5678").run()
    saved = draft_of(parts)
    assert "081" not in str(saved["statement"])
    (told,) = app.warning
    assert ("ปัญหา" if language == "th" else "Problem statement") in told.value
    assert t("form.saved_at", language, at="|").partition("|")[0] in words(app)
    again = opened("entry_form", lang=language, id=saved["id"])
    assert f"field-title-{saved['id']}" in str([box.key for box in again.text_input])
    app.radio(key="kind").set_value("proposal").run()
    assert status(parts, saved["id"]) == Status.DISCARDED
    app.text_area(key="field-summary").set_value("ถังน้ำร่วม").run()
    made = draft_of(parts)
    assert (made["kind"], made["title"]["th"], made["summary"]["th"]) == ("proposal", "น้ำประปาไม่ไหล", "ถังน้ำร่วม")


def test_a_page_that_is_interrupted_while_it_saves_knows_what_it_saved(
    acting: Acting, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    acting("host")

    class Interrupted(Exception):
        pass

    def asked(*_: object) -> bool:  # where Streamlit lets the next run of a page take over
        if parts.store.latest([Status.DRAFT]):
            raise Interrupted
        return False

    for name in ("__contains__", "setdefault"):
        monkeypatch.setattr(SessionStateProxy, name, asked, raising=False)
    draft = Draft("", {}, kind="pain_point", owner=DEPA)
    with pytest.raises(Interrupted):
        draft.save({"title": {"th": "น้ำประปาไม่ไหล"}, "language": "th"})
    (made,) = parts.store.latest([Status.DRAFT])
    assert (draft.id, draft.revision) == (made[0].id, made[0].revision)  # so it is not saved as another one


def test_what_another_one_saved_meanwhile_is_not_written_over_and_nothing_typed_is_lost(
    acting: Acting, parts: Parts, language: str
) -> None:
    draft = "PP-2569-99001"
    parts.store.apply([submission(draft, Status.DRAFT, DEPA)], actor="host")
    acting("host")
    app = opened("entry_form", lang=language, id=draft)
    box = next(box for box in app.text_area if str(box.key).startswith("field-affected"))
    box.set_value("ผู้ใช้น้ำ").run()
    first = parts.store.get_many([draft])[draft].body
    assert first["affected"]["th" if first["language"] == "th" else "en"] == "ผู้ใช้น้ำ"
    entry = parse({**first, "evidence": {"th": "120 หลัง"}})
    parts.store.apply([Change(UPDATED, draft, body_of(entry), content_hash=content_hash(entry))], actor="other")
    app.text_area(key=box.key).set_value("ผู้ใช้น้ำทั้งตำบล").run()
    assert parts.store.get_many([draft])[draft].body == body_of(entry)
    assert t("form.changed_meanwhile", language) in words(app)
    assert app.text_area(key=box.key).value == "ผู้ใช้น้ำทั้งตำบล"
    assert not [button for button in app.button if str(button.key).startswith("decide-")]
    press(app, "load-again")
    assert "120 หลัง" in [box.value for box in app.text_area]
    assert t("form.changed_meanwhile", language) not in words(app)


def test_what_another_one_saves_while_a_draft_is_being_opened_is_shown_and_not_written_over(
    acting: Acting, parts: Parts, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    draft, real, quicker = "PP-2569-99001", ApiClient.standing, [True]
    parts.store.apply([submission(draft, Status.DRAFT, DEPA)], actor="host")

    def standing(client: ApiClient, entry_id: str) -> dict[str, Any]:  # between content and standing
        if quicker:
            quicker.clear()
            parts.store.apply([edited(parts.store, draft, evidence={"en": "120 houses"})], actor="other")
        return real(client, entry_id)

    monkeypatch.setattr(ApiClient, "standing", standing)
    acting("host")
    app = opened("entry_form", lang=language, id=draft)
    assert not quicker
    assert "120 houses" in [box.value for box in app.text_area]
    next(box for box in app.text_area if str(box.key).startswith("field-affected")).set_value("Growers").run()
    body = parts.store.get_many([draft])[draft].body
    assert (body["evidence"]["en"], body["affected"]["en"]) == ("120 houses", "Growers")


def test_a_curators_edit_waits_until_it_is_saved(acting: Acting, parts: Parts, language: str) -> None:
    acting("curator")
    press(opened("queue", lang=language, id=NEW), "decide-claim")
    app = opened("entry_form", lang=language, id=NEW)
    before = parts.store.get_many([NEW])[NEW].body
    box = next(box for box in app.text_area if str(box.key).startswith("field-statement"))
    box.set_value(f"{box.value} Every year.").run()
    assert parts.store.get_many([NEW])[NEW].body == before
    assert t("form.unsaved", language) in words(app)
    press(app, "save")
    assert parts.store.get_many([NEW])[NEW].body["statement"]["en"].endswith("Every year.")
    assert t("form.unsaved", language) not in words(app)


def test_everything_that_an_entry_has_can_be_written(acting: Acting, parts: Parts) -> None:
    acting("host")
    app = opened("entry_form", lang="th")
    app.text_input(key="field-title").set_value("น้ำประปาไม่ไหลทุกหน้าแล้ง").run()
    app.multiselect(key="field-owners").set_value(["OG-2569-002"]).run()
    app.text_input(key="field-source-url").set_value("https://example.go.th/1").run()
    app.selectbox(key="field-source-license").set_value("CC BY 4.0").run()
    app.text_input(key="field-title-en").set_value("Taps run dry every dry season").run()
    app.text_input(key="field-hackathon-new").set_value("แฮกเมืองน่าน").run()
    press(app, "field-hackathon-make")
    event = app.selectbox(key="field-hackathon").value
    assert parts.store.get_many([event])[event].body["title"]["th"] == "แฮกเมืองน่าน"
    press(app, "save")
    body = draft_of(parts)
    assert body["title"]["en"] == "Taps run dry every dry season"
    assert body["owners"][0]["id"] == "OG-2569-002"
    assert body["owners"][0]["name"]["en"]
    assert body["source"] == {"url": "https://example.go.th/1", "license": "CC BY 4.0"}
    assert body["hackathon"] == event


def test_an_event_made_in_a_form_is_of_the_entrys_organisation(acting: Acting, parts: Parts) -> None:
    people.add(parts.store, "both", Grant(Role.HOST_EDITOR, DGA), Grant(Role.HOST_EDITOR, DEPA))
    acting("both")
    draft = "PP-2569-99001"
    parts.store.apply([submission(draft, Status.DRAFT, DEPA)], actor="host")
    app = opened("entry_form", lang="th", id=draft)
    (name,) = [str(box.key) for box in app.text_input if str(box.key).endswith("-new")]
    app.text_input(key=name).set_value("แฮกเมืองน่าน").run()
    press(app, name.removesuffix("new") + "make")
    app = opened("entry_form", lang="th")
    app.selectbox(key="owner").set_value(DEPA).run()
    app.text_input(key="field-hackathon-new").set_value("แฮกเมืองแพร่").run()
    press(app, "field-hackathon-make")
    made = [stored for stored, _ in parts.store.latest([Status.DRAFT]) if stored.kind == "hackathon"]
    # Each is named in the language that its form is written in.
    assert {stored.body["title"].get("th", stored.body["title"].get("en")): stored.owner for stored in made} == {
        "แฮกเมืองน่าน": DEPA,
        "แฮกเมืองแพร่": DEPA,
    }


def test_a_reviewer_makes_no_event_in_the_name_of_others(acting: Acting) -> None:
    acting("curator")
    press(opened("queue", lang="th", id=NEW), "decide-claim")
    app = opened("entry_form", lang="th", id=NEW)
    assert [box for box in app.selectbox if str(box.key).startswith("field-hackathon")]
    assert not [box for box in app.text_input if str(box.key).endswith("-new")]


def test_a_proposal_is_linked_to_problems_and_a_hackathon_names_its_hosts(acting: Acting, parts: Parts) -> None:
    acting("host")
    app = opened("entry_form", lang="th")
    app.radio(key="kind").set_value("proposal").run()
    app.text_input(key="field-pain_points-find").set_value(KNOWN).run()
    press(app, f"field-pain_points-take-{KNOWN}")
    app.selectbox(key="field-pain_points-0-role").set_value("partly").run()
    press(app, "save")
    assert draft_of(parts)["pain_points"] == [{"pain_point": KNOWN, "role": "partly"}]
    app = opened("entry_form", lang="th")
    app.radio(key="kind").set_value("hackathon").run()
    press(app, "field-hosts-add")
    app.selectbox(key="field-hosts-1-organization").set_value("OG-2569-002").run()
    press(app, "save")
    (event,) = [s for s, _ in parts.store.latest([Status.DRAFT]) if s.kind == "hackathon"]
    hosts = [(host["organization"]["id"], host["role"]) for host in event.body["hosts"]]
    assert hosts == [(DEPA, "lead_host"), ("OG-2569-002", "co_host")]
