"""What the indexer holds of the embedded index: creates, fills, promotes and deletes generations."""

import datetime
import errno
import json
import os
import shutil
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from catalogue.errors import IndexDamaged, IndexNotReady
from catalogue.search.analysis import Analyser
from catalogue.search.centres import directed
from catalogue.search.embedded import files
from catalogue.search.embedded.generation import Generation
from catalogue.search.embedded.slots import Kept, delete_record, put_record
from catalogue.search.excerpts import kept
from catalogue.search.index import Document, IndexInfo, Vector, check, vectors_of

# What tantivy may hold before it writes a segment; it takes what it needs. 61,753 articles, filled in at once, come to
# one segment, in which a question's words are found a quarter quicker than in five.
HEAP_BYTES = 512_000_000
# How tantivy tells that it could not write: the disk is full, say. What was committed is whole all the same, and a
# rebuild would want the more of that disk.
NOT_WRITTEN = ("An IO error occurred", "Failed to open file for write", "An error occurred in a thread")


class EmbeddedWriter:
    """Writes the index in ``folder``. A generation that another process writes to is refused (tantivy's lock)."""

    def __init__(
        self,
        folder: Path,
        analyser: Analyser,
        clock: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    ) -> None:
        self._folder = folder
        self._analyser = analyser
        self._clock = clock
        self._open: dict[str, _OpenGeneration] = {}

    def create(self, fingerprint: str, centres: Mapping[str, Vector]) -> str:
        """See :class:`catalogue.search.index.IndexWriter`."""
        import tantivy

        self._folder.mkdir(parents=True, exist_ok=True)
        serial = 1 + max((int(name.rpartition("-")[2]) for name in self._names()), default=0)
        name = f"{fingerprint}-{serial:04d}"
        folder = self._folder / name
        folder.mkdir()
        (folder / files.TERMS).mkdir()
        tantivy.Index(files.schema(), path=str(folder / files.TERMS), reuse=False)
        for empty in (files.LOG, files.VECTORS, files.EXCERPTS):
            (folder / empty).touch()
        header = files.Header(fingerprint, self._clock().isoformat(timespec="seconds"), centres)
        _replace(folder / files.HEADER, header.to_json())
        return name

    def write(
        self, name: str, documents: Sequence[Document], deleted: Collection[str], revision: int, event: str = ""
    ) -> None:
        """See :class:`catalogue.search.index.IndexWriter`."""
        with self._opened(name) as generation:
            generation.add(documents, deleted)
            generation.commit(revision, event)

    def fill(self, name: str, pages: Iterable[Sequence[Document]], revision: int, event: str = "") -> None:
        """See :class:`catalogue.search.index.IndexWriter`."""
        with self._opened(name) as generation:
            for page in pages:
                generation.add(page, ())
            generation.commit(revision, event)

    @contextmanager
    def _opened(self, name: str) -> "Iterator[_OpenGeneration]":
        if name not in self._open:
            self._open[name] = _OpenGeneration(self._folder / name, self._analyser)
        try:
            yield self._open[name]
        except BaseException:
            self._open.pop(name).close()  # the next write starts from what was committed
            raise

    def promote(self, name: str) -> None:
        """See :class:`catalogue.search.index.IndexWriter`."""
        Generation(self._folder / name)  # never point readers at what cannot be read
        _replace(self._folder / files.POINTER, json.dumps({"name": name}))

    def generations(self) -> Sequence[IndexInfo]:
        """See :class:`catalogue.search.index.IndexWriter`."""
        found = []
        for name in self._names():
            try:
                found.append(Generation(self._folder / name).info)
            except IndexDamaged:
                continue  # half made by a killed rebuild, or broken: prune removes it
        return found

    def prune(self, keep: Collection[str] = ()) -> Sequence[str]:
        """See :class:`catalogue.search.index.IndexWriter`."""
        try:
            kept = {files.live_name(self._folder), *keep}
        except IndexNotReady:
            kept = set(keep)
        gone = [name for name in self._names() if name not in kept]
        for name in gone:
            if name in self._open:
                self._open.pop(name).close()
            # The header first: a half deleted generation is unreadable, never wrong. On Windows files that a
            # reader still maps stay; the next prune takes them.
            (self._folder / name / files.HEADER).unlink(missing_ok=True)
            shutil.rmtree(self._folder / name, ignore_errors=True)
        return gone

    def close(self) -> None:
        """See :class:`catalogue.search.index.IndexWriter`."""
        for generation in self._open.values():
            generation.close()
        self._open.clear()

    def _names(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        folders = (p.name for p in self._folder.iterdir() if p.is_dir())
        numbered = [name for name in folders if name.rpartition("-")[2].isdecimal()]
        return sorted(numbered, key=lambda name: int(name.rpartition("-")[2]))


class _OpenGeneration:
    """A generation with its tantivy writer: the lock is held from the first write until close."""

    def __init__(self, folder: Path, analyser: Analyser) -> None:
        import tantivy

        self._folder = folder
        self._analyser = analyser
        with _writing(folder):
            self._header = files.Header.read(folder)
            index = tantivy.Index.open(str(folder / files.TERMS))
            self._schema = index.schema
            self._tantivy = index.writer(HEAP_BYTES, 1)
            # A process killed within a commit leaves files that tantivy would refuse to write again, for ever.
            self._tantivy.garbage_collect_files()
            index.reload()
            self._written = files.Commit.read(self._schema, index.searcher())

    def add(self, documents: Sequence[Document], deleted: Collection[str]) -> None:
        """Write what nobody reads before :meth:`commit`."""
        latest = {document.id: document for document in documents}  # the last of several versions counts
        for document in documents:
            check(document, self._header.centres)
        gone = [entry_id for entry_id in dict.fromkeys(deleted) if entry_id not in latest]
        vectors = _rows(list(latest.values()), self._header.centres)
        written, excerpts, puts = self._written, bytearray(), []
        for slot, document in enumerate(latest.values(), written.slots):
            found = kept(document, self._header.centres)
            at = written.excerpts_bytes + len(excerpts)
            puts.append(put_record(slot, document, Kept.of(at, found) if found else None))
            excerpts += b"".join(found.values())
        lines = b"".join([*puts, *map(delete_record, gone)])
        _write_at(self._folder / files.LOG, written.log_bytes, lines)
        _write_at(self._folder / files.VECTORS, written.slots * self._header.dimension * 4, vectors)
        if excerpts:
            _write_at(self._folder / files.EXCERPTS, written.excerpts_bytes, excerpts)
        with _writing(self._folder):
            for entry_id in [*gone, *latest]:
                self._tantivy.delete_documents_by_term("id", entry_id)
            for slot, document in enumerate(latest.values(), written.slots):
                self._tantivy.add_document(self._terms(slot, document))
        self._written = replace(
            written,
            slots=written.slots + len(latest),
            log_bytes=written.log_bytes + len(lines),
            log_crc=zlib.crc32(lines, written.log_crc),
            vectors_crc=zlib.crc32(vectors, written.vectors_crc),
            excerpts_bytes=written.excerpts_bytes + len(excerpts),
        )

    def commit(self, revision: int, event: str) -> None:
        """Make all that was added, and the revision it reflects, what readers see, in one step."""
        self._written = replace(self._written, revision=revision, event=event)
        with _writing(self._folder):
            self._tantivy.delete_documents_by_term("id", files.COMMIT_ID)
            self._tantivy.add_document(_record(self._written))
            self._tantivy.commit()

    def _terms(self, slot: int, document: Document) -> Any:
        import tantivy

        analysed = self._analyser.analyse(f"{document.title}\n{document.text}")
        row = tantivy.Document()
        row.add_text("id", document.id)
        row.add_unsigned("slot", slot)
        row.add_text("tokens", " ".join(analysed.tokens))
        row.add_text("ngrams", " ".join(dict.fromkeys(analysed.ngrams)))
        for name, values in document.filters.items():
            for value in dict.fromkeys(values):
                row.add_text("filters", files.filter_term(name, value))
        return row

    def close(self) -> None:
        """Drop what was not committed, and the lock."""
        # wait_merging_threads consumes the writer, which is what lets go of the lock now instead of at collection
        with _writing(self._folder):
            self._tantivy.rollback()
            self._tantivy.wait_merging_threads()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Raises IndexDamaged where what was written before cannot be read, OSError where nothing can be written now."""
    with files.damage_named(folder.name):
        try:
            yield
            return
        except ValueError as error:
            if not str(error).startswith(NOT_WRITTEN):
                raise
            failed = error
    raise OSError(errno.EIO, str(failed), str(folder)) from failed


def _record(commit: files.Commit) -> Any:
    import tantivy

    row = tantivy.Document()
    row.add_text("id", files.COMMIT_ID)
    row.add_text("commit", commit.to_json())
    return row


def _rows(documents: Sequence[Document], centres: Mapping[str, Vector]) -> bytes:
    if not documents:
        return b""
    rows = np.stack([directed(vectors_of(d), centres) for d in documents])
    return rows.astype("<f4").tobytes()


def _write_at(file: Path, offset: int, data: bytes | bytearray) -> None:
    with file.open("r+b") as out:
        out.seek(offset)
        out.write(data)
        _force(out)


def _replace(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    with new.open("wb") as out:
        out.write(text.encode())
        _force(out)
    os.replace(new, file)


def _force(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())
