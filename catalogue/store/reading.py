"""What can be asked of the store, by a program that only reads and by a writer inside its transaction alike."""

import abc
import json
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Row,
    bindparam,
    case,
    cast,
    func,
    select,
)

from catalogue.curation import INDEXED, PUBLIC, Status
from catalogue.entries import LANGUAGES, Kind
from catalogue.errors import StoreDamaged
from catalogue.store import canonical, linking
from catalogue.store.canonical import chunks
from catalogue.store.events import ENTRY_KINDS, GENESIS, Event
from catalogue.store.linking import Backlinks, Counts, LinkRow, standing_in
from catalogue.store.tables import counter, entry, event

NOTED = "row"  # in the details of an event: what the row of a file meant from which it came


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as the store holds it: its body and what the store knows about it."""

    id: str
    kind: Kind
    status: Status
    revision: int  # number of the last event that changed it
    content_hash: str
    owner: str
    external_id: str | None
    canonical_id: str | None  # of a merged entry: the one it became part of
    created_at: str
    updated_at: str
    body: dict[str, Any]

    @property
    def theme(self) -> str | None:
        """Its main theme, by which curators share the work."""
        return self.body.get("theme")

    @property
    def public(self) -> bool:
        """Whether a visitor without an account may read it."""
        return self.status in PUBLIC


@dataclass(frozen=True, slots=True)
class Outline:
    """An entry without its words: what lists of work sort and filter by, which are too long to read whole."""

    id: str
    kind: Kind
    status: Status
    theme: str | None
    owner: str
    revision: int
    updated_at: str
    provinces: list[str]
    details: dict[str, Any]
    """Of the event that made it what it is (review.details_of)."""


# Made once: building a statement takes as long as running it.
_BY_ID = select(entry).where(entry.c.id.in_(bindparam("ids", expanding=True)))
_LATEST = select(entry, *(column.label(f"event_{column.name}") for column in event.columns)).join(
    event, event.c.number == entry.c.revision
)
_HEAD = select(event.c.number, event.c.hash).order_by(event.c.number.desc()).limit(1)


class Readings(abc.ABC):
    """All questions. ``statuses`` narrows to entries that stand there; None asks for all of them."""

    @abc.abstractmethod
    def _connection(self) -> AbstractContextManager[Connection]: ...

    def get(self, entry_id: str) -> Stored | None:
        """The entry, whatever its status; None where there is none."""
        return self.get_many([entry_id]).get(entry_id)

    def get_many(self, ids: Collection[str]) -> dict[str, Stored]:
        """The entries that exist, by id, whatever their status; one query per 500 ids."""
        found: dict[str, Stored] = {}
        with self._connection() as connection:
            for chunk in chunks(ids):
                found.update({row.id: _stored(row) for row in connection.execute(_BY_ID, {"ids": chunk})})
        return found

    def find_by_external_id(self, kind: str, external_id: str, owner: str = "") -> Stored | None:
        """The entry to which this owner gave this id of its own, if any."""
        return self.find_by_external_ids(kind, [external_id], owner).get(external_id)

    def find_by_external_ids(self, kind: str, external_ids: Collection[str], owner: str = "") -> dict[str, Stored]:
        """The entries to which this owner gave these ids of its own, by those ids; one query per 500."""
        mine = (entry.c.owner == owner) & (entry.c.kind == kind)
        with self._connection() as connection:
            return {
                row.external_id: _stored(row)
                for chunk in chunks(external_ids)
                for row in connection.execute(select(entry).where(mine, entry.c.external_id.in_(chunk)))
            }

    def content_hashes(self, kind: str) -> dict[str, str]:
        """``{id: content hash}`` of all entries of a kind, whatever their status."""
        with self._connection() as connection:
            rows = connection.execute(select(entry.c.id, entry.c.content_hash).where(entry.c.kind == kind))
            return {row.id: row.content_hash for row in rows}

    def entries(
        self,
        after_id: str = "",
        limit: int = 500,
        statuses: Collection[Status] | None = INDEXED,
        kind: str | None = None,
    ) -> list[Stored]:
        """The next entries in order of id; fewer than ``limit`` means that these are the last."""
        query = select(entry).where(entry.c.id > after_id, *standing_in(entry, statuses, kind))
        with self._connection() as connection:
            return [_stored(row) for row in connection.execute(query.order_by(entry.c.id).limit(limit))]

    def titles(
        self, statuses: Collection[Status] | None = PUBLIC, owner: str = "", ids: Collection[str] | None = None
    ) -> list[tuple[str, str, str]]:
        """``(id, kind, title)`` of each title, Thai and English; the rest of the bodies is not read.

        With an owner, of that owner's entries alone; with ids, of those: one query per 500.
        """
        query = [*standing_in(entry, statuses), *([entry.c.owner == owner] if owner else [])]
        asked = [query] if ids is None else [[*query, entry.c.id.in_(some)] for some in chunks(ids)]
        with self._connection() as connection:
            languages = [
                _json_at(connection.dialect.name, entry.c.body, "title", language).label(language)
                for language in LANGUAGES
            ]
            told = select(entry.c.id, entry.c.kind, *languages).order_by(entry.c.id)
            rows = [row for which in asked for row in connection.execute(told.where(*which))]
            return [(row.id, row.kind, title) for row in rows for title in row[2:] if title]

    def entry_counts(self, statuses: Collection[Status] | None = PUBLIC) -> dict[str, int]:
        """``{kind: number of entries}``; kinds without entries are left out."""
        query = select(entry.c.kind, func.count()).where(*standing_in(entry, statuses)).group_by(entry.c.kind)
        with self._connection() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def dated(self, kinds: Collection[str], limit: int, offset: int = 0) -> list[tuple[str, str, str]]:
        """``(id, kind, when it was changed last)`` of public entries of these kinds, in order of id, without bodies."""
        query = select(entry.c.id, entry.c.kind, entry.c.updated_at)
        query = query.where(entry.c.kind.in_(sorted(kinds)), *standing_in(entry, PUBLIC)).order_by(entry.c.id)
        with self._connection() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query.limit(limit).offset(offset))]

    def last_number(self, kind: str, year: int) -> int:
        """The last number given out for public ids of this kind and Buddhist year; 0 before the first."""
        query = select(counter.c.last).where(counter.c.kind == kind, counter.c.year == year)
        with self._connection() as connection:
            return connection.execute(query).scalar() or 0

    def revision(self) -> int:
        """Number of the last event; 0 before the first."""
        return self.head()[0]

    def head(self) -> tuple[int, str]:
        """Number and hash of the last event. Kept elsewhere, it proves later that nothing was rewritten."""
        with self._connection() as connection:
            row = connection.execute(_HEAD).first()
        return (0, GENESIS) if row is None else (row.number, row.hash)

    def changed_at(self) -> str | None:
        """When the last event was written; None before the first."""
        with self._connection() as connection:
            return connection.execute(select(event.c.at).order_by(event.c.number.desc()).limit(1)).scalar()

    def hash_of(self, number: int) -> str | None:
        """Hash of the event with this number, for 0 what stands before the first one; None where there is none."""
        if number == 0:
            return GENESIS
        with self._connection() as connection:
            return connection.execute(select(event.c.hash).where(event.c.number == number)).scalar()

    def has(self, number: int, digest: str) -> bool:
        """Is the event with this number the one with this hash? A restored backup or a standby that lagged gives other
        events the same numbers: what is remembered of a store is known by both.
        """
        return self.hash_of(number) == digest

    def changes_since(self, number: int, limit: int = 1000) -> list[tuple[int, str | None]]:
        """``(event number, id of the entry it changed)`` of the next events, in order, without gaps.

        The id is None where an event changed no entry: a cursor moves past it all the same.
        """
        query = (
            select(event.c.number, event.c.entry_id, event.c.kind)
            .where(event.c.number > number)
            .order_by(event.c.number)
            .limit(limit)
        )
        with self._connection() as connection:
            rows = connection.execute(query)
            return [(row.number, row.entry_id if row.kind.startswith(ENTRY_KINDS) else None) for row in rows]

    def public_revisions(self, kinds: Collection[str] | None = None) -> dict[str, int]:
        """``{id: revision}`` of every public entry, or of those of these kinds: what an index has to hold."""
        query = select(entry.c.id, entry.c.revision).where(*standing_in(entry, INDEXED))
        if kinds is not None:
            query = query.where(entry.c.kind.in_(sorted(kinds)))
        with self._connection() as connection:
            return {row.id: row.revision for row in connection.execute(query)}

    def links_of(self, ids: Collection[str], statuses: Collection[Status] | None = PUBLIC) -> list[LinkRow]:
        """Links of these proposals or pain points, both ends standing in ``statuses``; ordered by their ids.

        What is written of a merged entry counts for the one that it became part of.
        """
        with self._connection() as connection:
            return linking.links(connection, ids, statuses)

    def resolved(self, ids: Collection[str]) -> dict[str, str]:
        """Each id with the one to which it leads: itself, or of a merged entry the last canonical id."""
        with self._connection() as connection:
            return canonical.resolved(connection, ids)

    def members_of(self, ids: Collection[str]) -> dict[str, str]:
        """Every entry that became part of one of these, at whatever remove, with the id of that one."""
        with self._connection() as connection:
            return canonical.members_of(connection, ids)

    def counts(self, ids: Collection[str]) -> dict[str, Counts]:
        """For each of these ids, how many public entries hang on it.

        Of a pain point: the proposals that address it ("n tried"); of a proposal: the pain points it addresses;
        of a hackathon: the proposals and pain points that came out of it.
        """
        with self._connection() as connection:
            return linking.counts(connection, ids)

    def backlinks(self, hackathon_id: str, statuses: Collection[Status] | None = PUBLIC) -> Backlinks:
        """Ids of the pain points posed and the proposals submitted at a hackathon."""
        with self._connection() as connection:
            return linking.backlinks(connection, hackathon_id, statuses)

    def events_of(self, *ids: str) -> list[Event]:
        """Everything that happened to one entry, or to a few, in order."""
        return self._events(event.c.entry_id.in_(ids))

    def noted(self, ids: Collection[str]) -> dict[str, dict[str, str]]:
        """What each entry's row meant when it was imported last, as the details of its event have it, by id."""
        found: dict[str, dict[str, str]] = {}
        with self._connection() as connection:
            note = _json_at(connection.dialect.name, event.c.payload, "details", NOTED).label(NOTED)
            told = select(event.c.entry_id, note).where(note.is_not(None)).order_by(event.c.number)
            for some in chunks(ids):
                for entry_id, text in connection.execute(told.where(event.c.entry_id.in_(some))):
                    found[entry_id] = json.loads(text)
        return found

    def events_of_batch(self, batch: str) -> list[Event]:
        """Everything that one batch did, in order."""
        return self._events(event.c.batch == batch)

    def events_of_kind(self, kind: str) -> list[Event]:
        """Every event of this kind, in order."""
        return self._events(event.c.kind == kind)

    def latest(
        self, statuses: Collection[Status] | None = None, ids: Collection[str] | None = None
    ) -> list[tuple[Stored, Event]]:
        """Entries, each with the event that made it what it is, in order of id: one query, or one per 500 ids."""
        query = _LATEST.where(*standing_in(entry, statuses)).order_by(entry.c.id)
        asked = [query] if ids is None else [query.where(entry.c.id.in_(some)) for some in chunks(sorted(ids))]
        with self._connection() as connection:
            rows = [row for query in asked for row in connection.execute(query)]
        return [(_stored(row), Event(*row[len(entry.columns) :])) for row in rows]

    def outlines(self, statuses: Collection[Status]) -> list[Outline]:
        """The entries that stand there without their words, in order of id: a third of a second for ten thousand."""
        with self._connection() as connection:
            dialect = connection.dialect.name
            provinces = _json_at(dialect, entry.c.body, "provinces").label("provinces")
            details = _json_at(dialect, event.c.payload, "details").label("details")
            columns = [entry.c[name] for name in ("id", "kind", "status", "theme", "owner", "revision", "updated_at")]
            query = select(*columns, provinces, details).join(event, event.c.number == entry.c.revision)
            rows = connection.execute(query.where(*standing_in(entry, statuses)).order_by(entry.c.id)).all()
        return [
            Outline(
                *row[:2],
                Status(row.status),
                *row[3:7],
                json.loads(row.provinces or "[]"),
                json.loads(row.details or "{}"),
            )
            for row in rows
        ]

    def owned(
        self, owners: Collection[str], statuses: Collection[Status], kind: Kind | None, limit: int, offset: int
    ) -> list[str]:
        """Ids of a page of the entries of these owners that stand in ``statuses``, the last changed first."""
        query = select(entry.c.id).where(entry.c.owner.in_(sorted(owners)), *standing_in(entry, statuses, kind))
        with self._connection() as connection:
            page = query.order_by(entry.c.revision.desc(), entry.c.id).limit(limit).offset(offset)
            return list(connection.execute(page).scalars())

    def standings(self, owners: Collection[str], kind: Kind | None) -> dict[Status, int]:
        """How many entries of these owners stand in each status."""
        mine = (entry.c.owner.in_(sorted(owners)), *standing_in(entry, None, kind))
        query = select(entry.c.status, func.count()).where(*mine).group_by(entry.c.status)
        with self._connection() as connection:
            return {Status(status): count for status, count in connection.execute(query)}

    def _events(self, which: ColumnElement[bool]) -> list[Event]:
        with self._connection() as connection:
            return [Event(*row) for row in connection.execute(select(event).where(which).order_by(event.c.number))]


