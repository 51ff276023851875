"""Opening a file of SQLite: safe settings, and files that are damaged or out of reach."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalogue.curation import Status
from catalogue.errors import CatalogueError, StoreDamaged, StoreUnavailable
from catalogue.store import CREATED, Change, Store
from catalogue.store.database import Database
from catalogue.store.sqlite import journal_mode

PAIN = "PP-2569-00001"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/catalogue.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url)
    yield opened
    opened.close()


def create(entry_id: str, **fields: Any) -> Change:
    body = {"id": entry_id, "kind": "pain_point", "language": "th", "title": {"th": "น้ำไม่ไหล"}} | fields
    return Change(CREATED, entry_id, body, Status.PUBLISHED, "hash")


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_a_commit_is_synchronous_and_the_journal_is_one_that_this_sqlite_can_be_trusted_with(url: str) -> None:
    database = Database(url)
    with database.reading() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "foreign_keys", "busy_timeout", "journal_mode")
        }
    database.close()
    wanted = journal_mode(sqlite3.sqlite_version_info)
    assert pragma == {"synchronous": 2, "foreign_keys": 1, "busy_timeout": 15_000, "journal_mode": wanted}


@pytest.mark.parametrize(
    ("version", "mode"),
    [((3, 40, 1), "truncate"), ((3, 51, 2), "truncate"), ((3, 51, 3), "wal"), ((3, 53, 0), "wal")],
)
def test_wal_is_used_only_where_its_reset_bug_is_repaired(version: tuple[int, int, int], mode: str) -> None:
    assert journal_mode(version) == mode


def test_a_second_opening_finds_everything_and_writes_nothing(store: Store, url: str) -> None:
    store.apply([create(PAIN)], "a")
    before = file_of(url).read_bytes()
    again = Store.open(url)
    assert again.get(PAIN) == store.get(PAIN)
    again.close()
    assert file_of(url).read_bytes() == before


def test_the_folder_is_made_and_may_have_any_name(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/ห้อง 100%/var/catalogue.db")
    store.apply([create(PAIN)], "a")
    store.close()


def damage_nothing_else(url: str, expected: type[CatalogueError]) -> str:
    before = file_of(url).read_bytes()
    with pytest.raises(expected) as refused:
        Store.open(url)
    assert file_of(url).read_bytes() == before
    assert str(file_of(url).parent) not in str(refused.value)
    return str(refused.value)


def test_a_file_that_is_no_database_is_refused_with_the_way_out(url: str) -> None:
    file_of(url).write_bytes(b"PK\x03\x04 this is a workbook, not a database" * 100)
    message = damage_nothing_else(url, StoreDamaged)
    assert message.count("python3 run.py reset") == 2
    assert "backup" in message
    assert "ข้อมูลสำรอง" in message


@pytest.mark.parametrize("fault", ["cut", "header", "pages"])
def test_a_corrupt_database_is_refused_with_the_way_out(store: Store, url: str, fault: str) -> None:
    store.apply([create(f"PP-2569-{n:05}", note="น้ำ" * 200) for n in range(1, 101)], "a")
    store.close()
    whole = file_of(url).read_bytes()
    noise = random.Random(7).randbytes(4096)
    damaged = {
        "cut": whole[: len(whole) // 2],
        "header": noise[:200] + whole[200:],
        "pages": whole[: 4096 * 5] + noise * 8 + whole[4096 * 13 :],
    }
    file_of(url).write_bytes(damaged[fault])
    assert "reset" in damage_nothing_else(url, StoreDamaged)


def test_a_place_that_cannot_hold_a_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreUnavailable, match="permissions"):
        Store.open(f"sqlite:///{tmp_path}/folder")
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="permissions"):
        Store.open(f"sqlite:///{tmp_path}/file/catalogue.db")
