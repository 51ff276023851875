"""The server's own hybrid query over one of our indexes, to compare with: not how the product searches.

One leg of words and one of vectors, joined by min-max in a pipeline that travels with the request. Wants the
neural-search plugin, which the full distribution has.
"""

from typing import Any

from catalogue.search.index import AnalysedQuery
from catalogue.search.opensearch import queries
from catalogue.search.opensearch.cluster import Cluster, checked, unavailable

DEPTH = 100  # entries of each leg: the usual pagination_depth
PAGE = 10
WORDS, VECTORS = 0.3, 0.7  # the weights of OpenSearch's documentation


def hybrid_page(cluster: Cluster, alias: str, query: AnalysedQuery, facets: tuple[str, ...]) -> list[str]:
    """Ids of the first page, with the facets counted beside; raises IndexUnavailable where the plugin is missing."""
    words = {"match": {"tokens": {"query": " ".join(query.tokens) or "-"}}}
    body: dict[str, Any] = {
        **queries.counts({"hybrid": {"queries": [words, queries.near(query.vector, DEPTH, [])]}}, facets),
        "size": PAGE,
        "_source": False,
        "docvalue_fields": ["id"],
        "search_pipeline": {"phase_results_processors": [{"normalization-processor": _min_max()}]},
    }
    body["query"]["hybrid"]["pagination_depth"] = DEPTH
    with unavailable():
        answer = cluster.patient.search(index=alias, body=body)
    return [hit["fields"]["id"][0] for hit in checked(answer)["hits"]["hits"]]


def _min_max() -> dict[str, Any]:
    return {
        "normalization": {"technique": "min_max"},
        "combination": {"technique": "arithmetic_mean", "parameters": {"weights": [WORDS, VECTORS]}},
    }
