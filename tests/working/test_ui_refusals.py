"""What a page says where something is not filled in, or is not known now."""

import datetime

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from catalogue.api.parts import Parts
from catalogue.api.person import COOKIE
from catalogue.errors import StoreUnavailable
from catalogue.sign_in import SignIn
from tests.serving import listening
from tests.test_ui import opened, words
from tests.working import Acting, press, t

SAID = {"th": "ฐานข้อมูลไม่ว่าง", "en": "The database is busy"}


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize("page", ["account", "people", "duplicates", "entry_form"])
def test_who_is_signed_in_is_not_told_to_sign_in_while_nobody_can_tell(
    page: str, answers: bool, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = FastAPI()

    @busy.get("/api/v1/me")
    def me() -> JSONResponse:
        title = {"title": StoreUnavailable.title_en, "title_th": StoreUnavailable.title_th}
        return JSONResponse({**title, "detail": SAID["en"], "detail_th": SAID["th"]}, 503)

    monkeypatch.setattr(ContextProxy, "cookies", property(lambda _: {COOKIE: "a session"}))
    with listening(busy) as url:
        monkeypatch.setenv("HACKGO_API_URL", url if answers else "http://127.0.0.1:9")  # the discard port: nobody
        shown = words(opened(page, lang=language, id="PP-2569-00001"))
    assert (SAID[language] if answers else t("error.unreachable", language)) in shown
    assert t("error.retry", language) in shown
    assert "/sign-in" not in shown


def test_a_session_that_ended_is_asked_to_sign_in(acting: Acting, parts: Parts, language: str) -> None:
    acting("curator")
    now = datetime.datetime.now(datetime.UTC)
    sign_in = SignIn.over(parts.store)
    held = sign_in.session(ContextProxy().cookies[COOKIE], now)
    assert held
    sign_in.sessions.end(held.hash)
    shown = words(opened("account", lang=language))
    assert "/sign-in" in shown
    assert t("error.retry", language) not in shown


def test_an_invitation_says_what_is_not_filled_in(acting: Acting, parts: Parts, language: str) -> None:
    acting("host")
    before = len(SignIn.over(parts.store).accounts.everybody())
    app = press(opened("people", lang=language), "send")
    both = ", ".join((t("people.email", language), t("people.name", language)))
    assert [error.value for error in app.error] == [t("form.empty", language, fields=both)]
    app.text_input(key="email-0").set_value("new@example.go.th").run()
    press(app, "send")
    assert [error.value for error in app.error] == [t("form.empty", language, fields=t("people.name", language))]
    assert app.text_input(key="email-0").value == "new@example.go.th"
    app.text_input(key="name-0").set_value("ชื่น").run()
    press(app, "send")
    assert not app.error
    assert len(SignIn.over(parts.store).accounts.everybody()) == before + 1


def test_a_key_without_a_name_is_not_made_and_keeps_what_was_chosen(
    acting: Acting, parts: Parts, language: str
) -> None:
    acting("host")
    app = opened("account", lang=language)
    app.multiselect[0].set_value(["read", "import"])
    _make(app, language)
    assert [error.value for error in app.error] == [t("form.empty", language, fields=t("keys.name", language))]
    assert app.multiselect[0].value == ["read", "import"]
    app.text_input[0].set_value("nightly")
    _make(app, language)
    assert not app.error
    assert [said.value for said in app.success] == [t("keys.secret", language)]
    (code,) = app.code
    assert code.value
    assert words(app).count("<strong>nightly</strong>") == 1
    assert app.text_input[0].value == ""  # and a second click makes no second key
    app.run()
    assert not app.code


def _make(app: AppTest, language: str) -> None:
    next(button for button in app.button if button.label == t("keys.make", language)).click().run()
    assert not app.exception
