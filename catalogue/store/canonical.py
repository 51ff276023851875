"""Where merged entries lead, and what became part of an entry: the column ``canonical_id``, followed to its end."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, select

from catalogue.store.tables import entry

# SQLite takes 999 variables in its oldest builds, PostgreSQL 65,535.
IDS_PER_QUERY = 500


def chunks(ids: Collection[str]) -> Iterator[Sequence[str]]:
    """The distinct ids in their order, 500 at a time."""
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), IDS_PER_QUERY):
        yield distinct[start : start + IDS_PER_QUERY]


def resolved(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Each id with the one to which it leads: itself, or of a merged entry the last canonical id."""
    steps: dict[str, str] = {}
    onward = set(ids)
    while onward:
        found: dict[str, str] = {}
        for chunk in chunks(onward):
            query = select(entry.c.id, entry.c.canonical_id)
            merged = query.where(entry.c.id.in_(chunk), entry.c.canonical_id.is_not(None))
            found.update({row[0]: row[1] for row in connection.execute(merged)})
        steps |= found
        onward = set(found.values()) - steps.keys()
    leads = {}
    for entry_id in ids:
        last = entry_id
        while last in steps:
            last = steps[last]
        leads[entry_id] = last
    return leads


def members_of(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Every entry that became part of one of these, at whatever remove, with the id of that one.

    Of two that are asked for, one part of the other, both have the members of the first; here the nearer one is named.
    """
    members: dict[str, str] = {}
    onward = {entry_id: entry_id for entry_id in ids}
    while onward:
        found: dict[str, str] = {}
        for chunk in chunks(onward):
            query = select(entry.c.id, entry.c.canonical_id).where(entry.c.canonical_id.in_(chunk))
            found.update({row[0]: onward[row[1]] for row in connection.execute(query)})
        onward = {entry_id: root for entry_id, root in found.items() if entry_id not in members}
        members |= onward
    return members
