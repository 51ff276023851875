"""The system of record: entries that change only by events, all of a transaction or nothing.

store = Store.open("sqlite:///var/catalogue.db")
store.apply([Change("entry.created", "PP-2569-00001", body, Status.PUBLISHED, hash)], actor="import")
"""

import contextlib
import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from catalogue.curation import Status
from catalogue.errors import Conflict, EntryNotFound, InvalidParameter
from catalogue.notices import Template
from catalogue.store.audit import AuditReport, verify
from catalogue.store.canonical import chunks
from catalogue.store.contents import Digest, Report, Snapshot, Source, load
from catalogue.store.database import Database
from catalogue.store.dialect import holds_nul
from catalogue.store.events import ENTRY_KINDS, canonical, event_hash, timestamp
from catalogue.store.leases import LASTS_S, Lease
from catalogue.store.notices import post, post_to_hosts
from catalogue.store.reading import Readings, Stored
from catalogue.store.tables import counter, entry, event, link, links, promoted

CREATED = "entry.created"
UPDATED = "entry.updated"
STATUS_CHANGED = "entry.status_changed"
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it
COLUMNS = tuple(column.name for column in entry.columns)


@dataclass(frozen=True, slots=True)
class Change:
    """One entry's next state, and the event that tells of it. What is None stays as it was.

    ``kind`` is ``entry.created`` for an id that does not exist yet, any other ``entry.*`` for one that does.
    ``expected_revision``: the revision that the caller has read; another one in the store is a ``Conflict``.
    ``canonical_id`` belongs to status ``merged`` and is forgotten with it. ``details`` go into the event alone.
    """

    kind: str
    entry_id: str
    body: Mapping[str, Any] | None = None
    status: Status | None = None
    content_hash: str | None = None  # entries.content_hash of the body; given with every body
    expected_revision: int | None = None
    owner: str | None = None  # whose external ids these are; "" where nobody's
    canonical_id: str | None = None
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened and changed no entry: a batch was imported, two entries were judged distinct."""

    kind: str
    payload: Mapping[str, Any]
    entry_id: str | None = None


class Moment(Readings):
    """The store as it stood at one moment: every question gets its answer from there. Made by ``Store.moment``."""

    def __init__(self, connection: Connection) -> None:
        self._held = connection

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Connection]:
        yield self._held


class Writer(Moment):
    """The holder of the write lock: nobody else writes until its transaction ends. Made by ``Store.writing``."""

    def allocate(self, kind: str, year: int, count: int = 1) -> range:
        """The next ``count`` numbers for public ids of this kind and Buddhist year; never given out again."""
        last = self.last_number(kind, year)
        self._set_last_number(kind, year, last, last + count)
        return range(last + 1, last + count + 1)

    def apply(
        self,
        changes: Sequence[Change | Fact],
        actor: str,
        reason: str | None = None,
        batch: str | None = None,
        at: datetime.datetime | None = None,
        report: Report | None = None,
    ) -> list[int]:
        """Append one event per change and return their numbers, in order; ``report`` hears of each.

        Raises ``Conflict`` for a revision other than the expected one, an id or an external id that is taken;
        ``EntryNotFound`` for an unknown id; ``InvalidParameter`` for a link to an unknown entry, and for NUL.
        """
        if not changes:
            return []
        when = timestamp(at or datetime.datetime.now(datetime.UTC))
        before = self._rows({c.entry_id for c in changes if isinstance(c, Change)})
        after: dict[str, dict[str, Any]] = {}
        written: list[dict[str, Any]] = []
        number, previous_hash = self.head()
        for change in changes:
            number += 1
            if isinstance(change, Change):
                row = after.get(change.entry_id) or before.get(change.entry_id)
                after[change.entry_id] = row = _next_row(change, row, number, when)
                payload = _snapshot(change, row)
            else:
                if change.kind.startswith(ENTRY_KINDS):
                    raise ValueError("an event that changes an entry is a Change")
                payload = canonical(change.payload)
            _refuse_nul(change, payload, reason)
            written.append(
                {
                    "number": number,
                    "at": when,
                    "actor": actor,
                    "entry_id": change.entry_id,
                    "kind": change.kind,
                    "reason": reason,
                    "payload": payload,
                    "batch": batch,
                    "previous_hash": previous_hash,
                }
            )
            previous_hash = written[-1]["hash"] = event_hash(written[-1])
            if report:
                report(len(written), len(changes))
        for row in after.values():
            row["_links"] = links(row["_body"]) if row["kind"] == "proposal" else {}
        self._refuse_unknown_references(after)
        self._refuse_taken_external_ids(after)
        self._held.execute(insert(event), written)
        self._write_entries(after, before.keys())
        self._write_links(after)
        self._raise_counters(after.keys() - before.keys(), after)
        return [row["number"] for row in written]

    def notify(
        self, organisation: str, template: Template, payload: Mapping[str, Any], at: datetime.datetime | None = None
    ) -> None:
        """Tell everybody who edits this organisation's entries, when and only when this transaction commits."""
        post_to_hosts(self._held, organisation, template, payload, at or datetime.datetime.now(datetime.UTC))

    def notify_person(
        self, account_id: str, template: Template, payload: Mapping[str, Any], at: datetime.datetime | None = None
    ) -> None:
        """Tell one person; nothing happens where the id is no account (a program, a visitor)."""
        post(self._held, [account_id], template, payload, at or datetime.datetime.now(datetime.UTC))

    def _rows(self, ids: set[str]) -> dict[str, dict[str, Any]]:
        return {stored.id: _as_row(stored) for stored in self.get_many(ids).values()}

    def _refuse_unknown_references(self, after: Mapping[str, Mapping[str, Any]]) -> None:
        wanted: dict[str, str] = {}
        for entry_id, row in after.items():
            named = (row["hackathon_id"], row["canonical_id"], *row["_links"])
            wanted.update({reference: entry_id for reference in named if reference and reference not in after})
        for chunk in chunks(wanted):
            for (known,) in self._held.execute(select(entry.c.id).where(entry.c.id.in_(chunk))):
                del wanted[known]
        if wanted:
            reference, entry_id = next(iter(sorted(wanted.items())))
            raise InvalidParameter(
                f"{entry_id} refers to {reference}, which is not in the catalogue. Add that entry first, or in the "
                "same import.",
                f"{entry_id} อ้างถึง {reference} ซึ่งไม่มีในคลัง โปรดเพิ่มรายการนั้นก่อน หรือนำเข้าพร้อมกัน",
                entries=sorted(wanted.values()),
                unknown=sorted(wanted),
            )

    def _refuse_taken_external_ids(self, after: Mapping[str, Mapping[str, Any]]) -> None:
        holders: dict[tuple[str, str, str], str] = {}
        for entry_id, row in after.items():
            if row["external_id"] is not None:
                key = (row["owner"], row["kind"], row["external_id"])
                if holders.setdefault(key, entry_id) != entry_id:
                    raise _taken(row["external_id"], entry_id, holders[key])
        for chunk in chunks([external_id for _, _, external_id in holders]):
            query = select(entry.c.owner, entry.c.kind, entry.c.external_id, entry.c.id)
            for owner, kind, external_id, known in self._held.execute(query.where(entry.c.external_id.in_(chunk))):
                claims = holders.get((owner, kind, external_id))
                if claims is not None and known not in after:
                    raise _taken(external_id, claims, known)

    def _write_entries(self, after: Mapping[str, Mapping[str, Any]], existing: Any) -> None:
        rows = [{name: row[name] for name in COLUMNS} for row in after.values()]
        new = [row for row in rows if row["id"] not in existing]
        changed = [row | {"which": row["id"]} for row in rows if row["id"] in existing]
        if new:
            self._held.execute(insert(entry), new)
        if changed:
            values: dict[str, Any] = {name: bindparam(name) for name in COLUMNS if name != "id"}
            self._held.execute(update(entry).where(entry.c.id == bindparam("which")).values(values), changed)

    def _write_links(self, after: Mapping[str, Mapping[str, Any]]) -> None:
        for chunk in chunks([entry_id for entry_id, row in after.items() if row["kind"] == "proposal"]):
            self._held.execute(delete(link).where(link.c.proposal_id.in_(chunk)))
        rows = [
            {"proposal_id": entry_id, "pain_point_id": pain_point_id, "role": role}
            for entry_id, row in after.items()
            for pain_point_id, role in row["_links"].items()
        ]
        if rows:
            self._held.execute(insert(link), rows)

    def _raise_counters(self, created: set[str], after: Mapping[str, Mapping[str, Any]]) -> None:
        """Ids that an import brings along count as given out."""
        highest: dict[tuple[str, int], int] = {}
        for entry_id in created:
            if numbered := re.fullmatch(r"[A-Z]+-(\d{4})-(\d+)", entry_id):
                key = (after[entry_id]["kind"], int(numbered[1]))
                highest[key] = max(highest.get(key, 0), int(numbered[2]))
        for (kind, year), number in highest.items():
            last = self.last_number(kind, year)
            if number > last:
                self._set_last_number(kind, year, last, number)

    def _set_last_number(self, kind: str, year: int, last: int, number: int) -> None:
        if last == 0:
            self._held.execute(insert(counter).values(kind=kind, year=year, last=number))
        else:
            mine = (counter.c.kind == kind) & (counter.c.year == year)
            self._held.execute(update(counter).where(mine).values(last=number))


