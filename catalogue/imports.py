"""Rows of files, and the plan of what they would do: create, update, leave alone or reject, and why.

The sample catalogue takes this path, and so do people's files. Pure, but for reading files, which stands at the end.
planning.py makes the plan, loading.py writes it.
Tested by tests/test_imports.py.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from catalogue.cells import CellFault, Suggestion
from catalogue.curation import Status
from catalogue.duplicates import Evidence
from catalogue.entries import KINDS, LANGUAGES, Entry, body_of, content_hash, parse_draft
from catalogue.errors import FileRefused
from catalogue.headers import meanings
from catalogue.privacy import redacted

State = Literal["planning", "comparing", "writing"]
Progress = Callable[[State, int, int], None]
"""Told what an import is at, with how many rows it is through, and how many there are."""


CONTENT = "content:"  # before an id that is made of a row's content
LONGEST_SHOWN = 80  # characters of a cell's value in a message: enough to know it again


def silent(state: State, done: int, total: int) -> None:
    """For whom nobody waits who wants to know."""


@dataclass(frozen=True)
class Place:
    """Where a value stands in a spreadsheet: its column's title and its cell, ``C7``; and the value as it is there."""

    column: str
    cell: str
    value: Any = None

    @property
    def shown(self) -> str | None:
        """The value for a message: not too long, no personal data; None for an empty cell."""
        text = "" if self.value is None else redacted(str(self.value)).strip()
        return (text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…") or None


@dataclass(frozen=True)
class Row:
    """One row as the file has it, and where it stands (numbers as the reader of the file counts, from 1).

    Rows of a spreadsheet have ``places``; what they do not name stays as it is in the catalogue. Other rows say all.
    """

    file: str
    number: int
    values: Mapping[str, Any]
    sheet: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict)  # by column key, "title.th"
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # ids, sender's ids or titles by field
    faults: tuple[tuple[str, CellFault], ...] = ()  # what reading the cells found, by column key
    called: str = ""  # its running number, by which other rows of the file may refer to it; no id: every file has a 1

    @property
    def place(self) -> dict[str, Any]:
        """Where the row stands, for provenance: no personal data."""
        return {"file": self.file, "row": self.number} | ({"sheet": redacted(self.sheet)} if self.sheet else {})

    @property
    def kind(self) -> str:
        """The kind of entry that the row says it is."""
        return str(self.values.get("kind"))

    def where(self, key: str) -> Place | None:
        """The place of a column; of a text in two languages, the first that the file has."""
        found = self.places.get(key)
        return found or next((place for k, place in self.places.items() if k.partition(".")[0] == key), None)


@dataclass(frozen=True)
class RowProblem:
    """One fault of one row, in both languages. An ``error`` rejects the row, a ``warning`` only tells."""

    row: Row
    column: str
    code: str
    message_th: str
    message_en: str
    suggestion: Suggestion = ""
    severity: str = "error"

    def as_dict(self) -> dict[str, Any]:
        """The fault as JSON values; ``field`` is the catalogue's name of the column that the file calls ``column``.

        A column that the file lacks goes by what people call the field.
        """
        where = self.row.where(self.column)
        called = meanings(self.row.kind).get(self.column)
        column = (called.th, called.en) if called and where is None else (where.column if where else self.column,) * 2
        th, en = (self.suggestion,) * 2 if isinstance(self.suggestion, str) else self.suggestion
        return {
            "file": self.row.file,
            "sheet": self.row.sheet,
            "row": self.row.number,
            "cell": where.cell if where else None,
            "column": " / ".join(dict.fromkeys(column)),
            "column_th": column[0],
            "column_en": column[1],
            "field": self.column,
            "value": where.shown if where else None,
            "code": self.code,
            "message_th": self.message_th,
            "message_en": self.message_en,
            "suggestion": " / ".join(dict.fromkeys((th, en))),
            "suggestion_th": th,
            "suggestion_en": en,
            "severity": self.severity,
        }


@dataclass(frozen=True)
class Known:
    """What the store already has under an id."""

    id: str
    content_hash: str
    body: Mapping[str, Any] = field(default_factory=dict)
    status: Status | None = None
    undone: bool = False  # withdrawn by undoing its batch: the same row brings it back
    owner: str = ""
    part_of: str = ""  # what it was merged into
    noted: Mapping[str, str] = field(default_factory=dict)  # what its row meant when it was imported last: `meaning`

    @cached_property
    def said(self) -> dict[str, Any]:
        """The body as this version reads it: with the fields that came after it was written, empty."""
        return body_of(parse_draft(dict(self.body))) if self.body else {}

    @cached_property
    def claims(self) -> dict[str, dict[str, Any]]:
        """What a proposal claims of each pain point, by its id, as ``entries.Link``."""
        return {claim["pain_point"]: claim for claim in self.body.get("pain_points") or ()}

    def claims_already(self, claim: Mapping[str, Any]) -> bool:
        """Would this claim change nothing?"""
        held = self.claims.get(claim["pain_point"], {})
        return (held.get("role"), _words(held)) == (claim["role"], _words(claim))

    def says(self, entry: Entry) -> bool:
        """Does it say the same as this entry?"""
        return self.content_hash == content_hash(entry) or self.said == body_of(entry)

    def heard(self, meaning: Mapping[str, str]) -> bool:
        """Did its row mean this when it was imported last? What was corrected since stays so."""
        return bool(meaning) and self.noted == meaning and not self.undone


def _words(claim: Mapping[str, Any]) -> dict[str, Any]:
    return {name: words for name, words in (claim.get("reason") or {}).items() if name in LANGUAGES}


