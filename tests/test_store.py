"""The store: what it promises about changes, questions, ids, opening, and being killed."""

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.curation import INDEXED, LABELS, PUBLIC, Status
from catalogue.errors import (
    CatalogueError,
    Conflict,
    EntryNotFound,
    InvalidParameter,
)
from catalogue.store import CREATED, STATUS_CHANGED, UPDATED, Change, Counts, Fact, LinkRow, Store
from catalogue.store.events import GENESIS, canonical
from tests.databases import NewDatabase

PAIN, OTHER_PAIN = "PP-2569-00001", "PP-2569-00002"
PROPOSAL, OTHER_PROPOSAL = "PR-2569-00001", "PR-2569-00002"
HACKATHON = "HK-2569-001"
KINDS = {"PP": "pain_point", "PR": "proposal", "HK": "hackathon", "OG": "organization"}


def body(entry_id: str, **fields: Any) -> dict[str, Any]:
    kind = KINDS[entry_id[:2]]
    return {"id": entry_id, "kind": kind, "language": "th", "title": {"th": "น้ำไม่ไหล"}} | fields


def change(kind: str, entry_id: str, status: Status | None = None, **fields: Any) -> Change:
    told = body(entry_id, **fields)
    return Change(kind, entry_id, told, status, hashlib.sha256(canonical(told).encode()).hexdigest())


def create(entry_id: str, status: Status = Status.PUBLISHED, **fields: Any) -> Change:
    return change(CREATED, entry_id, status, **fields)


def claim(pain_point: str, role: str = "addresses") -> dict[str, str]:
    return {"pain_point": pain_point, "role": role}


# Changes


def test_a_created_entry_is_returned_as_it_was_given(store: Store) -> None:
    numbers = store.apply([create(PAIN, theme="water", year=2026, external_id="row 7")], actor="import")
    stored = store.get(PAIN)
    assert numbers == [1]
    assert stored is not None
    assert stored.body == body(PAIN, theme="water", year=2026, external_id="row 7")
    assert (stored.kind, stored.status, stored.revision) == ("pain_point", Status.PUBLISHED, 1)
    assert (stored.owner, stored.external_id, stored.public) == ("", "row 7", True)
    assert stored.created_at == stored.updated_at
    assert stored.created_at.endswith("Z")
    assert store.get(OTHER_PAIN) is None


def test_an_update_replaces_the_body_and_a_change_of_status_keeps_it(store: Store) -> None:
    store.apply([create(PAIN, Status.DRAFT)], actor="a")
    store.apply([change(UPDATED, PAIN, title={"th": "น้ำท่วม"})], actor="b")
    store.apply([Change(STATUS_CHANGED, PAIN, status=Status.WITHDRAWN)], actor="c", reason="ซ้ำ")
    stored = store.get(PAIN)
    assert stored is not None
    assert stored.body["title"] == {"th": "น้ำท่วม"}
    assert (stored.status, stored.revision, stored.public) == (Status.WITHDRAWN, 3, False)
    told = store.events_of(PAIN)
    assert [event.actor for event in told] == ["a", "b", "c"]
    assert told[2].reason == "ซ้ำ"
    assert told[2].data()["body"] == stored.body
    assert told[0].data()["status"] == "draft"


def test_one_entry_may_change_twice_in_one_transaction(store: Store) -> None:
    numbers = store.apply([create(PAIN, Status.DRAFT), change(UPDATED, PAIN, Status.PUBLISHED, year=2026)], "a")
    stored = store.get(PAIN)
    assert stored is not None
    assert (numbers, stored.revision, stored.status, stored.body["year"]) == ([1, 2], 2, "published", 2026)
    assert store.verify_audit().ok


def test_an_id_that_exists_cannot_be_created_again(store: Store) -> None:
    store.apply([create(PAIN)], "a")
    with pytest.raises(Conflict, match=r"exists already[\s\S]*อยู่แล้ว"):
        store.apply([create(PAIN)], "a")


def test_an_unknown_id_cannot_be_changed(store: Store) -> None:
    with pytest.raises(EntryNotFound, match="ไม่มีรายการ"):
        store.apply([Change(STATUS_CHANGED, PAIN, status=Status.WITHDRAWN)], "a")


def test_a_change_of_a_revision_that_is_not_the_latest_is_a_conflict(store: Store) -> None:
    store.apply([create(PAIN)], "a")
    read = Change(STATUS_CHANGED, PAIN, status=Status.WITHDRAWN, expected_revision=1)
    store.apply([read], "first")
    with pytest.raises(Conflict) as conflict:
        store.apply([read], "second")
    assert conflict.value.members == {"entry": PAIN, "revision": 2}
    assert store.revision() == 2


