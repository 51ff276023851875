"""Which embedding model the settings mean, what it weighs, and what it does in a second on this machine."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from catalogue.search.centres import REGISTERS, bank
from catalogue.search.embedding import E5AndUse, E5Small, LoadedModel, verify_model
from catalogue.search.fingerprint import LENGTH
from catalogue.search.sentence_transformer import SentenceTransformerEmbedder, fingerprint_of, locate, prefixes_of
from catalogue.settings import Settings

SHIPPED: dict[str, type[E5Small]] = {"": E5AndUse} | {model.model_id: model for model in (E5AndUse, E5Small)}
"""By ``HACKGO_MODEL``: both models in one vector, or the first of them alone (ADR 23 has what that saves and costs)."""


def open_model(settings: Settings) -> LoadedModel:
    """The model of the settings, loaded: one that ships, or another one of ``HACKGO_MODEL``.

    Raises ModelDamaged for the first, ModelUnavailable for the second.
    """
    if shipped := SHIPPED.get(settings.model):
        return shipped(threads=settings.embedding_threads)
    return SentenceTransformerEmbedder(
        settings.model, settings.model_query_prefix, settings.model_passage_prefix, settings.embedding_threads
    )


def model_fingerprint(settings: Settings) -> str:
    """Its fingerprint, without loading it; raises as `open_model`."""
    if shipped := SHIPPED.get(settings.model):
        return verify_model(files=shipped.files)
    folder = locate(settings.model)
    return fingerprint_of(
        folder, prefixes_of(settings.model, folder, settings.model_query_prefix, settings.model_passage_prefix)
    )


def describe(model: LoadedModel) -> dict[str, Any]:
    """``{"id", "runs_on", "dimensions", "fingerprint", "megabytes", "query_prefix", "passage_prefix", "queries_per_s",
    "passages_per_s", "tokens_per_s"}``: the fingerprint's first digits; the files' size in millions of bytes; the last
    three as measured.

    The texts are the reviewed ones of schemas/centre_texts.tsv. Queries are embedded one by one, as a search does,
    passages all in one call, as the indexer does; tokens are those of both, the prefix and the ends counted.
    """
    queries = [text for register in REGISTERS for texts in bank()[register].values() for text in texts]
    passages = [text for texts in bank()["passage"].values() for text in texts]
    model.passages(passages[:2])  # the first calls reserve memory
    started = time.perf_counter()
    for text in queries:
        model.queries([text])
    asked = time.perf_counter()
    model.passages(passages)
    ended = time.perf_counter()
    of_query, of_passage = model.prefixes
    read = [of_query + text for text in queries] + [of_passage + text for text in passages]
    tokens = sum(len(model.token_ids(text)) for text in read)
    return {
        "id": model.model_id,
        "runs_on": model.runs_on,
        "dimensions": model.dimensions,
        "fingerprint": model.fingerprint[:LENGTH],
        "megabytes": round(model.weighs / 1e6, 1),
        "query_prefix": of_query,
        "passage_prefix": of_passage,
        "queries_per_s": round(len(queries) / (asked - started), 1),
        "passages_per_s": round(len(passages) / (ended - asked), 1),
        "tokens_per_s": round(tokens / (ended - started)),
    }


def table(models: Sequence[Mapping[str, Any]]) -> str:
    """The models for a terminal: a line per fact."""
    return "\n\n".join("\n".join(f"{name}: {value}" for name, value in model.items()) for model in models)