@dataclass(frozen=True)
class Alike:
    """An entry that a new one probably repeats. Scores compare within one catalogue alone; 1 and more: it is told."""

    id: str
    title: Mapping[str, str]  # by language
    score: float
    why: Evidence | None = None  # None: the titles are the same, and nothing else was compared or speaks for it

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {name: getattr(self, name) for name in ("id", "title", "score")} | {
            "why": self.why.as_dict() if self.why else None
        }

    def named(self, language: str) -> str:
        """Its id and its title, in this language where it has it."""
        return f"{self.id} “{self.title.get(language) or next(iter(self.title.values()), '')}”"


@dataclass(frozen=True)
class Planned:
    """An entry that a row would write."""

    row: Row
    entry: Entry
    existing: Known | None = None
    near: tuple[Alike, ...] = ()  # of which it is probably a duplicate, best first
    meaning: Mapping[str, str] = field(default_factory=dict)  # of its row

    def changes(self) -> list[dict[str, Any]]:
        """Field by field what an update would change."""
        old, new = (self.existing.said if self.existing else {}), body_of(self.entry)
        names = dict.fromkeys((*old, *new))
        return [
            {"field": name, "old": old.get(name), "new": new.get(name)}
            for name in names
            if old.get(name) != new.get(name)
        ]


@dataclass
class Plan:
    """What an import would do; applying it writes exactly this."""

    create: list[Planned] = field(default_factory=list)
    update: list[Planned] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    batch: str | None = None  # under which it was written and can be undone
    compared_by: Literal["meaning", "titles"] | None = None  # how duplicates were looked for; None: nothing was new

    @property
    def rejected(self) -> int:
        """Number of rows with at least one error."""
        return len({(p.row.file, p.row.sheet, p.row.number) for p in self.problems if p.severity == "error"})

    def counts(self) -> dict[str, int]:
        """How many rows would be created, updated, left alone, rejected."""
        return {
            "create": len(self.create),
            "update": len(self.update),
            "unchanged": len(self.unchanged),
            "rejected": self.rejected,
        }

    def report(self) -> dict[str, Any]:
        """Counts, problems, what updates would change and probable duplicates, as JSON values."""
        return self.counts() | {
            "problems": [problem.as_dict() for problem in self.problems],
            "changes": [p.row.place | {"id": p.entry.id, "fields": p.changes()} for p in self.update],
            "duplicates": [p.row.place | {"near": [one.as_dict() for one in p.near]} for p in self.create if p.near],
            "compared_by": self.compared_by,
            "batch": self.batch,
        }


Key = str | tuple[str, str]
"""A public id, or a kind and the sender's id."""


def content_id(said: Any) -> str:
    """The sender's id of a row that brings none: a hash of what it says, so it is known when it returns."""
    return f"{CONTENT}{digest(said, 24)}"


def meaning(row: Row, referred: Mapping[str, Sequence[str | None]]) -> dict[str, str]:
    """What each column of a table's row means, as digests by its key; of a text in either language, by language too.

    ``referred``: the ids to which the columns lead that refer to other entries.
    """
    found: dict[str, Any] = {}
    for key in row.places:
        base, _, language = key.partition(".")
        value = row.values.get(base)
        found[key] = (value or {}).get(language) if language else value
        if isinstance(value, dict) and not language:
            found |= {f"{key}.{name}": words for name, words in value.items()}
    return {key: digest(value) for key, value in (found | dict(referred)).items()}


def digest(value: Any, digits: int = 16) -> str:
    """A hash of a JSON value, hexadecimal; as short as it is, it shows whether the value changed."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def identified(row: Row) -> Row:
    """The row with an id of its own, from its content where it brings none; rows of tables have theirs (table_rows)."""
    values = row.values
    if values.get("id") or values.get("external_id") or row.kind not in KINDS:
        return row
    return dataclasses.replace(row, values={**values, "external_id": content_id([dict(values), dict(row.references)])})


def key_of(row: Row) -> Key | None:
    """Under which the store may know the row's entry; None for rows that are no entries."""
    if row.values.get("id"):
        return str(row.values["id"])
    external_id = row.values.get("external_id")
    return (row.kind, external_id) if isinstance(external_id, str) else None


def read(path: Path) -> list[Row]:
    """Rows of a JSON Lines file; a line that is not an object becomes a row that the plan rejects.

    Raises ``FileRefused`` for a file that is not UTF-8.
    """
    rows, data = [], path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line_number = data.count(b"\n", 0, error.start) + 1
        raise FileRefused(
            f"{path.name}, line {line_number}: the letters are not UTF-8, in which JSON Lines are written. Save it so.",
            f"{path.name} บรรทัดที่ {line_number}: ตัวอักษรไม่ใช่ UTF-8 ซึ่ง JSON Lines ต้องใช้ โปรดบันทึกใหม่เป็น UTF-8",
            code="unknown-encoding",
        ) from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                values = json.loads(line)
            except (ValueError, RecursionError):
                values = None
            rows.append(Row(path.name, number, values if isinstance(values, dict) else {}))
    return rows


def sha256_of(paths: Sequence[Path]) -> str:
    """SHA-256 of one file's content; of several, that of their digests, one after the other."""
    digests = [hashlib.sha256(path.read_bytes()) for path in paths]
    return (digests[0] if len(digests) == 1 else hashlib.sha256(b"".join(d.digest() for d in digests))).hexdigest()


def batch_id(paths: Sequence[Path]) -> str:
    """Name of a batch, from its files' content: the same files always give the same name."""
    return sha256_of(paths)[:16]
