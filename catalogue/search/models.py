"""What an embedding model is, weighs, and does in a second on this machine."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from catalogue.search.centres import REGISTERS, bank
from catalogue.search.embedding import MODEL_FOLDER, PASSAGE_PREFIX, QUERY_PREFIX, TOKENIZER, WEIGHTS, E5Small
from catalogue.search.fingerprint import LENGTH


def describe(embedder: E5Small) -> dict[str, Any]:
    """``{"id", "dimensions", "fingerprint", "megabytes", "threads", "queries_per_s", "passages_per_s",
    "tokens_per_s"}``: the fingerprint's first digits; the files' size in millions of bytes; the rest as measured.

    The texts are the reviewed ones of schemas/centre_texts.tsv. Queries are embedded one by one, as a search does,
    passages all in one call, as the indexer does; tokens are those of both, the prefix and the ends counted.
    """
    queries = [text for register in REGISTERS for texts in bank()[register].values() for text in texts]
    passages = [text for texts in bank()["passage"].values() for text in texts]
    embedder.passages(passages[:2])  # the first calls reserve memory
    started = time.perf_counter()
    for text in queries:
        embedder.queries([text])
    asked = time.perf_counter()
    embedder.passages(passages)
    ended = time.perf_counter()
    read = [QUERY_PREFIX + text for text in queries] + [PASSAGE_PREFIX + text for text in passages]
    tokens = sum(len(embedder.token_ids(text)) for text in read)
    return {
        "id": embedder.model_id,
        "dimensions": embedder.dimensions,
        "fingerprint": embedder.fingerprint[:LENGTH],
        "megabytes": round(sum((MODEL_FOLDER / name).stat().st_size for name in (WEIGHTS, TOKENIZER)) / 1e6, 1),
        "threads": embedder.threads,
        "queries_per_s": round(len(queries) / (asked - started), 1),
        "passages_per_s": round(len(passages) / (ended - asked), 1),
        "tokens_per_s": round(tokens / (ended - started)),
    }


def table(models: Sequence[Mapping[str, Any]]) -> str:
    """The models for a terminal: a line per fact."""
    return "\n\n".join("\n".join(f"{name}: {value}" for name, value in model.items()) for model in models)
