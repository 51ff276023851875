"""What hosts really send: nothing is lost, tied to the wrong entry, or read as another thing without a word."""

import csv
import datetime
import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from catalogue.curation import Status
from catalogue.entries import Hackathon, PainPoint, Proposal
from catalogue.errors import FileRefused
from catalogue.headers import all_titles, key_of, suggested_key
from catalogue.imports import Plan
from catalogue.loading import dry_run
from catalogue.store import UPDATED, Change, Store
from catalogue.thai_dates import DateFault, could_be_american, date_of
from catalogue.uploads import read_upload
from catalogue.vocabulary import Vocabulary
from catalogue.workbooks.annotate import Note, annotated
from catalogue.workbooks.child import read
from catalogue.workbooks.columns import sheet_columns
from catalogue.workbooks.table import INSTRUCTIONS, SHEETS
from catalogue.workbooks.template import template
from tests.test_upload_planning import HOST, commit

PAINS = ["รหัส", "ชื่อปัญหา", "รายละเอียดปัญหา"]
PROPOSALS = ["รหัส", "ชื่อผลงาน", "สรุปข้อเสนอ", "ปัญหาในคลัง"]
LINKS = ["ข้อเสนอ", "ปัญหา"]
P1 = ["P1", "น้ำท่วม", "ท่วมทุกปี"]


def book(**sheets: list[list[Any]]) -> bytes:
    made, target = Workbook(), io.BytesIO()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(target)
    return target.getvalue()


def lines(*rows: str) -> bytes:
    return "\n".join(rows).encode()


@pytest.fixture
def planned(store: Store, vocabulary: Vocabulary) -> Any:
    def plan(data: bytes) -> Plan:
        return dry_run(read_upload(data, "x.csv", vocabulary, {}).rows, store, vocabulary, 2569, HOST)

    return plan


def told(made: Plan) -> list[tuple[Any, ...]]:
    return [(p["sheet"], p["cell"], p["code"], p["severity"]) for p in (one.as_dict() for one in made.problems)]


def tied(made: Plan) -> dict[str, list[str]]:
    """Titles of the pain points that each new proposal addresses, by its title."""
    titles = {one.entry.id: str(one.entry.title.th) for one in made.create}
    proposals = [one.entry for one in made.create if isinstance(one.entry, Proposal)]
    return {str(one.title.th): [titles[link.pain_point] for link in one.pain_points] for one in proposals}


def test_a_pain_point_that_is_named_twice_is_one_link_and_the_row_is_taken(planned: Any) -> None:
    rows = [PROPOSALS, ["R1", "แอปน้ำ", "แจ้ง", "P1; น้ำท่วม"], ["R2", "แอปฝน", "แจ้ง", "P1, p1"]]
    made = planned(book(ปัญหา=[PAINS, P1], ข้อเสนอ=rows))
    assert tied(made) == {"แอปน้ำ": ["น้ำท่วม"], "แอปฝน": ["น้ำท่วม"]}
    assert told(made) == []


def test_a_row_with_an_unknown_reference_is_rejected_though_a_link_of_it_is_known(planned: Any) -> None:
    rows = [PROPOSALS, ["R1", "แอปน้ำ", "แจ้ง", "P9"]]
    made = planned(book(ปัญหา=[PAINS, P1], ข้อเสนอ=rows, เชื่อมโยง=[LINKS, ["R1", "P1"]]))
    assert told(made) == [("ข้อเสนอ", "D2", "unknown-pain-point", "error")]
    assert tied(made) == {}


def test_a_text_that_is_too_long_is_told_beside_the_telephone_in_it(planned: Any) -> None:
    made = planned(book(ปัญหา=[PAINS, ["P1", "น้ำท่วม", "ปัญหายาว " * 3000 + "โทร 081-234-5678"]]))
    assert [code for _, _, code, _ in told(made)] == ["phone-number", "too-long"]
    assert made.counts()["rejected"] == 1


