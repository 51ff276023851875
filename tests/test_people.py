"""People who manage people: whom they may invite and see, and what they learn by it; on each kind of database."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from catalogue.api.parts import Parts
from catalogue.curation import Status
from catalogue.people import Grant, Role
from catalogue.sign_in import INVITATIONS, SignIn
from catalogue.store import CREATED, Change, Store
from tests import people
from tests.curating import OWNER, Desk
from tests.curating import desk as opened

EDITOR = {"role": "host_editor", "organisation": OWNER, "themes": []}


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    body = {"id": OWNER, "kind": "organization", "language": "th", "title": {"th": "สำนักงานส่งเสริมเศรษฐกิจดิจิทัล"}}
    store.apply([Change(CREATED, OWNER, body, Status.PUBLISHED, "hash")], "test")
    with opened(store, parts) as made:
        yield made


@pytest.fixture
def manager(desk: Desk) -> Iterator[TestClient]:
    """The admin of an organisation, who is no administrator."""
    people.add(desk.store, "manager", Grant(Role.HOST_ADMIN, OWNER))
    with people.client(desk.clients["host"].app, desk.store, "U-manager") as made:  # type: ignore[arg-type]
        yield made


def invitation(name: str) -> dict[str, object]:
    return {"email": f"{name}@example.go.th", "name": "ชื่อที่พิมพ์", "language": "th", "grant": EDITOR}


def roles(store: Store, name: str) -> list[Role]:
    account = SignIn.over(store).accounts.by_email(f"{name}@example.go.th")
    return [grant.role for grant in account.grants] if account else []


@pytest.mark.parametrize("name", ["new", "stranger", "curator", "admin"])
def test_an_invitation_is_answered_alike_whoever_has_the_address(desk: Desk, manager: TestClient, name: str) -> None:
    before = roles(desk.store, name)
    answer = manager.post("/api/v1/people", json=invitation(name))
    assert (answer.status_code, answer.json()) == (201, invitation(name))
    reviews = name in ("curator", "admin")
    assert (roles(desk.store, name) == before) == reviews, "who reviews is made a host by an administrator alone"
    listed = {one["email"] for one in manager.get("/api/v1/people").json()["items"]}
    assert (f"{name}@example.go.th" in listed) != reviews
    assert desk.clients["admin"].post("/api/v1/people", json=invitation(name)).status_code == 201
    assert Role.HOST_EDITOR in roles(desk.store, name)


def test_reviewers_of_an_organisation_are_no_business_of_its_admin(desk: Desk, manager: TestClient) -> None:
    people.add(desk.store, "scoped", Grant(Role.CURATOR, OWNER))
    people.add(desk.store, "both", Grant(Role.CURATOR, OWNER), Grant(Role.HOST_EDITOR, OWNER))
    asking = SignIn.over(desk.store).invite("asks@example.go.th", "x", "th", (), "test", desk.now)
    with desk.store.database.writing() as connection:
        from catalogue.store.tables import account

        connection.execute(account.update().where(account.c.id == asking.id).values(asks_for=OWNER))
    listed = {one["id"]: one["grants"] for one in manager.get("/api/v1/people").json()["items"]}
    assert listed.keys() == {"U-host", "U-manager", "U-both", asking.id}
    assert listed["U-both"] == [EDITOR]
    SignIn.over(desk.store).accounts.grant(asking.id, Grant(Role.CURATOR), "admin", desk.now)
    assert asking.id not in {one["id"] for one in manager.get("/api/v1/people").json()["items"]}
    for refused in ("U-scoped", "U-both", asking.id):
        assert manager.post(f"/api/v1/people/{refused}/grants", json=EDITOR).status_code == 403
    assert manager.post("/api/v1/people/U-both/grants/revoke", json=EDITOR).status_code == 403
    assert desk.clients["admin"].post("/api/v1/people/U-scoped/grants", json=EDITOR).status_code == 204
    assert desk.clients["admin"].post("/api/v1/people/U-both/grants/revoke", json=EDITOR).status_code == 204


def test_nobody_has_any_number_of_mails_sent_by_inviting(desk: Desk, manager: TestClient) -> None:
    for _ in range(INVITATIONS):
        SignIn.over(desk.store).slow_down_invitations("U-manager", desk.now)
    for name in ("new", "curator"):
        assert manager.post("/api/v1/people", json=invitation(name)).status_code == 429
    assert roles(desk.store, "new") == []
    assert desk.clients["admin"].post("/api/v1/people", json=invitation("new")).status_code == 201