class Store(Readings):
    """The catalogue's database. Safe to share between threads and between processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def database(self) -> Database:
        """For those who keep what is no entry there: accounts, sessions, notices."""
        return self._database

    @classmethod
    def open(cls, url: str, make: bool = True) -> "Store":
        """The store at ``sqlite:///path`` (made where it does not exist) or ``postgresql://…``, migrated to this one.

        Raises ``StoreDamaged``, ``StoreTooNew``, ``StoreUnavailable`` or ``SettingsInvalid``, also for a file that does
        not exist where none is to be made; never deletes or overwrites anything.
        """
        return cls(Database(url, make))

    @property
    def name(self) -> str:
        """What people call its database, without user and password."""
        return self._database.name

    def close(self) -> None:
        """Close the pooled connections."""
        self._database.close()

    def _connection(self) -> contextlib.AbstractContextManager[Connection]:
        return self._database.reading()

    @contextlib.contextmanager
    def moment(self) -> Iterator[Moment]:
        """Several questions on one connection: quicker than one by one, and their answers fit together."""
        with self._database.reading() as connection:
            yield Moment(connection)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction: what its writer reads stays true until it commits. Any exception undoes all of it."""
        with self._database.writing() as connection:
            yield Writer(connection)

    def apply(
        self,
        changes: Sequence[Change | Fact],
        actor: str,
        reason: str | None = None,
        batch: str | None = None,
        at: datetime.datetime | None = None,
    ) -> list[int]:
        """``Writer.apply`` in a transaction of its own: when it returns, all is on the disk; else nothing is."""
        if not changes:
            return []
        with self.writing() as writer:
            return writer.apply(changes, actor, reason, batch, at)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """All that it holds at one moment, for as long as it is wanted; nobody who writes waits for it."""
        with self._database.snapshot() as connection:
            yield Snapshot(connection)

    def load(self, source: Source, replace: bool, report: Report) -> dict[str, Digest]:
        """Fill an empty store from another one or from a backup, all or nothing; what it holds then, per table.

        Raises ``CatalogueNotEmpty`` unless ``replace``, ``BackupDamaged``, ``StoreTooNew``; then nothing is changed.
        """
        return load(self._database, source, replace, report)

    def lease(self, name: str, lasts_s: float = LASTS_S) -> Lease:
        """A hold on this name that one program has at a time, on whichever machine; not taken yet."""
        return Lease(self._database, name, lasts_s)

    def verify_audit(self, head: tuple[int, str] | None = None) -> AuditReport:
        """Check every event, the chain, and every entry against its last event; changes nothing.

        ``head`` is a number and hash kept from ``head()``: with it a history that was cut off, or rewritten
        from end to end, shows as well.
        """
        return verify(self._database, head)


