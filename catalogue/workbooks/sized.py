"""A workbook of any length, as hosts write them, for measurements and for tests of interrupted imports."""

import datetime
import io
from typing import Any

from catalogue.vocabulary import Vocabulary
from catalogue.workbooks.columns import sheet_columns
from catalogue.workbooks.table import SHEETS

PROPOSALS_IN_TEN = 3
FIRST_DAY = datetime.date(2023, 1, 1)
PAIN_POINT = ("external_id", "title.th", "statement.th", "theme", "provinces", "owners", "year", "date")
PROPOSAL = ("external_id", "title.th", "summary.th", "theme", "solution_type", "pain_points")
WORDS = (
    "น้ำประปาหมู่บ้านขุ่นหลังฝนตกหนัก",
    "ผู้สูงอายุไปโรงพยาบาลตามนัดไม่ได้เพราะไม่มีรถโดยสาร",
    "เกษตรกรไม่รู้ราคารับซื้อก่อนขนผลผลิตไปถึงตลาด",
    "คนในชุมชนร้องเรียนแล้วไม่รู้ว่าเรื่องไปถึงไหน",
    "เด็กย้ายตามพ่อแม่แล้วหลุดจากระบบการศึกษา",
    "ร้านค้าเล็กเข้าไม่ถึงสินเชื่อที่เป็นธรรม",
    "ข้อมูลของสองหน่วยงานไม่ตรงกันและไม่มีใครแก้",
)


def sized_workbook(rows: int, vocabulary: Vocabulary) -> bytes:
    """An XLSX with this many rows without a fault: seven pain points, then three proposals for them, and so on."""
    from openpyxl import Workbook

    themes = [theme.label.th for theme in vocabulary.themes.values()]
    provinces = [province.label.th for province in vocabulary.provinces.values()]
    owners = [organisation.label.th for organisation in vocabulary.organisations.values()]
    book = Workbook(write_only=True)
    sheets = {kind: book.create_sheet(SHEETS[kind]) for kind in ("pain_point", "proposal")}
    for kind, keys in (("pain_point", PAIN_POINT), ("proposal", PROPOSAL)):
        titles = {column["key"]: column["header"]["th"] for column in sheet_columns()[kind]}
        sheets[kind].append([titles[key] for key in keys])
    for number in range(1, rows + 1):
        words = f"{WORDS[number % len(WORDS)]} เรื่องที่ {number}"
        text = " ".join((words, *(WORDS[(number * step) % len(WORDS)] for step in range(1, 6))))
        theme = themes[number % len(themes)]
        row: list[Any]
        if number % 10 >= 10 - PROPOSALS_IN_TEN:
            row = [f"S{number}", f"ข้อเสนอ {words}", text, theme, "บริการ", f"P{number - PROPOSALS_IN_TEN}"]
            sheets["proposal"].append(row)
        else:
            day = FIRST_DAY + datetime.timedelta(number % 700)
            place, owner = provinces[number % len(provinces)], owners[number % len(owners)]
            row = [f"P{number}", words, text, theme, place, owner, day.year, day]
            sheets["pain_point"].append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
