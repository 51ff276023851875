"""The rows of examples in the template, and how they are known again in a file. Pure, and quick to load.

Tested by tests/test_workbook_template.py.
"""

import datetime
import re
from collections.abc import Sequence
from typing import Any

from catalogue.workbooks.table import EXAMPLE, Scalar

# By kind of row and by column.
EXAMPLES: dict[str, dict[str, Any]] = {
    "hackathon": {
        "language": "ไทย",
        "external_id": EXAMPLE,
        "title.th": "แฮกกาธอนน้ำสะอาด",
        "year": 2569,
        "theme": "น้ำ น้ำท่วม ภัยแล้ง",
        "secondary_themes": "สาธารณภัย; สุขภาพและการแพทย์",
        "provinces": "ขอนแก่น",
        "start_date": datetime.date(2026, 11, 21),
        "end_date": datetime.date(2026, 11, 22),
        "hosts": "สำนักงานพัฒนารัฐบาลดิจิทัล (องค์การมหาชน)",
        "topics": "น้ำประปาหมู่บ้าน; เตือนภัยน้ำท่วม",
    },
    "pain_point": {
        "language": "ไทย",
        "external_id": EXAMPLE,
        "title.th": "น้ำประปาหมู่บ้านขุ่นหลังฝนตก",
        "year": 2569,
        "statement.th": "หลังฝนตกหนัก น้ำประปาขุ่น 3 ถึง 5 วัน บ้านริมน้ำ 120 หลังต้องซื้อน้ำดื่ม ตั้งแต่ปี 2565",
        "theme": "น้ำ น้ำท่วม ภัยแล้ง",
        "provinces": "ขอนแก่น; โคราช",
        "lasting": "ใช่",
        "date": datetime.date(2026, 11, 21),
    },
    "proposal": {
        "language": "ไทย",
        "external_id": EXAMPLE,
        "title.th": "แจ้งน้ำขุ่นทางมือถือ",
        "year": 2569,
        "summary.th": "ผู้ใช้น้ำถ่ายรูปแจ้ง ระบบรวมเป็นแผนที่ให้ผู้ดูแลระบบประปาหมู่บ้านเห็นในวันเดียว",
        "theme": "น้ำ น้ำท่วม ภัยแล้ง",
        "solution_type": "แอปพลิเคชัน",
        "award.th": "รางวัลชนะเลิศ",
    },
    "link": {
        "proposal": EXAMPLE,
        "pain_point": "น้ำประปาหมู่บ้านขุ่นหลังฝนตก",
        "role": "แก้ปัญหานี้",
        "reason.th": "ผู้ดูแลรู้ปัญหาเร็วขึ้น",
    },
}

LETTER = re.compile(r"[^\W\d_]")
_TEXTS = [frozenset(value for value in example.values() if isinstance(value, str)) for example in EXAMPLES.values()]


def is_example(row: Sequence[Scalar]) -> bool:
    """Is this the row of an example, as it stands in the template or with cells left empty?

    A row that bears the mark and says other words is an entry that somebody typed over the example. Dates and numbers
    count for nothing: every program writes them otherwise.
    """
    if EXAMPLE not in row:
        return False
    words = {value for value in row if isinstance(value, str) and LETTER.search(value)}
    return any(words <= texts for texts in _TEXTS)
