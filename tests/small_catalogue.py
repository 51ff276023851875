"""A catalogue of a few entries, and an embedder that needs no model: for tests of the indexer, and for the program
that test_kill.py kills."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalogue.curation import Status
from catalogue.entries import body_of, content_hash, parse, public_id
from catalogue.search.analysis import Analyser
from catalogue.search.embedded import EmbeddedReader, EmbeddedWriter
from catalogue.search.fingerprint import fingerprint
from catalogue.search.vectors import VectorCache
from catalogue.store import CREATED, STATUS_CHANGED, UPDATED, Change, Store
from indexer.parts import Parts
from indexer.verify import Drift, drift

PROBLEMS = ("น้ำประปาไม่ไหลทุกหน้าแล้ง", "ขยะล้นเกาะไม่มีคนเก็บ", "ชายหาดถูกกัดเซาะทุกปี", "รถเมล์มาไม่ตรงเวลา", "ฝุ่นควันปกคลุมเมือง")

WITHIN_S = 300.0  # generous: what is waited for takes a fraction of a second on an idle machine


class HashedEmbedder:
    """The embedder's port without a model: equal texts have equal vectors, other texts other ones."""

    dimensions = 16

    def __init__(self, version: str = "1") -> None:
        self.model_id = f"hashed-{version}"
        self.fingerprint = hashlib.sha256(self.model_id.encode()).hexdigest()

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._rows([f"query {text}" for text in texts])

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._rows([f"passage {text}" for text in texts])

    def _rows(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.empty((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            seed = int.from_bytes(hashlib.sha256(f"{self.model_id} {text}".encode()).digest()[:8], "big")
            row[:] = np.random.default_rng(seed).normal(size=self.dimensions)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def open_parts(state: Path, analyser: Analyser, version: str = "1", url: str = "") -> Parts:
    """The indexer's parts over a state folder; only the embedder is not the product's."""
    return Parts(
        store=Store.open(url or f"sqlite:///{state / 'catalogue.db'}"),
        reader=EmbeddedReader(state / "index"),
        writer=EmbeddedWriter(state / "index", analyser),
        embedder=VectorCache(state / "vectors", HashedEmbedder(version)),
        analyser=analyser,
    )


@contextmanager
def small_catalogue(state: Path, analyser: Analyser, entries: int, url: str = "") -> Iterator[Parts]:
    """Those parts, with this many entries in the store."""
    made = open_parts(state, analyser, url=url)
    try:
        made.store.apply([create(number) for number in range(1, entries + 1)], "test")
        yield made
    finally:
        made.writer.close()
        made.store.close()


@contextmanager
def going_back(store: Store, folder: Path, instead: Sequence[Change]) -> Iterator[None]:
    """What is written within is lost in the end: a backup from before is restored, and this is written instead."""
    with closing(Store.open(f"sqlite:///{folder / 'backup.db'}")) as backup:
        with store.snapshot() as moment:
            backup.load(moment, False, lambda *_: None)
        yield
        backup.apply(instead, "test")
        with backup.snapshot() as moment:
            store.load(moment, True, lambda *_: None)


def drift_of(parts: Parts) -> Drift:
    """How the live index differs from the store."""
    return drift(parts.store, parts.reader.open(), fingerprint(parts.embedder))


def wait_for(condition: Callable[[], bool], within_s: float = WITHIN_S) -> float:
    """Wait until it is so; the seconds that took. What takes long is asked for less often: others want the cores."""
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < within_s, "it did not happen"
        time.sleep(min(0.25, max(0.005, waited / 20)))
    return time.monotonic() - began


def pain_id(number: int) -> str:
    return public_id("pain_point", 2569, number)


def create(number: int, words: str = "", status: Status = Status.PUBLISHED, **facts: object) -> Change:
    """A pain point: every third one is English."""
    return _change(CREATED, number, words, status, facts)


def edit(number: int, words: str, **facts: object) -> Change:
    return _change(UPDATED, number, words, None, facts)


def move(number: int, status: Status) -> Change:
    return Change(STATUS_CHANGED, pain_id(number), status=status)


def _change(kind: str, number: int, words: str, status: Status | None, facts: Mapping[str, object]) -> Change:
    problem = f"{PROBLEMS[number % len(PROBLEMS)]} {number} {words}".strip()
    language = "en" if number % 3 == 0 else "th"
    text = {language: problem if language == "th" else f"problem {number} of the village {words}".strip()}
    told = {"id": pain_id(number), "kind": "pain_point", "language": language, "title": text, "statement": text}
    entry = parse(told | facts)
    return Change(kind, entry.id, body_of(entry), status, content_hash(entry))
