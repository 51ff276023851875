"""Both engines give the same answers over the sample catalogue: totals, facets and first pages."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest

from catalogue.api.parts import Parts
from catalogue.search.embedded import EmbeddedWriter
from catalogue.search.engines import open_reader, remove_index
from catalogue.search.query import SearchQuery
from catalogue.settings import ROOT, Settings
from catalogue.store import Fact, Store
from indexer.compare import Agreement, compare, searches, values
from tests.conftest import environ

COMBINATIONS = 300


@pytest.fixture(scope="module")
def on_cluster(sample_settings: Settings, opensearch_url: str) -> Iterator[Settings]:
    """The sample catalogue's store, indexed on a cluster by the product's own command."""
    cluster = {
        "HACKGO_ENGINE": "opensearch",
        "HACKGO_OPENSEARCH_URL": opensearch_url,
        "HACKGO_OPENSEARCH_INDEX": f"test-{uuid.uuid4().hex[:12]}",
    }
    environment = environ(sample_settings, **cluster)
    settings = Settings.from_env({k: v for k, v in environment.items() if k.startswith("HACKGO_")})
    try:
        subprocess.run([sys.executable, "-m", "indexer.cli", "rebuild"], env=environment, check=True, cwd=ROOT)
        yield settings
    finally:
        remove_index(settings)


@pytest.fixture(scope="module")
def questions() -> list[str]:
    lines = (ROOT / "tests" / "golden" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def agreement(settings: Settings, parts: Parts, questions: list[str], exact: bool) -> Agreement:
    embedded, cluster = open_reader(settings, "embedded"), open_reader(settings, "opensearch", exact=exact)
    return compare(embedded, cluster, parts.queries, searches(questions, values(embedded), COMBINATIONS))


def test_answers_are_identical_where_every_vector_is_compared(
    on_cluster: Settings, parts: Parts, questions: list[str]
) -> None:
    found = agreement(on_cluster, parts, questions, exact=True)
    assert found.searches == len(questions) + COMBINATIONS
    assert found.identical, found.lines()


def test_answers_by_the_graph_are_nearly_so(on_cluster: Settings, parts: Parts, questions: list[str]) -> None:
    assert agreement(on_cluster, parts, questions, exact=False).overlap >= 0.99


def test_a_missing_entry_is_noticed(own_settings: Settings, parts: Parts, questions: list[str]) -> None:
    writer = EmbeddedWriter(own_settings.index_dir, parts.analyser)
    live = parts.engines.main.reader.live()
    first = parts.engines.main.reader.open().browse({}, 1, 0)[0]
    writer.write(live.name, [], first, live.revision)
    writer.close()
    found = compare(
        parts.engines.main.reader, open_reader(own_settings), parts.queries, [SearchQuery(facets=("kind",))]
    )
    assert (found.totals, found.facets, found.pages, found.searches) == (0, 0, 0, 1)
    assert not found.identical
    assert found.overlap == pytest.approx(0.9)
    assert found.lines()[1].startswith("total, facets, page")


def test_random_searches_are_the_same_for_the_same_seed(parts: Parts) -> None:
    filters = values(parts.engines.main.reader)
    assert searches(["a", "b"], filters, 9) == searches(["a", "b"], filters, 9)
    assert searches(["a", "b"], filters, 9) != searches(["a", "b"], filters, 9, seed=2)


def test_an_index_without_entries_is_searched_without_filters() -> None:
    assert [search.text for search in searches(["a"], {"kind": [], "theme": []}, 9)] == ["a"]


def indexer(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    environment = environ(
        settings,
        HACKGO_ENGINE="opensearch",
        HACKGO_OPENSEARCH_URL=settings.opensearch_url,
        HACKGO_OPENSEARCH_INDEX=settings.opensearch_index,
    )
    command = [sys.executable, "-m", "indexer.cli", *words]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_index_on_the_cluster_equals_the_store(on_cluster: Settings) -> None:
    said = indexer(on_cluster, "verify")
    assert (said.returncode, "0 missing, 0 extra, 0 stale" in said.stdout) == (0, True), said


def test_the_command_says_what_agrees(on_cluster: Settings) -> None:
    said = indexer(on_cluster, "compare", "embedded", "opensearch", "--combinations", "5", "--json")
    found = json.loads(said.stdout)
    assert said.returncode == 0
    assert found["searches"] == found["pages"] > 100
    assert found["differing"] == []


def test_indexes_at_different_revisions_are_not_compared(on_cluster: Settings, own_settings: Settings) -> None:
    settings = on_cluster.model_copy(update={"state_dir": own_settings.state_dir})
    store = Store.open(own_settings.database)
    store.apply([Fact("batch.imported", {})], "test")
    store.close()
    subprocess.run([sys.executable, "-m", "indexer.cli", "sync"], env=environ(own_settings), check=True, cwd=ROOT)
    said = indexer(settings, "compare", "embedded", "opensearch", "--combinations", "1")
    assert said.returncode == 2
    assert "different revisions" in said.stderr
