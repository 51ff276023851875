"""Story 4: a co-host is shown as unconfirmed until its own organisation accepts."""

from collections.abc import Iterator

import pytest

from catalogue.api.parts import Parts
from catalogue.people import Grant, Role
from catalogue.review import hosts_of
from catalogue.store import Store
from tests import people
from tests.curating import OTHER_OWNER, OWNER, Desk
from tests.curating import desk as opened
from tests.merging_catalogue import HACKATHON, created, hackathon

HOSTS = [
    {"organization": {"name": {"th": "สำนักงานส่งเสริมเศรษฐกิจดิจิทัล"}, "id": OWNER}, "role": "lead_host"},
    {"organization": {"name": {"th": "สำนักนายกรัฐมนตรี"}, "id": OTHER_OWNER}, "role": "co_host"},
    {"organization": {"name": {"th": "ผู้ที่คลังไม่รู้จัก"}}, "role": "sponsor"},
]
EVENT = {"title": {"th": "แฮกน้ำ"}, "summary": {"th": "แก้น้ำแล้ง"}, "start_date": "2026-11-01", "hosts": HOSTS}


@pytest.fixture
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    with opened(store, parts) as made:
        yield made


def test_co_host_accepts(desk: Desk) -> None:
    made = desk.clients["host"].post("/api/v1/entries", json={"kind": "hackathon", "body": EVENT, "submit": True})
    entry_id = made.json()["id"]
    desk.done("curator", entry_id, "claim", "publish")

    def shown(who: str) -> dict[str | None, tuple[str, bool]]:
        page = desk.clients[who].get(f"/api/v1/entries/{entry_id}").json()
        return {host["organisation"]: (host["state"], host["may_answer"]) for host in page["hosts"]}

    known = {OWNER: ("confirmed", False), OTHER_OWNER: ("unconfirmed", False)}
    assert shown("visitor") == known | {None: ("unconfirmed", False)}
    url = f"/api/v1/entries/{entry_id}/hosts/{OTHER_OWNER}/confirmation"
    # An editor of that organisation, its other hosts and curators may not speak for it.
    for who in ("stranger", "host", "curator"):
        assert desk.clients[who].post(url, json={"accept": True}).status_code == 403
    admin = people.add(desk.store, "their-admin", Grant(Role.HOST_ADMIN, OTHER_OWNER))
    app = desk.clients["host"].app
    with people.client(app, desk.store, admin.id) as theirs:  # type: ignore[arg-type]
        desk.clients["theirs"] = theirs
        assert shown("theirs")[OTHER_OWNER] == ("unconfirmed", True)
        assert theirs.post(url, json={"accept": True}).json()["state"] == "confirmed"
        assert shown("visitor")[OTHER_OWNER] == ("confirmed", False)
        assert theirs.post(url, json={"accept": False}).json()["state"] == "declined"
        assert shown("visitor")[OTHER_OWNER] == ("declined", False)
    told = [(event.kind, event.actor) for event in desk.store.events_of(entry_id)][-2:]
    assert told == [("host.confirmed", admin.id), ("host.declined", admin.id)]
    assert desk.clients["admin"].post(url.replace(OTHER_OWNER, OWNER), json={"accept": True}).status_code == 422
    assert desk.store.verify_audit().ok


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ({"en": "Office of the Prime Minister"}, OTHER_OWNER),
        ({"en": "Office of the Prime Minister", "th": "สำนักงานส่งเสริมเศรษฐกิจดิจิทัล"}, None),
        ({"en": "An office that no register has", "th": "สำนักงานส่งเสริมเศรษฐกิจดิจิทัล"}, None),
    ],
)
def test_nobody_lends_their_id_to_the_name_of_another(desk: Desk, name: dict[str, str], known: str | None) -> None:
    hosts = [{"organization": {"name": name, "id": OWNER}, "role": "co_host"}]
    new = {"kind": "hackathon", "body": EVENT | {"hosts": hosts}}
    made = desk.clients["host"].post("/api/v1/entries", json=new)
    page = desk.clients["host"].get(made.headers["Location"])
    assert [(host["organisation"], host["state"]) for host in page.json()["hosts"]] == [(known, "unconfirmed")]


def test_public_documents_confirm_their_hosts(store: Store) -> None:
    store.apply([created(hackathon(HACKATHON, hosts=HOSTS))], "import")
    assert hosts_of(store, store.get_many([HACKATHON])[HACKATHON]) == [
        (i, "confirmed", False) for i in (OWNER, OTHER_OWNER, None)
    ]