def test_an_id_is_the_one_that_is_written_and_not_one_that_is_like_it(planned: Any) -> None:
    pains = [PAINS, ["1.1", "น้ำท่วม", "ก"], ["11", "ฝุ่น", "ข"], ["A-1", "ขยะ", "ค"], ["A1", "น้ำเสีย", "ง"]]
    rows = [PROPOSALS, ["X", "วัดฝุ่น", "ก", "11"], ["Y", "เก็บขยะ", "ข", "A-1"], ["Z", "ดูคลอง", "ค", "A1"]]
    made = planned(book(ปัญหา=pains, ข้อเสนอ=rows))
    assert tied(made) == {"วัดฝุ่น": ["ฝุ่น"], "เก็บขยะ": ["ขยะ"], "ดูคลอง": ["น้ำเสีย"]}
    several = planned(book(ปัญหา=pains, ข้อเสนอ=[PROPOSALS, ["X", "ใด", "ก", "a 1"]]))
    (problem,) = several.problems
    assert (problem.code, "หลายรายการ" in problem.message_th, "Several" in problem.message_en) == (
        "unknown-pain-point",
        True,
        True,
    )


def test_a_reference_to_a_rejected_row_means_no_other_one(planned: Any) -> None:
    pains = [PAINS, ["1.1", "น้ำท่วม", "ก"], ["11", None, "ไม่มีชื่อ"]]
    made = planned(book(ปัญหา=pains, ข้อเสนอ=[PROPOSALS, ["X", "วัดฝุ่น", "ก", "11"]]))
    assert tied(made) == {}
    assert [code for _, _, code, _ in told(made)] == ["missing", "unknown-pain-point"]


def test_a_link_is_tied_to_the_proposal_that_it_names(planned: Any) -> None:
    rows = [PROPOSALS[:3], ["1.1", "แอปก", "ก"], ["11", "แอปข", "ข"]]
    made = planned(book(ปัญหา=[PAINS, P1], ข้อเสนอ=rows, เชื่อมโยง=[LINKS, ["11", "P1"]]))
    assert tied(made) == {"แอปก": [], "แอปข": ["น้ำท่วม"]}


def test_a_sheet_of_links_adds_to_those_that_the_catalogue_has(store: Store, vocabulary: Vocabulary) -> None:
    pains = [PAINS, P1, ["P2", "ฝุ่น", "ฝุ่นเยอะ"]]
    proposals, none = [PROPOSALS[:3], ["R1", "แอป", "แจ้ง"]], {"update": 0, "rejected": 0}
    for link, updated in (("P1", 0), ("P2", 1), ("P2", 0)):
        data = book(ปัญหา=pains, ข้อเสนอ=proposals, เชื่อมโยง=[LINKS, ["R1", link]])
        assert commit(data, store, vocabulary).counts().items() >= (none | {"update": updated}).items()
    (proposal,) = store.entries(kind="proposal", statuses=[Status.SUBMITTED])
    assert len(proposal.body["pain_points"]) == 2


def test_links_to_many_stored_proposals_are_all_kept_in_any_order(store: Store, vocabulary: Vocabulary) -> None:
    pains = [PAINS, *([f"P{n}", f"ปัญหาที่{n}", "ก"] for n in range(5))]
    proposals = [PROPOSALS[:3], ["R1", "แอป", "แจ้ง"], ["R2", "เว็บ", "ดู"]]
    commit(book(ปัญหา=pains, ข้อเสนอ=proposals), store, vocabulary)
    links = [[f"R{1 + n % 2}", f"P{n}"] for n in range(5)]
    made = commit(book(เชื่อมโยง=[LINKS, *links, ["R2", "ไม่มี"]]), store, vocabulary)
    assert (made.counts()["update"], made.counts()["rejected"]) == (2, 1)
    titles = {one.id: one.body["title"]["th"] for one in store.entries(kind="pain_point", statuses=[Status.SUBMITTED])}
    kept = {
        one.body["title"]["th"]: [titles[link["pain_point"]] for link in one.body["pain_points"]]
        for one in store.entries(kind="proposal", statuses=[Status.SUBMITTED])
    }
    assert kept == {"แอป": ["ปัญหาที่0", "ปัญหาที่2", "ปัญหาที่4"], "เว็บ": ["ปัญหาที่1", "ปัญหาที่3"]}


