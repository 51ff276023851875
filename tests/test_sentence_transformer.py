"""The runtime of other models: what a setting may name, what stands before texts, and whether it agrees with ours.

What needs the optional installation is skipped where that is not there; `.ci/run` makes an environment that has it.
"""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from catalogue.embed_benchmark import bench_embed
from catalogue.errors import IndexNotReady, ModelUnavailable
from catalogue.search.analysis import Analyser
from catalogue.search.embedded import EmbeddedReader
from catalogue.search.embedding import PASSAGE_PREFIX, QUERY_PREFIX, E5Small, LoadedModel
from catalogue.search.likeness import Places
from catalogue.search.models import describe, model_fingerprint, open_model
from catalogue.search.query import QueryAnalyser, SearchQuery
from catalogue.search.retrieve import SearchResult, retrieve
from catalogue.search.sentence_transformer import CONFIG, INSTALL, Prefixes, fingerprint_of, locate, prefixes_of
from catalogue.search.vectors import VectorCache
from catalogue.settings import Settings
from indexer.parts import Parts
from indexer.sync import standing, sync
from tests.conftest import absent
from tests.small_catalogue import HashedEmbedder, drift_of, small_catalogue

DATA = Path(__file__).parent / "data"
ENTRIES = 7
INSTALLED = find_spec("sentence_transformers") is not None
E5 = Prefixes(QUERY_PREFIX, PASSAGE_PREFIX)
NOTHING = Prefixes("", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that look like a model's; nothing loads them."""
    made = tmp_path / "some-model"
    (made / "onnx").mkdir(parents=True)
    for name in ("modules.json", "model.safetensors", "pytorch_model.bin", "README.md", "onnx/model.onnx", ".lock"):
        (made / name).write_text(name)
    return made


# --- what a setting may name


def refused(model: str) -> str:
    with pytest.raises(ModelUnavailable) as caught:
        locate(model)
    for message in (caught.value.th, caught.value.en):
        assert "HACKGO_MODEL" in message
        assert model not in message  # paths of the server are told to nobody
    return caught.value.en


def test_without_the_library_the_command_that_installs_it_is_told(folder: Path) -> None:
    if INSTALLED:
        pytest.skip("sentence-transformers is installed")
    with pytest.raises(ModelUnavailable) as caught:
        open_model(Settings(model=str(folder)))
    assert INSTALL in caught.value.en
    assert INSTALL in caught.value.th


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "no such folder" in refused(str(tmp_path / "missing"))
    assert "no such folder" in refused("./missing")


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    assert "holds no model" in refused(str(tmp_path))


def test_an_id_is_taken_from_the_cache_and_else_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    held = cache / "models--some--model"
    shutil.copytree(folder, held / "snapshots" / "0123abc")
    (held / "refs").mkdir()
    (held / "refs" / "main").write_text("0123abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    found = locate("some/model")
    assert found == held / "snapshots" / "0123abc"
    assert fingerprint_of(found, E5) == fingerprint_of(folder, E5)
    assert "could not be fetched" in refused("some/other-model")


# --- prefixes and fingerprint


@pytest.mark.parametrize(
    ("model", "prompts", "expected"),
    [
        ("some/model", None, NOTHING),
        ("intfloat/multilingual-e5-base", None, E5),
        ("/models/e5-small", {"query": "", "document": ""}, E5),
        ("intfloat/multilingual-e5-large-instruct", None, NOTHING),
        ("some/lake5", None, NOTHING),
        ("intfloat/multilingual-e5-base", {"query": "q: ", "passage": "p: "}, Prefixes("q: ", "p: ")),
        ("some/model", {"query": "Find: ", "document": "Text: "}, Prefixes("Find: ", "Text: ")),
        ("some/model", {"query": "Find: "}, Prefixes("Find: ", "")),
    ],
)
def test_prefixes_are_what_the_model_says(
    folder: Path, model: str, prompts: dict[str, str] | None, expected: Prefixes
) -> None:
    if prompts is not None:
        (folder / CONFIG).write_text(json.dumps({"prompts": prompts}))
    assert prefixes_of(model, folder) == expected
    assert prefixes_of(model, folder, "", "x") == ("", "x")


def test_every_file_that_makes_vectors_and_each_prefix_is_in_the_fingerprint(folder: Path) -> None:
    before = fingerprint_of(folder, E5)
    for name in ("README.md", "onnx/model.onnx", ".lock", "pytorch_model.bin"):
        (folder / name).write_text("changed")
    assert fingerprint_of(folder, E5) == before
    assert model_fingerprint(Settings(model=str(folder))) == fingerprint_of(folder, NOTHING) != before
    found = {before, fingerprint_of(folder, Prefixes("q: ", PASSAGE_PREFIX))}
    for name in ("modules.json", "model.safetensors", "1_Pooling.json"):
        (folder / name).write_text("changed")
        found.add(fingerprint_of(folder, E5))
    assert len(found) == 5


# --- another model, and the index


class Wide(HashedEmbedder):
    """Vectors of another length."""

    dimensions = 24


def searched(reader: EmbeddedReader, queries: QueryAnalyser) -> SearchResult:
    return retrieve(reader, queries, SearchQuery("problem of the village"))


def switched(parts: Parts, newer: Parts, folder: Path, analyser: Analyser) -> None:
    """Rebuild with another model under searches of both: each answers while its own index is live, else refuses."""
    old, new = (QueryAnalyser(analyser, each.embedder) for each in (parts, newer))
    sync(parts)
    reader, seen = EmbeddedReader(folder / "index"), set()

    def meanwhile(stage: str, done: int, total: int) -> None:
        seen.add(searched(reader, old).index.name)
        with pytest.raises(IndexNotReady):
            searched(reader, new)

    live = reader.live().name
    assert searched(reader, old).hits
    assert standing(newer) == "built by another version"
    sync(newer, meanwhile)
    assert seen == {live}
    assert reader.live().name != live
    assert searched(reader, new).hits
    assert not drift_of(newer)
    with pytest.raises(IndexNotReady) as caught:
        searched(reader, old)
    assert "HACKGO_MODEL" in caught.value.en
    assert "HACKGO_MODEL" in caught.value.th
    with pytest.raises(IndexNotReady):
        Places(parts.embedder, analyser).profiles([], reader.open())
    assert len(retrieve(reader, old, SearchQuery("")).hits) == ENTRIES  # browsing compares nothing
    sync(parts)  # and back again
    assert searched(reader, old).hits


@pytest.mark.parametrize("other", [HashedEmbedder("2"), Wide("3")], ids=["as long", "longer"])
def test_vectors_of_two_models_are_never_compared(tmp_path: Path, analyser: Analyser, other: HashedEmbedder) -> None:
    with small_catalogue(tmp_path, analyser, ENTRIES) as parts:
        switched(parts, replace(parts, embedder=VectorCache(tmp_path / "vectors", other)), tmp_path, analyser)


# --- the model that ships, in the other runtime


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not INSTALLED:
        absent("sentence-transformers", INSTALL)
    from catalogue.search.model.checkpoint import write_checkpoint

    made = tmp_path_factory.mktemp("checkpoint") / "ours"
    write_checkpoint(made)
    return made


@pytest.fixture(scope="module")
def theirs(checkpoint: Path) -> LoadedModel:
    # One thread: two of PyTorch's wait for each other in a loop, and take minutes where other tests have the cores.
    return open_model(Settings(model=str(checkpoint), embedding_threads=1))


@pytest.fixture(scope="module")
def ours() -> LoadedModel:
    return open_model(Settings())


def test_both_runtimes_make_the_same_vectors(theirs: LoadedModel) -> None:
    """Of the same weights: those of E5, the first of the two models that ship."""
    ours = E5Small()
    rows = [json.loads(line) for line in (DATA / "embedding_texts.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 300
    assert {(row["role"], row["language"]) for row in rows} == {
        (role, language) for role in ("query", "passage") for language in ("th", "en")
    }
    for role, prefix in (("query", theirs.prefixes[0]), ("passage", theirs.prefixes[1])):
        texts = [row["text"] for row in rows if row["role"] == role]
        a, b = ((each.queries if role == "query" else each.passages)(texts) for each in (ours, theirs))
        assert (a * b).sum(axis=1).min() >= 0.995  # measured .9981
        assert [ours.token_ids(prefix + text) for text in texts] == [theirs.token_ids(prefix + text) for text in texts]


def test_speeds_are_compared_in_one_run() -> None:
    report = bench_embed(texts=2, rounds=1, threads=1, progress=lambda done, total: None)
    assert min(report["ours"], report["peak"], report["tokens_per_text"]) > 0
    assert report["ours_over_peak"] == pytest.approx(report["ours"] / report["peak"], abs=0.02)
    assert (report["fp32"] is not None) == INSTALLED
    if INSTALLED:
        assert report["ours_over_fp32"] == pytest.approx(report["ours"] / report["fp32"], rel=0.02)
        assert report["fast_enough"] in (True, False)
    else:
        assert (report["install"], report["fast_enough"]) == (INSTALL, None)


def test_it_keeps_the_promises_of_the_port(theirs: LoadedModel, checkpoint: Path) -> None:
    texts = ["น้ำท่วมถนนหน้าตลาด", "\ud800 </s>", "beach erosion"]
    together = theirs.passages(texts)
    assert together.shape == (3, theirs.dimensions)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-3)
    assert np.allclose(together, np.concatenate([theirs.passages([text]) for text in texts]), atol=1e-5)
    assert theirs.queries([]).shape == (0, theirs.dimensions)
    assert theirs.queries([""]).shape == (1, theirs.dimensions)
    assert len(theirs.token_ids("beach erosion " * 600)) == 512
    assert theirs.prefixes == E5
    assert theirs.fingerprint == model_fingerprint(Settings(model=str(checkpoint)))
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(theirs.passages, [texts[:1]] * 8):
            assert np.allclose(found, together[:1], atol=1e-5)
    told = describe(theirs)
    assert (told["id"], told["dimensions"]) == ("ours", 384)
    assert told["megabytes"] > 250
    assert told["runs_on"].startswith("sentence-transformers")
    assert theirs.is_word("flood")


def test_a_folder_whose_model_cannot_be_loaded_is_told(checkpoint: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(checkpoint, broken, ignore=shutil.ignore_patterns("*.safetensors"))
    (broken / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelUnavailable, match="holds no model"):
        open_model(Settings(model=str(broken)))


def test_the_index_changes_from_the_model_that_ships_to_another_and_back(
    ours: LoadedModel, theirs: LoadedModel, tmp_path: Path, analyser: Analyser
) -> None:
    with small_catalogue(tmp_path, analyser, ENTRIES) as parts:
        before, after = (replace(parts, embedder=VectorCache(tmp_path / "vectors", model)) for model in (ours, theirs))
        switched(before, after, tmp_path, analyser)
