"""Articles of a file as entries, as many as a measurement wants, and their vectors.

A file of real articles is rarely as large as the catalogue that somebody plans. Beyond its end the entries are
*variations*: three of four phrases of a real article, in another order. No machine wrote a word of them.

Embedding whole articles takes a processor longer than all the rest of a measurement, so here an entry's vector is that
of its title alone, and a variation's is the title's with noise: cosine ``JITTER`` with it. Words are indexed in full.
"""

import gzip
import hashlib
import itertools
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from catalogue.imports import Row
from catalogue.search.centres import unit
from catalogue.search.embedding import Embedder
from catalogue.search.index import Vector

JITTER = 0.9  # near enough to answer the same questions, far enough for a place of its own in a graph
KEPT = 0.75  # of a real article's phrases
BETWEEN = ". "  # what search/document.py puts between a title and what follows
VARIATION = re.compile(r" \((\d+)\)$")


def articles(file: Path) -> Iterator[dict[str, Any]]:
    """The articles of a JSON Lines file, plain or packed with gzip: ``lang``, ``title``, ``text``."""
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def rows(file: Path, first: int, last: int) -> Iterator[Row]:
    """Entries number ``first`` (from 0) to before ``last``: the file's articles, then variations without end."""
    numbers = itertools.count()
    for time_through in itertools.count(1):
        for article in articles(file):
            number = next(numbers)
            if number >= last:
                return
            if number >= first:
                yield _row(file.name, number, article, time_through)


def questions(file: Path, most: int) -> list[str]:
    """Different questions: the ends of titles, from all over the file. (The beginnings are often all alike.)"""
    titles = [title_of(article)[-60:].strip() for article in articles(file)]
    return list(dict.fromkeys(titles[:: max(1, len(titles) // (2 * most))]))[:most]


def typed(file: Path, most: int) -> list[str]:
    """The different questions of a JSON Lines file with ``text``, such as a judged set's queries.jsonl."""
    return list(dict.fromkeys(line["text"] for line in articles(file)))[:most]


def title_of(article: dict[str, Any]) -> str:
    """Its title, without what :class:`TitleVectors` takes for the end of it."""
    return re.sub(r"\.\s+", ".", article["title"].strip())


def _row(name: str, number: int, article: dict[str, Any], time_through: int) -> Row:
    language, title, text = article["lang"], title_of(article), article["text"]
    if time_through > 1:
        phrases, chance = text.split(), random.Random(number)
        text = " ".join(chance.sample(phrases, max(1, round(KEPT * len(phrases)))))
        title = f"{title} ({time_through})"
    values = {"kind": "pain_point", "language": language, "title": {language: title}, "statement": {language: text}}
    return Row(name, number + 1, values)


class TitleVectors:
    """An :class:`~catalogue.search.embedding.Embedder` that reads of a passage the title alone."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.model_id = embedder.model_id
        self.fingerprint = embedder.fingerprint
        self.dimensions = embedder.dimensions

    def queries(self, texts: Sequence[str]) -> Vector:
        """See `Embedder.queries`."""
        return self._embedder.queries(texts)

    def passages(self, texts: Sequence[str]) -> Vector:
        """See `Embedder.passages`; the same passage always gives the same vector."""
        titles = [text.partition(BETWEEN)[0] for text in texts]
        vectors = self._embedder.passages([VARIATION.sub("", title) for title in titles])
        made = [
            _jittered(vector, text) if VARIATION.search(title) else vector
            for vector, title, text in zip(vectors, titles, texts, strict=True)
        ]
        return np.stack(made) if made else vectors


class DrawnVectors(TitleVectors):
    """One that draws a passage's vector by chance: for excerpts, which are many and are not searched."""

    def passages(self, texts: Sequence[str]) -> Vector:
        """See `Embedder.passages`; the same passage always gives the same vector."""
        return unit(np.stack([_drawn(text, self.dimensions) for text in texts]))


def _drawn(text: str, size: int) -> Vector:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(size).astype(np.float32)


def _jittered(vector: Vector, text: str) -> Vector:
    """A vector of length 1 whose cosine with this one is JITTER; the text decides in which direction it lies."""
    noise = _drawn(text, len(vector))
    across = unit(noise - (noise @ vector) * vector)
    return np.asarray(unit(JITTER * vector + np.sqrt(1 - JITTER**2) * across), np.float32)