def test_a_link_to_a_draft_that_lacks_a_field_is_told_and_nothing_else_suffers(
    store: Store, vocabulary: Vocabulary
) -> None:
    commit(book(ปัญหา=[PAINS, P1], ข้อเสนอ=[PROPOSALS[:3], ["R1", "แอป", "แจ้ง"], ["R2", "เว็บ", "ดู"]]), store, vocabulary)
    (first, _) = store.entries(kind="proposal", statuses=[Status.SUBMITTED])
    lacking = {name: value for name, value in first.body.items() if name != "title"}
    store.apply([Change(UPDATED, first.id, lacking, Status.DRAFT, "half")], "host")
    made = commit(book(เชื่อมโยง=[LINKS, ["R1", "P1"], ["R2", "P1"]]), store, vocabulary)
    assert told(made) == [("เชื่อมโยง", "A2", "incomplete-draft", "error")]
    assert made.counts()["update"] == 1


@pytest.mark.parametrize("name", ["Hackathon 2568", "แฮกกาธอน", "คำอธิบายปัญหา"])
def test_the_titles_of_a_sheet_say_more_than_an_occasion_or_a_word_in_its_name(planned: Any, name: str) -> None:
    (made,) = planned(book(**{name: [PAINS, P1]})).create
    assert isinstance(made.entry, PainPoint)
    guide = [["ช่อง", "วิธีเขียน"], ["ชื่อปัญหา", "เขียนสั้น ๆ"]]
    assert planned(book(ปัญหา=[PAINS, P1], คำอธิบายปัญหา=guide)).counts()["create"] == 1
    event = [["ชื่องาน", "วันที่จัด"], ["แฮกน้ำ", "5 มีนาคม 2568"]]
    (held,) = planned(book(**{"แฮกกาธอน 2568": event})).create
    assert isinstance(held.entry, Hackathon)


def test_a_title_with_a_comma_can_be_named(planned: Any) -> None:
    pains = [PAINS, ["P1", "ขยะ, น้ำเสีย / กลิ่น", "ก"]]
    made = planned(book(ปัญหา=pains, ข้อเสนอ=[PROPOSALS, ["X", "แอป", "ก", "ขยะ, น้ำเสีย / กลิ่น"]]))
    assert tied(made) == {"แอป": ["ขยะ, น้ำเสีย / กลิ่น"]}
    many = [PAINS, *([str(n), f"ปัญหาที่{n}", "ก"] for n in range(1, 13))]
    made = planned(book(ปัญหา=many, ข้อเสนอ=[PROPOSALS, ["X", "แอป", "ก", "1, 2"]]))
    assert tied(made) == {"แอป": ["ปัญหาที่1", "ปัญหาที่2"]}


def test_a_row_that_stands_twice_is_one_entry_to_refer_to(planned: Any) -> None:
    pains = [PAINS[1:], P1[1:], P1[1:]]
    made = planned(book(ปัญหา=pains, ข้อเสนอ=[PROPOSALS, ["X", "แอป", "ก", "น้ำท่วม"]]))
    assert tied(made) == {"แอป": ["น้ำท่วม"]}
    assert [code for _, _, code, _ in told(made)] == ["row-repeated"]


