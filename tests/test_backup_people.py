"""What a backup holds of people, and what one from before there were any does."""

import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from catalogue.backup import MANIFEST, backup, restore
from catalogue.errors import BackupDamaged
from catalogue.store import Store
from catalogue.store.contents import ALWAYS, TABLES
from catalogue.store.tables import attempt, notice, session, token
from tests.conftest import NOON
from tests.test_backup import dump, fill, silent


@pytest.fixture
def saved(store: Store, tmp_path: Path) -> Path:
    fill(store)
    file = tmp_path / "today.zip"
    backup(store, file, NOON, silent)
    return file


def test_a_backup_of_a_version_without_people_is_restored(store: Store, saved: Path, tmp_path: Path) -> None:
    """What version 0002 wrote: four tables. People, sessions and notices begin empty."""
    old = tmp_path / "old.zip"
    with zipfile.ZipFile(saved) as new, zipfile.ZipFile(old, "w") as written:
        manifest = json.loads(new.read(MANIFEST)) | {"version": "0002"}
        manifest["tables"] = {name: manifest["tables"][name] for name in ALWAYS}
        for name in ALWAYS:
            written.writestr(f"{name}.jsonl", new.read(f"{name}.jsonl"))
        written.writestr(MANIFEST, json.dumps(manifest))
    before = dump(store)
    restore(store, old, True, silent)
    assert dump(store) == before | {"account": [], "held_role": [], "api_key": []}


def test_neither_sessions_nor_links_nor_notices_are_restored(store: Store, saved: Path) -> None:
    restore(store, saved, True, silent)
    with store.database.reading() as connection:
        for table in (session, token, notice, attempt):
            assert connection.execute(select(table)).all() == []


def test_a_backup_without_a_table_that_every_version_has_is_refused(store: Store, saved: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(broken, "w") as written:
        manifest = json.loads(whole.read(MANIFEST))
        del manifest["tables"]["account"]
        for name in TABLES:
            written.writestr(f"{name}.jsonl", whole.read(f"{name}.jsonl"))
        written.writestr(MANIFEST, json.dumps(manifest))
    before = dump(store)
    with pytest.raises(BackupDamaged):
        restore(store, broken, True, silent)
    assert dump(store) == before
