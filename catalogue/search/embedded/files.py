"""What lies in a generation's folder, and what it means when it cannot be read."""

import base64
import contextlib
import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from catalogue.errors import IndexDamaged
from catalogue.search.index import Vector, not_built, unreadable

log = logging.getLogger(__name__)

FORMAT = 1
POINTER = "live.json"
HEADER = "header.json"
LOG = "entries.jsonl"
VECTORS = "vectors.f32"
EXCERPTS = "excerpts.i8"  # read for what is shown, never searched
TERMS = "terms"
COMMIT_ID = "\x00commit"  # no entry's id: those hold no control characters

Stamp = tuple[int, int, int]


def stamp(file: Path) -> Stamp | None:
    """What changes when a file is replaced or written; None where it is missing."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


@dataclass(frozen=True)
class Header:
    """What is fixed when a generation is created."""

    fingerprint: str
    built_at: str
    centres: Mapping[str, Vector]

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return len(next(iter(self.centres.values())))

    def to_json(self) -> str:
        """The content of header.json."""
        centres = {k: base64.b64encode(v.astype("<f4").tobytes()).decode() for k, v in self.centres.items()}
        fixed = {"format": FORMAT, "fingerprint": self.fingerprint, "built_at": self.built_at}
        return json.dumps(fixed | {"centres": centres})

    @classmethod
    def read(cls, folder: Path) -> "Header":
        """The header of a generation; raises ValueError for another format."""
        read = json.loads((folder / HEADER).read_text("utf-8"))
        if read["format"] != FORMAT:
            raise ValueError(f"format {read['format']}, not {FORMAT}")
        centres = {k: np.frombuffer(base64.b64decode(v), "<f4") for k, v in read["centres"].items()}
        return cls(read["fingerprint"], read["built_at"], centres)


@dataclass(frozen=True)
class Commit:
    """What one tantivy commit makes visible of the files beside it."""

    revision: int = 0
    slots: int = 0
    log_bytes: int = 0
    log_crc: int = 0
    vectors_crc: int = 0
    excerpts_bytes: int = 0
    event: str = ""  # absent from the records of earlier versions

    def to_json(self) -> str:
        """The content of the commit record."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, schema: Any, searcher: Any) -> "Commit":
        """The commit record that this searcher sees; an empty one before the first write."""
        import tantivy

        query = tantivy.Query.term_query(schema, "id", COMMIT_ID, index_option="basic")
        hits = searcher.search(query, 2, count=False).hits
        if not hits and searcher.num_docs == 0:
            return cls()
        if len(hits) != 1:
            raise ValueError(f"{len(hits)} commit records")
        return cls(**json.loads(searcher.doc(hits[0][1]).get_first("commit")))


def schema() -> Any:
    """The tantivy schema of a generation; independent of the entries' fields."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("slot", indexed=True, fast=True)
    # Terms come cut and normalised; tantivy's own tokenizer would split Thai at tone marks.
    builder.add_text_field("tokens", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("ngrams", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("filters", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("commit", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def filter_term(name: str, value: str) -> str:
    """How the filter field spells "field ``name`` has ``value``"."""
    return f"{name}={value}"


def live_name(root: Path) -> str:
    """Name of the live generation; raises IndexNotReady or IndexDamaged."""
    try:
        text = (root / POINTER).read_text("utf-8")
    except FileNotFoundError:
        raise not_built() from None
    except (OSError, ValueError) as error:
        raise damaged(POINTER, error) from error
    with damage_named(POINTER):
        name: str = json.loads(text)["name"]
        if Path(name).name != name:
            raise ValueError("not a folder's name")
        return name


def damaged(name: str, cause: object) -> IndexDamaged:
    """The error to raise where this part of the index cannot be read."""
    log.error("index.found_damaged", extra={"index": name, "cause": str(cause)})
    return unreadable()


@contextlib.contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Turns whatever a broken file makes tantivy, numpy or json raise into IndexDamaged."""
    try:
        yield
    except (ValueError, KeyError, TypeError, OSError, IndexError, EOFError) as error:
        raise damaged(name, error) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # Rust gave up: no Exception, and its class cannot be imported
            raise damaged(name, error) from error
        raise
