"""Who may do what: a table of routes, generated from the OpenAPI document, in which no route is missing.

Each line is really asked as every kind of person. The seven numbers of a line are the answers to a visitor, a host of
the organisation that owns the entry, a host of another one, a curator, an administrator, an editor of the owner who is
no administrator of it, and a curator of another theme.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalogue.api.parts import Parts
from catalogue.api.summaries import Cards
from catalogue.app import build_api, build_app
from catalogue.curation import Status
from catalogue.loading import IMPORTED
from catalogue.people import Grant, Role
from catalogue.settings import Settings
from catalogue.store import CREATED, Change, Store
from catalogue.store.store import Fact
from tests import people

OURS, OTHERS = "OG-2569-003", "OG-2569-002"
PEOPLE = {
    "visitor": (),
    "host": (Grant(Role.HOST_ADMIN, OURS),),
    "other": (Grant(Role.HOST_ADMIN, OTHERS),),
    "curator": (Grant(Role.CURATOR),),
    "admin": (Grant(Role.ADMIN),),
    "editor": (Grant(Role.HOST_EDITOR, OURS),),
    "elsewhere": (Grant(Role.CURATOR, themes=frozenset({"tourism"})),),
}
PUBLISHED, DRAFT, SUBMITTED = "PP-2569-00001", "PP-2569-90001", "PP-2569-90002"
SECRET_WORDS = "ถ้อยคำที่ยังไม่เผยแพร่"
BATCH = "batch-of-ours"
NOT_FOUND = {
    "merges": "No merge has this number.",
    "imports": "There is no such import.",
    "entries": "No published entry has this id.",
}
KEY = {"name": "script", "scopes": ["read"]}
EDITOR = {"role": "host_editor", "organisation": OURS}
NEW = {"email": "new@example.go.th", "name": "ใหม่"}
WRITTEN = {"title": {"th": "ชื่อเรื่อง"}, "statement": {"th": "เนื้อความ"}}

# "METHOD /path" as OpenAPI has it: [(address or None for the path itself, body, answers)].
Lines = list[tuple[str | None, Any, str]]
EVERYBODY = "200 200 200 200 200 200 200"
SIGNED_IN = "401 200 200 200 200 200 200"
TABLE: dict[str, Lines] = {
    "GET /api/v1/search": [(None, None, EVERYBODY)],
    "GET /api/v1/entries.jsonl": [(None, None, EVERYBODY)],
    "GET /api/v1/entries.csv": [(None, None, EVERYBODY)],
    "GET /api/v1/entries/{entry_id}": [
        (f"/api/v1/entries/{PUBLISHED}", None, EVERYBODY),
        (f"/api/v1/entries/{DRAFT}", None, "404 200 404 404 200 200 404"),
        (f"/api/v1/entries/{SUBMITTED}", None, "404 200 404 200 200 200 404"),
        ("/api/v1/entries/PP-2569-99999", None, "404 404 404 404 404 404 404"),
    ],
    "GET /api/v1/entries/{entry_id}/similar": [
        (f"/api/v1/entries/{PUBLISHED}/similar", None, EVERYBODY),
        (f"/api/v1/entries/{DRAFT}/similar", None, "404 200 404 404 200 200 404"),
        (f"/api/v1/entries/{SUBMITTED}/similar", None, "404 200 404 200 200 200 404"),
    ],
    "GET /api/v1/entries/{entry_id}/duplicates": [
        (f"/api/v1/entries/{PUBLISHED}/duplicates", None, "401 403 403 200 200 403 403"),
        (f"/api/v1/entries/{SUBMITTED}/duplicates", None, "401 200 404 200 200 200 404"),
        (f"/api/v1/entries/{DRAFT}/duplicates", None, "401 200 404 404 200 200 404"),
    ],
    "GET /api/v1/duplicates": [(None, None, "401 403 403 200 200 403 200")],
    "POST /api/v1/duplicates/judgements": [
        (None, {"entries": [PUBLISHED, SUBMITTED], "verdict": "distinct"}, "401 403 403 201 201 403 404"),
        (None, {"entries": [PUBLISHED, DRAFT], "verdict": "distinct"}, "401 403 403 404 201 403 404"),
    ],
    "POST /api/v1/merges": [
        (None, {"canonical": PUBLISHED, "members": [SUBMITTED], "preview": True}, "401 403 403 200 200 403 404"),
        (None, {"canonical": PUBLISHED, "members": [DRAFT], "preview": True}, "401 403 403 404 409 403 404"),
    ],
    "POST /api/v1/merges/{batch}/undo": [("/api/v1/merges/merge-2/undo", {}, "401 403 403 404 404 403 404")],
    "POST /api/v1/entries": [(None, {"body": WRITTEN}, "401 201 201 403 403 201 403")],
    "PUT /api/v1/entries/{entry_id}": [
        (f"/api/v1/entries/{DRAFT}", {"body": WRITTEN}, "401 409 404 404 409 409 404"),
        (f"/api/v1/entries/{SUBMITTED}", {"body": WRITTEN}, "401 409 404 409 409 409 404"),
    ],
    "GET /api/v1/entries/{entry_id}/decisions": [
        (f"/api/v1/entries/{DRAFT}/decisions", None, "401 200 404 404 200 200 404"),
        (f"/api/v1/entries/{SUBMITTED}/decisions", None, "401 200 404 200 200 200 404"),
    ],
    "POST /api/v1/entries/{entry_id}/decisions": [
        (f"/api/v1/entries/{DRAFT}/decisions", {"action": "claim"}, "401 409 404 404 409 409 404"),
        (f"/api/v1/entries/{SUBMITTED}/decisions", {"action": "claim"}, "401 409 404 409 409 409 404"),
    ],
    "POST /api/v1/entries/{entry_id}/hosts/{organisation}/confirmation": [
        (f"/api/v1/entries/{PUBLISHED}/hosts/{OURS}/confirmation", {"accept": True}, "401 422 403 403 422 403 403"),
        (f"/api/v1/entries/{DRAFT}/hosts/{OURS}/confirmation", {"accept": True}, "401 422 404 404 422 403 404"),
    ],
    "GET /api/v1/entries/{entry_id}/history": [
        (f"/api/v1/entries/{PUBLISHED}/history", None, EVERYBODY),
        (f"/api/v1/entries/{DRAFT}/history", None, "404 200 404 404 200 200 404"),
        (f"/api/v1/entries/{SUBMITTED}/history", None, "404 200 404 200 200 200 404"),
    ],
    "POST /api/v1/decisions": [
        (None, {"action": "claim", "entries": [{"id": SUBMITTED, "revision": 1}]}, "401 200 200 200 200 200 200"),
    ],
    "GET /api/v1/queue": [(None, None, "401 403 403 200 200 403 200")],
    "GET /api/v1/own-entries": [(None, None, SIGNED_IN)],
    # Without a file of its own; what tests/test_imports_api.py sends is looked at there.
    "POST /api/v1/imports": [
        (f"/api/v1/imports?name=x&organisation={OURS}", {"ชื่อ": "ก"}, "401 200 403 403 200 200 403"),
        ("/api/v1/imports?name=x&organisation=OG-2500-999", {"ชื่อ": "ก"}, "401 403 403 403 422 403 403"),
    ],
    "POST /api/v1/imports/annotated": [
        (f"/api/v1/imports/annotated?name=x&organisation={OURS}", {"ชื่อ": "ก"}, "401 200 403 403 200 200 403"),
    ],
    "GET /api/v1/imports": [(None, None, SIGNED_IN)],
    "GET /api/v1/imports/template.xlsx": [(None, None, SIGNED_IN)],
    "GET /api/v1/imports/mapping": [
        (f"/api/v1/imports/mapping?organisation={OURS}", None, "401 200 403 403 200 200 403")
    ],
    "PUT /api/v1/imports/mapping": [
        (f"/api/v1/imports/mapping?organisation={OURS}", {"mapping": {"ก": "title"}}, "401 200 403 403 200 200 403"),
        (f"/api/v1/imports/mapping?organisation={OURS}", {"mapping": {"ก": None}}, "401 200 403 403 200 200 403"),
        (f"/api/v1/imports/mapping?organisation={OTHERS}", {"mapping": {"ก": None}}, "401 403 200 403 200 403 403"),
    ],
    "GET /api/v1/imports/{batch}": [
        (f"/api/v1/imports/{BATCH}", None, "401 200 404 404 200 200 404"),
        ("/api/v1/imports/nothing", None, "401 404 404 404 404 404 404"),
    ],
    "POST /api/v1/imports/{batch}/undo": [
        (f"/api/v1/imports/{BATCH}/undo", None, "401 200 404 404 409 409 404"),
    ],
    "GET /api/v1/reasons": [(None, None, EVERYBODY)],
    "GET /api/v1/completions": [("/api/v1/completions?q=x", None, EVERYBODY)],
    "GET /api/v1/themes": [(None, None, EVERYBODY)],
    "GET /api/v1/provinces": [(None, None, EVERYBODY)],
    "GET /api/v1/organisations": [(None, None, EVERYBODY)],
    "GET /api/v1/fields": [(None, None, EVERYBODY)],
    "GET /api/v1/index": [(None, None, EVERYBODY)],
    "GET /healthz": [(None, None, EVERYBODY)],
    "GET /readyz": [(None, None, EVERYBODY)],
    "GET /api/v1/me": [(None, None, EVERYBODY)],
    "GET /api/v1/keys": [(None, None, SIGNED_IN)],
    "POST /api/v1/keys": [
        (None, KEY, "401 201 201 201 201 201 201"),
        (None, {**KEY, "admin": True}, "401 422 422 422 422 422 422"),
    ],
    "DELETE /api/v1/keys/{key_id}": [("/api/v1/keys/unknown", None, "401 204 204 204 204 204 204")],
    "GET /api/v1/notices": [(None, None, SIGNED_IN)],
    "POST /api/v1/notices/read": [(None, {"ids": ["unknown"]}, "401 204 204 204 204 204 204")],
    "GET /api/v1/people": [(None, None, "401 200 200 403 200 403 403")],
    "POST /api/v1/people": [
        (None, {**NEW, "grant": EDITOR}, "401 201 403 403 201 403 403"),
        (
            None,
            {**NEW, "grant": {"role": "admin"}},
            "401 403 403 403 201 403 403",
        ),
        (
            None,
            {**NEW, "grant": {"role": "curator"}},
            "401 403 403 403 201 403 403",
        ),
    ],
    "POST /api/v1/people/{account_id}/grants": [
        ("/api/v1/people/U-member/grants", EDITOR, "401 204 403 403 204 403 403"),
        ("/api/v1/people/U-member/grants", {**EDITOR, "organisation": OTHERS}, "401 403 403 403 204 403 403"),
        ("/api/v1/people/U-curator/grants", EDITOR, "401 403 403 403 204 403 403"),
        ("/api/v1/people/U-unknown/grants", EDITOR, "401 403 403 403 403 403 403"),
    ],
    "POST /api/v1/people/{account_id}/grants/revoke": [
        ("/api/v1/people/U-member/grants/revoke", EDITOR, "401 204 403 403 204 403 403"),
        ("/api/v1/people/U-admin/grants/revoke", {"role": "admin"}, "401 403 403 403 204 403 403"),
    ],
    "POST /api/v1/people/{account_id}/disable": [
        ("/api/v1/people/U-member/disable", None, "401 403 403 403 204 403 403"),
        ("/api/v1/people/U-admin/disable", None, "401 403 403 403 403 403 403"),
    ],
    "POST /api/v1/people/{account_id}/enable": [
        ("/api/v1/people/U-member/enable", None, "401 403 403 403 204 403 403"),
        ("/api/v1/people/U-unknown/enable", None, "401 403 403 403 403 403 403"),
    ],
}
LINES = [(route, *line) for route, lines in TABLE.items() for line in lines]


@pytest.fixture(scope="module")
def seeded(sample_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's database with unpublished entries of one organisation, and one of each kind of person."""
    file = tmp_path_factory.mktemp("seeded") / "catalogue.db"
    shutil.copy(sample_settings.state_dir / "catalogue.db", file)
    store = Store.open(f"sqlite:///{file}")
    sample = store.get(PUBLISHED)
    assert sample is not None
    for entry_id, status in ((DRAFT, Status.DRAFT), (SUBMITTED, Status.SUBMITTED)):
        body = {**sample.body, "id": entry_id, "title": {"th": SECRET_WORDS, "origin": {"th": "human"}}}
        body.pop("external_id", None)
        store.apply([Change(CREATED, entry_id, body, status, f"hash {entry_id}", owner=OURS)], "U-host")
    told = {"file": "x.csv", "sha256": "", "owner": OURS, "counts": {}}
    store.apply([Fact(IMPORTED, told)], "U-host", batch=BATCH)
    for name, grants in PEOPLE.items():
        people.add(store, name, *grants)
    people.add(store, "member", Grant(Role.HOST_EDITOR, OURS))
    store.close()
    return file


