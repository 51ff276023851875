"""Batches of imported rows: listed from the events that tell of them, and undone as a whole."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalogue.curation import Status
from catalogue.decisions import Action, Part
from catalogue.errors import Conflict, EntryNotFound
from catalogue.history import UNDO, UNDONE
from catalogue.loading import IMPORTED
from catalogue.review import carried, details_of
from catalogue.store.events import ENTRY_KINDS, Event
from catalogue.store.reading import NOTED, Readings
from catalogue.store.store import CREATED, Change, Fact, Store

BATCH_UNDONE = "batch.undone"


@dataclass(frozen=True)
class Batch:
    """One upload that was committed."""

    id: str
    at: str
    actor: str
    file: str
    sha256: str
    owner: str
    counts: dict[str, int]
    undone: bool


def batches(store: Readings, owner: str | None = None) -> list[Batch]:
    """The uploads of one organisation (None: of everybody), newest first."""
    undone = {event.data()["batch"] for event in store.events_of_kind(BATCH_UNDONE)}
    found = [_batch(event, undone) for event in store.events_of_kind(IMPORTED)]
    return [batch for batch in reversed(found) if owner is None or batch.owner == owner]


def batch(store: Readings, batch_id: str, owner: str | None = None) -> Batch:
    """One upload; raises ``EntryNotFound`` for an unknown one and for one of another organisation."""
    found = next((batch for batch in batches(store, owner) if batch.id == batch_id), None)
    if found is None:
        raise no_batch()
    return found


def no_batch() -> EntryNotFound:
    """The one answer for unknown imports and for those of others."""
    return EntryNotFound("There is no such import.", "ไม่พบการนำเข้านี้")


def undo(store: Store, batch_id: str, actor: str, at: datetime.datetime, owner: str | None = None) -> int:
    """Take back a whole import: what it created is withdrawn, what it changed is as before. Returns how many entries.

    Raises ``EntryNotFound`` for an unknown batch, and ``Conflict``, changing nothing, where it is undone already or
    entries were changed since and stay so; those are named.
    """
    with store.writing() as writer:
        found = batch(writer, batch_id, owner)
        if found.undone:
            raise Conflict("This import is undone already.", "การนำเข้านี้ถูกยกเลิกไปแล้ว", batch=batch_id)
        events = [e for e in writer.events_of_batch(batch_id) if e.kind.startswith(ENTRY_KINDS)]
        first: dict[str, Event] = {}
        last: dict[str, Event] = {}
        for event in events:
            assert event.entry_id is not None  # every event of an entry names it
            first.setdefault(event.entry_id, event)
            last[event.entry_id] = event
        later = _changed_since(writer, last)
        if later:
            raise Conflict(
                f"{len(later)} entries were changed after this import: {', '.join(later[:20])}. Nothing was undone. "
                "Undo those changes first, or correct these entries one by one.",
                f"มี {len(later)} รายการที่ถูกแก้ไขหลังการนำเข้านี้: {', '.join(later[:20])} จึงยังไม่ได้ยกเลิกสิ่งใด "
                "โปรดยกเลิกการแก้ไขเหล่านั้นก่อน หรือแก้ไขทีละรายการ",
                batch=batch_id,
                entries=later,
            )
        part = Part.ADMIN if owner is None else Part.HOST
        changes: list[Change | Fact] = [_back(writer, event, part) for event in first.values()]
        changes.append(Fact(BATCH_UNDONE, {"batch": batch_id, "owner": found.owner}))
        writer.apply(changes, actor=actor, reason=f"{UNDO} {batch_id}", at=at)
    return len(first)


def _changed_since(store: Readings, last: Mapping[str, Event]) -> list[str]:
    """Entries that do not stand as these events left them, or about which somebody decided since.

    A change that was taken back itself is none.
    """
    moved = {stored.id: now for stored, now in store.latest(ids=last) if now.number != last[stored.id].number}
    canonical = set(store.members_of(moved).values())  # a merge may have left its words as they were
    return sorted(
        i
        for i, now in moved.items()
        if i in canonical or _left(now) != _left(last[i]) or _decided_since(store, last[i])
    )


def _left(event: Event) -> tuple[dict[str, Any], dict[str, Any]]:
    """How the event left its entry, and what it told that still holds."""
    told = event.data()
    return {name: told[name] for name in ("content_hash", "status", "owner", "canonical_id")}, carried(event)


def _decided_since(store: Readings, event: Event) -> bool:
    """Did somebody decide about the entry after this event? Whoever claimed it and let it go decided nothing."""
    # Of other imports and merges counts what they left alone: they may have been taken back.
    later = [e for e in store.events_of(str(event.entry_id)) if e.number > event.number and e.batch is None]
    return any(details_of(e).get("action") not in (None, Action.CLAIM, Action.RELEASE) for e in later)


def _back(store: Readings, event: Event, part: Part) -> Change:
    """The change that leaves the entry as it was before this event."""
    entry_id = str(event.entry_id)
    if event.kind == CREATED:
        return Change(UNDONE, entry_id, status=Status.WITHDRAWN, details={"before": event.data()["status"], "as": part})
    earlier = [e for e in store.events_of(entry_id) if e.number < event.number and e.kind.startswith(ENTRY_KINDS)]
    before = earlier[-1]
    told: dict[str, Any] = before.data()
    noted: dict[str, str] = next(
        (note for e in reversed(earlier) if (note := details_of(e).get(NOTED)) is not None), {}
    )
    return Change(
        UNDONE,
        entry_id,
        body=told["body"],
        status=Status(told["status"]),
        content_hash=told["content_hash"],
        owner=told["owner"],
        canonical_id=told["canonical_id"],
        details={**carried(before), "as": part, NOTED: noted},
    )


def _batch(event: Event, undone: set[str]) -> Batch:
    told = event.data()
    name = str(event.batch)
    return Batch(
        name, event.at, event.actor, told["file"], told["sha256"], told["owner"], told["counts"], name in undone
    )
