"""Do the organisations that a hackathon names as its hosts agree? Events tell, and the latest one of each counts. Pure.

What came from public documents (no owner) is confirmed by its source. Else an organisation other than the one that
sent the entry is unconfirmed until one of its host administrators says so. A merge answers for nobody: hosts that it
took over stand as they did on the member, and answers given there count.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from catalogue.people import Grant, Person, Role
from catalogue.store.events import ENTRY_KINDS, Event
from catalogue.store.reading import Stored

CONFIRMED = "host.confirmed"
DECLINED = "host.declined"
State = Literal["confirmed", "declined", "unconfirmed"]
STATES: dict[str, State] = {CONFIRMED: "confirmed", DECLINED: "declined"}


class Hosting(NamedTuple):
    """How a host of an entry stands; ``organisation``: its id, None where the catalogue knows it not.

    ``asked``: somebody else named it, so it answers. Nobody can for an organisation that the catalogue does not know.
    """

    organisation: str | None
    state: State
    asked: bool


def states(stored: Stored, events: Sequence[Event]) -> list[Hosting]:
    """Each host of the entry in order. ``events`` are all of the entry's and of its members', in order."""
    answered = {event.data()["organisation"]: STATES[event.kind] for event in events if event.kind in STATES}
    owners = {event.entry_id: event.data()["owner"] for event in events if event.kind.startswith(ENTRY_KINDS)}
    named_by = _named_by(events).get(stored.id, {})
    found = []
    for host in stored.body.get("hosts", ()):
        organisation = host["organization"].get("id")
        namer = named_by.get(_known(host), stored.id)
        # An edit may keep what a merge took over when that is undone: whoever named it is no member any more.
        asked = owners.get(namer, namer) not in ("", organisation)
        state = answered.get(organisation or "", "unconfirmed" if asked else "confirmed")
        found.append(Hosting(organisation, state, asked and organisation is not None))
    return found


def may_answer(person: Person, organisation: str) -> bool:
    """May this person say for the organisation whether it takes part?"""
    return person.is_admin or Grant(Role.HOST_ADMIN, organisation) in person.grants


def _named_by(events: Sequence[Event]) -> dict[str, dict[str, str]]:
    """By entry and host the entry that named it first: itself, or the member from which a merge took it over."""
    found: dict[str, dict[str, str]] = {}
    for event in events:
        if event.entry_id is None or not event.kind.startswith(ENTRY_KINDS):
            continue
        told = event.data()
        taken = ((told.get("details") or {}).get("taken") or {}).get("hosts", event.entry_id)
        before, theirs = found.get(event.entry_id, {}), found.get(taken, {})
        hosts = map(_known, told["body"].get("hosts", ()))
        found[event.entry_id] = {host: before.get(host) or theirs.get(host) or taken for host in hosts}
    return found


def _known(host: Mapping[str, Any]) -> str:
    """What a host goes by: its organisation's id, else its name."""
    return str(host["organization"].get("id") or host["organization"]["name"])
