"""Why a file is not read, and what to do about it, in Thai and English. Pure.

Each refusal has a code, which API clients and tests can rely on. Tested by tests/test_attack_files.py.
"""

from catalogue.errors import FileRefused, FileTooLarge
from catalogue.workbooks import limits

_AS_XLSX_EN = "Open it in Excel or LibreOffice and save it as .xlsx, then upload that file."
_AS_XLSX_TH = "เปิดด้วย Excel หรือ LibreOffice แล้วบันทึกเป็น .xlsx จากนั้นอัปโหลดใหม่"

# code: (English, Thai). The braces are filled by `refused`.
REFUSALS: dict[str, tuple[str, str]] = {
    "empty": ("The file is empty. Check that it was saved.", "ไฟล์ว่างเปล่า โปรดตรวจสอบว่าบันทึกไฟล์แล้ว"),
    "no-rows": (
        "No sheet has a row of column titles with rows below it. Use the template, or put titles above the rows.",
        "ไม่พบแผ่นงานที่มีแถวหัวตารางและมีข้อมูลอยู่ด้านล่าง โปรดใช้แม่แบบ หรือใส่หัวตารางไว้เหนือข้อมูล",
    ),
    "unknown-format": (
        "This is not an XLSX, CSV or JSON file. " + _AS_XLSX_EN,
        "ไฟล์นี้ไม่ใช่ XLSX, CSV หรือ JSON " + _AS_XLSX_TH,
    ),
    "old-excel": (
        "This is a workbook of the old kind (.xls). " + _AS_XLSX_EN,
        "ไฟล์นี้เป็นสมุดงานรูปแบบเก่า (.xls) " + _AS_XLSX_TH,
    ),
    "encrypted": (
        "The file is protected by a password. Remove the password and save it again.",
        "ไฟล์นี้มีรหัสผ่าน โปรดยกเลิกรหัสผ่านแล้วบันทึกใหม่",
    ),
    "opendocument": (
        "This is an OpenDocument file. " + _AS_XLSX_EN,
        "ไฟล์นี้เป็น OpenDocument " + _AS_XLSX_TH,
    ),
    "binary-workbook": (
        "This is a binary workbook (.xlsb). " + _AS_XLSX_EN,
        "ไฟล์นี้เป็นสมุดงานแบบไบนารี (.xlsb) " + _AS_XLSX_TH,
    ),
    "not-a-workbook": (
        "This is a zip archive, not a workbook. Upload the .xlsx or .csv file itself.",
        "ไฟล์นี้เป็นไฟล์ zip ไม่ใช่สมุดงาน โปรดอัปโหลดไฟล์ .xlsx หรือ .csv โดยตรง",
    ),
    "macros": (
        "The workbook contains macros. Save it as .xlsx, which has none, then upload that file.",
        "สมุดงานมีมาโคร โปรดบันทึกเป็น .xlsx ซึ่งไม่มีมาโคร แล้วอัปโหลดใหม่",
    ),
    "document-type": (
        "The workbook contains XML declarations (DTD) that no spreadsheet program writes. " + _AS_XLSX_EN,
        "สมุดงานมีคำสั่ง XML (DTD) ที่โปรแกรมตารางงานไม่ใช้ " + _AS_XLSX_TH,
    ),
    "archive-entries": (
        (
            f"The workbook consists of more than {limits.MOST_ENTRIES} parts, or of parts with the same name. "
            "Copy the rows to a new workbook."
        ),
        f"สมุดงานมีส่วนย่อยเกิน {limits.MOST_ENTRIES} ส่วน หรือมีส่วนที่ชื่อซ้ำกัน โปรดคัดลอกข้อมูลไปยังสมุดงานใหม่",
    ),
    "archive-bomb": (
        (
            f"Unpacked, the workbook is larger than {limits.MOST_UNPACKED // limits.MEBIBYTE} MB, or shrinks more than "
            f"{limits.MOST_RATIO} times. Copy the rows without formatting to a new workbook."
        ),
        (
            f"เมื่อคลายแล้วสมุดงานมีขนาดเกิน {limits.MOST_UNPACKED // limits.MEBIBYTE} MB หรือถูกบีบอัดเกิน "
            f"{limits.MOST_RATIO} เท่า โปรดคัดลอกเฉพาะข้อมูลไปยังสมุดงานใหม่"
        ),
    ),
    "damaged": (
        "The file is damaged and cannot be read to its end. " + _AS_XLSX_EN,
        "ไฟล์เสียหาย อ่านไม่ได้ทั้งไฟล์ " + _AS_XLSX_TH,
    ),
    "too-heavy": (
        (
            "Reading the file takes too much memory or time. Copy the rows without formatting to a new workbook, "
            "or split the file."
        ),
        "การอ่านไฟล์นี้ใช้หน่วยความจำหรือเวลามากเกินไป โปรดคัดลอกเฉพาะข้อมูลไปยังสมุดงานใหม่ หรือแบ่งไฟล์",
    ),
    "too-many-rows": (
        f"The file has more than {limits.MOST_ROWS:,} rows. Split it and upload the parts.",
        f"ไฟล์มีเกิน {limits.MOST_ROWS:,} แถว โปรดแบ่งไฟล์แล้วอัปโหลดทีละส่วน",
    ),
    "too-many-columns": (
        f"Cell {{cell}} lies beyond column {limits.MOST_COLUMNS}. Delete what stands there.",
        f"เซลล์ {{cell}} อยู่เลยคอลัมน์ที่ {limits.MOST_COLUMNS} โปรดลบข้อมูลที่อยู่ตรงนั้น",
    ),
    "too-many-sheets": (
        f"The workbook has more than {limits.MOST_SHEETS} sheets. Delete those that are not needed.",
        f"สมุดงานมีเกิน {limits.MOST_SHEETS} แผ่น โปรดลบแผ่นที่ไม่ใช้",
    ),
    "too-much-text": (
        f"The file has more than {limits.MOST_CELLS:,} filled cells or {limits.MOST_CHARACTERS:,} letters. Split it.",
        f"ไฟล์มีเซลล์ที่กรอกเกิน {limits.MOST_CELLS:,} เซลล์ หรือเกิน {limits.MOST_CHARACTERS:,} ตัวอักษร โปรดแบ่งไฟล์",
    ),
    "cell-too-long": (
        (
            f"Cell {{cell}} has more than {limits.MOST_CELL_CHARACTERS:,} characters. Shorten it; in CSV, look for "
            "a missing quotation mark."
        ),
        (
            f"เซลล์ {{cell}} ยาวเกิน {limits.MOST_CELL_CHARACTERS:,} ตัวอักษร โปรดย่อข้อความ ถ้าเป็น CSV "
            "ให้ตรวจว่าเครื่องหมายคำพูดครบคู่หรือไม่"
        ),
    ),
    "unknown-encoding": (
        "The letters of the text file cannot be read. Save it as CSV UTF-8.",
        "อ่านตัวอักษรในไฟล์ไม่ได้ โปรดบันทึกเป็น CSV UTF-8",
    ),
    "control-characters": (
        "Row {row} contains characters that no text has. Save the file again as CSV UTF-8.",
        "แถวที่ {row} มีอักขระที่ไม่ใช่ข้อความ โปรดบันทึกไฟล์ใหม่เป็น CSV UTF-8",
    ),
    "unclosed-quote": (
        "A quotation mark opened in row {row} is not closed where its cell ends. Close it, or save the table as .xlsx.",
        "เครื่องหมายคำพูดที่เปิดในแถวที่ {row} ไม่มีตัวปิดที่ท้ายเซลล์ โปรดเติมให้ครบคู่ หรือบันทึกเป็น .xlsx",
    ),
    "json-syntax": (
        "The JSON breaks off or is wrong in line {row}. Correct it there.",
        "JSON ผิดหรือไม่ครบที่บรรทัด {row} โปรดแก้ไขตรงนั้น",
    ),
    "json-shape": (
        "Object {row} is not a plain object of texts, numbers and lists. Write one object for each row.",
        "รายการที่ {row} ไม่ใช่ออบเจกต์ของข้อความ ตัวเลข และรายการ โปรดเขียนหนึ่งออบเจกต์ต่อหนึ่งแถว",
    ),
    "json-deep": (
        "The JSON is nested too deeply. Write an array of plain objects.",
        "JSON ซ้อนกันลึกเกินไป โปรดเขียนเป็นรายการของออบเจกต์ธรรมดา",
    ),
    "json-repeated-key": (
        "A name stands twice in one object of the JSON. Keep one of them.",
        "ออบเจกต์หนึ่งใน JSON มีชื่อซ้ำกัน โปรดเหลือไว้ชื่อเดียว",
    ),
    "json-number": (
        "The JSON contains NaN, Infinity or a number without end. Write a number or null.",
        "JSON มีค่า NaN, Infinity หรือจำนวนที่ใหญ่เกินไป โปรดเขียนเป็นตัวเลขหรือ null",
    ),
}


def refused(code: str, *, cell: str = "", row: int = 0) -> FileRefused:
    """The refusal with this code, to be raised; ``cell`` and ``row`` say where."""
    en, th = REFUSALS[code]
    places = {"cell": cell, "row": row}
    return FileRefused(en.format_map(places), th.format_map(places), code=code)


def too_large(upload_mb: int) -> FileTooLarge:
    """What a file of more than ``upload_mb`` megabytes is answered; raised before its body is read."""
    return FileTooLarge(
        f"The file is larger than {upload_mb} MB. Delete pictures, or split it.",
        f"ไฟล์มีขนาดเกิน {upload_mb} MB โปรดลบรูปภาพออก หรือแบ่งไฟล์",
        code="too-large",
    )
