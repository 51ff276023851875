"""The engines that the contract suite runs on, and documents and queries for it, made without a model."""

import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from catalogue.search.analysis import Analyser
from catalogue.search.centres import centred, unit
from catalogue.search.embedded import EmbeddedReader, EmbeddedWriter
from catalogue.search.index import (
    AnalysedQuery,
    Candidates,
    Document,
    IndexReader,
    IndexWriter,
    Meaning,
    Vector,
)
from catalogue.search.opensearch import Access, Cluster, OpenSearchReader, OpenSearchWriter
from catalogue.search.opensearch.mapping import STATE_ID

ANALYSER = Analyser()
DIMENSION = 16
CENTRES = {"th": np.full(DIMENSION, 0.05, np.float32), "en": np.full(DIMENSION, -0.05, np.float32)}


class Engine(Protocol):
    """What the suite needs of an engine beyond its port."""

    def reader(self) -> IndexReader: ...
    def writer(self) -> IndexWriter: ...
    def damage(self, name: str) -> None: ...


class Embedded:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "index"

    def reader(self) -> IndexReader:
        return EmbeddedReader(self.folder)

    def writer(self) -> IndexWriter:
        return EmbeddedWriter(self.folder, ANALYSER)

    def damage(self, name: str) -> None:
        (self.folder / name / "entries.jsonl").write_bytes(b"not what was written")


class OnCluster:
    """On a real OpenSearch; each instance has names of its own there."""

    def __init__(self, url: str) -> None:
        self.cluster = Cluster(Access([url]), timeouts_s=[30])  # a busy test machine is no failing cluster
        self.alias = f"test-{uuid.uuid4().hex[:12]}"

    def reader(self) -> IndexReader:
        return OpenSearchReader(self.cluster, self.alias, exact=True, fresh_s=0)

    def writer(self) -> OpenSearchWriter:
        return OpenSearchWriter(self.cluster, self.alias, ANALYSER)

    def damage(self, name: str) -> None:
        index = f"{self.alias}-{name}"
        self.cluster.patient.delete(index=index, id=STATE_ID, params={"refresh": "true"})


ENGINES = ("embedded", "opensearch")


def vector(text: str) -> Vector:
    """The same for the same text, of length 1."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return unit(np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32))


def entry(
    entry_id: str, text: str, language: str = "th", revision: int = 1, date: str = "", **filters: str
) -> Document:
    """A document; a filter's value may hold several, separated by spaces."""
    values = {name: tuple(value.split()) for name, value in filters.items()}
    return Document(
        id=entry_id,
        revision=revision,
        kind="pain_point",
        language=language,
        title=text,
        text="",
        filters={"language": (language,)} | values,
        sort_date=date,
        vector=vector(text),
    )


def asked(text: str, like: str | None = None, language: str = "th") -> AnalysedQuery:
    """A query of these terms, whose vector is that of the entry with text ``like``."""
    terms = ANALYSER.analyse(text)
    return AnalysedQuery(
        text=text,
        language=language,
        tokens=tuple(dict.fromkeys(terms.tokens)),
        ngrams=tuple(dict.fromkeys(terms.ngrams)),
        meaning=lambda: Meaning(centred(vector(like or text), CENTRES[language])),
    )


def fill(writer: IndexWriter, documents: Sequence[Document], revision: int = 1) -> str:
    """A live generation that holds these documents."""
    name = writer.create("f1", CENTRES)
    writer.write(name, documents, (), revision)
    writer.promote(name)
    return name


def covering(found: Candidates, minimum: float = 0.5) -> set[str]:
    return {i for i, share in zip(found.ids, found.token_coverage, strict=True) if share >= minimum}


def wanted(**filters: str) -> dict[str, frozenset[str]]:
    return {name: frozenset(value.split()) for name, value in filters.items()}


FLOOD = entry("PP-1", "น้ำท่วมบ้านทุกปี", kind="pain_point", theme="water disaster", year="2024", date="2024-05-01")
SMOKE = entry("PP-2", "ฝุ่นควันในเมือง", kind="pain_point", theme="air", year="2023", date="2023-01-09")
TAPS = entry("PP-3", "Village taps run dry", "en", kind="pain_point", theme="water", year="2024", date="2024-05-01")
ALARM = entry("PR-1", "Flood alarm with sensors", "en", kind="proposal", theme="water", year="2025")
FOUR = [FLOOD, SMOKE, TAPS, ALARM]
