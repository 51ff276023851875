"""A host's workbook of 60 rows with 22 planted faults of 14 kinds: `python -m tests.workbook_with_faults FILE.xlsx`.

Everything else in it is unusual and right: titles above the table, Thai digits, dates in every written form and in both
eras, provinces by nickname, agencies by alias. Whatever else is reported is invented.
"""

import datetime
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from catalogue.workbooks.columns import sheet_columns
from catalogue.workbooks.table import cell_name

PAIN_POINTS, PROPOSALS, LINKS = "ปัญหา", "ข้อเสนอ", "ความเชื่อมโยง"
KINDS = {PAIN_POINTS: "pain_point", PROPOSALS: "proposal", LINKS: "link"}
COLUMNS = {
    PAIN_POINTS: (
        "external_id",
        "language",
        "title.th",
        "statement.th",
        "theme",
        "provinces",
        "owners",
        "year",
        "date",
    ),
    PROPOSALS: ("external_id", "language", "title.th", "summary.th", "theme", "solution_type", "year", "award.th"),
    LINKS: ("proposal", "pain_point", "role"),
}
ABOVE = {PAIN_POINTS: [["สรุปโจทย์แฮกกาธอนจังหวัด พ.ศ. ๒๕๖๖"], [], ["ผู้จัด", "สพร."]], PROPOSALS: [["ผลงานที่ส่ง"]], LINKS: []}

# title, place, theme, owner; each as hosts write it.
PROBLEMS = """
น้ำประปาหมู่บ้านขุ่นหลังฝนตก|ขอนแก่น|น้ำ น้ำท่วม ภัยแล้ง|กรมชลประทาน
ฝุ่น PM2.5 ในห้องเรียนช่วงเผาตอซัง|จ.เชียงใหม่|Air pollution|กรมควบคุมมลพิษ
ผู้สูงอายุไปโรงพยาบาลตามนัดไม่ได้|โคราช|ผู้สูงอายุ คนพิการ และสวัสดิการ|กรมอนามัย
รถรับส่งนักเรียนไม่มีเข็มขัดนิรภัย|กทม|การเดินทางและความปลอดภัยทางถนน|กทม.
ขยะทะเลเกยหาดหลังมรสุม|ชลบุรี|สัตว์ป่า ป่าไม้ ทะเลและชายฝั่ง|กรมควบคุมมลพิษ
ราคามันสำปะหลังตกในเดือนเก็บเกี่ยว|แปดริ้ว|เกษตรและอาหาร|
ชาวสวนถูกหลอกขายปุ๋ยปลอมออนไลน์|จังหวัดจันทบุรี|ความปลอดภัย การหลอกลวง และไซเบอร์|depa
เด็กหลุดจากระบบการศึกษาหลังย้ายตามพ่อแม่|ตาก|เด็ก เยาวชน และการศึกษา|กระทรวงศึกษาธิการ
สายไฟฟ้าและสื่อสารพันกันบนทางเท้า|กทม.|พลังงานและค่าครองชีพ|กฟภ.
ร้านค้าชุมชนเข้าไม่ถึงสินเชื่อ|Chiang Rai|หนี้ครัวเรือนและการเงิน|
ช้างป่าออกหากินในไร่สับปะรด|ประจวบคีรีขันธ์|wildlife-forest-marine|
ข้อมูลที่ดินของสองหน่วยงานไม่ตรงกัน|น่าน|ที่อยู่อาศัยและที่ดิน|DGA
คิวทำบัตรประชาชนยาวในวันเสาร์|อุบล|digital-government|สพร.
นักท่องเที่ยวหาห้องน้ำสะอาดไม่พบ|ภูเก็ต|การท่องเที่ยว|
แรงงานนอกระบบไม่มีประกันอุบัติเหตุ|สมุทรสาคร|แรงงานและทักษะ|
ตลาดนัดปล่อยน้ำเสียลงคลอง|นนทบุรี|ขยะและสิ่งแวดล้อม|
ดินถล่มตัดถนนขึ้นดอยทุกฤดูฝน|แม่ฮ่องสอน|สาธารณภัย|
ครูใช้เวลาทำเอกสารมากกว่าสอน|ยะลา|Children and education|กระทรวงศึกษาธิการ
ผู้ป่วยจิตเวชขาดยาระหว่างเปลี่ยนสิทธิ|เมืองคอน|สุขภาพและการแพทย์|กรมอนามัย
เรือประมงเล็กไม่มีสัญญาณเตือนพายุ|สตูล|disaster|
โรงสีชุมชนไม่มีที่ตากข้าวเมื่อฝนหลงฤดู|สุรินทร์|agriculture-food|
น้ำเค็มรุกสวนทุเรียน|นนทบุรี; ปทุมธานี|น้ำ น้ำท่วม ภัยแล้ง|กรมชลประทาน
คนพิการขึ้นรถไฟฟ้าเองไม่ได้|กทม|การเดินทางและความปลอดภัยทางถนน|กรุงเทพมหานคร
เยาวชนซื้อบุหรี่ไฟฟ้าทางแอป|ลำปาง|ยาเสพติด|สสส.
ร้านอาหารเล็กทำบัญชีภาษีไม่เป็น|สงขลา|ผู้ประกอบการและการค้า|
ประชาชนไม่รู้ว่าเรื่องร้องเรียนไปถึงไหน|ระยอง|ความยุติธรรมและความโปร่งใส|สพร.
ป่าชุมชนถูกไฟลามจากไร่ข้างเคียง|ลำพูน|ฝุ่นและมลพิษอากาศ|
ค่าไฟฟ้าของโรงเรียนขนาดเล็กสูงเกินงบ|พะเยา|energy-cost-of-living|กฟภ.
ถังขยะติดเชื้อจากบ้านผู้ป่วยไม่มีที่ทิ้ง|อ่างทอง|ขยะและสิ่งแวดล้อม|
แม่เลี้ยงเดี่ยวหางานใกล้บ้านไม่ได้|ชัยนาท|แรงงานและทักษะ|
โรคใบร่วงยางพาราระบาดซ้ำ|ตรัง|เกษตรและอาหาร|
ชุมชนริมคลองไม่มีเอกสารสิทธิ|สมุทรปราการ|housing-land|
ศูนย์เด็กเล็กไม่มีเครื่องฟอกอากาศ|แพร่|ฝุ่นและมลพิษอากาศ|
ปลากระชังตายเมื่อระดับน้ำลดกะทันหัน|นครพนม|น้ำ น้ำท่วม ภัยแล้ง|
งานประเพณีไม่มีที่จอดรถ|สุโขทัย|การท่องเที่ยว|
ผู้สูงอายุถูกแก๊งโทรศัพท์หลอกโอนเงิน|ราชบุรี|safety-scams-cyber|depa
"""
SOLUTIONS = """
แผนที่น้ำขุ่นจากรูปถ่าย|แอปพลิเคชัน
ธนาคารเครื่องฟอกอากาศโรงเรียน|บริการ
รถรับส่งผู้ป่วยร่วมทาง|service
ตรวจเข็มขัดด้วยป้ายสติกเกอร์|campaign
ทุ่นดักขยะหน้าอ่าว|อุปกรณ์
ประกันราคามันล่วงหน้า|นโยบาย
ป้ายรับรองปุ๋ยแท้|process
ใบส่งตัวนักเรียนข้ามจังหวัด|กระบวนการ
ผังสายสื่อสารเปิด|data
วงแชร์ร้านค้าชุมชน|บริการ
รั้วผึ้งกันช้าง|hardware
ข้อมูลที่ดินกลาง|ข้อมูล
จองคิวข้ามอำเภอ|app
ห้องน้ำดาวเหลือง|การรณรงค์
ประกันวันเดียว|policy
บ่อดักไขมันร่วม|งานวิจัย
"""
YEARS: tuple[Any, ...] = (2566, "๒๕๖๖", "พ.ศ. 2566", 2023, 2566.0, "ค.ศ. 2023")
DATES: tuple[Any, ...] = (
    datetime.date(2023, 2, 14),
    "14 ก.พ. 2566",
    "๑๔ กุมภาพันธ์ ๒๕๖๖",
    "14/2/2566",
    "2023-02-14",
    "14 Feb 2023",
    "วันที่ 14 กุมภาพันธ์ พ.ศ. 2566",
    datetime.datetime(2023, 2, 14, 9, 30),
    None,
)


