"""What a name in a workbook refers to: rows of the same file, then the catalogue, then titles. Pure.

An id counts as it is written: A-1 is not A1 where the file or the catalogue has both. What is written a little
otherwise (a space, a dot, capitals), and titles, count where one row alone goes by it.
Tested by tests/test_upload_planning.py.
"""

from collections.abc import Iterable, Mapping

from catalogue.entries import parse_id
from catalogue.imports import Key, Known, Row
from catalogue.vocabulary import name_key


class Names:
    """By which names the rows of a file go, whether they are taken or rejected: a reference means no other one."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._written: dict[tuple[str, str], Row] = {}
        self._alike: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            ids = [str(row.values[name]) for name in ("id", "external_id") if row.values.get(name)]
            for name in (*ids, *filter(None, (row.called,))):
                self._written.setdefault((row.kind, name), row)
            for key in {name_key(name) for name in (*ids, *_titles(row))} - {""}:
                known = self._alike.setdefault((row.kind, key), [])
                if len(known) < 2 and row not in known:  # two are several
                    known.append(row)

    def meant(self, kind: str, name: str, stored: Mapping[Key, Known]) -> Row | Known | None:
        """What a name means: exactly that id in the file or the store, else the one row that goes by that name."""
        if row := self._written.get((kind, name)):
            return row
        identity = parse_id(name)
        if known := stored.get(name if identity and identity[0] == kind else (kind, name)):
            return known
        alike = self.alike(kind, name)
        return alike[0] if len(alike) == 1 else None

    def alike(self, kind: str, name: str) -> list[Row]:
        """What goes by this name, however it is spaced and dotted: nothing, one, or the first two of several."""
        return self._alike.get((kind, name_key(name)), [])


def _titles(row: Row) -> list[str]:
    title = row.values.get("title")
    return [str(title[language]) for language in ("th", "en") if title.get(language)] if isinstance(title, dict) else []
