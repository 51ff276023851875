"""What can be asked of the store, by a program that only reads and by a writer inside its transaction alike."""

import abc
import json
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.sql.expression import FromClause

from catalogue.curation import INDEXED, PUBLIC, Status
from catalogue.entries import LANGUAGES, Kind
from catalogue.errors import StoreDamaged
from catalogue.store import canonical
from catalogue.store.canonical import chunks
from catalogue.store.events import ENTRY_KINDS, GENESIS, Event
from catalogue.store.tables import counter, entry, event, link


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
    def public(self) -> bool:
        """Whether a visitor without an account may read it."""
        return self.status in PUBLIC


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A proposal's claim to address a pain point; role is ``addresses`` or ``partly``."""

    proposal_id: str
    pain_point_id: str
    role: str
    claim: tuple[str, str] | None = field(default=None, compare=False)
    """The ids as they are written, proposal and pain point; they differ from the others where one was merged."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many public proposals and pain points hang on one entry."""

    proposals: int = 0
    pain_points: int = 0


@dataclass(frozen=True, slots=True)
class Backlinks:
    """What came out of one hackathon: ids of its pain points and of its proposals, in order."""

    pain_points: tuple[str, ...]
    proposals: tuple[str, ...]


def _standing(
    table: FromClause, statuses: Collection[Status] | None, kind: str | None = None
) -> list[ColumnElement[bool]]:
    standing: list[ColumnElement[bool]] = [] if statuses is None else [table.c.status.in_(sorted(statuses))]
    return standing if kind is None else [*standing, table.c.kind == kind]


def _hanging_on(target: ColumnElement[str], other: ColumnElement[str] | None = None) -> Select[str, str, int]:
    """Count the public entries of each kind per target; the targets are the parameter ``ids``."""
    standing = and_(*_standing(entry, PUBLIC))
    counted = select(target, entry.c.kind, func.count(entry.c.id)).group_by(target, entry.c.kind)
    wanted = counted.where(target.in_(bindparam("ids", expanding=True)))
    if other is None:
        return wanted.where(standing)
    # Outer: else SQLite, which has no statistics, begins with all entries and asks each for its links.
    return wanted.select_from(link.outerjoin(entry, and_(entry.c.id == other, standing)))


# Asked along: is there a merged entry at all? "is not null" would read every entry: without statistics SQLite looks up
# no index for it.
_A_MERGED_ONE = select(entry.c.id).where(entry.c.canonical_id > "").limit(1).subquery()
_COUNTS = union_all(
    select(literal(""), literal(""), func.count()).select_from(_A_MERGED_ONE),
    _hanging_on(link.c.pain_point_id, link.c.proposal_id),
    _hanging_on(link.c.proposal_id, link.c.pain_point_id),
    _hanging_on(entry.c.hackathon_id),
)


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
        query = select(entry).where(entry.c.id > after_id, *_standing(entry, statuses, kind))
        with self._connection() as connection:
            return [_stored(row) for row in connection.execute(query.order_by(entry.c.id).limit(limit))]

    def titles(
        self, statuses: Collection[Status] | None = PUBLIC, owner: str = "", ids: Collection[str] | None = None
    ) -> list[tuple[str, str, str]]:
        """``(id, kind, title)`` of each title, Thai and English; the rest of the bodies is not read.

        With an owner, of that owner's entries alone; with ids, of those: one query per 500.
        """
        query = [*_standing(entry, statuses), *([entry.c.owner == owner] if owner else [])]
        asked = [query] if ids is None else [[*query, entry.c.id.in_(some)] for some in chunks(ids)]
        with self._connection() as connection:
            languages = [_title_in(language, connection.dialect.name).label(language) for language in LANGUAGES]
            told = select(entry.c.id, entry.c.kind, *languages).order_by(entry.c.id)
            rows = [row for which in asked for row in connection.execute(told.where(*which))]
            return [(row.id, row.kind, title) for row in rows for title in row[2:] if title]

    def entry_counts(self, statuses: Collection[Status] | None = PUBLIC) -> dict[str, int]:
        """``{kind: number of entries}``; kinds without entries are left out."""
        query = select(entry.c.kind, func.count()).where(*_standing(entry, statuses)).group_by(entry.c.kind)
        with self._connection() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

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
        query = select(entry.c.id, entry.c.revision).where(*_standing(entry, INDEXED))
        if kinds is not None:
            query = query.where(entry.c.kind.in_(sorted(kinds)))
        with self._connection() as connection:
            return {row.id: row.revision for row in connection.execute(query)}

    def links_of(self, ids: Collection[str], statuses: Collection[Status] | None = PUBLIC) -> list[LinkRow]:
        """Links of these proposals or pain points, both ends standing in ``statuses``; ordered by their ids.

        What is written of a merged entry counts for the one that it became part of.
        """
        with self._connection() as connection:
            return _links(connection, ids, statuses)

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
        found: dict[str, dict[str, int]] = {}
        with self._connection() as connection:
            for chunk in chunks(ids):
                for entry_id, kind, count in connection.execute(_COUNTS, {"ids": chunk}):
                    found.setdefault(entry_id, {})[kind] = count
            # Where merges are, two links may lead to one entry: what hangs on those is counted one by one.
            for entry_id in _touched_by_merges(connection, ids) if found.pop("", {}).get("") else ():
                found[entry_id] = _counted(connection, entry_id)
        return {
            entry_id: Counts(kinds.get("proposal", 0), kinds.get("pain_point", 0))
            for entry_id in ids
            for kinds in [found.get(entry_id, {})]
        }

    def backlinks(self, hackathon_id: str, statuses: Collection[Status] | None = PUBLIC) -> Backlinks:
        """Ids of the pain points posed and the proposals submitted at a hackathon."""
        with self._connection() as connection:
            return _backlinks(connection, hackathon_id, statuses)

    def events_of(self, *ids: str) -> list[Event]:
        """Everything that happened to one entry, or to a few, in order."""
        return self._events(event.c.entry_id.in_(ids))

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
        query = _LATEST.where(*_standing(entry, statuses)).order_by(entry.c.id)
        asked = [query] if ids is None else [query.where(entry.c.id.in_(some)) for some in chunks(sorted(ids))]
        with self._connection() as connection:
            rows = [row for query in asked for row in connection.execute(query)]
        return [(_stored(row), Event(*row[len(entry.columns) :])) for row in rows]

    def owned(
        self, owners: Collection[str], statuses: Collection[Status], kind: Kind | None, limit: int, offset: int
    ) -> list[str]:
        """Ids of a page of the entries of these owners that stand in ``statuses``, the last changed first."""
        query = select(entry.c.id).where(entry.c.owner.in_(sorted(owners)), *_standing(entry, statuses, kind))
        with self._connection() as connection:
            page = query.order_by(entry.c.revision.desc(), entry.c.id).limit(limit).offset(offset)
            return list(connection.execute(page).scalars())

    def standings(self, owners: Collection[str], kind: Kind | None) -> dict[Status, int]:
        """How many entries of these owners stand in each status."""
        mine = (entry.c.owner.in_(sorted(owners)), *_standing(entry, None, kind))
        query = select(entry.c.status, func.count()).where(*mine).group_by(entry.c.status)
        with self._connection() as connection:
            return {Status(status): count for status, count in connection.execute(query)}

    def _events(self, which: ColumnElement[bool]) -> list[Event]:
        with self._connection() as connection:
            return [Event(*row) for row in connection.execute(select(event).where(which).order_by(event.c.number))]


