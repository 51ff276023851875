"""Vectors kept on disk by model and text, so that nothing is embedded twice."""

import hashlib
import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from catalogue.search.embedding import Embedder
from catalogue.search.index import Vector

BATCH = 32  # texts per call of the model: enough to fill it, little to lose when killed

Progress = Callable[[int, int], None]
"""Called with how many texts are embedded and how many there are."""


class VectorCache:
    """An :class:`~catalogue.search.embedding.Embedder` that looks into a file first.

    Deleting the folder loses nothing but time. One append-only file per model, of rows (sha256 of role and text,
    checksum, vector). Rows that a killed process or
    a second writer garbled fail their checksum and are embedded again.
    """

    def __init__(self, folder: Path, embedder: Embedder, progress: Progress | None = None) -> None:
        self._embedder = embedder
        self._progress = progress
        self._row = np.dtype([("key", "S32"), ("crc", "<u4"), ("vector", "<f4", (embedder.dimensions,))])
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / f"{embedder.fingerprint}.vectors"
        self._known = self._read()

    @property
    def fingerprint(self) -> str:
        """The model's."""
        return self._embedder.fingerprint

    @property
    def model_id(self) -> str:
        """The model's."""
        return self._embedder.model_id

    @property
    def dimensions(self) -> int:
        """The model's."""
        return self._embedder.dimensions

    def passages(self, texts: Sequence[str]) -> Vector:
        """One row per text, embedded as passages, from the file where it has them."""
        return self._embed("passage", texts, self._embedder.passages)

    def queries(self, texts: Sequence[str]) -> Vector:
        """One row per text, embedded as queries, from the file where it has them."""
        return self._embed("query", texts, self._embedder.queries)

    def _embed(self, role: str, texts: Sequence[str], embed: Callable[[Sequence[str]], Vector]) -> Vector:
        keys = [hashlib.sha256(f"{role}\0{text}".encode(errors="surrogatepass")).digest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        # Alike lengths together: a batch is padded to its longest text.
        todo = sorted(missing, key=lambda key: len(missing[key]))
        for start in range(0, len(todo), BATCH):
            part = todo[start : start + BATCH]
            self._add(part, embed([missing[key] for key in part]))
            if self._progress and len(todo) > BATCH:  # fewer take no time to tell of
                self._progress(len(texts) - len(todo) + start + len(part), len(texts))
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        return np.stack([self._known[key] for key in keys])

    def _add(self, keys: Sequence[bytes], vectors: Vector) -> None:
        rows = np.zeros(len(keys), self._row)
        for row, key, vector in zip(rows, keys, vectors, strict=True):
            row["key"], row["crc"], row["vector"] = key, _checksum(key, vector), vector
            self._known[key] = np.asarray(vector, np.float32)
        with self._file.open("ab") as out:
            torn = out.tell() % self._row.itemsize
            out.write(b"\0" * (self._row.itemsize - torn if torn else 0) + rows.tobytes())

    def _read(self) -> dict[bytes, Vector]:
        if not self._file.exists():
            return {}
        size = os.path.getsize(self._file) // self._row.itemsize
        rows = np.fromfile(self._file, self._row, size)
        keys = [bytes(key) for key in rows["key"].view("V32")]
        return {
            key: row["vector"]
            for key, row in zip(keys, rows, strict=True)
            if row["crc"] == _checksum(key, row["vector"])
        }


def _checksum(key: bytes, vector: Any) -> int:
    return zlib.crc32(np.ascontiguousarray(vector, "<f4").tobytes(), zlib.crc32(key))
