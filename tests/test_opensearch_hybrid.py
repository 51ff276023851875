"""The cluster's own hybrid query, that the search is compared with: over our index, and over texts as they are."""

import json

import numpy as np

from catalogue.search.opensearch.hybrid import PlainIndex, hybrid_page
from tests.engines import asked
from tests.test_opensearch_failures import answering, bulk_answer


def test_the_baseline_is_the_hybrid_query_of_the_documentation() -> None:
    hits = {"hits": {"hits": [{"fields": {"id": [i]}} for i in ("PP-2", "PP-1")]}}
    with answering([hits | {"timed_out": False, "_shards": {"failed": 0}}]) as (cluster, asked_of_it):
        assert hybrid_page(cluster, "hackgo", asked("น้ำท่วม ถนน"), ("kind",)) == ["PP-2", "PP-1"]
    (body,) = map(json.loads, asked_of_it)
    words, vectors = body["query"]["hybrid"]["queries"]
    assert words == {"match": {"tokens": {"query": "น้ำท่วม ถนน"}}}
    assert vectors["knn"]["vector"]["k"] == 100
    (step,) = body["search_pipeline"]["phase_results_processors"]
    assert step["normalization-processor"]["combination"]["parameters"] == {"weights": [0.3, 0.7]}


def test_the_plain_index_takes_texts_as_they_are() -> None:
    vector = np.asarray([0.6, 0.8], np.float32)
    hits = {"hits": {"hits": [{"_id": "PP-2"}, {"_id": "PP-1"}]}, "timed_out": False, "_shards": {"failed": 0}}
    with answering([{}, bulk_answer(**{"PP-1": 201}), {}, hits]) as (cluster, asked_of_it):
        plain = PlainIndex(cluster, "hackgo-plain-1")
        plain.write([("PP-1", "น้ำท่วม ถนน", vector)])
        assert plain.search("น้ำท่วม", vector) == ["PP-2", "PP-1"]
    made, written, _, found = asked_of_it
    assert json.loads(made)["mappings"]["properties"]["text"]["analyzer"] == "thai"
    assert "น้ำท่วม ถนน" in written.decode()
    words, vectors = json.loads(found)["query"]["hybrid"]["queries"]
    assert words == {"match": {"text": "น้ำท่วม"}}
    assert vectors["knn"]["vector"]["k"] == 100