@pytest.mark.parametrize(
    "bad",
    [
        Change(UPDATED, OTHER_PAIN, body(OTHER_PAIN), content_hash="h"),
        create(PROPOSAL, pain_points=[claim(OTHER_PAIN)]),
        create(PAIN),
    ],
    ids=["unknown entry", "unknown link", "created twice"],
)
def test_one_bad_change_undoes_the_whole_transaction(store: Store, bad: Change) -> None:
    with pytest.raises(CatalogueError):
        store.apply([create(PAIN), Fact("batch.imported", {"rows": 2}), bad], "a", batch="b")
    assert (store.revision(), store.get(PAIN), store.events_of_batch("b")) == (0, None, [])


def test_an_exception_of_the_caller_undoes_what_its_writer_did(store: Store) -> None:
    def fail_half_way() -> None:
        with store.writing() as writer:
            writer.apply([create(PAIN)], "a")
            assert writer.get(PAIN) is not None
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert store.get(PAIN) is None
    assert store.revision() == 0


def test_a_link_to_an_entry_that_does_not_exist_is_named_and_refused(store: Store) -> None:
    with pytest.raises(InvalidParameter) as refused:
        store.apply([create(PROPOSAL, hackathon=HACKATHON, pain_points=[claim(PAIN)])], "a")
    assert refused.value.members["unknown"] == [HACKATHON, PAIN]


def test_entries_of_one_transaction_may_refer_to_each_other_in_any_order(store: Store) -> None:
    store.apply(
        [create(PROPOSAL, hackathon=HACKATHON, pain_points=[claim(PAIN)]), create(HACKATHON), create(PAIN)], "a"
    )
    assert store.links_of([PROPOSAL]) == [LinkRow(PROPOSAL, PAIN, "addresses")]


def test_external_ids_are_unique_per_owner_and_kind(store: Store) -> None:
    def owned(entry_id: str, owner: str) -> Change:
        told = body(entry_id, external_id="7")
        return Change(CREATED, entry_id, told, Status.PUBLISHED, "h", owner=owner)

    store.apply([owned(PAIN, "OG-2569-001"), owned(PROPOSAL, "OG-2569-001"), owned("PP-2569-00009", "")], "a")
    with pytest.raises(Conflict, match="external id"):
        store.apply([owned(OTHER_PAIN, "OG-2569-001")], "a")
    with pytest.raises(Conflict, match="external id"):
        store.apply([owned(OTHER_PAIN, "x"), owned("PP-2569-00003", "x")], "a")
    found = store.find_by_external_id("pain_point", "7", owner="OG-2569-001")
    assert found is not None
    assert found.id == PAIN
    assert store.find_by_external_id("pain_point", "7", owner="OG-2569-002") is None


def test_a_merged_entry_names_its_canonical_one_until_it_is_no_longer_merged(store: Store) -> None:
    store.apply([create(PAIN), create(OTHER_PAIN)], "a")
    store.apply([Change("entry.merged", PAIN, status=Status.MERGED, canonical_id=OTHER_PAIN)], "a")
    merged = store.get(PAIN)
    assert merged is not None
    assert (merged.canonical_id, merged.public) == (OTHER_PAIN, False)
    store.apply([Change("entry.unmerged", PAIN, status=Status.PUBLISHED)], "a")
    assert (store.get(PAIN) or merged).canonical_id is None
    assert store.verify_audit().ok


@pytest.mark.parametrize(
    "misuse",
    [
        Change("imported", PAIN, body(PAIN), Status.DRAFT, "h"),
        Fact("entry.created", {}),
        Change(CREATED, PAIN, body(PAIN), Status.DRAFT),
        Change(CREATED, PAIN, body(PAIN), None, "h"),
        Change(CREATED, PAIN, body(OTHER_PAIN), Status.DRAFT, "h"),
        Change(CREATED, PAIN, body(PAIN), Status.MERGED, "h"),
    ],
    ids=["kind of a fact", "kind of a change", "no hash", "no status", "another's body", "merged into nothing"],
)
def test_misuse_is_refused_before_anything_is_written(store: Store, misuse: Change | Fact) -> None:
    with pytest.raises(ValueError, match=r"."):
        store.apply([misuse], "a")
    assert store.revision() == 0


# Public ids


