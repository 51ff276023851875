"""A new generation is filled at one stroke: one segment is searched, on both engines."""

from pathlib import Path

import pytest
import tantivy

from catalogue.search.embedded import EmbeddedWriter
from catalogue.search.opensearch import cluster
from catalogue.search.opensearch.cluster import unavailable
from tests.engines import ANALYSER, CENTRES, FOUR, OnCluster


def test_what_the_embedded_engine_is_filled_with_is_one_segment(tmp_path: Path) -> None:
    writer = EmbeddedWriter(tmp_path, ANALYSER)
    name = writer.create("f1", CENTRES)
    writer.fill(name, ([one] for one in FOUR), 1)
    writer.promote(name)
    assert tantivy.Index.open(str(tmp_path / name / "terms")).searcher().num_segments == 1
    writer.close()


def test_what_a_cluster_is_filled_with_is_joined_to_one_segment_that_searches_see(on_cluster: OnCluster) -> None:
    writer = on_cluster.writer()
    name = writer.create("f1", CENTRES)
    writer.fill(name, ([one] for one in FOUR), 1)
    index = f"{on_cluster.alias}-{name}"
    with unavailable():
        made = on_cluster.cluster.patient.indices.segments(index=index)["indices"]
    ((shard,),) = made[index]["shards"].values()
    assert [one["num_docs"] for one in shard["segments"].values() if one["search"]] == [len(FOUR) + 1]


def test_an_index_is_filled_where_the_cluster_does_not_join_it_in_time(
    on_cluster: OnCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "MERGED_WITHIN_S", 0.000001)
    writer = on_cluster.writer()
    name = writer.create("f1", CENTRES)
    writer.fill(name, [FOUR], 1)
    writer.promote(name)
    assert on_cluster.reader().live().documents == len(FOUR)
