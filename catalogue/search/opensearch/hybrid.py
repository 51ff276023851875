"""The server's own hybrid query, to compare with: over one of our indexes, or as one gets it by default (PlainIndex).
It is not how the product searches.

One leg of words and one of vectors, joined by min-max in a pipeline that travels with the request. Wants the
neural-search plugin, which the full distribution has.
"""

from collections.abc import Iterable
from typing import Any

from catalogue.search.index import AnalysedQuery, Vector
from catalogue.search.opensearch import queries
from catalogue.search.opensearch.cluster import Cluster, checked, gone, unavailable
from catalogue.search.opensearch.mapping import ENGINE

DEPTH = 100  # entries of each leg: the usual pagination_depth
PAGE = 10
WORDS, VECTORS = 0.3, 0.7  # the weights of OpenSearch's documentation


def hybrid_page(cluster: Cluster, alias: str, query: AnalysedQuery, facets: tuple[str, ...]) -> list[str]:
    """Ids of the first page, with the facets counted beside; raises IndexUnavailable where the plugin is missing."""
    words = {"match": {"tokens": {"query": " ".join(query.tokens) or "-"}}}
    body: dict[str, Any] = {
        **queries.counts(_both(words, queries.near(query.vector, DEPTH, [])), facets),
        "size": PAGE,
        "_source": False,
        "docvalue_fields": ["id"],
        "search_pipeline": _min_max(),
    }
    with unavailable():
        answer = cluster.patient.search(index=alias, body=body)
    return [hit["fields"]["id"][0] for hit in checked(answer)["hits"]["hits"]]


class PlainIndex:
    """What one gets without this product: text as it is, cut by the server's Thai analyser, scored by its BM25; and
    vectors as the model gives them. Whoever makes one deletes its index.
    """

    def __init__(self, cluster: Cluster, name: str) -> None:
        """An index of this name, made when written."""
        self._cluster, self._name = cluster, name

    def write(self, rows: Iterable[tuple[str, str, Vector]]) -> None:
        """Make the index and bring these ids, texts and vectors into it; raises IndexUnavailable."""
        found = list(rows)
        method = {"name": "hnsw", "engine": ENGINE, "space_type": "innerproduct"}
        fields = {
            "text": {"type": "text", "analyzer": "thai"},
            "vector": {"type": "knn_vector", "dimension": len(found[0][2]), "method": method},
        }
        body = {"settings": {"index.knn": True}, "mappings": {"_source": {"enabled": False}, "properties": fields}}
        with unavailable():
            self._cluster.patient.indices.create(index=self._name, body=body)
        actions = ({"_id": key, "text": text, "vector": vector.tolist()} for key, text, vector in found)
        if refused := self._cluster.bulk(self._name, actions):
            raise gone(f"refused {refused[0]}")
        with unavailable():
            self._cluster.patient.indices.refresh(index=self._name)

    def search(self, text: str, vector: Vector) -> list[str]:
        """All ids that the two legs bring, best first."""
        both = _both({"match": {"text": text}}, queries.near(vector, DEPTH, []))
        body = {"query": both, "size": 2 * DEPTH, "search_pipeline": _min_max()}
        with unavailable():
            answer = self._cluster.patient.search(index=self._name, body=body)
        return [hit["_id"] for hit in checked(answer)["hits"]["hits"]]


def _both(words: dict[str, Any], near: dict[str, Any]) -> dict[str, Any]:
    return {"hybrid": {"queries": [words, near], "pagination_depth": DEPTH}}


def _min_max() -> dict[str, Any]:
    joined = {
        "normalization": {"technique": "min_max"},
        "combination": {"technique": "arithmetic_mean", "parameters": {"weights": [WORDS, VECTORS]}},
    }
    return {"phase_results_processors": [{"normalization-processor": joined}]}
