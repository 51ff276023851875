"""Backup and restore, and copies between databases: equal to the last byte, all or nothing, while others write."""

import datetime
import itertools
import json
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from catalogue.backup import MANIFEST, backup, restore
from catalogue.curation import Status
from catalogue.errors import BackupDamaged, CatalogueNotEmpty, StoreTooNew
from catalogue.people import Grant, Role
from catalogue.search.document import SEARCHED_KINDS
from catalogue.search.embedded import EmbeddedReader
from catalogue.settings import ROOT, Settings
from catalogue.sign_in import SignIn
from catalogue.store import CREATED, STATUS_CHANGED, UPDATED, Change, Fact, Store
from catalogue.store.contents import TABLES, Digest, Tally
from tests import people
from tests.conftest import environ
from tests.databases import Database, NewDatabase, files, of_server

NOON = datetime.datetime(2026, 11, 24, 5, 0, tzinfo=datetime.UTC)
PAIN, OTHER_PAIN, PROPOSAL = "PP-2569-00001", "PP-2569-00002", "PR-2569-00001"


def silent(done: int, total: int) -> None: ...


def create(entry_id: str, kind: str = "pain_point", **fields: Any) -> Change:
    body = {"id": entry_id, "kind": kind, "language": "th", "title": {"th": 'น้ำ "ไม่ไหล"\n\t🌊'}} | fields
    return Change(CREATED, entry_id, body, Status.PUBLISHED, "hash")


HELD = {"event": 6, "entry": 3, "link": 1, "counter": 3, "account": 1, "held_role": 1, "api_key": 1}


def fill(store: Store) -> None:
    """Something in every table and every column."""
    claim = {"pain_point": PAIN, "role": "addresses"}
    store.apply(
        [create(PROPOSAL, "proposal", pain_points=[claim], external_id="7"), create(PAIN, theme="water", year=2026)],
        "host",
        reason="งาน ๑",
        batch="b-1",
    )
    store.apply([create(OTHER_PAIN), Fact("duplicates.judged", {"verdict": "same"}, OTHER_PAIN)], "curator")
    store.apply([Change("entry.merged", OTHER_PAIN, status=Status.MERGED, canonical_id=PAIN)], "curator")
    with store.writing() as writer:
        writer.allocate("hackathon", 2569, 3)
    account = people.add(store, "mali", Grant(Role.CURATOR, themes=frozenset({"water"})))
    sign_in = SignIn.over(store)
    sign_in.new_key(account.id, "script", ["read"], 30, NOON)
    sign_in.mail_link(account.id, "reset", datetime.timedelta(hours=1), NOON)
    sign_in.begin(account.id, NOON)


def dump(store: Store) -> dict[str, list[str]]:
    with store.snapshot() as moment:
        return {name: list(moment.lines(name)) for name in TABLES}


