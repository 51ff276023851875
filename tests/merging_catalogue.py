"""A few entries that are merged, for tests of merges, and what must hold of a catalogue whatever was done to it."""

from collections.abc import Mapping
from typing import Any

from catalogue.curation import Status
from catalogue.entries import body_of, content_hash, parse
from catalogue.store import CREATED, UPDATED, Change, Store

PAINS = tuple(f"PP-2569-{number:05}" for number in range(1, 6))
PROPOSALS = tuple(f"PR-2569-{number:05}" for number in range(1, 4))
HACKATHON, OTHER_HACKATHON = "HK-2569-001", "HK-2569-002"
LINKS = {PROPOSALS[0]: PAINS[:2], PROPOSALS[1]: PAINS[1:3], PROPOSALS[2]: PAINS[3:4]}


def pain_point(entry_id: str, **values: Any) -> dict[str, Any]:
    given = {
        "id": entry_id,
        "kind": "pain_point",
        "language": "th",
        "title": {"th": f"น้ำไม่ไหล {entry_id}"},
        "statement": {"th": f"น้ำประปาไม่ไหลทุกหน้าแล้ง {entry_id}"},
        "source": {"url": f"https://example.org/{entry_id}", "license": "CC0-1.0"},
        "hackathon": HACKATHON,
    }
    return body_of(parse(given | values))


def proposal(entry_id: str, *pain_points: str) -> dict[str, Any]:
    links = [{"pain_point": one, "role": "addresses"} for one in pain_points]
    given = {"id": entry_id, "kind": "proposal", "language": "th", "title": {"th": f"ถังเก็บน้ำ {entry_id}"}}
    return body_of(parse(given | {"pain_points": links, "hackathon": HACKATHON}))


def hackathon(entry_id: str, **values: Any) -> dict[str, Any]:
    given = {"id": entry_id, "kind": "hackathon", "language": "th", "title": {"th": entry_id}}
    return body_of(parse(given | values))


def created(body: Mapping[str, Any], status: Status = Status.PUBLISHED) -> Change:
    return Change(CREATED, body["id"], body, status, content_hash(parse(dict(body))))


def edited(store: Store, entry_id: str, **values: Any) -> Change:
    stored = store.get(entry_id)
    assert stored is not None
    body = body_of(parse(stored.body | values))
    return Change(UPDATED, entry_id, body, content_hash=content_hash(parse(body)), expected_revision=stored.revision)


def fill(store: Store) -> None:
    """All of the entries, published."""
    bodies = [hackathon(HACKATHON), hackathon(OTHER_HACKATHON), *map(pain_point, PAINS)]
    store.apply([*map(created, bodies), *(created(proposal(one, *links)) for one, links in LINKS.items())], "import")


def as_it_is(store: Store, entry_id: str) -> tuple[Any, ...]:
    """Everything that an undo must bring back."""
    stored = store.get(entry_id)
    assert stored is not None
    return stored.status, stored.canonical_id, stored.owner, stored.external_id, stored.content_hash, stored.body


def all_is_well(store: Store) -> None:
    """No orphan, no cycle, every id resolves, no source or link lost, the history verifies."""
    ids = [*PAINS, *PROPOSALS, HACKATHON, OTHER_HACKATHON]
    stored = store.get_many(ids)
    assert stored.keys() == set(ids)
    for entry_id in ids:
        seen, at = [entry_id], stored[entry_id]
        while at.canonical_id is not None:
            assert at.status == Status.MERGED
            assert at.canonical_id not in seen, f"cycle: {seen}"
            seen.append(at.canonical_id)
            at = stored[at.canonical_id]
        assert at.status != Status.MERGED
        assert store.resolved([entry_id]) == {entry_id: at.id}
        if seen[1:]:
            assert store.members_of([at.id])[entry_id] == at.id
    for entry_id in PAINS:
        assert stored[entry_id].body["source"]["url"].endswith(entry_id)
    leads = store.resolved(ids)
    wanted = {(leads[one], leads[pain]) for one, pains in LINKS.items() for pain in pains}
    found = {(row.proposal_id, row.pain_point_id) for row in store.links_of(ids, None)}
    assert found == wanted
    public = {i for i in ids if stored[i].public}
    counts = store.counts(ids)
    for entry_id in PAINS:
        if entry_id in public:
            assert counts[entry_id].proposals == sum(pain == entry_id and one in public for one, pain in wanted)
    audit = store.verify_audit()
    assert audit.ok, audit.problems
