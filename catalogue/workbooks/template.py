"""The workbook that hosts fill in: made from the fields of the records, so that it never lags behind them.

Tested by tests/test_workbook_template.py.
"""

import io
from collections.abc import Mapping
from functools import cache
from typing import Any

from catalogue.settings import SCHEMAS
from catalogue.vocabulary import Label, read_vocabulary
from catalogue.workbooks.columns import choices, sheet_columns
from catalogue.workbooks.examples import EXAMPLES
from catalogue.workbooks.table import EXAMPLE, INSTRUCTIONS, LISTS, SEPARATOR, SHEETS, column_letters, heading

ROWS = 2000  # below the titles, for which lists are offered
WIDTH, TEXT_WIDTH = 22, 44  # characters
REQUIRED, OPTIONAL, PALE = "1F4E79", "5B7F9E", "F2F2F2"  # backgrounds of titles and of the example

STEPS: tuple[Label, ...] = (
    Label("1. กรอกหนึ่งเรื่องต่อหนึ่งแถว ไม่จำเป็นต้องกรอกทุกแผ่น", "1. One entry a row. No sheet has to be filled."),
    Label(
        "2. คอลัมน์ที่มี * ต้องกรอก ถ้ามีทั้งไทยและอังกฤษ กรอกภาษาเดียวก็พอ",
        "2. Columns with * must be filled; where there are a Thai and an English one, either will do.",
    ),
    Label(
        f"3. หลายค่าในเซลล์เดียว ให้คั่นด้วย {SEPARATOR} เช่น ขอนแก่น{SEPARATOR} ตาก",
        f"3. Several values in one cell are parted by {SEPARATOR} as in Khon Kaen{SEPARATOR} Tak",
    ),
    Label(
        "4. รหัสของผู้ส่ง คือรหัสที่ท่านตั้งเอง เมื่ออัปโหลดซ้ำ ระบบจะปรับปรุงรายการเดิม ไม่เพิ่มรายการใหม่",
        "4. The sender's id is a code of your own: when you upload again, the entry is updated, not doubled.",
    ),
    Label(
        "5. วันที่เป็น พ.ศ. หรือ ค.ศ. ก็ได้ เช่น 21 พ.ย. 2569 หรือ 2026-11-21",
        "5. Dates may be in the Buddhist or the common era: 21 พ.ย. 2569 or 2026-11-21.",
    ),
    Label(
        "6. อย่าใส่ชื่อบุคคล เบอร์โทรศัพท์ เลขบัตรประชาชน อีเมล หรือไลน์ไอดี",
        "6. Leave out names of persons, phone numbers, identity numbers, e-mail addresses and LINE ids.",
    ),
    Label(
        f"7. แถวที่มีคำว่า “{EXAMPLE}” เป็นตัวอย่าง ระบบจะไม่อ่าน หากพิมพ์ทับ โปรดลบคำนี้ออกด้วย",
        "7. The row that is marked EXAMPLE is one, and is not read. Who writes over it deletes the mark, too.",
    ),
    Label("8. แผ่นงานที่ซ่อนไว้จะไม่ถูกอ่าน", "8. Hidden sheets are not read."),
)


@cache
def template() -> bytes:
    """The template as XLSX: instructions, a sheet for each kind of row, and the lists that its cells offer."""
    from openpyxl import Workbook

    book = Workbook()
    offered = choices(read_vocabulary(SCHEMAS))
    _write_instructions(book.active)
    sheets = {kind: book.create_sheet(title) for kind, title in SHEETS.items()}
    ranges = _write_lists(book.create_sheet(LISTS), offered)
    for kind, sheet in sheets.items():
        _write_sheet(sheet, kind, ranges)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _write_instructions(sheet: Any) -> None:
    sheet.title = INSTRUCTIONS
    rows = [Label("วิธีกรอกแม่แบบ", "How to fill the template"), *STEPS, Label("คอลัมน์ที่มีคำอธิบาย", "Columns explained")]
    for kind, columns in sheet_columns().items():
        for column in columns:
            header, told = column["header"], column["help"]
            if told["en"] and not column["key"].endswith(".en"):  # the same help stands at both languages
                where_th, where_en = SHEETS[kind].split(maxsplit=1)
                name_th, name_en = header["th"].removesuffix(" (ไทย)"), header["en"].removesuffix(" (Thai)")
                rows.append(Label(f"{where_th}: {name_th}: {told['th']}", f"{where_en}: {name_en}: {told['en']}"))
    for row in rows:
        sheet.append([row.th, row.en])
    _style_prose(sheet)


def _style_prose(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font

    for letter in "AB":
        sheet.column_dimensions[letter].width = 80
        sheet[f"{letter}1"].font = Font(bold=True, size=14)
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _write_lists(sheet: Any, offered: Mapping[str, Mapping[str, Label]]) -> dict[str, str]:
    """Write each list as three columns: Thai, English, code. Returns the range of the Thai words by column key."""
    ranges: dict[str, str] = {}
    first = 0
    for key, values in offered.items():
        for column, title in enumerate((key, f"{key} (English)", f"{key} (code)"), first + 1):
            sheet.cell(1, column, title)
            sheet.column_dimensions[column_letters(column - 1)].width = WIDTH
        for row, (code, label) in enumerate(values.items(), 2):
            for column, word in enumerate((label.th, label.en, code), first + 1):
                sheet.cell(row, column, word)
        letter = column_letters(first)
        ranges[key] = f"'{LISTS}'!${letter}$2:${letter}${len(values) + 1}"
        first += 3
    sheet.freeze_panes = "A2"
    return ranges


def _write_sheet(sheet: Any, kind: str, ranges: Mapping[str, str]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    for index, column in enumerate(sheet_columns()[kind]):
        letter, key = column_letters(index), column["key"]
        head = sheet.cell(1, index + 1, heading(column))
        required = column["required"] or column["required_in_a_language"]
        background = REQUIRED if required else OPTIONAL
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", start_color=background, end_color=background)
        head.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[letter].width = TEXT_WIDTH if "." in key else WIDTH
        example = sheet.cell(2, index + 1, EXAMPLES[kind].get(key))
        example.font = Font(italic=True, color="7F7F7F")
        example.fill = PatternFill("solid", start_color=PALE, end_color=PALE)
        example.alignment = Alignment(wrap_text=True, vertical="top")
        if key == "external_id":
            sheet.column_dimensions[letter].number_format = "@"  # 007 stays 007
        _offer(sheet, f"{letter}2:{letter}{ROWS + 1}", column, ranges.get(key))
    sheet.freeze_panes = "A2"


def _offer(sheet: Any, cells: str, column: Mapping[str, Any], words: str | None) -> None:
    """Offer a list in these cells, and show the column's help beside the one that is selected."""
    from openpyxl.worksheet.datavalidation import DataValidation

    told = column["help"]
    if not words and not told["en"]:
        return
    # Other words are taken too: English, several at once, the spelling in which a host knows a place.
    offer = DataValidation(type="list" if words else None, formula1=words, allow_blank=True, showErrorMessage=False)
    if told["en"]:
        offer.promptTitle, offer.prompt = column["header"]["th"][:32], f"{told['th']}\n{told['en']}"
        offer.showInputMessage = True
    offer.add(cells)
    sheet.add_data_validation(offer)
