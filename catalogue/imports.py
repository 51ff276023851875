"""Rows of a file become a plan: what would be created, updated, left alone or rejected, and why.

The sample catalogue takes this path, and so do people's files. Pure, but for reading files, which stands at the end;
applying a plan is one transaction of the store, idempotent because rows are recognised by id or external id.
Tested by tests/test_imports.py.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from catalogue.entries import KINDS, Entry, Host, OrganizationRef, content_hash, parse, parse_id
from catalogue.errors import in_thai


@dataclass(frozen=True)
class Row:
    """One row as the file has it, and where it stands (numbers as the reader of the file counts, from 1)."""

    file: str
    number: int
    values: Mapping[str, Any]
    sheet: str | None = None

    @property
    def place(self) -> dict[str, Any]:
        """Where the row stands, for provenance and for messages."""
        return {"file": self.file, "row": self.number} | ({"sheet": self.sheet} if self.sheet else {})


@dataclass(frozen=True)
class RowProblem:
    """One fault of one row, in both languages."""

    row: Row
    column: str
    code: str
    message_th: str
    message_en: str

    def as_dict(self) -> dict[str, Any]:
        """The fault as JSON values."""
        words = {"column": self.column, "code": self.code, "message_th": self.message_th, "message_en": self.message_en}
        return self.row.place | words


@dataclass(frozen=True)
class Planned:
    """An entry that a row would write."""

    row: Row
    entry: Entry


@dataclass(frozen=True)
class Known:
    """What the store already has under an id."""

    id: str
    content_hash: str


@dataclass
class Plan:
    """What an import would do; applying it writes exactly this."""

    create: list[Planned] = field(default_factory=list)
    update: list[Planned] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Number of rows with at least one problem."""
        return len({(p.row.file, p.row.sheet, p.row.number) for p in self.problems})

    def counts(self) -> dict[str, int]:
        """How many rows would be created, updated, left alone, rejected."""
        return {
            "create": len(self.create),
            "update": len(self.update),
            "unchanged": len(self.unchanged),
            "rejected": self.rejected,
        }


def plan(
    rows: Iterable[Row],
    known: Mapping[str, Known],
    organisation_id: Callable[[str], str | None],
    allocate: Callable[[str], str],
) -> Plan:
    """Decide what each row would do; every problem of every row is found in one pass.

    Args:
        rows: Rows in file order.
        known: What the store has, by public id and by external id.
        organisation_id: Finds an organisation by any of its names.
        allocate: Gives the next public id of a kind to a row that brings none.
    """
    made = Plan()
    seen: dict[str, Row] = {}
    for row in rows:
        values = dict(row.values)
        existing = known.get(str(values.get("id") or values.get("external_id") or ""))
        kind = str(values.get("kind"))
        if "id" not in values and kind in KINDS:
            values["id"] = existing.id if existing else allocate(kind)
        try:
            entry = _resolved(parse(values), organisation_id)
        except ValidationError as error:
            made.problems += _problems(row, error)
            continue
        if fault := _identity_fault(row, entry, seen):
            made.problems.append(fault)
        elif existing is None:
            made.create.append(Planned(row, entry))
        elif existing.content_hash == content_hash(entry):
            made.unchanged.append(existing.id)
        else:
            made.update.append(Planned(row, entry))
        seen.setdefault(entry.id, row)
    return made


def read(path: Path) -> list[Row]:
    """Rows of a JSON Lines file; a line that is not an object becomes a row that the plan rejects."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if line.strip():
            try:
                values = json.loads(line)
            except ValueError:
                values = None
            rows.append(Row(path.name, number, values if isinstance(values, dict) else {}))
    return rows


def batch_id(paths: Sequence[Path]) -> str:
    """Name of a batch, from its files' content: the same files always give the same name."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _identity_fault(row: Row, entry: Entry, seen: Mapping[str, Row]) -> RowProblem | None:
    identity = parse_id(entry.id)
    if identity is None or identity[0] != entry.kind:
        return RowProblem(
            row, "id", "id-of-another-kind", "รหัสไม่ตรงกับประเภทของรายการ", "The id belongs to another kind of entry."
        )
    if entry.id in seen:
        first = seen[entry.id].number
        return RowProblem(row, "id", "row-repeated", f"รหัสซ้ำกับแถวที่ {first}", f"The id is already used by row {first}.")
    return None


def _problems(row: Row, error: ValidationError) -> list[RowProblem]:
    return [
        RowProblem(row, ".".join(map(str, e["loc"])) or "row", e["type"], in_thai(dict(e)), e["msg"])
        for e in error.errors(include_url=False)
    ]


def _resolved(entry: Entry, organisation_id: Callable[[str], str | None]) -> Entry:
    """The entry with the organisations that it names looked up by alias."""

    def known(ref: OrganizationRef) -> OrganizationRef:
        names = filter(None, (ref.name.th, ref.name.en))
        found = ref.id or next(filter(None, map(organisation_id, names)), None)
        return ref.model_copy(update={"id": found})

    changes: dict[str, Any] = {}
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if isinstance(value, tuple) and value and isinstance(value[0], OrganizationRef):
            changes[name] = tuple(map(known, value))
        elif isinstance(value, tuple) and value and isinstance(value[0], Host):
            changes[name] = tuple(h.model_copy(update={"organization": known(h.organization)}) for h in value)
    return entry.model_copy(update=changes) if changes else entry
