"""Files that people upload become rows, with the column titles that their organisation explained before."""

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path

from catalogue import privacy
from catalogue.cells import Reader, personal, unusable_id
from catalogue.imports import Row, read, sha256_of
from catalogue.loading import Upload
from catalogue.store.reading import Readings
from catalogue.store.store import Fact, Store
from catalogue.table_rows import TableRows, rows_of
from catalogue.vocabulary import Vocabulary
from catalogue.workbooks.reader import display_name, read_tables

MAPPED = "mapping.remembered"


def read_upload(data: bytes, name: str, vocabulary: Vocabulary, mapping: Mapping[str, str]) -> TableRows:
    """The rows of one uploaded file; raises ``FileRefused``."""
    return rows_of(read_tables(data, name), Reader(vocabulary), mapping)


def read_files(files: Sequence[Path], vocabulary: Vocabulary, mapping: Mapping[str, str]) -> TableRows:
    """The rows of files on this machine; JSON Lines are whole entries, as in the sample catalogue."""
    made = TableRows()
    for file in files:
        if file.suffix == ".jsonl":
            made.rows += map(_cleaned, read(file))
        else:
            found = read_upload(file.read_bytes(), file.name, vocabulary, mapping)
            made.rows += found.rows
            made.unknown += found.unknown
            made.known += found.known
            made.left_out += found.left_out
    return made


def _cleaned(row: Row) -> Row:
    """The row without personal data, and the faults that tell of them."""
    values, removed = privacy.cleaned(row.values)
    faults = [(one.field, unusable_id() if one.field == "external_id" else personal(one.kind)) for one in removed]
    if ("external_id", unusable_id()) in faults:
        del values["external_id"]
    return dataclasses.replace(row, file=display_name(row.file), values=values, faults=tuple(faults))


def upload_of(files: Sequence[Path]) -> Upload:
    """What is remembered of these files."""
    return Upload(", ".join(display_name(file.name) for file in files), sha256_of(files))


def remembered(store: Readings, owner: str) -> dict[str, str]:
    """Which column each title means, as this organisation said last."""
    mapping: dict[str, str | None] = {}
    for event in store.events_of_kind(MAPPED):
        told = event.data()
        if told["owner"] == owner:
            mapping.update(told["mapping"])
    return {header: key for header, key in mapping.items() if key is not None}


def remember(store: Store, owner: str, mapping: Mapping[str, str | None], actor: str, at: datetime.datetime) -> None:
    """Keep what this organisation said of titles, unless it is known; None forgets what it said of one."""
    known = remembered(store, owner)
    new = {header: key for header, key in mapping.items() if known.get(header) != key}
    if new:
        store.apply([Fact(MAPPED, {"owner": owner, "mapping": new})], actor=actor, at=at)
