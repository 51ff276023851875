"""A new index from nothing but the store, built beside the live one, which answers until the last moment.

    note the store's revision → embed → create → fill → write what changed meanwhile → verify → promote → prune

Killed anywhere before the promotion, the live index is as it was and the half-made one is deleted by the next run.
"""

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping, Sequence

from catalogue.errors import IndexDamaged, IndexNotReady, IndexUnavailable
from catalogue.search.centres import directed, passage_centres
from catalogue.search.document import SEARCHED_KINDS, read
from catalogue.search.fingerprint import fingerprint
from catalogue.search.index import AnalysedQuery, Document, IndexInfo, LiveIndex, Meaning, Vector, vectors_of
from catalogue.search.query import MOST_NGRAMS, MOST_TOKENS
from catalogue.search.retrieve import DEPTH
from catalogue.search.vectors import BATCH
from indexer.changes import apply_changes, documents, pages, readable
from indexer.parts import Parts, Report, silent
from indexer.verify import settled_drift

log = logging.getLogger(__name__)

# A cluster that answers may have lost every copy of a shard: then the index is unavailable for good. Where all of the
# cluster is away, creating a new one fails.
BROKEN = (IndexDamaged, IndexUnavailable)
ALIKE = 0.999  # cosine of an entry with itself is 1; its copies may push it out of the candidates


def rebuild(parts: Parts, report: Report = silent) -> IndexInfo:
    """Build and promote a new generation; returns what it is. Heals an index that is damaged, or whose shards are lost,
    by replacing it.

    Raises IndexDamaged, and leaves the live index alone, where the new one differs from the store.
    """
    started = time.monotonic()
    tidy(parts)
    try:
        previous = [parts.reader.live().name]
    except (IndexNotReady, *BROKEN):
        previous = []  # nothing worth keeping
    try:
        name = _fill(parts, report)
        parts.writer.promote(name)
        # Requests that began on the previous generation end on it; it goes with the next rebuild.
        parts.writer.prune(keep=previous)
    finally:
        parts.writer.close()
    info = parts.reader.open(name).info
    seconds = round(time.monotonic() - started, 1)
    log.info("index.rebuilt", extra={"index": name, "documents": info.documents, "seconds": seconds})
    return info


def tidy(parts: Parts) -> None:
    """Delete what killed rebuilds left; keep the live generation and the one before it."""
    try:
        live = parts.reader.live()
    except IndexNotReady:
        parts.writer.prune()
        return
    except BROKEN:
        with contextlib.suppress(*BROKEN):  # where not even its name can be told, it is after the next promotion
            parts.writer.prune()
        return
    names = [generation.name for generation in parts.writer.generations()]
    before = names[: names.index(live.name)] if live.name in names else []
    parts.writer.prune(keep=before[-1:])


def _fill(parts: Parts, report: Report) -> str:
    revision, event = parts.store.head()  # before any entry is read: what changes from here on is written again
    counts = parts.store.entry_counts()
    total = sum(counts.get(kind, 0) for kind in SEARCHED_KINDS)
    centres = passage_centres(_embedded(parts, report, total), parts.embedder.passages)
    name = parts.writer.create(fingerprint(parts.embedder), centres)
    samples: dict[tuple[str, str], Document] = {}

    def made() -> Iterator[Sequence[Document]]:
        done = 0
        for page in pages(parts.store):
            found = documents(page, parts.embedder)
            yield found
            samples.update({(document.kind, document.language): document for document in found})
            done += len(page)
            report("indexing", min(done, total), total)
        report("settling", 0, 1)  # what the engine does with all of it takes some minutes for a large catalogue

    parts.writer.fill(name, made(), revision, event)
    report("settling", 1, 1)
    apply_changes(parts, name, revision, event)
    _prove(parts, name, samples, centres)
    return name


def _embedded(parts: Parts, report: Report, total: int) -> Iterator[tuple[str, Vector]]:
    """(language, vector) of every entry's passages. Embeds in small steps, so that the progress moves."""
    done = 0
    for page in pages(parts.store):
        for start in range(0, len(page), BATCH):
            entries = [entry for _, entry in readable(page[start : start + BATCH])]
            for made in read(entries, parts.embedder.passages):
                yield from ((language, vector) for language, (vector, _) in made.items())
            done += len(page[start : start + BATCH])
            report("embedding", min(done, total), total)


def _prove(
    parts: Parts,
    name: str,
    samples: Mapping[tuple[str, str], Document],
    centres: Mapping[str, Vector],
) -> None:
    """Raise IndexDamaged unless the generation, read afresh, equals the store and finds its entries."""
    index = parts.reader.open(name)
    found = settled_drift(parts.store, index, fingerprint(parts.embedder))
    lost = [d.id for d in samples.values() if not _is_found(parts, index, d, centres)]
    if found or lost:
        log.error("index.refused", extra={"index": name, "drift": found.lines()[0], "not_found": lost})
        told = f"{found.lines()[0]}, {len(lost)} not found"
        raise IndexDamaged(
            f"The new index was not put into use, because it differs from the catalogue: {told}. "
            "The old one goes on answering. Run `hackgo-index rebuild` again; if this returns, report it.",
            f"ยังไม่ได้เปลี่ยนไปใช้ดัชนีใหม่ เพราะไม่ตรงกับคลัง: {told} ดัชนีเดิมยังใช้งานต่อ "
            "โปรดสั่ง `hackgo-index rebuild` อีกครั้ง หากยังเกิดซ้ำโปรดแจ้งผู้พัฒนา",
        )


def _is_found(parts: Parts, index: LiveIndex, document: Document, centres: Mapping[str, Vector]) -> bool:
    """Does asking for the entry's own title and place bring it, or one just like it?"""
    if index.revisions().get(document.id) != document.revision:
        return True  # changed since; the drift has been checked
    meaning = Meaning(directed(vectors_of(document), centres))
    query = AnalysedQuery(
        text=document.title,
        language=document.language,
        tokens=tuple(dict.fromkeys(parts.analyser.tokens(document.title)))[:MOST_TOKENS],
        ngrams=tuple(dict.fromkeys(parts.analyser.ngrams(document.title)))[:MOST_NGRAMS],
        meaning=lambda: meaning,
    )
    found = index.candidates(query, {}, DEPTH)
    return document.id in found.ids or bool((found.cosine > ALIKE).any())
