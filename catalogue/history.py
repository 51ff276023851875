"""The history of an entry, read from its events: versions with their changes, decisions with who, when, why. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalogue.curation import PUBLIC, Status
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
    names = sorted(before.keys() | after.keys())
    return tuple(FieldChange(n, before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n))


def steps(events: Sequence[Event]) -> list[Step]:
    """Everything that happened to one entry, in order. The first step lists no changes: all of it was new."""
    return list(_steps([event for event in events if event.kind.startswith(ENTRY_KINDS)]))


def public_steps(events: Sequence[Event]) -> list[Step]:
    """What a visitor may know: versions that were public, compared with each other; no comments, no names of drafts."""
    shown = [e for e in events if e.kind.startswith(ENTRY_KINDS) and Status(e.data()["status"]) in PUBLIC]
    return list(_steps(shown, with_comments=False))


def answer(events: Sequence[Event]) -> tuple[tuple[FieldChange, ...], tuple[Mapping[str, str], ...]] | None:
    """What the host changed since a curator last asked for edits, and what had been asked; None if nobody asked."""
    told = [(event.data(), event) for event in events if event.kind.startswith(ENTRY_KINDS)]
    asked = [data for data, _ in told if (data.get("details") or {}).get("action") == "request_edits"]
    if not asked:
        return None
    comments = tuple((asked[-1].get("details") or {}).get("comments") or ())
    return changes_between(asked[-1]["body"], told[-1][0]["body"]), comments


def _steps(events: Sequence[Event], with_comments: bool = True) -> Iterator[Step]:
    before: Mapping[str, Any] | None = None
    for event in events:
        data = event.data()
        details = data.get("details") or {}
        yield Step(
            revision=event.number,
            at=event.at,
            actor=event.actor,
            kind=event.kind,
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
