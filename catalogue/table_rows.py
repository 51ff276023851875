"""Tables of a spreadsheet become rows of an import: which sheet holds what, which column is which field. Pure.

Tested by tests/test_upload_planning.py.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from catalogue.cells import INVISIBLE, NOTHING, Cell, CellFault, Reader, language_of
from catalogue.date_doubts import doubts
from catalogue.entries import KINDS, parse_id
from catalogue.fields import columns
from catalogue.headers import IGNORED, NAMING, NUMBER, in_two_languages, key_of, keys_of, suggested_key, unmarked
from catalogue.imports import Place, Row, content_id
from catalogue.privacy import redacted
from catalogue.thai_dates import THAI_DIGITS
from catalogue.vocabulary import name_key
from catalogue.workbooks.columns import MODELS
from catalogue.workbooks.kinds import KIND, LINK, kind_of, named_kind
from catalogue.workbooks.table import EXAMPLE, Line, Table, cell_name

# A sum or a note below a table. รวมพลังชุมชน is neither.
NOTE = re.compile(
    r"[\s*(]*(?:หมายเหตุ|(?:รวม(?:ทั้งหมด|ทั้งสิ้น|จำนวน)?|ทั้งหมด|ทั้งสิ้น|แหล่งที่มา|ที่มา|source|notes?|remarks?"
    r"|(?:sub|grand )?total(?:\s[a-z]+)?)\s*(?:[:\d(]|$))",
    re.IGNORECASE,
)
DATES = frozenset({"date", "start_date", "end_date", "plan_date"})


@dataclass(frozen=True)
class UnknownHeader:
    """A column title that nobody knows, and the column that it is most like ("": none)."""

    file: str
    sheet: str | None
    cell: str
    header: str
    suggestion: str
    kind: str  # of the sheet: its columns are what the title may mean


@dataclass(frozen=True)
class KnownHeader:
    """A column title and what it is read as ("": it is left out); ``told``: because its organisation said so."""

    file: str
    sheet: str | None
    cell: str
    header: str
    key: str
    kind: str  # whose column that is
    told: bool


@dataclass
class TableRows:
    """Rows of all tables of a file in their order, and how the titles of its columns were read."""

    rows: list[Row] = field(default_factory=list)
    unknown: list[UnknownHeader] = field(default_factory=list)
    known: list[KnownHeader] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # names of sheets

    def sheets(self) -> list[dict[str, Any]]:
        """Number of rows by sheet and kind, as JSON values; of a sheet that was left out none, and no kind."""
        read = Counter((row.sheet, row.kind) for row in self.rows)
        counted = [{"sheet": sheet, "kind": kind, "rows": rows} for (sheet, kind), rows in read.items()]
        return counted + [{"sheet": sheet, "kind": None, "rows": 0} for sheet in self.left_out]


def rows_of(tables: Sequence[Table], reader: Reader, mapping: Mapping[str, str]) -> TableRows:
    """The rows of these tables; ``mapping`` says for a header which column it is ("" leaves it out)."""
    made = TableRows()
    for table in tables:
        if table.lines:
            _add(made, table, reader, mapping)
        else:
            made.left_out.append(str(table.sheet))
    return made


def _add(made: TableRows, table: Table, reader: Reader, mapping: Mapping[str, str]) -> None:
    sheet_kind = _kind_of_table(table, mapping)
    counting = frozenset(index for index in range(len(table.header)) if _counts(table, index))
    keys: dict[str, list[str | None]] = {}
    for kind in MODELS:
        keys[kind] = [key_of(header, kind, mapping) if header else IGNORED for header in table.header]
        for index in counting:
            if table.header[index] not in mapping:
                keys[kind][index] = NUMBER
    kind_column = keys[sheet_kind].index(KIND) if KIND in keys[sheet_kind] else None
    used = (sheet_kind,) if kind_column is None else (sheet_kind, *keys)
    for index, header in enumerate(table.header):
        if not header:
            continue
        place = (table.file, table.sheet, cell_name(index, table.header_row), header)
        read_as = next(((key, kind) for kind in used if (key := keys[kind][index]) is not None), None)
        if read_as is None:
            made.unknown.append(UnknownHeader(*place, suggested_key(header, sheet_kind), sheet_kind))
        else:
            made.known.append(KnownHeader(*place, *read_as, mapping.get(header) == read_as[0]))
    dates = {index for index in range(len(table.header)) if any(keys[kind][index] in DATES for kind in used)}
    doubtful = doubts(table, dates)
    numbers = {index for index, key in enumerate(keys[sheet_kind]) if key == NUMBER}
    for line in table.lines:
        if all(value is None or index in numbers for index, value in enumerate(line.values)):
            continue  # numbered before it was filled
        said = line.values[kind_column] if kind_column is not None else None
        told = kind_of(str(said)) if said is not None else sheet_kind
        of_row = told or sheet_kind
        row = _row(table, line, of_row, keys[of_row], reader, told is not None, doubtful)
        row = _identified(_unless_note(row, line, numbers), table, line, counting)
        made.rows.append(_tell_left_out(row, table, line, keys) if kind_column is not None else row)


def _kind_of_table(table: Table, mapping: Mapping[str, str]) -> str:
    """What a sheet holds: its name says so, else the title of its entries' names, else most titles, else pain points.

    All that comes out of a hackathon may be called "Hackathon 2568", and "ปัญหาโครงการบ้านจัดสรร" has two kinds in it:
    where a name has more to it, the titles say more than the name.
    """
    name = table.sheet or ""
    if (exactly := named_kind(name)) not in (None, "hackathon"):
        return str(exactly)
    naming = {h: kind for h in table.header if (kind := NAMING.get(unmarked(h)))}
    titled = {kind for h, kind in naming.items() if _base(key_of(h, kind, mapping)) == "title"}
    if len(titled) == 1:
        return titled.pop()
    named = kind_of(name)
    told = {"", KIND, NUMBER}
    fits = {kind: len({_base(key_of(h, kind, mapping)) for h in table.header if h} - told) for kind in MODELS}
    best = max(fits.values())
    return next(kind for kind in (named, "pain_point", *MODELS) if kind and fits[kind] == best)


def _row(
    table: Table,
    line: Line,
    kind: str,
    keys: Sequence[str | None],
    reader: Reader,
    kind_is_known: bool,
    doubtful: Mapping[tuple[int, int], Cell],
) -> Row:
    values: dict[str, Any] = {"kind": kind}
    places: dict[str, Place] = {}
    references: dict[str, tuple[str, ...]] = {}
    faults: list[tuple[str, CellFault]] = []
    also: list[tuple[str, Any, Place]] = []
    texts, titled = _text_fields(kind), dict[str, int]()
    for index, (key, value) in enumerate(zip(keys, line.values, strict=False)):
        if not key or key == NUMBER:
            continue
        place = Place(table.header[index], cell_name(index, line.number), value)
        if key == KIND:
            if not kind_is_known:
                places[KIND] = place
                faults.append((KIND, _unknown_kind()))
            continue
        if key in places and value is None:
            continue
        read = doubtful.get((index, line.number)) or reader.read(key, value)
        first = places.get(key) or next((p for k, p in places.items() if _base(k) == _base(key)), None)
        places[key] = place
        faults += [(key, fault) for fault in read.faults]
        apart = (
            key in texts
            and read.value is not None
            and _are_apart(table, titled.setdefault(key, index), index, kind, key)
        )
        also.extend((further, said, place) for further, said in read.also.items())
        if read.references:
            references[key] = tuple(dict.fromkeys((*references.get(key, ()), *read.references)))
        elif kind == LINK and key in ("proposal", "pain_point"):
            values[key] = (
                "" if value in (None, EXAMPLE) else INVISIBLE.sub("", str(value)).strip().translate(THAI_DIGITS)
            )
        elif read.value is not None and not _put(values, key, read, texts, apart) and first:
            faults.append((key, _said_twice(first.column)))
    faults += _fill(also, values, places, {name for name, _ in faults})
    if kind == LINK:
        faults += [(name, _missing()) for name in ("proposal", "pain_point") if not values.get(name)]
    else:
        values.setdefault("language", _language(values))
    number = _called(keys, line)
    return Row(table.file, line.number, values, table.sheet, places, references, tuple(faults), number)


def _counts(table: Table, index: int) -> bool:
    """Does a column titled ID number the rows, as in the tables of Microsoft Forms? Then it is no sender's id."""
    if name_key(table.header[index]) != "id":
        return False
    said = [str(value).translate(THAI_DIGITS) for line in table.lines if (value := line.values[index]) is not None]
    return bool(said) and said == [str(number) for number in range(1, len(said) + 1)]


