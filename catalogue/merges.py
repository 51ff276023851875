"""Merges and their undoing, written into the store: each one transaction whose events share a batch."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from catalogue.curation import Status
from catalogue.duplicates import JUDGED, Pair, Verdict, judgement, verdicts
from catalogue.entries import body_of, content_hash
from catalogue.errors import Conflict, EntryNotFound
from catalogue.merging import MergePlan, plan_merge, take_back
from catalogue.people import Person
from catalogue.privacy import redacted
from catalogue.review import NameOf, carried, curates, entry_of, refuse_claimed, sees, tell_hosts, tell_owners
from catalogue.store.events import ENTRY_KINDS, Event
from catalogue.store.reading import Readings, Stored
from catalogue.store.store import Change, Fact, Store

ABSORBED = "entry.absorbed"
"""The canonical entry took members in."""
MERGED = "entry.merged"
"""A member became part of the canonical entry."""
UNMERGED = "entry.unmerged"
"""Either of them after the merge was undone."""
UNDONE = "merge.undone"

Revisions = Mapping[str, int]
"""Entry id to the revision that the caller has read; another one in the store is a ``Conflict``."""


@dataclass(frozen=True)
class Undone:
    """What an undo did: members that stand for themselves again, and what was changed since and stays."""

    canonical: str
    restored: tuple[str, ...]
    kept_fields: tuple[str, ...]
    """Fields of the canonical entry that were edited after the merge."""


def preview(store: Readings, canonical: str, members: Sequence[str], choices: Mapping[str, str]) -> MergePlan:
    """What :func:`merge` would write; raises as it does, whoever may be reviewing."""
    found = _held(store, [canonical, *members])
    return plan_merge(found[0], found[1:], choices)


def merge(
    store: Store,
    canonical: str,
    members: Sequence[str],
    choices: Mapping[str, str],
    *,
    actor: str,
    reason: str,
    read: Revisions | None = None,
    at: datetime.datetime | None = None,
    name_of: NameOf = lambda account_id: "",
) -> str:
    """Make the members part of the canonical entry; the batch that undoes it.

    Raises ``EntryNotFound``, ``MergeRefused``, ``InvalidParameter``, ``ActionRefused`` where another curator reviews
    one of them now, and ``Conflict`` where one has changed since it was read. All is written or nothing.
    """
    read, at = read or {}, at or datetime.datetime.now(datetime.UTC)
    with store.writing() as writer:
        refuse_claimed(writer, [canonical, *members], actor, at, name_of)
        planned = preview(writer, canonical, members, choices)
        (_, latest) = writer.latest(ids=[canonical])[0]
        batch = f"merge-{writer.revision() + 1}"
        taken = {choice.name: choice.taken_from for choice in planned.differing if choice.taken_from != canonical}
        changes = [
            Change(
                ABSORBED,
                canonical,
                body_of(planned.entry),
                content_hash=content_hash(planned.entry),
                expected_revision=read.get(canonical),
                details={**carried(latest), "members": list(members), "taken": taken},
            ),
            *(
                Change(
                    MERGED,
                    member,
                    status=Status.MERGED,
                    canonical_id=canonical,
                    expected_revision=read.get(member),
                    details={"canonical": canonical},
                )
                for member in members
            ),
        ]
        writer.apply(changes, actor, redacted(reason), batch, at)
        tell_owners(writer, _held(writer, members), "merged", canonical, redacted(reason), at)
        tell_hosts(writer, canonical, at)
    return batch


def undo(
    store: Store,
    batch: str,
    *,
    actor: str,
    reason: str | None = None,
    at: datetime.datetime | None = None,
    name_of: NameOf = lambda account_id: "",
) -> Undone:
    """Take a merge back: without later edits every entry is as it was.

    Later edits of the canonical entry stay, field by field; nothing but this is ever done to what is merged. Raises
    ``EntryNotFound`` where no merge has this batch; ``Conflict`` where it was undone already, or where the canonical
    entry took in others afterwards: those come first; ``ActionRefused`` where another curator reviews the canonical
    entry now.
    """
    at = at or datetime.datetime.now(datetime.UTC)
    with store.writing() as writer:
        events = writer.events_of_batch(batch)
        absorbed = next((event for event in events if event.kind == ABSORBED), None)
        if absorbed is None or absorbed.entry_id is None:
            raise EntryNotFound("No merge has this number.", "ไม่มีการรวมรายการที่มีหมายเลขนี้")
        canonical = absorbed.entry_id
        history = writer.events_of(canonical)
        _refuse_undone(writer, history, absorbed, batch)
        refuse_claimed(writer, [canonical], actor, at, name_of)
        now, latest = writer.latest(ids=[canonical])[0]
        before = _before(history, absorbed).data()
        back = take_back(before["body"], absorbed.data()["body"], now.body)
        changes: list[Change | Fact] = []
        if back.body != now.body:
            entry = entry_of(replace(now, body=back.body))
            told = carried(latest)
            changes.append(Change(UNMERGED, canonical, body_of(entry), content_hash=content_hash(entry), details=told))
        restored = []
        for event in events:
            if event.kind != MERGED or event.entry_id is None:
                continue
            stood = _before(writer.events_of(event.entry_id), event)
            status = Status(stood.data()["status"])
            changes.append(Change(UNMERGED, event.entry_id, status=status, details=carried(stood)))
            restored.append(event.entry_id)
        summary = {"batch": batch, "canonical": canonical, "kept": list(back.kept)}
        said = redacted(reason or "")
        writer.apply([Fact(UNDONE, summary, canonical), *changes], actor, said or None, _undo_batch(batch), at)
        tell_owners(writer, _held(writer, restored), "unmerged", canonical, said, at)
    return Undone(canonical, tuple(restored), back.kept)


def undone(store: Readings, history: Sequence[Event]) -> dict[str, bool]:
    """The merges among an entry's events, oldest first, by their number: was each one taken back?"""
    batches = [event.batch for event in history if event.kind == ABSORBED and event.batch]
    return {batch: bool(store.events_of_batch(_undo_batch(batch))) for batch in batches}


