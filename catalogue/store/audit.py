"""Whether the history is whole: no event edited, deleted, reordered or cut off, and every entry as it was told."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select

from catalogue.store.events import ENTRY_KINDS, GENESIS, canonical, event_hash
from catalogue.store.tables import entry, event, link, links, promoted

# Short transactions: a writer waits for readers.
ROWS_PER_QUERY = 500
# Who meets more has to restore a backup anyway.
PROBLEMS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class AuditProblem:
    """One thing that is not as it was written, in both languages, with the event or entry concerned."""

    en: str
    th: str
    event: int | None = None
    entry_id: str | None = None

    def __str__(self) -> str:
        return f"{self.en} / {self.th}"


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What ``verify`` found. ``head`` is the last event's number and hash: keep it elsewhere, give it next time."""

    events: int
    entries: int
    head: tuple[int, str]
    problems: tuple[AuditProblem, ...]  # the first 100

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def first_bad(self) -> int | None:
        """Number of the first event that is not as it was written, if any."""
        return min((p.event for p in self.problems if p.event is not None), default=None)


class Audited(Protocol):
    """What is read: a database, or a transaction that is still open."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection whose reads all see the same moment."""
        ...

    def damage(self) -> list[str]:
        """What the database itself finds wrong with what it holds."""
        ...


def verify(database: Audited, head: tuple[int, str] | None = None) -> AuditReport:
    """Read everything once and report; events that are appended meanwhile are none of its business."""
    problems = [
        AuditProblem(f"the database file is damaged: {line}", f"ไฟล์ฐานข้อมูลเสียหาย: {line}") for line in database.damage()
    ]
    events, last, found = _check_chain(database, head)
    problems += found
    entries, found = _check_entries(database)
    problems += found
    return AuditReport(events, entries, last, tuple(problems[:PROBLEMS_SHOWN]))


def _check_chain(database: Audited, head: tuple[int, str] | None) -> tuple[int, tuple[int, str], list[AuditProblem]]:
    problems: list[AuditProblem] = []
    count, number, previous_hash = 0, 0, GENESIS
    hash_at_head = GENESIS if head is not None and head[0] == 0 else None
    for row in _pages(database, event, event.c.number, 0):
        values = row._asdict()
        count += 1
        if row.number != number + 1:
            problems.append(
                AuditProblem(
                    f"events {number + 1} to {row.number - 1} are missing",
                    f"เหตุการณ์ที่ {number + 1} ถึง {row.number - 1} หายไป",
                    event=number + 1,
                )
            )
        elif row.previous_hash != previous_hash:
            problems.append(
                AuditProblem(
                    f"event {row.number} does not follow from the event before it",
                    f"เหตุการณ์ที่ {row.number} ไม่ต่อเนื่องจากเหตุการณ์ก่อนหน้า",
                    event=row.number,
                )
            )
        if event_hash(values) != row.hash:
            problems.append(
                AuditProblem(
                    f"event {row.number} was changed after it was written",
                    f"เหตุการณ์ที่ {row.number} ถูกแก้ไขหลังจากบันทึก",
                    event=row.number,
                    entry_id=row.entry_id,
                )
            )
        number, previous_hash = row.number, row.hash
        if head is not None and number == head[0]:
            hash_at_head = row.hash
    if head is not None and hash_at_head != head[1]:
        missing = number < head[0]
        problems.append(
            AuditProblem(
                f"the history ends at event {number}, but event {head[0]} is known to have existed"
                if missing
                else f"event {head[0]} is not the one that is known: the history was rewritten",
                f"ประวัติสิ้นสุดที่เหตุการณ์ที่ {number} แต่เคยมีเหตุการณ์ที่ {head[0]}"
                if missing
                else f"เหตุการณ์ที่ {head[0]} ไม่ตรงกับที่ทราบ ประวัติถูกเขียนใหม่",
                event=number + 1 if missing else head[0],
            )
        )
    return count, (number, previous_hash), problems


def _check_entries(database: Audited) -> tuple[int, list[AuditProblem]]:
    problems: list[AuditProblem] = []
    count = 0
    # Each entry beside the event that it names, and its links: one statement sees one moment.
    for rows in _entry_pages(database):
        count += len(rows)
        problems += [problem for row, claimed in rows if (problem := _entry_problem(row, claimed))]
    with database.reading() as connection:
        told = select(event.c.entry_id, event.c.number).where(event.c.kind.startswith(ENTRY_KINDS))
        later = told.join(entry, entry.c.id == event.c.entry_id, isouter=True).where(
            entry.c.id.is_(None) | (entry.c.revision < event.c.number)
        )
        for entry_id, number in connection.execute(later.order_by(event.c.number).limit(PROBLEMS_SHOWN)):
            problems.append(
                AuditProblem(
                    f"{entry_id} does not show event {number}",
                    f"รายการ {entry_id} ไม่ตรงกับเหตุการณ์ที่ {number}",
                    entry_id=entry_id,
                )
            )
    return count, problems


def _entry_problem(row: Row[Any], claimed: dict[str, str]) -> AuditProblem | None:
    if row.payload is None:
        return AuditProblem(
            f"{row.id} was changed by event {row.revision}, which is missing: the history was cut off",
            f"รายการ {row.id} ถูกแก้ไขโดยเหตุการณ์ที่ {row.revision} ซึ่งหายไป ประวัติถูกตัดออก",
            event=row.revision,
            entry_id=row.id,
        )
    try:
        told = json.loads(row.payload)
        body = told["body"]
        same = (
            row.event_entry_id == row.id
            and row.body == canonical(body)
            and all(getattr(row, name) == value for name, value in promoted(body).items())
            and all(getattr(row, name) == told[name] for name in ("status", "content_hash", "owner", "canonical_id"))
            and claimed == (links(body) if row.kind == "proposal" else {})
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        same = False
    if same:
        return None
    return AuditProblem(
        f"{row.id} is not what event {row.revision} says",
        f"รายการ {row.id} ไม่ตรงกับเหตุการณ์ที่ {row.revision}",
        entry_id=row.id,
    )


def _entry_pages(database: Audited) -> Iterator[list[tuple[Row[Any], dict[str, str]]]]:
    after = ""
    while True:
        with database.reading() as connection:
            query = (
                select(entry, event.c.payload, event.c.entry_id.label("event_entry_id"))
                .join(event, event.c.number == entry.c.revision, isouter=True)
                .where(entry.c.id > after)
                .order_by(entry.c.id)
                .limit(ROWS_PER_QUERY)
            )
            rows = connection.execute(query).all()
            claims: dict[str, dict[str, str]] = {row.id: {} for row in rows}
            for row in connection.execute(select(link).where(link.c.proposal_id.in_(list(claims)))):
                claims[row.proposal_id][row.pain_point_id] = row.role
        if not rows:
            return
        yield [(row, claims[row.id]) for row in rows]
        after = rows[-1].id


def _pages(database: Audited, table: Any, key: Any, after: Any) -> Iterator[Row[Any]]:
    while True:
        with database.reading() as connection:
            rows = connection.execute(select(table).where(key > after).order_by(key).limit(ROWS_PER_QUERY)).all()
        if not rows:
            return
        yield from rows
        after = rows[-1]._mapping[key.name]
