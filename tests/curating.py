"""Hosts and curators at work: a store with a few accounts, clients that act as them, and a clock that can be moved."""

import dataclasses
import datetime
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from fastapi.testclient import TestClient

from catalogue.api import person
from catalogue.api.parts import Parts
from catalogue.api.summaries import Cards
from catalogue.app import build_api
from catalogue.people import Grant, Role
from catalogue.store import Store
from tests import people

OWNER, OTHER_OWNER = "OG-2569-003", "OG-2569-004"
GRANTS = {
    "host": (Grant(Role.HOST_EDITOR, OWNER),),
    "stranger": (Grant(Role.HOST_EDITOR, OTHER_OWNER),),
    "curator": (Grant(Role.CURATOR),),
    "second": (Grant(Role.CURATOR),),
    "elsewhere": (Grant(Role.CURATOR, themes=frozenset({"tourism"})),),
    "admin": (Grant(Role.ADMIN),),
}
BODY = {
    "title": {"th": "น้ำประปาหมู่บ้านไม่ไหลทุกหน้าแล้ง"},
    "statement": {"th": "ทุกเดือนมีนาคมถึงพฤษภาคม น้ำประปาหมู่บ้านไม่ไหลวันละหลายชั่วโมง"},
    "theme": "water-flood-drought",
    "provinces": ["TH-40"],
}


@dataclasses.dataclass
class Desk:
    """Everybody's client, ``visitor`` among them, over one store."""

    store: Store
    clients: dict[str, TestClient]
    now: datetime.datetime

    def create(self, who: str = "host", submit: bool = True, **fields: Any) -> str:
        """A new entry; its id."""
        answer = self.clients[who].post("/api/v1/entries", json={"body": BODY | fields, "submit": submit})
        assert answer.status_code == 201, answer.text
        made: str = answer.json()["id"]
        return made

    def decide(self, who: str, entry_id: str, action: str, revision: int | None = None, **more: Any) -> Any:
        """The answer to a decision about what the entry says now, or about a revision read before."""
        stored = self.store.get(entry_id)
        read = revision if revision is not None else stored.revision if stored else 0
        return self.clients[who].post(
            f"/api/v1/entries/{entry_id}/decisions", json={"action": action, **more}, headers={"If-Match": f'"{read}"'}
        )

    def done(self, who: str, entry_id: str, *actions: str, **more: Any) -> str:
        """Decide these one after the other; the entry's last status."""
        for action in actions:
            answer = self.decide(who, entry_id, action, **more)
            assert answer.status_code == 200, answer.text
        status: str = answer.json()["status"]
        return status


@contextmanager
def desk(store: Store, parts: Parts) -> Iterator[Desk]:
    """Everybody signed in; only the clock is not the product's."""
    app = build_api()
    app.state.parts = dataclasses.replace(parts, store=store, cards=Cards(store))
    with ExitStack() as stack:
        clients = {"visitor": stack.enter_context(people.client(app, store))}
        for name, grants in GRANTS.items():
            account = people.add(store, name, *grants)
            clients[name] = stack.enter_context(people.client(app, store, account.id))
        made = Desk(store, clients, datetime.datetime.now(datetime.UTC))
        app.dependency_overrides[person.now] = lambda: made.now
        yield made