def test_what_belongs_to_another_kind_empties_no_field_of_this_one(store: Store, vocabulary: Vocabulary) -> None:
    first = lines("รหัส,ชื่อเรื่อง,รายละเอียดปัญหา,สรุปในอีกภาษา", "A1,น้ำท่วม,ท่วม,Floods each year")
    assert commit(first, store, vocabulary).counts()["create"] == 1
    again = lines("ประเภท,รหัส,ชื่อเรื่อง,รายละเอียดปัญหา,สรุป", "ปัญหา,A1,น้ำท่วม,ท่วม,ท่วมทุกปี", "ปัญหา,A2,ฝน,ตก,-")
    made = commit(again, store, vocabulary)
    assert (made.counts()["unchanged"], made.counts()["update"]) == (1, 0)
    assert told(made) == [(None, "E2", "column-of-another-kind", "warning")]


def test_the_first_of_two_tables_of_a_sheet_keeps_its_titles(planned: Any) -> None:
    lower = [["รหัส", "ชื่อเรื่อง", "รายละเอียดปัญหา", "จังหวัด", "หมวด"], ["P2", "ฝุ่น", "ก", "น่าน", "สุขภาพ"]]
    made = planned(book(ปัญหา=[PAINS, P1, [], *lower]))
    assert "น้ำท่วม" in [one.entry.title.th for one in made.create]
    odd = [["ประเภท", "เรื่องที่ส่ง", "เนื้อความ", "ผู้รับผิดชอบ"], ["ปัญหา", "น้ำเสีย", "x", "-"], ["ปัญหา", "ฝุ่น", "y", "-"]]
    assert len(planned(book(รวม=odd)).problems) > 1  # both rows are told: no row was taken for titles


@pytest.mark.parametrize("word", ["พลังงาน", "แรงงาน", "น้ำ"])
def test_a_word_that_names_no_kind_is_told_at_its_cell(planned: Any, word: str) -> None:
    made = planned(lines("ประเภท,ชื่อปัญหา,รายละเอียดปัญหา", f"{word},ค่าไฟแพง,ค่าไฟโรงเรียน"))
    assert told(made) == [(None, "A2", "unknown-kind", "error")]


@pytest.mark.parametrize("sheet", ["รายงานปัญหา", "ปัญหา Hackathon 2568"])
def test_a_sheet_of_problems_holds_problems(planned: Any, sheet: str) -> None:
    made = planned(book(**{sheet: [PAINS, P1]}))
    assert [type(one.entry) for one in made.create] == [PainPoint]
    assert told(made) == []


def test_titles_that_come_twice_are_titles(planned: Any) -> None:
    made = planned(lines(",".join([*PAINS, "หมายเหตุ", "หมายเหตุ"]), "A1,น้ำท่วม,ท่วมทุกปี,ก,ข", "A2,ฝุ่น,ฝุ่นเยอะ,ค,ง"))
    assert [one.entry.external_id for one in made.create] == ["A1", "A2"]


def test_a_row_that_says_the_titles_again_is_no_entry(planned: Any) -> None:
    titles = [*PAINS, "จังหวัด"]
    rows = [titles, [*(f"{title} *" for title in PAINS), "(เลือกได้หลายจังหวัด)"], [*P1, "น่าน"], titles]
    assert [one.entry.title.th for one in planned(book(ปัญหา=rows)).create] == ["น้ำท่วม"]


def test_what_an_entry_of_this_kind_has_no_field_for_is_told(planned: Any) -> None:
    titles = "ประเภท,รหัส,ชื่อเรื่อง,รายละเอียด,ผู้เดือดร้อน"
    made = planned(lines(titles, "ปัญหา,P1,น้ำท่วม,ท่วมทุกปี,ชาวนา", "ข้อเสนอ,R1,แอปเตือนน้ำ,ส่งข้อความก่อนน้ำมา,ชาวนา"))
    pain, proposal = (one.entry for one in made.create)
    assert isinstance(pain, PainPoint)
    assert isinstance(proposal, Proposal)
    assert (pain.statement.th, proposal.summary and proposal.summary.th) == ("ท่วมทุกปี", "ส่งข้อความก่อนน้ำมา")
    assert told(made) == [(None, "E3", "column-of-another-kind", "warning")]


