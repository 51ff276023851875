"""A broken index, model, database or setting: a clear message in both languages with the command that repairs it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from catalogue.app import build_api, open_parts
from catalogue.errors import ModelDamaged, StoreDamaged
from catalogue.search.embedding import E5AndUse
from catalogue.settings import ROOT, Settings
from tests.conftest import environ


def run(settings: Settings, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env=environ(settings, **more),
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def is_bilingual(text: str) -> bool:
    return bool(re.search("[\u0e00-\u0e7f]", text)) and bool(re.search("[A-Za-z]{4}", text))


def damage(file: Path) -> None:
    file.write_bytes(b"\xff" * max(64, file.stat().st_size // 3))


def test_a_damaged_index_is_a_503_that_names_the_repair_and_the_repair_heals(own_settings: Settings) -> None:
    for file in own_settings.index_dir.rglob("*"):
        if file.is_file() and file.name != "live.json":
            damage(file)
    parts = open_parts(own_settings)
    app = build_api()
    app.state.parts = parts
    client = TestClient(app, raise_server_exceptions=False)
    for path in ("/api/v1/search?q=น้ำ", "/readyz", "/api/v1/index"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert "hackgo-index rebuild" in answer.json()["detail"]
        assert "hackgo-index rebuild" in answer.json()["detail_th"]
        assert answer.headers["retry-after"]
        assert str(own_settings.state_dir) not in answer.text
    assert run(own_settings, "indexer.cli", "rebuild").returncode == 0
    assert client.get("/api/v1/search?q=น้ำ").status_code == 200
    parts.store.close()


def test_no_index_at_all_says_how_to_make_one(own_settings: Settings) -> None:
    shutil.rmtree(own_settings.index_dir)
    parts = open_parts(own_settings)
    app = build_api()
    app.state.parts = parts
    answer = TestClient(app, raise_server_exceptions=False).get("/api/v1/search")
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("index-not-ready")
    parts.store.close()


def test_a_damaged_database_is_named_and_left_alone(own_settings: Settings) -> None:
    database = own_settings.state_dir / "catalogue.db"
    damage(database)
    before = database.read_bytes()
    with pytest.raises(StoreDamaged) as caught:
        open_parts(own_settings)
    assert is_bilingual(str(caught.value))
    assert "run.py reset" in caught.value.en
    done = run(own_settings, "catalogue.cli", "audit", "verify")
    assert done.returncode == 2
    assert is_bilingual(done.stderr)
    assert "Traceback" not in done.stderr
    assert database.read_bytes() == before


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "SHA256SUMS"])
@pytest.mark.parametrize("how", ["changed", "missing"])
def test_a_damaged_model_names_the_repair(tmp_path: Path, name: str, how: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(ROOT / "catalogue" / "search" / "model", folder)
    if how == "missing":
        (folder / name).unlink()
    else:
        damage(folder / name)
    with pytest.raises(ModelDamaged) as caught:
        E5AndUse(folder=folder)
    assert is_bilingual(str(caught.value))
    assert "git" in caught.value.en


def test_an_unknown_setting_stops_the_start(own_settings: Settings) -> None:
    done = run(own_settings, "catalogue.cli", "audit", "verify", HACKGO_ENGIN="embedded")
    assert done.returncode == 2
    assert "HACKGO_ENGIN" in done.stderr
    assert is_bilingual(done.stderr)
    assert "Traceback" not in done.stderr


def test_a_file_that_cannot_be_written_is_told_in_both_languages(own_settings: Settings, tmp_path: Path) -> None:
    in_the_way = tmp_path / "no folder"
    in_the_way.touch()
    refused = run(own_settings, "catalogue.cli", "backup", str(in_the_way / "backup.zip"))
    assert refused.returncode == 2
    thai, english = refused.stderr.splitlines()
    assert str(in_the_way) in thai
    assert str(in_the_way) in english
    assert "สิทธิ์ของโฟลเดอร์" in thai
    assert "permissions" in english
