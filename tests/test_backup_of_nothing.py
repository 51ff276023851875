"""Where there is no catalogue, none is saved, copied or called sound: settings that name another place are told."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from catalogue.backup import MANIFEST, backup, restore
from catalogue.errors import BackupDamaged, SettingsInvalid
from catalogue.settings import Settings
from catalogue.store import Store
from tests.test_backup import NOON, create, run, silent
from tests.test_damage import is_bilingual


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    """Settings that name a folder in which there is nothing."""
    (tmp_path / "empty").mkdir()
    return Settings(state_dir=tmp_path / "empty" / "mistyped")


@pytest.mark.parametrize("words", [["backup", "{empty}/b.zip"], ["audit", "verify"], ["store", "copy"]])
def test_a_database_that_is_not_there_is_named_and_not_made(elsewhere: Settings, words: list[str]) -> None:
    empty = elsewhere.state_dir.parent
    given = [word.format(empty=empty) for word in words]
    if words[0] == "store":
        given += ["--from", elsewhere.database, "--to", f"sqlite:///{empty}/target.db"]
    done = run(elsewhere, *given)
    assert done.returncode == 2, done.stdout
    thai, english = done.stderr.splitlines()
    for line in (thai, english):
        assert str(elsewhere.state_dir / "catalogue.db") in line
        assert "HACKGO_DATABASE_URL" in line
        assert "HACKGO_STATE_DIR" in line
    assert is_bilingual(done.stderr)
    assert not list(empty.iterdir())


def test_a_store_in_which_nothing_happened_is_not_saved(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="HACKGO_DATABASE_URL") as refused:
        backup(store, tmp_path / "b.zip", NOON, silent)
    assert store.name in refused.value.en
    assert store.name in refused.value.th
    assert "@" not in store.name
    assert not list(tmp_path.glob("b.zip*"))
    store.apply([create("PP-2569-00001")], "host")
    assert backup(store, tmp_path / "b.zip", NOON, silent)["event"].rows == 1


def test_a_backup_of_nothing_empties_no_catalogue(store: Store, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.zip"
    store.apply([create("PP-2569-00001")], "host")
    backup(store, nothing, NOON, silent)
    _emptied(nothing)
    with pytest.raises(BackupDamaged, match="no event") as refused:
        restore(store, nothing, True, silent)
    assert "ไม่มีเหตุการณ์" in refused.value.th
    assert store.revision() == 1


def _emptied(file: Path) -> None:
    """Make of a backup what earlier versions wrote where there was no catalogue."""
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read(MANIFEST))
    of_nothing = {"rows": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
    manifest["tables"] = dict.fromkeys(manifest["tables"], of_nothing)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in manifest["tables"]:
            archive.writestr(f"{name}.jsonl", "")
        archive.writestr(MANIFEST, json.dumps(manifest))
    file.write_bytes(written.getvalue())
