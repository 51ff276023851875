"""What an OpenSearch index of ours looks like, generated from the fields' metadata. Pure."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from catalogue.search.centres import directed
from catalogue.search.document import FILTERS
from catalogue.search.excerpts import kept
from catalogue.search.index import Document, Vector, vectors_of

FORMAT = 1
STATE_ID = " state"  # the document that notes the revision; no entry's id holds a space
ENGINE = "lucene"  # the k-NN engine in every distribution, with filters inside the search of its graph
EVENT = {"event": {"type": "keyword"}}  # hash of the event up to which the index goes
DEEPEST = 20_000  # entries that browsing may reach; the API allows 10,000 and a page
VECTOR_DECIMALS = 8  # in the graph; the exact vector stands in ``packed``


def index_body(fingerprint: str, built_at: str, centres: Mapping[str, Vector], shards: int) -> dict[str, Any]:
    """Settings and mapping of a generation; what is fixed when it is created stands in the mapping's ``_meta``."""
    # Terms come cut and normalised; a Thai analyser would split them anew. Only whether they are there is asked.
    terms = {"type": "text", "analyzer": "whitespace", "index_options": "docs", "norms": False}
    word = {"type": "keyword"}
    column = {"type": "binary", "doc_values": True}
    dimension = len(next(iter(centres.values())))
    return {
        "settings": {
            "number_of_shards": shards,
            "auto_expand_replicas": "0-1",
            "refresh_interval": -1,
            "max_result_window": DEEPEST,
            "index.knn": True,
        },
        "mappings": {
            "dynamic": "strict",
            "_source": {"enabled": False},  # the store has it; everything that is read here is a column
            "_meta": {
                "format": FORMAT,
                "fingerprint": fingerprint,
                "built_at": built_at,
                "centres": {language: pack(centre) for language, centre in centres.items()},
            },
            "properties": {
                "id": word,
                "revision": {"type": "long"},
                **EVENT,
                "language": word,
                "date": word,
                "filters": {"properties": dict.fromkeys(FILTERS, word)},
                "tokens": terms,
                "ngrams": terms,
                "packed": column,
                "told": word,  # the languages of its excerpts
                "excerpts": {"properties": dict.fromkeys(centres, column)},
                "vector": {
                    "type": "knn_vector",
                    "dimension": dimension,
                    "method": {"name": "hnsw", "engine": ENGINE, "space_type": "innerproduct"},
                },
            },
        },
    }


def row(document: Document, tokens: str, ngrams: str, centres: Mapping[str, Vector]) -> dict[str, Any]:
    """One entry as the index holds it; ``tokens`` and ``ngrams`` are separated by spaces."""
    vector = directed(vectors_of(document), centres)
    made: dict[str, Any] = {
        "id": document.id,
        "revision": document.revision,
        "language": document.language,
        "filters": {name: list(values) for name, values in document.filters.items() if values},
        "tokens": tokens,
        "ngrams": ngrams,
        "packed": pack(vector),
        "vector": np.round(vector.astype(np.float64), VECTOR_DECIMALS).tolist(),
    }
    if document.sort_date:
        made["date"] = document.sort_date
    if excerpts := kept(document, centres):
        made["told"] = list(excerpts)
        made["excerpts"] = {language: base64.b64encode(data).decode() for language, data in excerpts.items()}
    return made


def pack(vector: Vector) -> str:
    """A vector as text."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def unpack(text: str) -> Vector:
    """The vector that :func:`pack` wrote."""
    return np.frombuffer(unpacked(text), "<f4").astype(np.float32)


def unpacked(text: str) -> bytes:
    """The bytes in a column; the server drops the padding."""
    return base64.b64decode(text + "=" * (-len(text) % 4))
