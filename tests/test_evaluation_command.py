"""`hackgo eval` and `hackgo models` as people and scripts run them, with the real model."""

from pathlib import Path
from typing import Any

import pytest

from catalogue.search.embedding import E5AndUse
from catalogue.search.runs import read
from catalogue.settings import Settings
from tests.conftest import VECTORS
from tests.test_evaluation import judged
from tests.test_import_command import hackgo, printed, refused


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", vector_cache=str(VECTORS))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "set").mkdir()
    return judged(tmp_path / "set")


def test_a_run_is_scored_kept_and_compared(settings: Settings, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "runs.json"
    words = ("eval", str(folder), "--compare", "--without-twins", "--runs", str(file))
    code, report = printed(settings, *words)
    assert code == 0
    assert {language: "twinless_mrr" in told for language, told in report["systems"]["ours"].items()} == {
        "th": True,
        "en": True,
        "all": True,
    }
    assert report["differences"]["bm25"]["all"]["ndcg@10"].keys() == {"mean", "low", "high"}
    kept = read(file.name, file.read_bytes())
    assert [answer.id for answer in kept.answers] == ["q1", "q2"]

    code, told = printed(settings, "eval", "--diff", str(file), str(file))
    assert (code, told["moved"], told["queries"]) == (0, [], 2)
    code, shown = hackgo(settings, "eval", "--diff", str(file), str(file), "--against", "bm25")
    assert code == 0
    assert shown.startswith("A ours, B bm25: 2 queries")


def test_neither_folder_nor_files_says_what_to_name(settings: Settings) -> None:
    _, en = refused(settings, "eval")
    assert "--diff A B" in en


def test_other_files_are_refused_by_name(settings: Settings, folder: Path) -> None:
    file = str(folder / "qrels.tsv")
    _, en = refused(settings, "eval", "--diff", file, file)
    assert en.startswith("qrels.tsv was not written by")


def test_the_model_is_told_with_its_size_and_speed(settings: Settings) -> None:
    code, (model,) = printed(settings, "models")
    assert code == 0
    assert (model["id"], model["dimensions"]) == (E5AndUse.model_id, E5AndUse.dimensions)
    assert E5AndUse(threads=1).fingerprint.startswith(model["fingerprint"])
    assert 90 < model["megabytes"] < 95  # the four files of MODEL_CARD.md
    speeds: list[Any] = [model[name] for name in ("queries_per_s", "passages_per_s", "tokens_per_s")]
    assert min(speeds) > 0
    assert model["tokens_per_s"] > model["queries_per_s"]  # no text has less than its prefix