def _links(connection: Connection, ids: Collection[str], statuses: Collection[Status] | None) -> list[LinkRow]:
    written: set[tuple[str, str, str]] = set()
    standing: set[str] = set()
    for chunk in chunks([*ids, *canonical.members_of(connection, ids)]):
        touching = link.c.proposal_id.in_(chunk) | link.c.pain_point_id.in_(chunk)
        written.update((row[0], row[1], row[2]) for row in connection.execute(select(link).where(touching)))
    ends = canonical.resolved(connection, {end for row in written for end in row[:2]})
    for chunk in chunks(ends.values()):
        query = select(entry.c.id).where(entry.c.id.in_(chunk), *_standing(entry, statuses))
        standing.update(connection.execute(query).scalars())
    found: dict[tuple[str, str], LinkRow] = {}
    for proposal, pain_point, role in sorted(written, key=lambda row: (row[2], row)):  # addresses before partly
        key = (ends[proposal], ends[pain_point])
        if standing.issuperset(key):
            found.setdefault(key, LinkRow(*key, role, (proposal, pain_point)))
    return [found[key] for key in sorted(found)]


def _backlinks(connection: Connection, hackathon_id: str, statuses: Collection[Status] | None) -> Backlinks:
    among = [hackathon_id, *canonical.members_of(connection, [hackathon_id])]
    query = select(entry.c.id, entry.c.kind).where(entry.c.hackathon_id.in_(among), *_standing(entry, statuses))
    rows = connection.execute(query.order_by(entry.c.id)).all()
    return Backlinks(
        pain_points=tuple(row.id for row in rows if row.kind == "pain_point"),
        proposals=tuple(row.id for row in rows if row.kind == "proposal"),
    )


def _touched_by_merges(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of these entries that took others in, or are linked to a merged one."""
    touched = set(canonical.members_of(connection, ids).values())
    for mine, other in ((link.c.proposal_id, link.c.pain_point_id), (link.c.pain_point_id, link.c.proposal_id)):
        merged = select(mine).join(entry, entry.c.id == other).where(entry.c.canonical_id.is_not(None))
        for chunk in chunks(ids):
            touched.update(connection.execute(merged.where(mine.in_(chunk))).scalars())
    return touched


def _counted(connection: Connection, entry_id: str) -> dict[str, int]:
    links, came = _links(connection, [entry_id], PUBLIC), _backlinks(connection, entry_id, PUBLIC)
    return {
        "proposal": sum(row.pain_point_id == entry_id for row in links) + len(came.proposals),
        "pain_point": sum(row.proposal_id == entry_id for row in links) + len(came.pain_points),
    }


def _title_in(language: str, dialect: str) -> ColumnElement[Any]:
    if dialect == "sqlite":
        return func.json_extract(entry.c.body, f"$.title.{language}")
    title: ColumnElement[Any] = cast(entry.c.body, JSON)["title"][language].as_string()
    return title


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
