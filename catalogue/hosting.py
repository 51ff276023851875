"""Do the organisations that a hackathon names as its hosts agree? Events tell, and the latest one of each counts. Pure.

What came from public documents (no owner) is confirmed by its source. Else an organisation other than the one that
sent the entry is unconfirmed until one of its host administrators says so.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from catalogue.people import Grant, Person, Role
from catalogue.store.events import Event

CONFIRMED = "host.confirmed"
DECLINED = "host.declined"
State = Literal["confirmed", "declined", "unconfirmed"]
STATES: dict[str, State] = {CONFIRMED: "confirmed", DECLINED: "declined"}


def states(body: Mapping[str, Any], owner: str, events: Iterable[Event]) -> list[tuple[str | None, State]]:
    """Each host of the entry in order: its id, None where the catalogue knows it not, and how it stands.

    ``events`` are all of the entry's. Nobody can answer for an organisation that the catalogue does not know.
    """
    answered = {event.data()["organisation"]: STATES[event.kind] for event in events if event.kind in STATES}
    named: list[str | None] = [host["organization"].get("id") for host in body.get("hosts", ())]
    return [(i, answered.get(i or "", "confirmed" if owner in ("", i) else "unconfirmed")) for i in named]


def may_answer(person: Person, organisation: str) -> bool:
    """May this person say for the organisation whether it takes part?"""
    return person.is_admin or Grant(Role.HOST_ADMIN, organisation) in person.grants