def test_a_company_is_one_organisation(planned: Any) -> None:
    made = planned(lines("ประเภท,ชื่อเรื่อง,ผู้จัด", 'แฮกกาธอน,Hack A,"ABC Innovation Co., Ltd., XYZ Inc"'))
    (event,) = (one.entry for one in made.create)
    assert isinstance(event, Hackathon)
    assert [host.organization.name.en for host in event.hosts] == ["ABC Innovation Co., Ltd.", "XYZ Inc"]


def test_running_numbers_are_no_ids_of_the_catalogue(store: Store, vocabulary: Vocabulary, planned: Any) -> None:
    first, second = (lines("ลำดับ,ชื่อปัญหา,รายละเอียดปัญหา", row) for row in ("1,น้ำท่วม,ก", "1,คิวโรงพยาบาลยาว,ข"))
    assert commit(first, store, vocabulary).counts()["create"] == 1
    assert commit(first, store, vocabulary).counts()["unchanged"] == 1
    assert commit(second, store, vocabulary).counts()["create"] == 1
    numbered = [["ลำดับ", *PAINS], [1, "P1", "ขยะ", "ก"], [2, "P2", "ฝุ่น", "ก"]]
    made = planned(book(ปัญหา=numbered, ข้อเสนอ=[["ลำดับ", *PROPOSALS], [1, "R1", "แอปฝุ่น", "ก", "๒"]]))
    assert told(made) == []
    assert tied(made) == {"แอปฝุ่น": ["ฝุ่น"]}
    swapped = [["ลำดับ", *PAINS], [1, "3", "ขยะ", "ก"], [3, "1", "ฝุ่น", "ข"]]
    made = planned(book(ปัญหา=swapped, ข้อเสนอ=[PROPOSALS, ["R", "แอป", "ก", "1"]]))
    assert tied(made) == {"แอป": ["ฝุ่น"]}  # an id before a number
    twice = {name: [["ลำดับ", *PAINS[1:]], [1, f"{name}ก", "ก"]] for name in ("ปัญหา", "ปัญหาอื่น")}
    (problem,) = planned(book(**twice, ข้อเสนอ=[PROPOSALS, ["R", "แอป", "ก", "1"]])).problems
    assert (problem.code, "Several" in problem.message_en) == ("unknown-pain-point", True)


def test_a_repeated_row_is_told_with_its_sheet(planned: Any) -> None:
    made = planned(book(ปัญหา=[PAINS, P1], ปัญหาอื่น=[PAINS, P1]))
    (problem,) = made.problems
    assert "ปัญหา 2" in problem.message_th
    assert "ปัญหา 2" in problem.message_en


def test_a_column_with_american_dates_has_no_others_that_could_be_either(planned: Any) -> None:
    rows = [f"P{n},ก{n},ข,{date}" for n, date in enumerate(("2/14/2025", "2/3/2025", "3 มี.ค. 2568", "2025-03-02"))]
    made = planned(lines("รหัส,ชื่อปัญหา,รายละเอียดปัญหา,วันที่", *rows))
    assert told(made) == [(None, "D3", "mixed-date-order", "error")]
    assert not could_be_american("3/3/2568")
    assert not could_be_american("9" * 1000)


def test_invisible_characters_and_dashes_say_nothing(planned: Any) -> None:
    made = planned(
        lines("รหัส,ชื่อปัญหา,รายละเอียดปัญหา,จังหวัด,วันที่", "A\u200b1,ฝน\u200bตก,ก,-,14 ก.พ.\ufeff 2568", "A2,\u200b,ก,,")
    )
    (one,) = made.create
    assert isinstance(one.entry, PainPoint)
    assert (one.entry.external_id, one.entry.title.th, one.entry.provinces) == ("A1", "ฝน\u200bตก", ())
    assert one.entry.date == datetime.date(2025, 2, 14)
    assert told(made) == [(None, "B3", "missing", "error")]