def _identified(row: Row, table: Table, line: Line, counting: frozenset[int]) -> Row:
    """The row with the id by which its entry is known again: the catalogue's own, the sender's, or one of its content.

    Its content are its cells under their titles as they are written, whatever titles and words are taken to mean: that
    may be explained between two uploads of one file. Personal data are out of them: a hash of a telephone number would
    tell the number to whoever tries them all.
    """
    given = row.values.get("external_id")
    identity = parse_id(given) if given else None
    if identity and identity[0] == row.kind:
        values = {"id" if key == "external_id" else key: value for key, value in row.values.items()}
        places = {"id" if key == "external_id" else key: place for key, place in row.places.items()}
        return replace(row, values=values, places=places)
    if given or row.kind not in KINDS:
        return row
    titles, known = [name_key(title) for title in table.header], keys_of(row.kind)
    cells = [
        (title, redacted(" ".join(INVISIBLE.sub("", str(value)).split())))
        for index, (title, value) in enumerate(zip(titles, line.values, strict=True))
        if title and known.get(title) != NUMBER and index not in counting and value not in (None, EXAMPLE, *NOTHING)
    ]
    return replace(row, values={**row.values, "external_id": content_id(sorted(cells))})


def _unless_note(row: Row, line: Line, numbers: Collection[int]) -> Row:
    """The row, told where it is a sum or a note below a table: "รวม 2 โครงการ" or "หมายเหตุ" in its one filled cell."""
    said = [value for index, value in enumerate(line.values) if value is not None and index not in numbers]
    key = next((key for key, place in row.places.items() if place.value is not None), None)
    if (
        row.kind not in KINDS
        or key is None
        or len(said) > 1
        or not (NOTE.match(str(said[0])) or NOTE.match(row.called))
    ):
        return row
    return replace(row, faults=(*row.faults, (key, _no_entry())))


