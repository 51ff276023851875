"""The process in which uploaded files are parsed: ``python -m catalogue.workbooks.child``.

Standard input: one line of JSON, the request, then the file. Standard output: one line of JSON, the answer, then what
was made. It sets its own limits before it looks at the file, so that whatever a file does, it does to this process
alone. An exception ends it; the parent says that the file is damaged.
"""

import json
import os
import sys
from typing import Any
from xml.etree.ElementTree import ParseError, iterparse

from catalogue.errors import FileRefused
from catalogue.workbooks import limits
from catalogue.workbooks.archive import check_archive
from catalogue.workbooks.delimited import decode, read_delimited
from catalogue.workbooks.grid import Grid
from catalogue.workbooks.layout import Titles, tables
from catalogue.workbooks.objects import read_objects
from catalogue.workbooks.refusals import refused
from catalogue.workbooks.table import Table, packed

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
EMPTY_ZIP = b"PK\x05\x06"
# Files that end up in an upload by mistake. Text would be told from them by its letters, but later and less clearly.
NO_TABLES = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"MZ\x90",
    b"\x7fELF",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"{\\rtf",
)
EXPAT_NO_MEMORY = 1  # XML_ERROR_NO_MEMORY: the parser's own way to say MemoryError
ENCRYPTED_OLE = "EncryptedPackage".encode("utf-16-le")


def read(data: bytes, name: str, titles: Titles) -> tuple[Table, ...]:
    """The tables of a file, told by its content; raises ``FileRefused`` and, on damaged files, anything."""
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise refused("empty")
    found = tables(name, _grids(data, name), titles)
    if not any(table.lines for table in found):
        raise refused("no-rows")
    return found


def is_workbook(data: bytes) -> bool:
    """Is it a zip archive, as XLSX is?"""
    return data.startswith((ZIP, EMPTY_ZIP))


def _grids(data: bytes, name: str) -> list[Grid]:
    if is_workbook(data):
        from catalogue.workbooks.spreadsheet import read_sheets

        check_archive(data)
        return read_sheets(data)
    if data.startswith(OLE):
        raise refused("encrypted" if ENCRYPTED_OLE in data else "old-excel")
    if data.startswith(NO_TABLES):
        raise refused("unknown-format")
    text = decode(data)
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")) and not name.casefold().endswith((".csv", ".tsv", ".txt")):
        return [read_objects(text)]
    if text.lstrip("\ufeff \t\r\n").casefold().startswith(("<!doctype", "<html", "<?xml")):
        raise refused("unknown-format")  # a web page that was saved as .xls, which Excel opens
    return [read_delimited(text)]


def _answer(request: dict[str, Any], data: bytes) -> bytes:
    found = read(data, request["name"], request["titles"])
    if "notes" not in request:
        return json.dumps([packed(table) for table in found], ensure_ascii=False).encode()
    from catalogue.workbooks.annotate import Note
    from catalogue.workbooks.marking import marked

    return marked(data if is_workbook(data) else None, found, [Note(**note) for note in request["notes"]])


def _limit() -> None:
    if sys.platform == "win32":
        return  # the parent's clock is the only limit there
    import resource

    def at_most(kind: int, amount: int) -> None:
        soft, hard = resource.getrlimit(kind)
        given = [limit for limit in (amount, soft, hard) if limit != resource.RLIM_INFINITY]
        resource.setrlimit(kind, (min(given), min(given)))

    at_most(resource.RLIMIT_CPU, limits.CPU_S)
    at_most(resource.RLIMIT_FSIZE, limits.OUTPUT)
    at_most(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":  # elsewhere the address space says little, or cannot be limited
        with open("/proc/self/statm", encoding="ascii") as sizes:
            pages = int(sizes.read().split()[0])
        at_most(resource.RLIMIT_AS, pages * resource.getpagesize() + limits.MEMORY)


def _prepare() -> None:
    # openpyxl loads numpy where it finds it, only to know its number types: 0.2 s and hundreds of megabytes of
    # address space for nothing.
    sys.modules["numpy"] = None  # type: ignore[assignment]  # how Python spells "not installed"
    import openpyxl

    if not openpyxl.DEFUSEDXML:
        raise ImportError("without defusedxml, entities of uploaded workbooks would be expanded")
    # defusedxml's parser of large parts is Python's own, which takes twice the time of the one in C. What it keeps out,
    # declarations, check_archive refuses in every part before any is parsed.
    openpyxl.worksheet._reader.iterparse = openpyxl.reader.strings.iterparse = iterparse


def main() -> None:
    """Answer one request."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    request, data = json.loads(source.readline()), source.read()
    if is_workbook(data) or "notes" in request:
        _prepare()
    _limit()
    made, problem = b"", dict[str, Any]()
    try:
        made = _answer(request, data)
    except FileRefused as error:
        problem = {"en": error.en, "th": error.th, **error.members}
    except MemoryError:
        os._exit(limits.NO_MEMORY)  # at once: there is none for anything else
    except ParseError as error:
        if error.code == EXPAT_NO_MEMORY:
            os._exit(limits.NO_MEMORY)
        raise
    target.write(json.dumps(problem).encode() + b"\n" + made)
    target.flush()


if __name__ == "__main__":
    main()