def open_merge(store: Readings, stored: Stored, history: Sequence[Event], person: Person) -> str | None:
    """The latest merge among this entry's events that this person may take back: it took others in, or became part."""
    became = [event.batch for event in history if event.kind == MERGED] if stored.status == Status.MERGED else []
    took_in = [batch for batch, back in undone(store, history).items() if not back]
    # Whatever is merged takes nothing in. What an earlier merge took in may since have been taken further.
    latest = [batch for batch in (*became[-1:], *took_in[-1:]) if batch]
    return next((batch for batch in latest if may_undo(person, entries_of(store, batch, person))), None)


def may_undo(person: Person, entries: Sequence[Stored]) -> bool:
    """May this person take back the merge of these entries (:func:`entries_of`)?"""
    return bool(entries) and all(curates(person, stored) for stored in entries)


def entries_of(store: Readings, batch: str, person: Person) -> list[Stored]:
    """All entries that this merge concerns; none where there is no such merge, or one of them is hidden from them."""
    named = {event.entry_id for event in store.events_of_batch(batch) if event.kind in (ABSORBED, MERGED)}
    # A member that stands for itself again may be unpublished; a merged one is named on its canonical entry's page.
    # That one may be a draft again: undoing the merge is then the way on for what is part of it.
    found = store.get_many([i for i in named if i]).values()
    told = {i for stored in found if stored.status == Status.MERGED for i in (stored.id, stored.canonical_id)}
    entries = [stored for stored in found if stored.id in told or sees(person, stored)]
    return entries if len(entries) == len(named) else []


def judge(
    store: Store,
    one: str,
    other: str,
    verdict: Verdict,
    *,
    actor: str,
    reason: str,
    at: datetime.datetime | None = None,
) -> None:
    """Remember what somebody decided about two entries; raises ``EntryNotFound``."""
    payload = judgement(one, other, verdict)
    with store.writing() as writer:
        _held(writer, payload["pair"])
        writer.apply([Fact(JUDGED, payload, payload["pair"][0])], actor, redacted(reason), at=at)


def judged(store: Readings) -> dict[Pair, Verdict]:
    """The latest verdict about every pair that somebody decided about."""
    return verdicts(event.data() for event in store.events_of_kind(JUDGED))


def _undo_batch(batch: str) -> str:
    return f"{batch}-undone"


def _refuse_undone(store: Readings, history: Sequence[Event], absorbed: Event, batch: str) -> None:
    if store.events_of_batch(_undo_batch(batch)):
        raise Conflict("This merge was undone already.", "ยกเลิกการรวมนี้ไปแล้ว", batch=batch)
    for event in history:
        later = event.kind == ABSORBED and event.number > absorbed.number and event.batch is not None
        if later and not store.events_of_batch(_undo_batch(str(event.batch))):
            taken = ", ".join(event.data()["details"]["members"])
            raise Conflict(
                f"The entry took in others afterwards ({taken}). Undo {event.batch} first, from their history.",
                f"รายการนี้รวมรายการอื่นเพิ่มในภายหลัง ({taken}) โปรดยกเลิก {event.batch} ก่อน จากประวัติของรายการเหล่านั้น",
                batch=event.batch,
            )


def _before(history: Sequence[Event], event: Event) -> Event:
    """What had made the entry what it was just before this event."""
    return [one for one in history if one.number < event.number and one.kind.startswith(ENTRY_KINDS)][-1]


def _held(store: Readings, ids: Sequence[str]) -> list[Stored]:
    found = store.get_many(ids)
    for entry_id in ids:
        if entry_id not in found:
            raise EntryNotFound(f"There is no entry {entry_id}.", f"ไม่มีรายการ {entry_id}", entry=entry_id)
    return [found[entry_id] for entry_id in ids]
