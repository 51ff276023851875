"""What hangs on an entry, where merges lead: links of proposals and pain points, and what came out of a hackathon."""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, literal, select, union_all
from sqlalchemy.sql.expression import FromClause

from catalogue.curation import PUBLIC, Status
from catalogue.store import canonical
from catalogue.store.canonical import chunks
from catalogue.store.tables import entry, link


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


def standing_in(
    table: FromClause, statuses: Collection[Status] | None, kind: str | None = None
) -> list[ColumnElement[bool]]:
    """Conditions: stands in ``statuses`` (None: wherever), is of this kind."""
    standing: list[ColumnElement[bool]] = [] if statuses is None else [table.c.status.in_(sorted(statuses))]
    return standing if kind is None else [*standing, table.c.kind == kind]


def _hanging_on(target: ColumnElement[str], other: ColumnElement[str] | None = None) -> Select[str, str, int]:
    """Count the public entries of each kind per target; the targets are the parameter ``ids``."""
    standing = and_(*standing_in(entry, PUBLIC))
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


def links(connection: Connection, ids: Collection[str], statuses: Collection[Status] | None) -> list[LinkRow]:
    """Links of these proposals or pain points, both ends standing in ``statuses``; ordered by their ids."""
    written: set[tuple[str, str, str]] = set()
    standing: set[str] = set()
    for chunk in chunks([*ids, *canonical.members_of(connection, ids)]):
        touching = link.c.proposal_id.in_(chunk) | link.c.pain_point_id.in_(chunk)
        written.update((row[0], row[1], row[2]) for row in connection.execute(select(link).where(touching)))
    ends = canonical.resolved(connection, {end for row in written for end in row[:2]})
    for chunk in chunks(ends.values()):
        query = select(entry.c.id).where(entry.c.id.in_(chunk), *standing_in(entry, statuses))
        standing.update(connection.execute(query).scalars())
    found: dict[tuple[str, str], LinkRow] = {}
    for proposal, pain_point, role in sorted(written, key=lambda row: (row[2], row)):  # addresses before partly
        key = (ends[proposal], ends[pain_point])
        if standing.issuperset(key):
            found.setdefault(key, LinkRow(*key, role, (proposal, pain_point)))
    return [found[key] for key in sorted(found)]


def backlinks(connection: Connection, hackathon_id: str, statuses: Collection[Status] | None) -> Backlinks:
    """Ids of the pain points posed and the proposals submitted at a hackathon."""
    among = [hackathon_id, *canonical.members_of(connection, [hackathon_id])]
    query = select(entry.c.id, entry.c.kind).where(entry.c.hackathon_id.in_(among), *standing_in(entry, statuses))
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


def counts(connection: Connection, ids: Collection[str]) -> dict[str, Counts]:
    """For each of these ids, how many public entries hang on it."""
    found: dict[str, dict[str, int]] = {}
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


def _counted(connection: Connection, entry_id: str) -> dict[str, int]:
    linked, came = links(connection, [entry_id], PUBLIC), backlinks(connection, entry_id, PUBLIC)
    return {
        "proposal": sum(row.pain_point_id == entry_id for row in linked) + len(came.proposals),
        "pain_point": sum(row.proposal_id == entry_id for row in linked) + len(came.pain_points),
    }