def _called(keys: Sequence[str | None], line: Line) -> str:
    found = (value for key, value in zip(keys, line.values, strict=False) if key == NUMBER and value is not None)
    return str(next(found, "")).strip().translate(THAI_DIGITS)


def _tell_left_out(row: Row, table: Table, line: Line, keys: Mapping[str, Sequence[str | None]]) -> Row:
    """The row of a combined sheet with a warning for each cell that is filled and belongs to other kinds of entries."""
    places, faults = dict(row.places), list(row.faults)
    for index, value in enumerate(line.values[: len(table.header)]):
        elsewhere = any(of_kind[index] for of_kind in keys.values())
        if value is not None and str(value).strip() not in NOTHING and keys[row.kind][index] is None and elsewhere:
            # By its title: the other kind's name of the field may mean another one here.
            title = table.header[index]
            places[title] = Place(title, cell_name(index, line.number), value)
            faults.append((title, _left_out()))
    return replace(row, places=places, faults=tuple(faults))


def _are_apart(table: Table, one: int, other: int, kind: str, key: str) -> bool:
    """Do two columns of one text say different things, whatever their languages are, as ชื่อปัญหา and Topic do?"""
    return one != other and not in_two_languages(table.header[one], table.header[other], kind, key)


def _put(values: dict[str, Any], key: str, read: Cell, texts: frozenset[str], apart: bool) -> bool:
    """Put what a cell means with the rest; False, and nothing is put, where another column said something else."""
    base, _, language = key.partition(".")
    held = values.get(base)
    if base in texts:
        language = language or language_of(read.value, values.get("language") or _language(values))
        if (held or {}).get(language, read.value) != read.value or (apart and read.value not in (held or {}).values()):
            return False
        values[base] = {**(held or {}), language: read.value}
    elif isinstance(held, list) and isinstance(read.value, list):
        values[key] = held + [value for value in read.value if value not in held]
    elif held is not None and held != read.value:
        return False
    else:
        values[key] = read.value
    return True