def test_numbers_of_public_ids_are_never_given_out_twice(store: Store) -> None:
    with store.writing() as writer:
        assert writer.allocate("pain_point", 2569, 2) == range(1, 3)
        assert writer.allocate("proposal", 2569) == range(1, 2)
        assert writer.allocate("pain_point", 2570) == range(1, 2)
    with store.writing() as writer:
        assert writer.allocate("pain_point", 2569) == range(3, 4)


def test_ids_that_an_import_brings_along_count_as_given_out(store: Store) -> None:
    store.apply([create("PP-2569-00041"), create("PP-2569-00007"), create(HACKATHON)], "import")
    with store.writing() as writer:
        assert writer.allocate("pain_point", 2569) == range(42, 43)
        assert writer.allocate("hackathon", 2569) == range(2, 3)
    store.apply([create("PP-2569-00009")], "import")
    with store.writing() as writer:
        assert writer.allocate("pain_point", 2569) == range(43, 44)


# Questions


@pytest.fixture
def linked(store: Store) -> Store:
    store.apply(
        [
            create(HACKATHON),
            create(PAIN, hackathon=HACKATHON),
            create(OTHER_PAIN, Status.DRAFT),
            create(PROPOSAL, hackathon=HACKATHON, pain_points=[claim(PAIN), claim(OTHER_PAIN, "partly")]),
            create(OTHER_PROPOSAL, Status.IN_REVIEW, hackathon=HACKATHON, pain_points=[claim(PAIN, "partly")]),
        ],
        "import",
    )
    return store


def test_links_counts_and_backlinks_show_public_entries_alone(linked: Store) -> None:
    assert linked.links_of([PAIN]) == [LinkRow(PROPOSAL, PAIN, "addresses")]
    assert linked.links_of([PROPOSAL, PAIN]) == [LinkRow(PROPOSAL, PAIN, "addresses")]
    assert linked.counts([PAIN, PROPOSAL, HACKATHON, "PP-2569-99999"]) == {
        PAIN: Counts(proposals=1),
        PROPOSAL: Counts(pain_points=1),
        HACKATHON: Counts(proposals=1, pain_points=1),
        "PP-2569-99999": Counts(),
    }
    assert linked.backlinks(HACKATHON).proposals == (PROPOSAL,)
    assert linked.backlinks(HACKATHON).pain_points == (PAIN,)


def test_links_counts_and_backlinks_of_all_statuses_on_request(linked: Store) -> None:
    assert [row.proposal_id for row in linked.links_of([PAIN], None)] == [PROPOSAL, OTHER_PROPOSAL]
    assert linked.backlinks(HACKATHON, None).proposals == (PROPOSAL, OTHER_PROPOSAL)


def test_links_follow_the_proposal_body(linked: Store) -> None:
    linked.apply([change(UPDATED, PROPOSAL, pain_points=[])], "a")
    assert linked.links_of([PROPOSAL]) == []
    assert linked.counts([PAIN])[PAIN] == Counts()
    assert linked.backlinks(HACKATHON).proposals == ()


def test_entries_come_in_order_of_id_page_by_page(linked: Store) -> None:
    first = linked.entries(limit=2)
    rest = linked.entries(after_id=first[-1].id, limit=2)
    assert [e.id for e in first + rest] == [HACKATHON, PAIN, PROPOSAL]
    assert [e.id for e in linked.entries(statuses=[Status.DRAFT])] == [OTHER_PAIN]
    assert [e.id for e in linked.entries(statuses=None, kind="proposal")] == [PROPOSAL, OTHER_PROPOSAL]
    assert linked.entry_counts() == {"hackathon": 1, "pain_point": 1, "proposal": 1}


def test_many_entries_are_found_at_once_and_unknown_ids_left_out(store: Store) -> None:
    ids = [f"PP-2569-{n:05}" for n in range(1, 1203)]
    store.apply([create(entry_id) for entry_id in ids], "import")
    assert store.get_many([*ids, "PP-2569-99999"]).keys() == set(ids)
    assert store.content_hashes("pain_point").keys() == set(ids)
    assert store.content_hashes("proposal") == {}


def test_public_revisions_are_those_of_entries_that_the_index_has_to_hold(linked: Store) -> None:
    assert linked.public_revisions() == {HACKATHON: 1, PAIN: 2, PROPOSAL: 4}
    linked.apply([Change(STATUS_CHANGED, PAIN, status=Status.SOLVED)], "a")
    linked.apply([Change(STATUS_CHANGED, PROPOSAL, status=Status.WITHDRAWN)], "a")
    assert linked.public_revisions() == {HACKATHON: 1, PAIN: 6}


