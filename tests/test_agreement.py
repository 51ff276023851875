"""Both engines give the same answers over the sample catalogue: totals, facets and first pages."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest

from catalogue.api.parts import Parts
from catalogue.search.engines import open_reader, remove_index
from catalogue.settings import ROOT, Settings
from indexer.compare import Agreement, compare, searches, values
from tests.conftest import environ

COMBINATIONS = 60


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


def test_the_index_on_the_cluster_equals_the_store(on_cluster: Settings) -> None:
    environment = environ(
        on_cluster,
        HACKGO_ENGINE="opensearch",
        HACKGO_OPENSEARCH_URL=on_cluster.opensearch_url,
        HACKGO_OPENSEARCH_INDEX=on_cluster.opensearch_index,
    )
    command = [sys.executable, "-m", "indexer.cli", "verify"]
    said = subprocess.run(command, env=environment, check=True, cwd=ROOT, capture_output=True, text=True).stdout
    assert "0 missing, 0 extra, 0 stale" in said
