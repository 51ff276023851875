"""What column titles say: which numbers are no ids, which columns are one text, what kind of entry has them."""

from typing import Any

import pytest

from catalogue.entries import PainPoint, Proposal
from catalogue.imports import Plan
from catalogue.loading import dry_run
from catalogue.store import Store
from catalogue.uploads import read_upload
from catalogue.vocabulary import Vocabulary
from tests.test_messy_workbooks import PAINS, book, lines, told
from tests.test_upload_planning import HOST, commit

FORMS = ["ID", "ชื่อปัญหา", "รายละเอียดปัญหา"]


def planned(data: bytes, store: Store, vocabulary: Vocabulary) -> Plan:
    return dry_run(read_upload(data, "x.csv", vocabulary, {}).rows, store, vocabulary, 2569, HOST)


def test_the_numbers_of_a_form_are_no_ids(store: Store, vocabulary: Vocabulary) -> None:
    first = book(Sheet1=[FORMS, [1, "น้ำท่วม", "ท่วม"], [2, "ฝุ่น", "หนา"]])
    assert commit(first, store, vocabulary).counts()["create"] == 2
    following = [FORMS, [1, "คิวยาว", "รอ 5 ชั่วโมง"], [2, "ไฟดับ", "บ่อย"], [3, "ฝุ่น", "หนา"]]
    again = commit(book(Sheet1=following), store, vocabulary)
    assert (again.counts()["create"], again.counts()["unchanged"]) == (2, 1)  # ฝุ่น is known, whatever its number is
    found = read_upload(first, "x.xlsx", vocabulary, {})
    assert found.known[0].key == "number"
    assert [row.called for row in found.rows] == ["1", "2"]
    explained = read_upload(first, "x.xlsx", vocabulary, {"ID": "external_id"})
    assert [row.values["external_id"] for row in explained.rows] == ["1", "2"]
    left_out = read_upload(first, "x.xlsx", vocabulary, {"ID": ""})
    assert [row.values["external_id"] for row in left_out.rows] == [row.values["external_id"] for row in found.rows]


@pytest.mark.parametrize(("title", "ids"), [("รหัส", ["1", "2"]), ("ID", ["2", "3"]), ("id", ["A1", "A2"])])
def test_other_numbers_and_titles_are_ids(vocabulary: Vocabulary, title: str, ids: list[str]) -> None:
    data = book(ปัญหา=[[title, *PAINS[1:]], *([one, f"ปัญหา{one}", "ก"] for one in ids)])
    assert [row.values["external_id"] for row in read_upload(data, "x.xlsx", vocabulary, {}).rows] == ids


def test_a_persons_name_is_no_title(vocabulary: Vocabulary) -> None:
    data = lines("Name,ชื่อปัญหา,รายละเอียดปัญหา", "Somchai Jaidee,น้ำท่วม,ท่วม")
    found = read_upload(data, "x.csv", vocabulary, {})
    assert [(one.header, one.suggestion) for one in found.unknown] == [("Name", "")]
    assert found.rows[0].values["title"] == {"th": "น้ำท่วม"}


@pytest.mark.parametrize(
    ("titles", "one_text"),
    [
        ("ชื่อปัญหา (TH),ชื่อปัญหา (EN)", True),
        ("ชื่อปัญหา,ชื่อปัญหา EN", True),
        ("ชื่อเรื่อง,Title", True),
        ("ชื่อเรื่อง (ไทย),Title", True),
        ("ชื่อปัญหา,Topic", False),
        ("ชื่อปัญหา,ชื่อปัญหา", False),
    ],
)
def test_two_columns_are_one_text_where_their_titles_differ_by_the_language(
    store: Store, vocabulary: Vocabulary, titles: str, one_text: bool
) -> None:
    made = planned(lines(f"{titles},รายละเอียดปัญหา", "น้ำท่วม,Floods,ท่วม"), store, vocabulary)
    assert told(made) == ([] if one_text else [(None, "B2", "column-repeated", "error")])
    assert [(one.entry.title.th, one.entry.title.en) for one in made.create] == [("น้ำท่วม", "Floods")] * one_text


def test_a_solution_is_no_summary_of_a_problem(vocabulary: Vocabulary) -> None:
    for solution in ("แนวทางแก้ไข", "สรุปข้อเสนอ", "Solution"):
        found = read_upload(lines(f"ชื่อปัญหา,รายละเอียดปัญหา,{solution}", "น้ำท่วม,ท่วม,ขุดลอกท่อ"), "x.csv", vocabulary, {})
        assert [(one.header, one.suggestion) for one in found.unknown] == [(solution, "")]
        assert "summary" not in found.rows[0].values
        found = read_upload(lines(f"ชื่อผลงาน,{solution}", "ท่อใหม่,ขุดลอกท่อ"), "x.csv", vocabulary, {})
        assert found.rows[0].values["summary"] == {"th": "ขุดลอกท่อ"}


@pytest.mark.parametrize(
    ("titles", "kind"),
    [
        ("ชื่อผลงาน,รายละเอียด", "proposal"),
        ("ชื่อโครงการ,รายละเอียด,จังหวัด,หน่วยงาน", "proposal"),
        ("ชื่อผลงาน (ไทย),ชื่อผลงาน (อังกฤษ),คำอธิบาย", "proposal"),
        ("ชื่อปัญหา,รายละเอียด,แนวทางแก้ไข,รางวัล", "pain_point"),
        ("ชื่อกิจกรรม,วันที่,จังหวัด", "hackathon"),
        ("ชื่องาน,จังหวัด", "hackathon"),
        ("ชื่อเรื่อง,รายละเอียด", "pain_point"),
        ("Title (TH),Title (EN),Problem (TH),Problem (EN),Province", "pain_point"),
        ("ปัญหา,ข้อเสนอ", "link"),
    ],
)
def test_a_title_that_names_a_kind_says_what_a_table_holds(vocabulary: Vocabulary, titles: str, kind: str) -> None:
    row = ",".join(f"ข้อความ{n}" for n in range(titles.count(",") + 1))
    found = read_upload(lines(titles, row), "x.csv", vocabulary, {})
    assert [one.kind for one in found.rows] == [kind]


def test_a_title_that_is_left_out_names_no_kind(vocabulary: Vocabulary) -> None:
    data = lines("ชื่อเรื่อง,รายละเอียดปัญหา,ชื่อโครงการ", "น้ำท่วม,ท่วม,ก")
    assert read_upload(data, "x.csv", vocabulary, {"ชื่อโครงการ": ""}).rows[0].kind == "pain_point"


def test_a_sheets_name_counts_before_the_titles_of_its_columns(store: Store, vocabulary: Vocabulary) -> None:
    rows: list[list[Any]] = [["ชื่อโครงการ", "รายละเอียดปัญหา"], ["น้ำท่วม", "ท่วม"]]
    kinds = [
        type(one.entry) for name in ("ปัญหา", "2568") for one in planned(book(**{name: rows}), store, vocabulary).create
    ]
    assert kinds == [PainPoint, Proposal]
