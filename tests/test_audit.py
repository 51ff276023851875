"""The audit: what the database refuses, and what verify finds after somebody got round that."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from catalogue.curation import Status
from catalogue.store import CREATED, UPDATED, AuditReport, Change, Fact, Store
from catalogue.store.canonical import IDS_PER_QUERY
from catalogue.store.events import GENESIS, event_hash, timestamp
from tests.databases import Database

PAIN, PROPOSAL = "PP-2569-00001", "PR-2569-00001"


def create(entry_id: str, kind: str = "pain_point", **fields: Any) -> Change:
    body = {"id": entry_id, "kind": kind, "title": {"th": "น้ำไม่ไหล"}} | fields
    return Change(CREATED, entry_id, body, Status.PUBLISHED, "hash")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Six events: three entries, a fact, an update, and an entry that no later event touches."""
    opened = Store.open(url)
    link = {"pain_point": PAIN, "role": "addresses"}
    opened.apply([create(PAIN), create(PROPOSAL, "proposal", pain_points=[link]), create("PP-2569-00002")], "a")
    opened.apply([Fact("duplicates.judged", {"verdict": "distinct"}, PAIN)], "a", reason="คนละหมู่บ้าน")
    opened.apply([Change(UPDATED, PAIN, {**(create(PAIN).body or {}), "year": 2026}, content_hash="h2")], "b")
    opened.apply([create("PP-2569-00003")], "a")
    yield opened
    opened.close()


@pytest.fixture
def raw(store: Store, database: Database) -> Iterator[Any]:
    """The database in the hands of somebody who does not use our program."""
    with closing(database.raw()) as connection:
        yield connection


@pytest.fixture
def unguarded(raw: Any, database: Database) -> Any:
    """The same, in the hands of somebody who may also remove what guards the events."""
    database.unguard(raw)
    return raw


def problems(report: AuditReport) -> list[str]:
    assert not report.ok
    assert all(problem.th for problem in report.problems)
    return [problem.en for problem in report.problems]


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE event SET actor = 'x' WHERE number = 2", "no UPDATE"),
        ("UPDATE event SET number = 9 WHERE number = 6", "no UPDATE"),
        ("DELETE FROM event WHERE number = 6", "no DELETE"),
        ("DELETE FROM event", "no DELETE"),
        (
            "INSERT INTO event SELECT * FROM event WHERE number = 2 ON CONFLICT (number) DO UPDATE SET actor = 'x'",
            "no gaps",
        ),
        ("INSERT INTO event SELECT 8, at, actor, entry_id, kind, reason, payload, batch, hash, 'h' FROM event", "gaps"),
    ],
)
def test_the_database_itself_keeps_events_append_only(
    raw: Any, database: Database, statement: str, refusal: str
) -> None:
    before = raw.execute("SELECT * FROM event").fetchall()
    with pytest.raises(database.refused, match=refusal):
        raw.execute(statement)
    assert raw.execute("SELECT * FROM event").fetchall() == before


def test_the_ways_round_that_only_one_database_has_are_closed(raw: Any, database: Database) -> None:
    before = raw.execute("SELECT * FROM event").fetchall()
    for statement, refusal in database.detours.items():
        with pytest.raises(database.refused, match=refusal):
            raw.execute(statement)
    assert raw.execute("SELECT * FROM event").fetchall() == before


def test_an_untouched_history_verifies(store: Store) -> None:
    report = store.verify_audit(store.head())
    assert report.ok
    assert (report.events, report.entries, report.head, report.first_bad) == (6, 4, store.head(), None)


def test_an_empty_store_verifies(url: str) -> None:
    empty = Store.open(url)
    report = empty.verify_audit((0, GENESIS))
    empty.close()
    assert report.ok
    assert report.head == (0, GENESIS)


@pytest.mark.parametrize(
    "column", ["at", "actor", "entry_id", "kind", "reason", "payload", "batch", "previous_hash", "hash"]
)
def test_an_edited_event_is_found(store: Store, unguarded: Any, column: str) -> None:
    unguarded.execute(f"UPDATE event SET {column} = COALESCE({column}, '') || ' ' WHERE number = 4")
    report = store.verify_audit()
    assert "event 4 was changed after it was written" in problems(report)
    assert report.first_bad == 4


def test_a_deleted_event_is_found(store: Store, unguarded: Any) -> None:
    unguarded.execute("DELETE FROM event WHERE number = 4")
    report = store.verify_audit()
    assert problems(report) == ["events 4 to 4 are missing"]
    assert report.first_bad == 4


def test_a_deleted_event_whose_number_was_closed_up_is_found(store: Store, unguarded: Any) -> None:
    unguarded.execute("DELETE FROM event WHERE number = 4")
    for number in (5, 6):
        unguarded.execute(f"UPDATE event SET number = {number - 1} WHERE number = {number}")
    assert store.verify_audit().first_bad == 4


