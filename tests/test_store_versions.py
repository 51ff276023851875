"""Opening each kind of database: migrations, and what belongs to a newer version or to somebody else."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from catalogue.curation import Status
from catalogue.errors import CatalogueError, SettingsInvalid, StoreDamaged, StoreTooNew
from catalogue.store import CREATED, STATUS_CHANGED, Change, Store
from catalogue.store.database import MIGRATIONS, Database, versions
from catalogue.store.tables import metadata
from tests import databases

PAIN = "PP-2569-00001"


@pytest.fixture
def raw(database: databases.Database) -> Any:
    with closing(database.raw()) as connection:
        yield connection


def test_migrations_make_the_tables_that_the_code_expects(url: str) -> None:
    database = Database(url)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_the_names_of_migrations_begin_with_their_versions() -> None:
    assert versions() == [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]


def test_programs_that_start_together_migrate_once(url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        for store in pool.map(lambda _: Store.open(url), range(6)):
            assert store.revision() == 0
            store.close()


def refusal(url: str, expected: type[CatalogueError]) -> str:
    with pytest.raises(expected) as refused:
        Store.open(url)
    return str(refused.value)


def test_a_database_of_another_program_is_refused_and_left_alone(url: str, raw: Any) -> None:
    raw.execute("CREATE TABLE recipe (name TEXT)")
    assert "tables of something else" in refusal(url, StoreDamaged)
    assert raw.execute("SELECT * FROM recipe").fetchall() == []
    with pytest.raises(Exception, match="event"):
        raw.execute("SELECT * FROM event")


def test_a_database_of_a_newer_version_is_refused_and_left_alone(store: Store, url: str, raw: Any) -> None:
    store.close()
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    message = refusal(url, StoreTooNew)
    assert "newer version" in message
    assert "รุ่นใหม่กว่า" in message
    assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_a_body_that_is_no_json_is_reported_as_damage(store: Store, raw: Any) -> None:
    body = {"id": PAIN, "kind": "pain_point", "language": "th", "title": {"th": "น้ำไม่ไหล"}}
    store.apply([Change(CREATED, PAIN, body, Status.PUBLISHED, "hash")], "a")
    raw.execute("""UPDATE entry SET body = '{"id": "PP'""")
    with pytest.raises(StoreDamaged, match="hackgo audit verify"):
        store.get(PAIN)


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://host/db",
        "postgresql://u:secret@host",
        "postgres",
        "p://u:secret@h:x/d",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_not_repeated(address: str) -> None:
    message = refusal(address, SettingsInvalid)
    assert "sqlite:///path" in message
    assert "secret" not in message


def test_a_program_that_runs_outlives_a_migration_that_only_adds(store: Store, url: str, raw: Any) -> None:
    """The rule of docs/howto/upgrade.md: a new version migrates while the old one runs, which must not restart then."""
    body = {"id": PAIN, "kind": "pain_point", "language": "th", "title": {"th": "น้ำไม่ไหล"}}
    store.apply([Change(CREATED, PAIN, body, Status.PUBLISHED, "hash")], "old")
    raw.execute("ALTER TABLE entry ADD COLUMN newer INTEGER NOT NULL DEFAULT 0")
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    store.apply([Change(STATUS_CHANGED, PAIN, status=Status.WITHDRAWN)], "old")
    stored = store.get(PAIN)
    assert stored is not None
    assert (stored.status, store.revision()) == (Status.WITHDRAWN, 2)
    assert store.verify_audit().ok
    refusal(url, StoreTooNew)