def _json_at(dialect: str, column: ColumnElement[str], *path: str) -> ColumnElement[Any]:
    """What stands at this place of a JSON text, as text: words as they are, lists and objects as JSON."""
    if dialect == "sqlite":
        return func.json_extract(column, ".".join(("$", *path)))
    # Of a text with a NUL, which older versions let in, PostgreSQL would tell nothing: it decodes all words on its way.
    without = func.regexp_replace(column, r"(?<!\\)((?:\\\\)*)\\u0000", r"\1", "g")
    told = case((func.strpos(column, r"\u0000") > 0, without), else_=column)
    return func.json_extract_path_text(cast(told, JSON), *path)


def _stored(row: Row[Any]) -> Stored:
    try:
        body = json.loads(row.body)
    except ValueError as error:
        raise StoreDamaged(
            f"The database's copy of {row.id} cannot be read. `hackgo audit verify` lists what is damaged; restore "
            "the database from a backup, or start afresh with `python3 run.py reset`. Nothing was deleted.",
            f"อ่านรายการ {row.id} จากฐานข้อมูลไม่ได้ คำสั่ง `hackgo audit verify` แสดงสิ่งที่เสียหาย โปรดกู้คืนจากข้อมูลสำรอง "
            "หรือเริ่มใหม่ด้วย `python3 run.py reset` ยังไม่มีสิ่งใดถูกลบ",
        ) from error
    told = {name: getattr(row, name) for name in Stored.__slots__}
    return Stored(**told | {"status": Status(row.status), "body": body})