@pytest.mark.parametrize(
    "written", ["2025/02/14 1:30:00 PM GMT+7", "14/2/2568 13:30:00 หลังเที่ยง GMT+7", "14/2/2568, 9:05:00 ก่อนเที่ยง"]
)
def test_a_forms_timestamp_is_a_date(written: str) -> None:
    assert date_of(written) == datetime.date(2025, 2, 14)


def test_a_year_that_a_spreadsheet_made_of_two_digits_is_asked_for() -> None:
    found = date_of(datetime.datetime(1968, 2, 29))
    assert isinstance(found, DateFault)
    assert (found.code, found.suggestion) == ("ambiguous-year", "28 ก.พ. 2568")
    assert "29 ก.พ. 2511" in found.th
    assert date_of("29 ก.พ. 2511") == datetime.date(1968, 2, 29)


def test_a_row_typed_over_the_example_is_kept_and_its_mark_is_told(store: Store, vocabulary: Vocabulary) -> None:
    made = load_workbook(io.BytesIO(template()))
    sheet, target = made[SHEETS["pain_point"]], io.BytesIO()
    for column, key in enumerate((column["key"] for column in sheet_columns()["pain_point"]), 1):
        if key in ("title.th", "statement.th"):
            sheet.cell(2, column).value = f"{key} ของจริง"
    made.save(target)
    plan = commit(target.getvalue(), store, vocabulary)
    (one,) = plan.create
    assert (one.entry.title.th, one.row.number) == ("title.th ของจริง", 2)
    assert str(one.entry.external_id).startswith("content:")
    assert told(plan) == [(SHEETS["pain_point"], "B2", "example-mark", "warning")]
    made = load_workbook(io.BytesIO(target.getvalue()))
    made[SHEETS["pain_point"]]["B2"].value = None
    made.save(target)
    assert commit(target.getvalue(), store, vocabulary).counts()["unchanged"] == 1


def test_a_template_saved_as_csv_has_no_rows_either() -> None:
    rows = list(load_workbook(io.BytesIO(template()))[SHEETS["pain_point"]].values)[:2]
    target = io.StringIO()
    csv.writer(target).writerows([["" if cell is None else cell for cell in row] for row in rows])
    with pytest.raises(FileRefused) as caught:
        read(target.getvalue().encode(), "x.csv", all_titles())
    assert caught.value.members["code"] == "no-rows"


def test_a_column_without_a_title_is_asked_for_if_it_says_something(vocabulary: Vocabulary) -> None:
    data = book(ปัญหา=[[*PAINS, None, None, "จังหวัด"], [*P1, "หลังฝนตก", None, "น่าน"]])
    found = read_upload(data, "x.xlsx", vocabulary, {})
    (asked,) = found.unknown
    assert (asked.header, asked.cell, asked.suggestion) == ("(คอลัมน์ D / column D)", "D1", "")
    explained = read_upload(data, "x.xlsx", vocabulary, {asked.header: "affected"})
    assert explained.unknown == []
    assert explained.rows[0].values["affected"] == {"th": "หลังฝนตก"}
    marked = annotated(data, "x.xlsx", [Note("ปัญหา", 2, 0, "create", "ก / a")])
    assert [header.header for header in read_upload(marked, "x.xlsx", vocabulary, {}).unknown] == [asked.header]