def _next_row(change: Change, row: Mapping[str, Any] | None, number: int, when: str) -> dict[str, Any]:
    """The entry's row after the change; ``_body`` beside its columns holds the body as values."""
    _refuse_misuse(change)
    _refuse_conflict(change, row)
    after = dict(row or {"created_at": when, "owner": "", "canonical_id": None})
    after |= {"id": change.entry_id, "revision": number, "updated_at": when}
    if change.body is not None:
        if change.body["id"] != change.entry_id or change.body["kind"] != after.get("kind", change.body["kind"]):
            raise ValueError(f"the body of {change.entry_id} belongs to another entry")
        after |= promoted(change.body)
        after |= {"_body": change.body, "body": canonical(change.body), "content_hash": change.content_hash}
    if change.owner is not None:
        after["owner"] = change.owner
    if change.status is not None:
        after["status"] = Status(change.status).value
    merged = after["status"] == Status.MERGED
    after["canonical_id"] = (change.canonical_id or after["canonical_id"]) if merged else None
    if merged and after["canonical_id"] is None:
        raise ValueError("a merged entry needs its canonical id")
    return after


def _refuse_nul(change: Change | Fact, payload: str, reason: str | None) -> None:
    """PostgreSQL can hold no NUL in words, so no store does. What an entry held before keeps nobody from deciding."""
    if NUL.search(payload) and isinstance(change, Change):
        payload = canonical({"body": change.body, "details": change.details})
    if NUL.search(payload) or "\0" in (reason or ""):
        raise holds_nul()


