"""The pages without JavaScript by which people sign in, register and set passwords."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalogue import notify, passwords
from catalogue.api.parts import Parts
from catalogue.api.person import COOKIE
from catalogue.api.summaries import Cards
from catalogue.app import build_app
from catalogue.settings import Settings
from catalogue.sign_in import PER_ADDRESS
from catalogue.store import Fact, Store
from catalogue.store.notices import Notices
from catalogue.web.account_words import WORDS
from tests import people
from tests.conftest import NOON
from tests.people import HOST_URL, PASSWORD

EMAIL = "mali@example.go.th"
PAGES = ["/sign-in", "/register", "/forgot", "/reset"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path, public_url=HOST_URL, demo_logins=True)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store.open(settings.database)
    yield opened
    opened.close()


@pytest.fixture
def app(parts: Parts, settings: Settings, store: Store) -> FastAPI:
    return build_app(settings, replace(parts, store=store, cards=Cards(store)), with_ui=False)


@pytest.fixture
def browser(app: FastAPI, store: Store) -> Iterator[TestClient]:
    with people.client(app, store) as made:
        yield made


def sign_in(browser: TestClient, password: str = PASSWORD, **more: str) -> Any:
    return browser.post("/sign-in?lang=en", data={"email": EMAIL, "password": password, **more})


def mailed(store: Store, settings: Settings) -> list[str]:
    """The texts of the mails that have become files, after sending what is due."""
    from email import message_from_bytes, policy

    notify.send_due(Notices(store.database), settings, datetime.datetime.now(datetime.UTC))
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in settings.outbox_dir.iterdir()]
    return [str(mail.get_content()) for mail in mails]


def with_password(store: Store) -> str:
    account = people.add(store, "mali")
    people.SignIn.over(store).accounts.set_password(account.id, passwords.hashed(PASSWORD, EMAIL), NOON)
    return account.id


@pytest.mark.parametrize("lang", ["th", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_in_the_readers_language_and_belong_to_nobody_else(browser: TestClient, path: str, lang: str) -> None:
    answer = browser.get(path, params={"lang": lang})
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    for label in re.findall(r'<input id="(\w+)"', answer.text):
        assert f'<label for="{label}">' in answer.text


def test_both_languages_have_all_words() -> None:
    assert WORDS["th"].keys() == WORDS["en"].keys()
    for key, words in WORDS["th"].items():
        assert re.search("[\u0e00-\u0e7f]", words), key


def test_signing_in_and_out(browser: TestClient, store: Store) -> None:
    account = with_password(store)
    wrong = sign_in(browser, "something else")
    assert (wrong.status_code, COOKIE in wrong.cookies) == (401, False)
    assert "something else" not in wrong.text
    right = sign_in(browser, next="/app/search?q=1")
    assert (right.status_code, right.headers["location"]) == (303, "/app/search?q=1&lang=en")
    assert sign_in(browser, next="/app/search?q=1&lang=th").headers["location"] == "/app/search?q=1&lang=th"
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert browser.get("/api/v1/me").json()["id"] == account
    first = browser.cookies[COOKIE]
    sign_in(browser)
    assert browser.cookies[COOKIE] != first, "rotated"
    assert people.SignIn.over(store).session(first, datetime.datetime.now(datetime.UTC)) is None
    assert browser.get("/sign-out").status_code == 200
    browser.post("/sign-out", data={"csrf": "guessed"})
    csrf = browser.get("/api/v1/me").json()["csrf"]
    assert csrf is None, "the browser forgot the cookie"


def test_signing_out_needs_the_sessions_secret(browser: TestClient, store: Store) -> None:
    with_password(store)
    sign_in(browser)
    secret = browser.cookies[COOKIE]
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get("/sign-out").text)
    assert found
    now = datetime.datetime.now(datetime.UTC)
    browser.post("/sign-out", data={"csrf": "guessed"})
    assert people.SignIn.over(store).session(secret, now)
    browser.cookies.set(COOKIE, secret)
    browser.post("/sign-out", data={"csrf": found[1]})
    assert people.SignIn.over(store).session(secret, now) is None


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/app\\evil", "/p/x", "/app/\r\nX: y"])
def test_nobody_is_sent_to_another_site(browser: TestClient, store: Store, to: str) -> None:
    with_password(store)
    assert sign_in(browser, next=to).headers["location"] == "/app/?lang=en"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/demo", "/sign-out", "/register", "/forgot", "/reset"])
def test_forms_of_other_sites_are_refused(browser: TestClient, path: str, headers: dict[str, str]) -> None:
    assert browser.post(path, data={}, headers=headers).status_code == 403


def test_the_cookie_is_secure_everywhere_but_on_this_machine(app: FastAPI, store: Store) -> None:
    with_password(store)
    for base, secure in (("http://localhost", False), ("https://hack.go.th", True), ("http://hack.go.th", True)):
        with TestClient(app, base_url=base, follow_redirects=False) as made:
            assert ("Secure" in sign_in(made).headers["set-cookie"]) == secure


def test_the_cookie_is_secure_behind_a_proxy_that_passes_nothing_on(app: FastAPI, store: Store) -> None:
    with_password(store)
    app.state.settings = app.state.settings.model_copy(update={"public_url": "https://hack.go.th"})
    with TestClient(app, base_url="http://127.0.0.1:8080", follow_redirects=False) as made:
        assert "Secure" in sign_in(made).headers["set-cookie"]


def test_registering_says_the_same_for_a_known_and_an_unknown_address(
    browser: TestClient, store: Store, settings: Settings
) -> None:
    with_password(store)
    form = {"name": "มะลิ", "organisation": "OG-2569-003"}
    known = browser.post("/register", data={**form, "email": EMAIL})
    unknown = browser.post("/register", data={**form, "email": "new@example.go.th"})
    assert (known.status_code, known.text) == (200, unknown.text)
    texts = mailed(store, settings)
    assert sum("/reset?token=" in text for text in texts) == 1
    assert sum(f"{HOST_URL}/forgot" in text for text in texts) == 1
    forgot = [browser.post("/forgot", data={"email": email}) for email in (EMAIL, "nobody@example.go.th")]
    assert forgot[0].text == forgot[1].text


@pytest.mark.parametrize("path", ["/register", "/forgot"])
def test_how_long_an_answer_takes_tells_nothing_of_an_address(app: FastAPI, store: Store, path: str) -> None:
    with_password(store)
    mails: list[bool] = []  # was there one when the answer had left?

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def sent(message: Any) -> None:
            await send(message)
            if message["type"] == "http.response.body":
                mails.append(Notices(store.database).claim(datetime.datetime.now(datetime.UTC)) is not None)

        await app(scope, receive, sent)

    with TestClient(watched, base_url=HOST_URL) as made:
        assert made.post(path, data={"email": EMAIL, "name": "x"}).status_code == 200
    assert mails == [False]
    assert Notices(store.database).claim(datetime.datetime.now(datetime.UTC))


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [
        ("2001:db8::1", "2001:db8::2:3:4", 429),
        ("2001:db8:0:1::1", "2001:db8::2:3:4", 200),
        ("::ffff:10.0.0.1", "10.0.0.1", 429),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", 200),
    ],
)
def test_one_customers_addresses_are_counted_together(app: FastAPI, one: str, other: str, status: int) -> None:
    with TestClient(app, base_url=HOST_URL, client=(one, 1)) as made:
        for number in range(PER_ADDRESS):
            assert made.post("/forgot", data={"email": f"u{number}@example.go.th"}).status_code == 200
    with TestClient(app, base_url=HOST_URL, client=(other, 1)) as made:
        assert made.post("/forgot", data={"email": EMAIL}).status_code == status


def test_from_registering_to_being_signed_in(browser: TestClient, store: Store, settings: Settings) -> None:
    browser.post("/register", data={"name": "มะลิ", "email": EMAIL, "organisation": "OG-2569-003"})
    found = re.search(r"token=(\S+)", mailed(store, settings)[0])
    assert found
    assert browser.get("/reset", params={"token": found[1]}).text.count(found[1]) == 3, "form and both languages"
    for _ in range(2):  # mail programs open links themselves: only sending the form uses it up
        assert browser.get("/reset", params={"token": found[1]}).status_code == 200
    short = browser.post("/reset", data={"token": found[1], "password": "short"})
    assert (short.status_code, "10" in short.text) == (422, True)
    assert browser.post("/reset", data={"token": found[1], "password": PASSWORD}).status_code == 200
    assert browser.post("/reset", data={"token": found[1], "password": PASSWORD}).status_code == 410
    assert sign_in(browser).status_code == 303
    me = browser.get("/api/v1/me").json()
    assert (me["name"], me["grants"]) == ("มะลิ", []), "a role is given, never taken"


def test_one_click_signs_in_the_demos_people_and_nobody_else(browser: TestClient, store: Store) -> None:
    assert 'value="demo-curator"' in browser.get("/sign-in").text
    assert browser.post("/sign-in/demo", data={"person": "demo-curator"}).status_code == 303
    assert browser.get("/api/v1/me").json()["grants"] == [{"role": "curator", "organisation": None, "themes": []}]
    assert browser.get("/outbox").status_code == 200
    store.apply([Fact("anything", {})], "cli")
    assert browser.get("/api/v1/me").json()["signed_in"] is False
    assert "demo-curator" not in browser.get("/sign-in").text
    assert browser.post("/sign-in/demo", data={"person": "demo-curator"}).status_code == 403
    assert browser.get("/outbox").status_code == 404


def test_without_the_setting_there_is_no_demo(parts: Parts, store: Store, tmp_path: Path) -> None:
    plain = build_app(Settings(state_dir=tmp_path), replace(parts, store=store, cards=Cards(store)), with_ui=False)
    with people.client(plain, store) as browser:
        assert "demo-curator" not in browser.get("/sign-in").text
        assert browser.post("/sign-in/demo", data={"person": "demo-curator"}).status_code == 404
        assert browser.get("/outbox").status_code == 404
