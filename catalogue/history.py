"""The history of an entry, read from its events: versions with their changes, decisions with who, when, why. Pure."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalogue.curation import PUBLIC, Status
from catalogue.decisions import Action
from catalogue.store.events import ENTRY_KINDS, Event

UNDONE = "entry.undone"
"""Kind of the event by which the undoing of a batch leaves an entry as it was."""
# The reasons that programs give, as people read them; UNDO names its batch after it.
SAMPLE, SAMPLE_SUBMISSIONS, IMPORT, UNDO = "sample catalogue", "sample submissions", "import", "undo"
PROGRAM_REASONS: dict[str, dict[str, str]] = {
    SAMPLE: {"th": "ข้อมูลตัวอย่างที่มากับระบบ", "en": "Sample data that come with the catalogue"},
    SAMPLE_SUBMISSIONS: {"th": "รายการตัวอย่างที่รอตรวจ", "en": "Sample data that wait for review"},
    IMPORT: {"th": "นำเข้าจากไฟล์", "en": "Imported from a file"},
    UNDO: {"th": "ยกเลิกการนำเข้า", "en": "The import was undone"},
}


SITTING = datetime.timedelta(minutes=30)  # between two edits of one person, which are told as one
WITH_HOST = frozenset({Status.DRAFT, Status.EDITS_REQUESTED})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after; None where it was or is empty."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Step:
    """One event of an entry's life."""

    revision: int
    at: str
    actor: str
    kind: str
    status: Status
    action: str | None  # decisions.Action; None for what programs and imports did
    part: str | None  # decisions.Part
    reason: str | None
    code: str | None
    comments: tuple[Mapping[str, str], ...]
    changes: tuple[FieldChange, ...]
    batch: str | None
    source: Mapping[str, Any]

    @property
    def program_reason(self) -> Mapping[str, str] | None:
        """The reason in both languages, where a program gave it."""
        return PROGRAM_REASONS.get(UNDO if self.kind == UNDONE else self.reason or "")


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """The fields that differ between two bodies, in alphabetical order."""
    both = [(name, _value(before, name), _value(after, name)) for name in sorted(before.keys() | after.keys())]
    return tuple(FieldChange(name, was, now) for name, was, now in both if was != now)


def _value(body: Mapping[str, Any], name: str) -> Any:
    return None if body.get(name) in ([], {}, "") else body.get(name)


def steps(events: Sequence[Event]) -> list[Step]:
    """Everything that happened to one entry, in order. The first step lists no changes: all of it was new."""
    return list(_steps([event for event in events if event.kind.startswith(ENTRY_KINDS)]))


def public_steps(events: Sequence[Event]) -> list[Step]:
    """What a visitor may know: the versions since the entry became public last, compared; no comments, no names.

    What was taken out of view stays there: a person's name, corrected meanwhile, would show in what it said before.
    What was part of another entry for a while was in view with that.
    """
    shown: list[Event] = []
    for one in events:
        if one.kind.startswith(ENTRY_KINDS):
            status = Status(one.data()["status"])
            if status in PUBLIC:
                shown.append(one)
            elif status != Status.MERGED:
                shown.clear()
    return list(_steps(shown, with_comments=False))


def progress(events: Sequence[Event]) -> list[Step]:
    """What was recorded of a problem's way to its solution since it became public last; everybody may read it."""
    return [step for step in public_steps(events) if step.action == Action.FOLLOW_UP]


def answer(events: Sequence[Event]) -> tuple[tuple[FieldChange, ...], tuple[Mapping[str, str], ...]] | None:
    """What the host changed since a curator last asked for edits, and what had been asked; None if nobody asked."""
    told = [(event.data(), event) for event in events if event.kind.startswith(ENTRY_KINDS)]
    asked = [data for data, _ in told if (data.get("details") or {}).get("action") == Action.REQUEST_EDITS]
    if not asked:
        return None
    comments = tuple((asked[-1].get("details") or {}).get("comments") or ())
    return changes_between(asked[-1]["body"], told[-1][0]["body"]), comments


def _steps(events: Sequence[Event], with_comments: bool = True) -> Iterator[Step]:
    before: Mapping[str, Any] | None = None
    for first, event in _sittings(events):
        data = event.data()
        details = data.get("details") or {}
        yield Step(
            revision=event.number,
            at=event.at,
            actor=event.actor,
            kind=first.kind,
            status=Status(data["status"]),
            action=details.get("action"),
            part=details.get("as"),
            reason=event.reason,
            code=details.get("code"),
            comments=tuple(details.get("comments") or ()) if with_comments else (),
            changes=changes_between(before, data["body"]) if before is not None else (),
            batch=event.batch,
            source=details.get("source") or {},
        )
        before = data["body"]


def _sittings(events: Sequence[Event]) -> Iterator[tuple[Event, Event]]:
    """Each event twice; of a host's edits one after the other, which a form saves by itself, the first and the last."""
    first = last = None
    for event in events:
        if first and last and _goes_on(last, event):
            last = event
            continue
        if first and last:
            yield first, last
        first = last = event
    if first and last:
        yield first, last


def _goes_on(before: Event, event: Event) -> bool:
    (was, edited), (now, edits) = (_stands(one) for one in (before, event))
    soon = datetime.datetime.fromisoformat(event.at) - datetime.datetime.fromisoformat(before.at) <= SITTING
    by_one = before.actor == event.actor and not (event.reason or event.batch or before.batch)
    return was == now and was in WITH_HOST and edited and edits and by_one and soon


def _stands(event: Event) -> tuple[str, bool]:
    data = event.data()
    return data["status"], (data.get("details") or {}).get("action") == Action.EDIT
