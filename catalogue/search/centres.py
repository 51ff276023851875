"""Where each language lies in the embedding space, so that it can be subtracted (docs/search.md, "Centring").

A multilingual encoder puts all Thai texts nearer to a Thai query than any English text. Subtracting each language's
mean from passages, and the mean of real typed queries from queries, is what makes one list of both languages fair.
"""

import csv
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from catalogue.search.index import Vector

BANK = Path(__file__).resolve().parents[2] / "schemas" / "centre_texts.tsv"

# The mean of a few entries is those entries, and subtracting it would take their meaning away. So the bank's passages
# count as this many entries beside them. 30: an answer with one other entry in its language keeps nine tenths of the
# cosine with its question that it has among hundreds, and two thirds to four fifths around the mean of the two alone
# (tests/test_centres.py); from 10 to 100 it is the same.
PRIOR_ENTRIES = 30

# People type words and whole sentences, and they paste headlines; a headline less the mean of typed queries is still a
# headline, and finds those of its own language. One mean for both costs thaigov .04 (Thai) or golden .03 (English).
REGISTERS = ("query", "headline")
# Cosines of a query with the two means differ by about .03. From .0025 to .015 golden and xquad move by .003.
REGISTER_TEMPERATURE = 0.0075

Embed = Callable[[Sequence[str]], Vector]


def unit(rows: Vector) -> Vector:
    """The rows brought to length 1."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9), np.float32)


def centred(vectors: Vector, centre: Vector) -> Vector:
    """The vectors, one or many, less the centre, of length 1; a vector that is the centre stays as it is."""
    moved = vectors - centre
    lost = np.linalg.norm(moved, axis=-1, keepdims=True) < 1e-6
    return unit(np.where(lost, vectors, moved))


def directed(vectors: Mapping[str, Vector], centres: Mapping[str, Vector]) -> Vector:
    """Where an entry lies, whatever languages its text is in: the mean direction of its vectors, each centred."""
    return unit(np.sum([centred(vector, centres[language]) for language, vector in vectors.items()], axis=0))


@lru_cache(maxsize=1)
def bank() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The reviewed texts by role ("query", "headline", "passage", "nonsense") and language."""
    out: dict[str, dict[str, list[str]]] = {}
    with BANK.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            out.setdefault(row["role"], {}).setdefault(row["language"], []).append(row["text"])
    return {role: {language: tuple(texts) for language, texts in by.items()} for role, by in out.items()}


def bank_version() -> str:
    """Changes with the bank's texts; part of every index's fingerprint."""
    return hashlib.sha256(BANK.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:12]


@dataclass(frozen=True)
class QueryCentre:
    """Where one language's queries lie, by the way they are written: one mean per register of the bank."""

    registers: Vector

    @property
    def typed(self) -> Vector:
        """The mean of typed queries."""
        return np.asarray(self.registers[0], np.float32)

    def of(self, vector: Vector) -> Vector:
        """The centre of queries written like this one: the registers' means, the nearest weighing most."""
        nearness = unit(self.registers) @ vector / REGISTER_TEMPERATURE
        weights = np.exp(nearness - nearness.max())
        return np.asarray(weights / weights.sum() @ self.registers, np.float32)


def query_centres(embed_queries: Embed) -> Mapping[str, QueryCentre]:
    """The centre of typed queries per language."""
    return {
        language: QueryCentre(np.stack([embed_queries(bank()[name][language]).mean(0) for name in REGISTERS]))
        for language in bank()[REGISTERS[0]]
    }


@dataclass(frozen=True)
class NonsenseAxis:
    """The line from a language's typed queries to letters struck at random, and its middle."""

    direction: Vector
    middle: float

    def of(self, vector: Vector) -> float:
        """How far a query's raw vector lies beyond the middle towards nonsense; about -.1 for typed words."""
        return float(vector @ self.direction) - self.middle


def nonsense_axes(embed_queries: Embed) -> Mapping[str, NonsenseAxis]:
    """One axis per language, from the bank's random letters and its typed queries."""
    axes = {}
    for language, texts in bank()["query"].items():
        sense = embed_queries(texts).mean(0)
        nonsense = embed_queries(bank()["nonsense"][language]).mean(0)
        direction = unit(nonsense - sense)
        axes[language] = NonsenseAxis(direction, float((nonsense + sense) / 2 @ direction))
    return axes


def passage_centres(entries: Iterable[tuple[str, Vector]], embed_passages: Embed) -> Mapping[str, Vector]:
    """The mean of the entries' vectors per language, drawn towards the bank's where there are few.

    ``entries`` are (language, vector) pairs. Every language of the bank gets a centre. Centres are fixed when a
    generation is created: entries that come later do not move them.
    """
    total = {language: embed_passages(texts).mean(0) * PRIOR_ENTRIES for language, texts in bank()["passage"].items()}
    count = dict.fromkeys(total, PRIOR_ENTRIES)
    for language, vector in entries:
        total[language] = total[language] + vector
        count[language] += 1
    return {language: np.asarray(total[language] / count[language], np.float32) for language in total}