def test_public_entries_are_dated_page_by_page_and_the_store_by_its_last_event(linked: Store) -> None:
    public = [(one.id, one.kind, one.updated_at) for one in linked.entries(statuses=PUBLIC)]
    kinds = {"pain_point", "proposal", "hackathon"}
    assert linked.dated(kinds, 100) == [one for one in public if one[1] in kinds]
    assert linked.dated({"proposal"}, 1) + linked.dated({"proposal"}, 9, 1) == linked.dated({"proposal"}, 9)
    last = linked.changes_since(linked.revision() - 1)[0][1]
    assert last
    assert linked.changed_at() == linked.events_of(last)[-1].at


def test_a_cursor_sees_every_event_and_which_entry_it_changed(store: Store) -> None:
    store.apply([create(PAIN), Fact("duplicates.judged", {"verdict": "distinct"}, entry_id=PAIN)], "a")
    store.apply([create(OTHER_PAIN)], "a")
    assert store.changes_since(0) == [(1, PAIN), (2, None), (3, OTHER_PAIN)]
    assert store.changes_since(1, limit=1) == [(2, None)]
    assert store.changes_since(3) == []
    assert (3, store.hash_of(3)) == store.head()
    assert [store.hash_of(0), store.hash_of(4)] == [GENESIS, None]
    assert [event.kind for event in store.events_of(PAIN)] == [CREATED, "duplicates.judged"]


def test_a_batch_is_read_from_its_events(store: Store) -> None:
    store.apply([create(PAIN), Fact("batch.imported", {"file": "ผลงาน.xlsx"})], "host", batch="b-1")
    store.apply([create(OTHER_PAIN)], "host", batch="b-2")
    told = store.events_of_batch("b-1")
    assert [(event.kind, event.entry_id) for event in told] == [(CREATED, PAIN), ("batch.imported", None)]
    assert told[1].data() == {"file": "ผลงาน.xlsx"}


def test_every_status_has_a_label_in_both_languages() -> None:
    assert LABELS.keys() == set(Status)
    assert all(label["th"] and label["en"] for label in LABELS.values())
    assert INDEXED <= PUBLIC < set(Status)


# Any sequence of changes


OPERATIONS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["create", "update", "status", "merge", "fact", "stale", "link"]),
            st.integers(1, 4),
            st.sampled_from([s for s in Status if s is not Status.MERGED]),
        ),
        min_size=1,
        max_size=4,
    ),
    max_size=6,
)


def operation(what: str, n: int, status: Status) -> Change | Fact:
    entry_id, other = f"PP-2569-{n:05}", f"PP-2569-{n % 4 + 1:05}"
    match what:
        case "create":
            return create(entry_id, status, external_id=f"x{n % 3}")
        case "update":
            return change(UPDATED, entry_id, status, year=2000 + n)
        case "merge":
            return Change("entry.merged", entry_id, status=Status.MERGED, canonical_id=other)
        case "stale":
            return Change(STATUS_CHANGED, entry_id, status=status, expected_revision=n)
        case "link":
            return create(f"PR-2569-{n:05}", status, pain_points=[claim(entry_id), claim(other, "partly")])
        case "fact":
            return Fact("duplicates.judged", {"pair": [entry_id, other]}, entry_id)
        case _:
            return Change(STATUS_CHANGED, entry_id, status=status)


@settings(max_examples=40)
@given(OPERATIONS)
def test_any_sequence_of_changes_keeps_events_entries_and_chain_in_step(
    new_database: NewDatabase,
    sequence: list[list[tuple[str, int, Status]]],
) -> None:
    with new_database() as database:
        store = Store.open(database.url)
        expected: list[int] = []
        for number, operations in enumerate(sequence):
            try:
                expected += store.apply([operation(*o) for o in operations], "a", batch=str(number))
            except CatalogueError:
                assert store.events_of_batch(str(number)) == []
        report = store.verify_audit()
        revision, changes = store.revision(), store.changes_since(0)
        last = {entry_id: number for number, entry_id in changes if entry_id is not None}
        entries = {stored.id: stored for stored in store.entries(statuses=None)}
        store.close()
    assert report.problems == ()
    assert expected == [number for number, _ in changes] == list(range(1, report.events + 1))
    assert revision == report.events
    assert {entry_id: stored.revision for entry_id, stored in entries.items()} == last