@pytest.fixture
def store(seeded: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(seeded, tmp_path / "catalogue.db")
    opened = Store.open(f"sqlite:///{tmp_path / 'catalogue.db'}")
    yield opened
    opened.close()


@pytest.fixture
def app(parts: Parts, store: Store, tmp_path: Path) -> FastAPI:
    return build_app(Settings(state_dir=tmp_path), replace(parts, store=store, cards=Cards(store)), with_ui=False)


def client(app: FastAPI, store: Store, name: str, csrf: bool = True) -> Any:
    return people.client(app, store, None if name == "visitor" else f"U-{name}", csrf)


def ask(made: TestClient, route: str, address: str | None, body: Any) -> Any:
    method, path = route.split(" ")
    # A revision that no entry of the table has: who may see the entry hears of a conflict, others that there is none.
    return made.request(method, address or path, json=body, headers={"If-Match": '"1"'})


# Pages for people, which have tests of their own, and what every visitor may read.
UNLISTED = {
    *("/openapi.json", "/metrics", "/docs", "/static", "/web/page.css", "/outbox", "/p/{entry_id}", "/h/{entry_id}"),
    *("/sign-in", "/sign-in/demo", "/sign-out", "/register", "/forgot", "/reset"),
    *("/robots.txt", "/sitemap.xml", "/sitemap-{number}.xml"),
}


def test_every_route_has_a_line(app: FastAPI) -> None:
    document = build_api().openapi()
    routes = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert routes == TABLE.keys()
    # What the document does not list, by the application's own account.
    assert {path for path, _ in routes_of(app.routes)} == document["paths"].keys() | UNLISTED
    assert {f"{m} {path}" for path, methods in routes_of(app.routes) for m in methods if path not in UNLISTED} == routes


def routes_of(routes: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    """Path and methods of each route, those of routers that it includes among them."""
    for route in routes:
        if router := getattr(route, "original_router", None):
            yield from routes_of(router.routes, prefix + route.include_context.prefix)
        else:
            yield prefix + route.path, getattr(route, "methods", None) or set()


@pytest.mark.parametrize(("route", "address", "body", "answers"), LINES, ids=lambda value: str(value)[:60])
def test_each_person_gets_the_answer_of_the_table(
    app: FastAPI, store: Store, route: str, address: str | None, body: Any, answers: str
) -> None:
    got = {}
    for name, expected in zip(PEOPLE, answers.split(), strict=True):
        with client(app, store, name) as made:
            answer = ask(made, route, address, body)
            got[name] = str(answer.status_code)
        if expected == "404":
            assert SECRET_WORDS not in answer.text
            noun = next((noun for noun in NOT_FOUND if f"/{noun}/" in route), "entries")
            assert answer.json()["detail"].startswith(NOT_FOUND[noun])
    assert got == dict(zip(PEOPLE, answers.split(), strict=True))


@pytest.mark.parametrize("route", [route for route in TABLE if not route.startswith("GET ")])
def test_a_session_without_its_secret_changes_nothing(app: FastAPI, store: Store, route: str) -> None:
    before = store.revision()
    address, body, _ = TABLE[route][0]
    with client(app, store, "admin", csrf=False) as made:
        assert ask(made, route, address, body).status_code == 403
        made.headers["X-CSRF-Token"] = "guessed"
        assert ask(made, route, address, body).status_code == 403
    assert store.revision() == before


@pytest.mark.parametrize("name", ["visitor", "other"])
@pytest.mark.parametrize("address", ["/p/{}", "/h/{}", "/api/v1/entries/{}", "/api/v1/entries/{}/similar"])
def test_an_unpublished_entry_of_others_looks_like_one_that_does_not_exist(
    app: FastAPI, store: Store, name: str, address: str
) -> None:
    with client(app, store, name) as made:
        unknown = made.get(address.format("PP-2569-99999"))
        for entry_id in (DRAFT, SUBMITTED):
            answer = made.get(address.format(entry_id))
            assert answer.status_code == unknown.status_code == 404
            assert answer.text.replace(entry_id, "PP-2569-99999") == unknown.text


@pytest.mark.parametrize("name", PEOPLE)
def test_search_knows_no_unpublished_entry_whoever_asks(app: FastAPI, store: Store, name: str) -> None:
    with client(app, store, name) as made:
        answer = made.get("/api/v1/search", params={"q": SECRET_WORDS, "limit": 100})
        assert not {DRAFT, SUBMITTED} & {hit["entry"]["id"] for hit in answer.json()["hits"]}
        assert SECRET_WORDS not in str(answer.json()["hits"])


def test_an_owner_sees_the_status_of_their_entry(app: FastAPI, store: Store) -> None:
    with client(app, store, "host") as made:
        page = made.get(f"/api/v1/entries/{DRAFT}").json()
        assert (page["status"], page["summary"]["title"]["th"]) == ("draft", SECRET_WORDS)


@pytest.mark.parametrize(
    ("name", "seen"), [("host", {DRAFT, SUBMITTED}), ("curator", {SUBMITTED}), ("admin", {DRAFT, SUBMITTED})]
)
def test_who_works_on_an_unpublished_entry_has_its_page_and_nobody_keeps_it(
    app: FastAPI, store: Store, name: str, seen: set[str]
) -> None:
    with client(app, store, name) as made:
        pages = {entry_id: made.get(f"/p/{entry_id}?lang=en") for entry_id in (DRAFT, SUBMITTED)}
        assert {entry_id for entry_id, page in pages.items() if page.status_code == 200} == seen
        for entry_id in seen:
            assert SECRET_WORDS in pages[entry_id].text
            assert "Not published" in pages[entry_id].text
            assert '<meta name="robots" content="noindex">' in pages[entry_id].text
            assert pages[entry_id].headers["cache-control"] == "no-store"
            near = made.get(f"/api/v1/entries/{entry_id}/similar").json()["hits"]
            # The seeded entries are copies of a published one but for their title.
            assert near[0]["entry"]["id"] == PUBLISHED
            assert not {hit["entry"]["id"] for hit in near} & {DRAFT, SUBMITTED}


def test_a_key_acts_by_its_scopes_and_makes_no_keys(app: FastAPI, store: Store) -> None:
    with client(app, store, "host") as made:
        secret = made.post("/api/v1/keys", json=KEY).json()["secret"]
        listed = made.get("/api/v1/keys").json()["items"]
        assert secret not in str(listed)
    with client(app, store, "visitor") as made:
        made.headers["Authorization"] = f"Bearer {secret}"
        assert made.get(f"/api/v1/entries/{DRAFT}").status_code == 200
        assert made.get("/api/v1/me").json()["id"] == "U-host"
        for route in ("GET /api/v1/keys", "POST /api/v1/keys", "GET /api/v1/people"):
            assert ask(made, route, None, KEY).status_code == 403
    with client(app, store, "host") as made:
        assert made.delete(f"/api/v1/keys/{listed[0]['id']}").status_code == 204
    with client(app, store, "visitor") as made:
        made.headers["Authorization"] = f"Bearer {secret}"
        answer = made.get("/api/v1/me")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_what_a_proxy_asks_for_proves_nothing_and_takes_nothing_away(app: FastAPI, store: Store) -> None:
    basic = {"Authorization": "Basic cHJveHk6c2VjcmV0"}
    with client(app, store, "visitor") as made:
        assert made.get("/api/v1/me", headers=basic).json()["id"] == "visitor"
        assert made.get("/api/v1/me", headers={"Authorization": "Bearer "}).status_code == 401
    with client(app, store, "host") as made:
        assert made.get("/api/v1/me", headers=basic).json()["id"] == "U-host"
        read, none = "/api/v1/notices/read", {"ids": []}
        assert made.post(read, json=none, headers=basic).status_code == 204
        assert made.post(read, json=none, headers={**basic, "X-CSRF-Token": "x"}).status_code == 403


def test_a_host_admin_sees_of_people_only_what_concerns_their_organisation(app: FastAPI, store: Store) -> None:
    people.add(store, "both", Grant(Role.HOST_EDITOR, OURS), Grant(Role.HOST_EDITOR, OTHERS))
    with client(app, store, "host") as made:
        items = made.get("/api/v1/people").json()["items"]
        assert {item["id"] for item in items} == {"U-host", "U-editor", "U-member", "U-both"}
        assert {g["organisation"] for item in items for g in item["grants"]} == {OURS}