@pytest.fixture(params=["sqlite", "postgresql"])
def new_target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Where to: each kind of database in turn, whatever the first one is."""
    if request.param == "sqlite":
        return files(tmp_path_factory.mktemp("targets"))
    return of_server(request.getfixturevalue("postgres_server"))


@pytest.fixture
def target(new_target: NewDatabase) -> Iterator[Store]:
    with new_target() as database, closing(Store.open(database.url)) as opened:
        yield opened


@pytest.fixture
def saved(store: Store, tmp_path: Path) -> Path:
    """A backup of a store that holds something in every table."""
    fill(store)
    file = tmp_path / "backups" / "today.zip"
    backup(store, file, NOON, silent)
    return file


# Copies


def test_a_copy_is_equal_on_every_database(store: Store, target: Store) -> None:
    fill(store)
    told: list[tuple[int, int]] = []
    with store.snapshot() as moment:
        copied = target.load(moment, False, lambda *progress: told.append(progress))
    assert dump(target) == dump(store)
    assert {name: digest.rows for name, digest in copied.items()} == HELD
    assert told[-1] == (16, 16)
    assert target.head() == store.head()
    assert target.verify_audit(store.head()).ok
    assert target.apply([create("PP-2569-00003")], "host") == [7]
    with target.writing() as writer:
        assert writer.allocate("hackathon", 2569) == range(4, 5)


def test_a_copy_to_a_catalogue_with_entries_is_refused(store: Store, target: Store) -> None:
    fill(store)
    target.apply([create("PP-2569-00009")], "host")
    before = dump(target)
    with store.snapshot() as moment, pytest.raises(CatalogueNotEmpty, match="--replace"):
        target.load(moment, False, silent)
    assert dump(target) == before


@pytest.mark.parametrize("after", range(7))
def test_a_copy_that_breaks_off_changes_nothing(store: Store, target: Store, after: int) -> None:
    fill(store)
    steps = itertools.count()

    def break_off(done: int, total: int) -> None:
        if next(steps) == after:
            raise ConnectionError

    with store.snapshot() as moment, pytest.raises(ConnectionError):
        target.load(moment, False, break_off)
    assert dump(target) == {name: [] for name in TABLES}
    assert target.apply([create(PAIN)], "host") == [1]


def test_a_store_whose_history_was_edited_is_not_copied(store: Store, database: Database, target: Store) -> None:
    fill(store)
    with closing(database.raw()) as raw:
        database.unguard(raw)
        raw.execute("UPDATE event SET actor = 'x' WHERE number = 2")
    with store.snapshot() as moment, pytest.raises(BackupDamaged, match="event 2 was changed"):
        target.load(moment, False, silent)
    assert target.revision() == 0


def test_a_store_with_an_event_missing_is_not_copied(store: Store, database: Database, target: Store) -> None:
    fill(store)
    with closing(database.raw()) as raw:
        database.unguard(raw)
        raw.execute("DELETE FROM event WHERE number = 4")
    with store.snapshot() as moment, pytest.raises(BackupDamaged):
        target.load(moment, False, silent)
    assert target.revision() == 0


# Backups


def test_a_restored_catalogue_is_equal_on_every_database(store: Store, saved: Path, target: Store) -> None:
    head = store.head()
    restore(target, saved, False, silent)
    assert dump(target) == dump(store)
    assert target.verify_audit(head).ok


def test_a_backup_can_be_read_without_this_program_and_by_its_owner_alone(store: Store, saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        manifest = json.loads(archive.read(MANIFEST))
        held = {name: archive.read(f"{name}.jsonl").decode().splitlines() for name in TABLES}
    assert held == dump(store)
    assert manifest["made_at"] == "2026-11-24T05:00:00.000000Z"
    for name, lines in held.items():
        tally = Tally()
        assert list(tally.over(iter(lines))) == lines
        assert Digest(**manifest["tables"][name]) == tally.digest()
    if sys.platform != "win32":
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert [path.name for path in saved.parent.iterdir()] == ["today.zip"]


def test_a_backup_overwrites_no_file(store: Store, saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(CatalogueNotEmpty):
        backup(store, saved, NOON, silent)
    assert saved.read_bytes() == before


def test_a_backup_that_breaks_off_leaves_no_file(store: Store, tmp_path: Path) -> None:
    fill(store)

    def break_off(done: int, total: int) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        backup(store, tmp_path / "b.zip", NOON, break_off)
    assert not list(tmp_path.glob("b.zip*"))


def test_a_catalogue_is_replaced_only_where_that_is_asked_for(saved: Path, store: Store, target: Store) -> None:
    target.apply([create("PP-2569-00009"), create("PP-2569-00008", hackathon="PP-2569-00009")], "host")
    lease = target.lease("index")
    assert lease.take("an indexer")
    before = dump(target)
    with pytest.raises(CatalogueNotEmpty, match="แทนที่"):
        restore(target, saved, False, silent)
    assert dump(target) == before
    restore(target, saved, True, silent)
    assert dump(target) == dump(store)
    with pytest.raises(Exception, match="taken over"):
        lease.confirm()


DAMAGE: dict[str, Callable[[dict[str, bytes]], object]] = {
    "a line edited": lambda held: held.update({"entry.jsonl": held["entry.jsonl"].replace(b"water", b"WATER")}),
    "a line missing": lambda held: held.update({"link.jsonl": b""}),
    "a table missing": lambda held: held.pop("counter.jsonl"),
    "no manifest": lambda held: held.pop(MANIFEST),
    "another format": lambda held: held.update({MANIFEST: held[MANIFEST].replace(b": 1,", b": 2,")}),
    "no text": lambda held: held.update({"event.jsonl": b"\xff\xfe"}),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_backup_is_refused_and_changes_nothing(saved: Path, target: Store, what: str) -> None:
    with zipfile.ZipFile(saved) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    DAMAGE[what](held)
    with zipfile.ZipFile(saved, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    with pytest.raises(BackupDamaged, match="Nothing was changed") as refused:
        restore(target, saved, False, silent)
    assert "ยังไม่มีสิ่งใดถูกเปลี่ยน" in refused.value.th
    assert target.revision() == 0


@pytest.mark.parametrize("keep", [0, 100, 0.5, 0.99])
def test_a_backup_that_was_cut_off_or_has_other_bytes_is_refused(saved: Path, target: Store, keep: float) -> None:
    whole = saved.read_bytes()
    kept = int(keep * len(whole)) if isinstance(keep, float) else keep
    for damaged in (
        whole[:kept],
        whole[:kept] + bytes(byte ^ 0xFF for byte in whole[kept : kept + 9]) + whole[kept + 9 :],
    ):
        saved.write_bytes(damaged)
        try:
            restore(target, saved, True, silent)
        except BackupDamaged:
            assert target.revision() == 0
        else:
            assert target.verify_audit().ok  # the bytes had no meaning: a comment, an unused field
            restored = dump(target)
            saved.write_bytes(whole)
            restore(target, saved, True, silent)
            assert dump(target) == restored


def test_a_forged_history_with_right_digests_is_refused(saved: Path, target: Store) -> None:
    with zipfile.ZipFile(saved) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held["event.jsonl"] = held["event.jsonl"].replace(b'"actor":"host"', b'"actor":"ghost"')
    manifest, tally = json.loads(held[MANIFEST]), Tally()
    list(tally.over(line.decode() for line in held["event.jsonl"].splitlines()))
    manifest["tables"]["event"]["sha256"] = tally.digest().sha256
    with zipfile.ZipFile(saved, "w") as archive:
        for name, content in (held | {MANIFEST: json.dumps(manifest).encode()}).items():
            archive.writestr(name, content)
    with pytest.raises(BackupDamaged, match="event 1 was changed"):
        restore(target, saved, False, silent)
    assert target.revision() == 0


@pytest.mark.parametrize(("version", "expected"), [("0001", None), ("9999", StoreTooNew)])
def test_a_backup_of_an_older_version_is_taken_to_this_one_and_of_a_newer_one_refused(
    saved: Path, target: Store, version: str, expected: type[Exception] | None
) -> None:
    with zipfile.ZipFile(saved) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(held[MANIFEST]) | {"version": version}
    with zipfile.ZipFile(saved, "w") as archive:
        for name, content in (held | {MANIFEST: json.dumps(manifest).encode()}).items():
            archive.writestr(name, content)
    if expected is None:
        restore(target, saved, False, silent)
        assert target.lease("index").take("us"), "a table that came later"
    else:
        with pytest.raises(expected):
            restore(target, saved, False, silent)
        assert target.revision() == 0


# Drill


@contextmanager
def written_all_the_time(url: str, writers: int = 3) -> Iterator[list[int]]:
    """Creates, edits and withdraws entries in the background; the numbers of acknowledged events."""
    stopping, written, failed = threading.Event(), list[int](), list[BaseException]()

    def write(first: int) -> None:
        try:
            with closing(Store.open(url)) as store:
                for n in itertools.count(first, writers):
                    if stopping.is_set():
                        return
                    entry_id = f"PP-2569-{n + 100:05}"
                    written.extend(store.apply([create(entry_id, year=2026)], f"writer {first}"))
                    body = {**(create(entry_id).body or {}), "note": "น้ำ" * 200}
                    update = Change(UPDATED, entry_id, body, content_hash="h2")
                    written.extend(
                        store.apply(
                            [update, Change(STATUS_CHANGED, entry_id, status=Status.WITHDRAWN)], f"writer {first}"
                        )
                    )
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    try:
        yield written
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    assert not failed, failed


def test_drill_backups_while_others_write_are_whole_moments(
    store: Store, url: str, target: Store, tmp_path: Path
) -> None:
    fill(store)
    made: list[tuple[int, Path, int]] = []
    with written_all_the_time(url) as written:
        while len(made) < 5:
            before, file = store.revision(), tmp_path / f"{len(made)}.zip"
            while made and before == made[-1][2]:
                before = store.revision()  # until they have written something since
            backup(store, file, NOON, silent)
            made.append((before, file, store.revision()))
    assert written
    assert made[-1][2] > made[0][0], "they wrote meanwhile"
    everything = dump(store)
    for before, file, after in made:
        restore(target, file, True, silent)
        revision = target.revision()
        assert before <= revision <= after
        assert dump(target)["event"] == everything["event"][:revision], "the history up to one moment, and no further"
        assert target.verify_audit(target.head()).ok
    assert store.verify_audit().ok


def run(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "catalogue.cli", *arguments],
        env=environ(settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_commands_move_the_sample_to_another_database_and_back_and_rebuild_the_index(
    own_settings: Settings, new_target: NewDatabase, tmp_path: Path
) -> None:
    with ExitStack() as ends:
        url = ends.enter_context(new_target()).url
        second = ends.enter_context(new_target()).url
        there = own_settings.model_copy(update={"state_dir": tmp_path / "there", "database_url": url})
        copied = run(own_settings, "store", "copy", "--from", own_settings.database, "--to", url)
        assert copied.returncode == 0, copied.stderr
        again = run(own_settings, "store", "copy", "--from", own_settings.database, "--to", url)
        assert again.returncode == 2
        assert "holds a catalogue already" in again.stderr
        saved = run(there, "backup", str(tmp_path / "backup.zip"))
        assert saved.returncode == 0, saved.stderr
        assert saved.stdout.splitlines()[-2:] == copied.stdout.splitlines()[-2:], "the same digests"
        elsewhere = there.model_copy(update={"state_dir": tmp_path / "elsewhere", "database_url": second})
        restored = run(elsewhere, "restore", str(tmp_path / "backup.zip"))
        assert restored.returncode == 0, restored.stderr
        assert "history intact" in restored.stdout
        assert "Index ready" in restored.stdout
        with closing(Store.open(second)) as store, closing(Store.open(own_settings.database)) as first:
            assert dump(store) == dump(first)
            held = EmbeddedReader(elsewhere.index_dir).open().revisions()
            assert held == store.public_revisions(SEARCHED_KINDS)
        shown = copied.stdout + copied.stderr + again.stderr + saved.stdout + restored.stdout + restored.stderr
        assert url not in shown
        assert "hackgo:" not in shown