def test_reordered_events_are_found(store: Store, unguarded: Any) -> None:
    unguarded.execute("UPDATE event SET number = CASE number WHEN 3 THEN -4 WHEN 4 THEN -3 END WHERE number IN (3, 4)")
    unguarded.execute("UPDATE event SET number = -number WHERE number < 0")
    report = store.verify_audit()
    assert "event 3 was changed after it was written" in problems(report)
    assert report.first_bad == 3


def test_a_history_that_was_cut_off_is_found_by_the_entries_it_leaves_behind(store: Store, unguarded: Any) -> None:
    unguarded.execute("DELETE FROM event WHERE number > 4")
    report = store.verify_audit()
    assert len(problems(report)) == 2
    assert all("cut off" in problem for problem in problems(report))
    assert report.first_bad == 5


def test_a_cut_that_takes_the_entries_along_is_found_by_a_head_kept_elsewhere(store: Store, unguarded: Any) -> None:
    head = store.head()
    unguarded.execute("DELETE FROM event WHERE number = 6")
    unguarded.execute("DELETE FROM entry WHERE id = 'PP-2569-00003'")
    assert store.verify_audit().ok  # nothing within the file can tell
    assert problems(store.verify_audit(head)) == ["the history ends at event 5, but event 6 is known to have existed"]


def test_a_history_that_was_rewritten_from_end_to_end_is_found_by_a_head_kept_elsewhere(
    store: Store, unguarded: Any
) -> None:
    head = store.head()
    unguarded.execute("UPDATE event SET reason = 'another reason' WHERE number = 4")
    previous = GENESIS
    columns = ("number", "at", "actor", "entry_id", "kind", "reason", "payload", "batch")
    for row in unguarded.execute(f"SELECT {', '.join(columns)} FROM event ORDER BY number").fetchall():
        fields = dict(zip(columns, row, strict=True)) | {"previous_hash": previous}
        previous = event_hash(fields)
        change = f"previous_hash = '{fields['previous_hash']}', hash = '{previous}'"
        unguarded.execute(f"UPDATE event SET {change} WHERE number = {fields['number']}")
    assert store.verify_audit().ok
    assert problems(store.verify_audit(head)) == ["event 6 is not the one that is known: the history was rewritten"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET body = replace(body, '2026', '2027') WHERE id = 'PP-2569-00001'",
        "UPDATE entry SET status = 'withdrawn' WHERE id = 'PP-2569-00001'",
        "UPDATE entry SET theme = 'water' WHERE id = 'PP-2569-00001'",
        "UPDATE entry SET content_hash = 'x' WHERE id = 'PP-2569-00001'",
        "UPDATE entry SET owner = 'OG-2569-001' WHERE id = 'PP-2569-00001'",
        "UPDATE entry SET revision = 4 WHERE id = 'PP-2569-00001'",
        "UPDATE entry SET revision = 1 WHERE id = 'PP-2569-00001'",
        "DELETE FROM entry WHERE id = 'PP-2569-00001'",
    ],
)
def test_an_entry_that_is_not_what_its_last_event_says_is_found(store: Store, unguarded: Any, statement: str) -> None:
    unguarded.execute(statement)
    report = store.verify_audit()
    assert all(PAIN in problem for problem in problems(report))
    assert report.first_bad is None  # the history itself is whole


@pytest.mark.parametrize("statement", ["DELETE FROM link", "UPDATE link SET role = 'partly'"])
def test_a_link_that_is_not_what_the_proposal_says_is_found(store: Store, unguarded: Any, statement: str) -> None:
    unguarded.execute(statement)
    assert problems(store.verify_audit()) == [f"{PROPOSAL} is not what event 2 says"]


def test_a_fault_beyond_the_first_page_is_found(store: Store, unguarded: Any) -> None:
    store.apply([create(f"PP-2569-{n:05}") for n in range(100, 100 + 2 * IDS_PER_QUERY)], "import")
    assert store.verify_audit().ok
    unguarded.execute("UPDATE event SET actor = 'x' WHERE number = 800")
    assert store.verify_audit().first_bad == 800


def test_erasing_a_payload_leaves_the_chain_computable_from_its_digest(store: Store) -> None:
    told = store.events_of(PAIN)[0]
    fields = {name: getattr(told, name) for name in type(told).__slots__}
    assert event_hash(fields) == told.hash
    assert event_hash(fields | {"payload": told.payload + " "}) != told.hash


def test_points_in_time_need_a_zone_and_sort_as_text() -> None:
    import datetime

    bangkok = datetime.timezone(datetime.timedelta(hours=7))
    assert timestamp(datetime.datetime(2026, 11, 24, 16, 0, tzinfo=bangkok)) == "2026-11-24T09:00:00.000000Z"
    with pytest.raises(ValueError, match="time zone"):
        timestamp(datetime.datetime(2026, 11, 24))
