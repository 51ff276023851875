"""What is asked of OpenSearch, in its query language. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from catalogue.search.index import Filters, Vector
from catalogue.search.opensearch.mapping import VECTOR_DECIMALS
from catalogue.search.weights import Clause, Sought

Query = dict[str, Any]
Told = tuple[str, Mapping[str, float] | Mapping[Clause, float]]
"""A field, and scores of terms in it."""

ENTRIES: Query = {"exists": {"field": "id"}}  # all documents but the one that notes the revision
BEST_FIRST = [{"_score": "desc"}, {"id": "asc"}]
NOBODY: Query = {"term": {"id": " nobody"}}  # no entry's id holds a space
NEWEST_FIRST = [{"date": {"order": "desc", "missing": "_last"}}, {"id": "asc"}]
MOST_VALUES = 10_000  # of one facet


def passing(filters: Filters) -> list[Query]:
    """The clauses that an entry must pass."""
    return [{"terms": {f"filters.{name}": sorted(values)}} for name, values in filters.items()]


def with_ids(ids: Collection[str]) -> Query:
    """These entries."""
    return {"terms": {"id": list(ids)}}


def hits(query: Query, size: int, columns: Sequence[str] = ("id", "revision"), sort: Any = None) -> Query:
    """A search that brings these columns of the best documents, what is told of them, and counts nothing."""
    asked: Query = {
        "query": query,
        "size": size,
        "_source": False,
        "stored_fields": "_none_",
        "docvalue_fields": list(columns),
        "track_total_hits": False,
    }
    return asked | ({"sort": sort} if sort else {})


def telling(query: Query, told: Mapping[str, Told]) -> Query:
    """The same entries with the same scores; each hit tells, by name, the sum over the terms that it has.

    The clauses hang on a branch that no entry takes: they cost the search nothing, and are asked of the hits alone.
    """
    sums = [{"bool": {"should": _scored(leg, scores), "_name": name}} for name, (leg, scores) in told.items()]
    return {"bool": {"must": [query], "should": [{"bool": {"filter": [NOBODY], "should": sums}}]}} if sums else query


def any_of(leg: str, found: Sought, among: list[Query]) -> Query:
    """Entries with any of what is sought, scored by the sum over the terms and pieces."""
    clauses = _scored(leg, found.terms)
    for one in found.either:
        named = {"bool": {"should": [_having(leg, name) for name in one.names]}}
        ways: list[Query] = [{"constant_score": {"filter": named, "boost": one.share}}]
        if one.own:
            ways.append({"bool": {"should": _scored(leg, one.own)}})
        clauses.append({"dis_max": {"queries": ways}})
    return _among(clauses, among)


def _among(clauses: list[Query], among: list[Query]) -> Query:
    return {"bool": {"must": [{"bool": {"should": clauses}}], "filter": among}}


def _scored(leg: str, scores: Mapping[str, float] | Mapping[Clause, float]) -> list[Query]:
    return [{"constant_score": {"filter": _having(leg, term), "boost": score}} for term, score in scores.items()]


def _having(leg: str, clause: Clause) -> Query:
    if isinstance(clause, str):
        return {"term": {leg: clause}}
    return {"bool": {"filter": [{"term": {leg: word}} for word in clause]}}


def near(vector: Vector, most: int, among: list[Query]) -> Query:
    """The nearest entries by the graph, filtered inside the search of it."""
    asked = {"vector": _numbers(vector), "k": most}
    return {"knn": {"vector": asked | ({"filter": {"bool": {"filter": among}}} if among else {})}}


def near_exactly(vector: Vector, among: list[Query]) -> Query:
    """All entries by their dot product with the vector: reads every one of them."""
    parameters = {"field": "vector", "query_value": _numbers(vector), "space_type": "innerproduct"}
    script = {"lang": "knn", "source": "knn_score", "params": parameters}  # the k-NN plugin's own: nothing to install
    return {"script_score": {"query": {"bool": {"filter": [ENTRIES, *among]}}, "script": script}}


def counts(query: Query, fields: Collection[str]) -> Query:
    """How many entries have each value of these filters."""
    asked = {name: {"terms": {"field": f"filters.{name}", "size": MOST_VALUES}} for name in fields}
    return {"query": query, "size": 0, "track_total_hits": False, "aggs": asked}


def _numbers(vector: Vector) -> list[float]:
    numbers: list[float] = vector.astype(float).round(VECTOR_DECIMALS).tolist()
    return numbers