@dataclass(frozen=True, order=True)
class Fault:
    """Where a fault was planted, and the code under which it must be reported."""

    sheet: str
    cell: str
    code: str


@dataclass
class Sheet:
    """The rows of a sheet as they will be written."""

    name: str
    rows: list[dict[str, Any]]
    faults: list[Fault] = field(default_factory=list)

    def plant(self, index: int, key: str, value: Any, code: str) -> None:
        """Spoil one cell of the row at this index."""
        self.rows[index][key] = value
        self.faults.append(Fault(self.name, self.cell(index, key), code))

    def cell(self, index: int, key: str) -> str:
        """Name of the cell of the row at this index."""
        return cell_name(COLUMNS[self.name].index(key), len(ABOVE[self.name]) + 2 + index)


def workbook(*, repaired: bool = False) -> tuple[bytes, tuple[Fault, ...]]:
    """The workbook as XLSX and its faults in the order of sheets and rows; ``repaired`` has the same rows and none."""
    sheets = [Sheet(PAIN_POINTS, list(_pain_points())), Sheet(PROPOSALS, list(_proposals())), Sheet(LINKS, _links())]
    if not repaired:
        _plant(*sheets)
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        _write(book.create_sheet(sheet.name), sheet)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue(), tuple(fault for sheet in sheets for fault in sheet.faults)