def _refuse_misuse(change: Change) -> None:
    if not change.kind.startswith(ENTRY_KINDS):
        raise ValueError("an event that changes no entry is a Fact")
    if (change.body is None) != (change.content_hash is None):
        raise ValueError("a body comes with its content hash")
    if change.kind == CREATED and (change.body is None or change.status is None):
        raise ValueError("a new entry needs a body and a status")


def _refuse_conflict(change: Change, row: Mapping[str, Any] | None) -> None:
    entry_id, read = change.entry_id, change.expected_revision
    if change.kind == CREATED:
        if row is not None:
            raise Conflict(
                f"{entry_id} exists already (revision {row['revision']}).",
                f"มีรายการ {entry_id} อยู่แล้ว (ฉบับที่ {row['revision']})",
                entry=entry_id,
                revision=row["revision"],
            )
    elif row is None:
        raise EntryNotFound(f"There is no entry {entry_id}.", f"ไม่มีรายการ {entry_id}", entry=entry_id)
    elif read is not None and read != row["revision"]:
        raise Conflict(
            f"{entry_id} was changed since you read it (revision {read}, now {row['revision']}). "
            "Load it again and repeat your change.",
            f"รายการ {entry_id} ถูกแก้ไขหลังจากที่คุณเปิดอ่าน (ฉบับที่ {read} ปัจจุบัน {row['revision']}) โปรดโหลดใหม่แล้วแก้ไขอีกครั้ง",
            entry=entry_id,
            revision=row["revision"],
        )


def _snapshot(change: Change, row: Mapping[str, Any]) -> str:
    """The payload of an ``entry.*`` event: all that is needed to restore the entry as it was then."""
    values = {name: row[name] for name in ("status", "content_hash", "owner", "canonical_id")}
    return canonical(values | {"body": row["_body"], "details": dict(change.details or {})})


def _as_row(stored: Stored) -> dict[str, Any]:
    columns = {name: getattr(stored, name) for name in Stored.__slots__ if name not in ("body", "status")}
    return (
        promoted(stored.body)
        | columns
        | {"status": stored.status.value, "_body": stored.body, "body": canonical(stored.body)}
    )


def _taken(external_id: str, entry_id: str, holder: str) -> Conflict:
    return Conflict(
        f"{entry_id} and {holder} carry the same external id “{external_id}”. Give one of them another id.",
        f"{entry_id} และ {holder} มีรหัสของผู้ส่งซ้ำกัน “{external_id}” โปรดเปลี่ยนรหัสของรายการใดรายการหนึ่ง",
        entries=[entry_id, holder],
    )
