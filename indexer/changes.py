"""Stored entries to documents, and the store's events to writes of an index."""

import logging
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from catalogue.entries import Entry, parse
from catalogue.errors import IndexDamaged
from catalogue.search.document import SEARCHED_KINDS, read, to_document
from catalogue.search.embedding import Embedder
from catalogue.search.index import Document
from catalogue.store import Store, Stored
from catalogue.store.reading import Readings
from indexer.parts import Parts

log = logging.getLogger(__name__)

ENTRIES_PER_WRITE = 500  # a write forces the disk; entries are in memory meanwhile (about 10 KB each)
EVENTS_PER_READ = 1000


def indexed(stored: Stored) -> bool:
    """Does the index hold this entry?"""
    return stored.public and stored.kind in SEARCHED_KINDS


def pages(store: Store) -> Iterator[list[Stored]]:
    """All entries that the index holds, some hundred at a time; what changes meanwhile may be old or new."""
    for kind in SEARCHED_KINDS:
        last = ""
        while page := store.entries(last, ENTRIES_PER_WRITE, kind=kind):
            yield page
            last = page[-1].id


def readable(stored: Sequence[Stored]) -> Iterator[tuple[Stored, Entry]]:
    """The entries whose body this version can read. One that it cannot must not keep the others out."""
    for one in stored:
        try:
            yield one, parse(one.body)
        except ValidationError as error:  # its text may quote the entry: only the number of errors is told
            log.error("entry.found_unreadable", extra={"entry": one.id, "errors": error.error_count()})


def documents(stored: Sequence[Stored], embedder: Embedder) -> list[Document]:
    """The documents of these entries; unreadable ones are left out."""
    pairs = list(readable(stored))
    made = read([entry for _, entry in pairs], embedder.passages)
    return [
        to_document(entry, one.status.value, one.revision, by_language)
        for (one, entry), by_language in zip(pairs, made, strict=True)
    ]


def of_this_history(store: Readings, revision: int, event: str) -> bool:
    """Did the store's history, up to this revision, end with the event with this hash? True where an earlier version
    noted no event.
    """
    return not event or store.has(revision, event)


def apply_changes(parts: Parts, name: str, revision: int, event: str) -> int:
    """Write to a generation what happened after ``revision``, whose event has this hash; returns the revision that it
    now reflects. Raises IndexDamaged where the store has another history.

    Entries are written as they are now, which may be newer than the event that named them: later events then write
    the same again. So a killed run is repeated from the revision that the index notes, and nothing is lost.
    """
    while True:
        with parts.store.moment() as store:  # the store may be replaced between two questions
            if not of_this_history(store, revision, event):
                raise _of_another_history()
            if not (events := store.changes_since(revision, EVENTS_PER_READ)):
                break
            reached, its_event = events[-1][0], store.hash_of(events[-1][0]) or ""
        ids = list(dict.fromkeys(entry_id for _, entry_id in events if entry_id is not None))
        gone: set[str] = set()
        for start in range(0, len(ids) or 1, ENTRIES_PER_WRITE):
            changed = parts.store.get_many(ids[start : start + ENTRIES_PER_WRITE])
            made = documents([one for one in changed.values() if indexed(one)], parts.embedder)
            searched = {one.id for one in changed.values() if one.kind in SEARCHED_KINDS}
            last = start + ENTRIES_PER_WRITE >= len(ids)
            gone |= searched - {document.id for document in made}
            # The revision moves with the last part: a run that is killed before it repeats the others. So do the
            # deletions, which carry it: an engine with versions takes none that is older than what it holds.
            noted = (reached, its_event) if last else (revision, event)
            parts.writer.write(name, made, gone if last else (), *noted)
        revision, event = reached, its_event
        if len(events) < EVENTS_PER_READ:
            break  # in step with the moment of reading; a busy store would keep us here for ever
    return revision


def _of_another_history() -> IndexDamaged:
    return IndexDamaged(
        "The search index was made from another history of the catalogue: a backup was restored meanwhile. The "
        "indexer builds it anew; so does: hackgo-index rebuild",
        "ดัชนีค้นหาสร้างจากประวัติของคลังอีกชุดหนึ่ง เพราะมีการกู้คืนข้อมูลสำรองระหว่างนั้น โปรแกรมทำดัชนีจะสร้างใหม่เอง "
        "หรือสั่ง hackgo-index rebuild",
    )


def changed_since(store: Store, revision: int) -> set[str]:
    """Ids of the entries that were changed after ``revision``."""
    found: set[str] = set()
    while events := store.changes_since(revision, EVENTS_PER_READ):
        found.update(entry_id for _, entry_id in events if entry_id is not None)
        if len(events) < EVENTS_PER_READ:
            break  # as above
        revision = events[-1][0]
    return found