def _fill(
    also: Sequence[tuple[str, Any, Place]], values: dict[str, Any], places: dict[str, Place], faulty: set[str]
) -> list[tuple[str, CellFault]]:
    """Put what cells say of further columns, where those are silent; a fault where they say otherwise."""
    found = []
    for key, said, place in also:
        if values.get(key, said) != said:
            found.append((key, _said_otherwise(place)))
        elif key not in faulty:  # what is wrong there is told, and nothing guessed instead
            values[key] = said
            places.setdefault(key, place)
    return found


def _base(key: str | None) -> str:
    return (key or IGNORED).partition(".")[0]


@cache
def _text_fields(kind: str) -> frozenset[str]:
    return frozenset(column["key"].partition(".")[0] for column in columns(MODELS[kind]) if "." in column["key"])


def _language(values: Mapping[str, Any]) -> str:
    """The language of a row that does not say: of its title, else of its other words."""
    texts: Iterator[Any] = (values.get(name) for name in ("title", "statement", "summary"))
    words = next((text for text in texts if isinstance(text, dict) and text), {"th": ""})
    return "th" if "th" in words else "en"


def _left_out() -> CellFault:
    return CellFault(
        "column-of-another-kind",
        "รายการประเภทนี้ไม่มีช่องนี้ จะไม่เก็บข้อความในเซลล์นี้",
        "An entry of this kind has no such field: what this cell says is not kept.",
        ("ย้ายไปช่องอื่น หรือเปลี่ยนประเภท", "Move it to another column, or change the kind"),
        "warning",
    )


def _unknown_kind() -> CellFault:
    return CellFault(
        "unknown-kind",
        "ไม่รู้จักประเภทนี้ เลือกได้: ปัญหา · ข้อเสนอ · แฮกกาธอน",
        "This kind is not known. Choose from: pain point, proposal, hackathon.",
        "ปัญหา · ข้อเสนอ · แฮกกาธอน",
    )


def _said_twice(other: str) -> CellFault:
    return CellFault(
        "column-repeated",
        f"คอลัมน์นี้กับคอลัมน์ “{other}” อ่านเป็นช่องเดียวกัน แต่เขียนไม่เหมือนกัน",
        f"This column and “{other}” are read as the same field, and say different things.",
        (
            "รวมเป็นช่องเดียว หรือเปลี่ยนว่าหัวคอลัมน์ใดหัวคอลัมน์หนึ่งอ่านเป็นอะไร",
            "Join the two cells, or change what one of the titles is read as",
        ),
    )


def _said_otherwise(place: Place) -> CellFault:
    return CellFault(
        "cells-disagree",
        f"เซลล์ {place.cell} (“{place.column}”) บอกไว้ว่า “{place.shown}” ซึ่งไม่ตรงกับเซลล์นี้",
        f"The cell {place.cell} (“{place.column}”) says “{place.shown}”, which is not what this cell says.",
        (
            "แก้เซลล์ใดเซลล์หนึ่งให้ตรงกัน หรือเว้นเซลล์นี้ว่างไว้",
            "Make the two agree, or leave this cell empty",
        ),
    )


def _no_entry() -> CellFault:
    return CellFault(
        "no-entry",
        "แถวนี้ดูเป็นยอดรวมหรือหมายเหตุ ไม่ใช่รายการ จึงไม่นำเข้า",
        "This row looks like a sum or a note and no entry: it is left out.",
        ("ลบแถวนี้ หรือกรอกช่องอื่นด้วยหากเป็นรายการ", "Delete this row, or fill in another cell if it is an entry"),
    )


def _missing() -> CellFault:
    return CellFault("missing", "ต้องระบุ", "This is required.")