def _plant(pain_points: Sheet, proposals: Sheet, links: Sheet) -> None:
    words = [row["statement.th"] for row in pain_points.rows]
    pain_points.plant(1, "date", "29 ก.พ. 2566", "impossible-date")
    pain_points.plant(2, "provinces", "เชียงหม่าย", "unknown-province")
    pain_points.plant(4, "theme", "เกษตรและอาหาน", "unknown-theme")
    pain_points.plant(6, "title.th", None, "missing")
    pain_points.plant(8, "statement.th", f"{words[8]} โทร ๐๘๑-๒๓๔-๕๖๗๘", "phone-number")
    pain_points.plant(9, "statement.th", f"{words[9]} ติดต่อ 08\u200b9 876 5432", "phone-number")
    pain_points.plant(11, "statement.th", f"{words[11]} เลขบัตร {thai_id('110170020345')}", "identity-number")
    pain_points.plant(13, "statement.th", f"{words[13]} somchai.j@example.com", "e-mail")
    pain_points.plant(15, "statement.th", f"{words[15]} ไลน์ไอดี: khunnam88", "line-id")
    pain_points.plant(17, "year", "256", "bad-year")
    pain_points.plant(17, "provinces", "เมืองนอกแผนที่", "unknown-province")  # two faults in one row
    pain_points.plant(20, "owners", "กรมปราบน้ำขุ่นแห่งชาติ", "unknown-organisation")
    pain_points.plant(22, "statement.th", "น้ำเค็ม " * 2_600, "too-long")
    pain_points.rows[25] = dict(pain_points.rows[24])
    pain_points.plant(25, "external_id", pain_points.rows[24]["external_id"], "row-repeated")
    pain_points.plant(28, "date", "31 เม.ย. 2566", "impossible-date")
    pain_points.plant(30, "owners", "สำนักงานน้ำยางเพื่ออนาคต", "unknown-organisation")
    proposals.plant(1, "theme", "สุขภาพและการแพท", "unknown-theme")
    proposals.plant(3, "solution_type", "เวทมนตร์", "unknown-value")
    proposals.plant(5, "year", "๖๖๖๖", "bad-year")
    proposals.plant(7, "title.th", None, "missing")
    proposals.plant(10, "summary.th", f"{proposals.rows[10]['summary.th']} (+66 2-123-4567)", "phone-number")
    links.plant(3, "pain_point", "PP-2566-99999", "unknown-pain-point")


def _pain_points() -> Iterator[dict[str, Any]]:
    for index, line in enumerate(PROBLEMS.strip().splitlines()):
        title, place, theme, owner = line.split("|")
        yield {
            "external_id": f"P{index + 1:03}",
            "language": "ไทย",
            "title.th": title,
            "statement.th": f"{title} ผู้คนใน{place}พบเรื่องนี้มาแล้ว {index + 2} ปี",
            "theme": theme,
            "provinces": place,
            "owners": owner or None,
            "year": YEARS[index % len(YEARS)],
            "date": DATES[index % len(DATES)],
        }


def _proposals() -> Iterator[dict[str, Any]]:
    themes = [line.split("|")[2] for line in PROBLEMS.strip().splitlines()]
    for index, line in enumerate(SOLUTIONS.strip().splitlines()):
        title, kind = line.split("|")
        yield {
            "external_id": f"S{index + 1:03}",
            "language": "ไทย",
            "title.th": title,
            "summary.th": f"{title} ทดลองใช้ได้ภายใน {index + 3} เดือน",
            "theme": themes[index],
            "solution_type": kind,
            "year": YEARS[index % len(YEARS)],
            "award.th": "รางวัลชนะเลิศ" if index == 0 else None,
        }


def _links() -> list[dict[str, Any]]:
    roles = ("แก้ปัญหานี้", "partly")
    # The rows that are linked are right themselves, so that a fault is reported once, where it is.
    pairs = ((0, 0), (2, 3), (4, 5), (6, 7), (8, 10), (9, 12), (11, 14), (12, 16))
    return [
        {"proposal": f"S{proposal + 1:03}", "pain_point": f"P{pain_point + 1:03}", "role": roles[index % 2]}
        for index, (proposal, pain_point) in enumerate(pairs)
    ]


def _write(target: Any, sheet: Sheet) -> None:
    for row in ABOVE[sheet.name]:
        target.append(row)
    headers = {column["key"]: column["header"]["th"] for column in sheet_columns()[KINDS[sheet.name]]}
    target.append([headers[key] for key in COLUMNS[sheet.name]])
    for row in sheet.rows:
        target.append([row[key] for key in COLUMNS[sheet.name]])


def thai_id(twelve: str) -> str:
    """A made-up identity number with the right check digit, as people write it."""
    check = (11 - sum(int(digit) * (13 - place) for place, digit in enumerate(twelve)) % 11) % 10
    return f"{twelve[0]}-{twelve[1:5]}-{twelve[5:10]}-{twelve[10:]}-{check}"


def main(path: Path) -> None:
    """Write the workbook and print its faults."""
    data, faults = workbook()
    path.write_bytes(data)
    for fault in faults:
        print(fault.sheet, fault.cell, fault.code)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