def test_a_sheet_that_is_left_out_is_named(vocabulary: Vocabulary) -> None:
    single = [["ชื่อผลงาน"], ["แอปน้ำ"], ["แอปฝุ่น"]]
    others = {"จังหวัด": [["จังหวัด"], ["น่าน"]], "คำแนะนำการส่ง": [["ก", "ข"], ["ค", "ง"]], "ซ่อน": [PAINS, P1], "ว่าง": []}
    made = load_workbook(io.BytesIO(book(ปัญหา=[PAINS, P1], ข้อเสนอ=single, **others)))
    made["ซ่อน"].sheet_state = "hidden"
    made.create_sheet(INSTRUCTIONS)["A1"] = "อ่านก่อน"
    target = io.BytesIO()
    made.save(target)
    found = read_upload(target.getvalue(), "x.xlsx", vocabulary, {})
    assert [(row.sheet, row.kind) for row in found.rows] == [("ปัญหา", "pain_point"), *[("ข้อเสนอ", "proposal")] * 2]
    assert found.sheets() == [
        {"sheet": "ปัญหา", "kind": "pain_point", "rows": 1},
        {"sheet": "ข้อเสนอ", "kind": "proposal", "rows": 2},
        *({"sheet": name, "kind": None, "rows": 0} for name in ("คำแนะนำการส่ง", "ซ่อน", "จังหวัด")),
    ]


def test_rows_that_were_numbered_before_they_were_filled_are_no_rows(planned: Any) -> None:
    numbered = [["ลำดับ", *PAINS], [1, *P1], *([number] for number in range(2, 61))]
    assert planned(book(ปัญหา=numbered)).counts() == {"create": 1, "update": 0, "unchanged": 0, "rejected": 0}


def test_the_lower_of_two_rows_of_titles_is_no_entry(vocabulary: Vocabulary) -> None:
    upper = [*PAINS, "ผลกระทบ", None, None, None, None]
    lower = [*PAINS, "ด้านเศรษฐกิจ", "ด้านสังคม", "ด้านสุขภาพ", "ด้านการศึกษา", "จังหวัด"]
    made = load_workbook(io.BytesIO(book(ปัญหา=[upper, lower, [*P1, "ก", "ข", "ค", "ง", "น่าน"]])))
    for cells in ("A1:A2", "B1:B2", "C1:C2", "D1:H1"):
        made["ปัญหา"].merge_cells(cells)
    target = io.BytesIO()
    made.save(target)
    found = read_upload(target.getvalue(), "x.xlsx", vocabulary, {})
    assert [(row.number, row.values["provinces"]) for row in found.rows] == [(3, ["TH-55"])]
    assert [one.header for one in found.unknown] == ["ผลกระทบ", "ด้านสังคม", "ด้านสุขภาพ", "ด้านการศึกษา"]


def test_the_head_of_a_form_is_not_taken_for_the_titles(planned: Any) -> None:
    head = ["หน่วยงาน", "กรมชลประทาน", "ปี", 2568]
    (one,) = planned(book(ปัญหา=[head, [], PAINS, P1])).create
    assert one.entry.title.th == "น้ำท่วม"


@pytest.mark.parametrize("name", ["แนวทางแก้ปัญหา", "วิธีแก้ปัญหา", "นวัตกรรมแก้ปัญหา", "ไอเดียแก้ไขปัญหา 2568"])
def test_what_solves_problems_is_no_problem(planned: Any, name: str) -> None:
    (one,) = planned(book(**{name: [["ชื่อผลงาน", "รายละเอียด"], ["แอปน้ำ", "แจ้ง"]]})).create
    assert isinstance(one.entry, Proposal)


def test_titles_say_more_than_a_word_inside_a_sheets_name(planned: Any) -> None:
    (one,) = planned(book(ปัญหาโครงการบ้านจัดสรร=[PAINS, P1])).create
    assert isinstance(one.entry, PainPoint)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("ชื่อเรื่อง (ไทย/อังกฤษ)", "title"),
        ("Title (Thai/English)", "title"),
        ("Problem statement (Thai/English)", "statement"),
        ("Titel (English)", "title.en"),
        ("ชื่อเรื่อง (ภาษาอังกฤษ)", "title.en"),
        ("ชื่อเรือง (ไทย)", "title.th"),
    ],
)
def test_a_title_that_names_both_languages_takes_either(title: str, key: str) -> None:
    assert (key_of(title, "pain_point", {}) or suggested_key(title, "pain_point")) == key
