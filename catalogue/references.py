"""What a name in a workbook refers to: rows of the same file, then the catalogue, then titles. Pure.

An id counts as it is written: A-1 is not A1 where the file or the catalogue has both. Running numbers, what is
written a little otherwise (a space, a dot, capitals) and titles count where one row alone goes by them.
Tested by tests/test_messy_workbooks.py.
"""

from collections.abc import Iterable, Mapping

from catalogue.entries import parse_id
from catalogue.imports import Key, Known, Row, RowProblem, key_of
from catalogue.vocabulary import name_key

NOWHERE = (
    "ไม่พบรายการที่อ้างถึง ทั้งในไฟล์นี้และในคลัง หรือแถวนั้นยังมีข้อผิดพลาด",
    "What this refers to is neither in this file nor in the catalogue, or its row is rejected.",
)
SEVERAL = ("มีหลายรายการที่ใช้ชื่อหรือรหัสนี้", "Several entries go by this name or id.")
REFER_BY = (
    "ใช้รหัสของผู้ส่ง รหัสในคลัง หรือชื่อเรื่องในไฟล์",
    "A sender's id, an id of the catalogue or a title in the file",
)
COMPLETE_FIRST = ("กรอกฉบับร่างนั้นให้ครบก่อน แล้วอัปโหลดใหม่", "Fill in that draft first, then upload the file again")

Named = dict[tuple[str, str], list[Row]]
"""Rows by kind and name: one, or the first two of several."""


class Names:
    """By which names the rows of a file go, whether they are taken or rejected: a reference means no other one."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._written: dict[tuple[str, str], Row] = {}
        self._called: Named = {}
        self._alike: Named = {}
        self._titled: set[tuple[str, str]] = set()
        for row in rows:
            ids = [str(row.values[name]) for name in ("id", "external_id") if row.values.get(name)]
            titles = {name_key(title) for title in _titles(row)} - {""}
            for name in ids:
                self._written.setdefault((row.kind, name), row)
            if row.called:
                _add(self._called, (row.kind, row.called), row)
            for name in titles | {name_key(name) for name in ids} - {""}:
                _add(self._alike, (row.kind, name), row)
            self._titled |= {(row.kind, title) for title in titles}

    def meant(self, kind: str, name: str, stored: Mapping[Key, Known]) -> Row | Known | None:
        """What a name means: that id or the one such number in the file, that id in the store, else what it is like."""
        if row := self._written.get((kind, name)):
            return row
        if numbered := self._called.get((kind, name)):
            return numbered[0] if len(numbered) == 1 else None
        identity = parse_id(name)
        if known := stored.get(name if identity and identity[0] == kind else (kind, name)):
            return known
        alike = self._alike.get((kind, name_key(name)), ())
        return alike[0] if len(alike) == 1 else None

    def unknown(self, row: Row, key: str, kind: str, name: str) -> RowProblem:
        """What is told of a reference in this column that leads nowhere, or to several."""
        several = (self._called.get((kind, name), ()), self._alike.get((kind, name_key(name)), ()))
        th, en = SEVERAL if any(len(rows) > 1 for rows in several) else NOWHERE
        return RowProblem(row, key, f"unknown-{kind.replace('_', '-')}", th, en, REFER_BY)

    def is_title(self, kind: str, text: str) -> bool:
        """Is the whole of it the title of a row?"""
        return (kind, name_key(text)) in self._titled


def incomplete(row: Row, key: str, entry_id: str) -> RowProblem:
    """What is told of a reference in this column to an entry of the catalogue that lacks what it has to have."""
    th, en = f"{entry_id} ยังเป็นฉบับร่างที่กรอกไม่ครบ", f"{entry_id} is a draft that is not filled in completely."
    return RowProblem(row, key, "incomplete-draft", th, en, COMPLETE_FIRST)


def _add(named: Named, name: tuple[str, str], row: Row) -> None:
    known = named.setdefault(name, [])
    # A row that stands twice is one entry.
    if len(known) < 2 and all(key_of(row) is None or key_of(row) != key_of(other) for other in known):
        known.append(row)


def _titles(row: Row) -> list[str]:
    title = row.values.get("title")
    return [str(title[language]) for language in ("th", "en") if title.get(language)] if isinstance(title, dict) else []
