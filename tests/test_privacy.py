"""Personal data in free text are found however they are written; numbers that are not personal stay."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.privacy import Span, redacted, spans

PERSONAL = {
    "phone-number": [
        "โทร ๐๘๑-๒๓๔-๕๖๗๘",
        "ติดต่อ 08\u200b9 876 5432",
        "(+66 2-123-4567)",
        "0812345678",
        "081 234 5678",
        "08-1234-5678",
        "+66812345678",
        "+66 81 234 5678",
        "02-123-4567",
        "0-2123-4567",
        "053-123456",
        "(02) 123 4567",
        "โทร.0898765432ค่ะ",
        "0066812345678",
        "66812345678",
        "\uff10\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
        "081\u20112345678",
        "+81 3-3224-5111",
        "081.234.5678",
    ],
    "identity-number": ["เลขบัตร 1-1017-00203-45-0", "1101700203450", "๑๑๐๑๗๐๐๒๐๓๔๕๐", "1 1017 00203 45 0"],
    "e-mail": [
        "somchai.j@example.com",
        "mail: a_b+c@mail.go.th",
        "somchai (at) example.com",
        "somchai\uff20example.com",
        "somchai at gmail.com",
        "somchai.j at hotmail dot com",
    ],
    "line-id": [
        "ไลน์ไอดี: khunnam88",
        "Line ID khunnam",
        "line: nam_88",
        "LINE @hackgo",
        "ไลน์ @somchai",
        "lineid=abc.def",
        "Line: somchai_k",
        "ไลน์: somchai",
        "ทาง Line : somchai",
        "ไลน์ somchai99",
        "แอดไลน์ somchai99",
        "แอดไลน์ somchai",
        "ทักไลน์มาที่ somchai_k",
        "LINE somchai99",
        "ID Line somchai",
        "ไอดีไลน์ somchai.j",
        "https://line.me/ti/p/~somchai",
        "line.me/ti/p/AbC-d1_2",
    ],
}
HARMLESS = [
    "โทร 1669 หรือ 191",
    "สายด่วน 1323",
    "1,234,567 บาท",
    "งบ 0.0812345678 ล้าน",
    "ปี 2566",
    "พ.ศ. 2566-2570",
    "27/02/2566",
    "02-05-2566",
    "05-02-2566 10 คน",
    "โครงการเลขที่ 0105536000315",
    "ไลน์ผลิต 4 สาย",
    "the red line 4 stations",
    "pipeline: data2",
    "Blue Line: Bang Sue",
    "1101700203451",
    "ผู้ป่วย 812345678 คน",
    "PP-2566-00042",
    "PM2.5 เกิน 37.5",
    "ละติจูด 13.7563309 100.5017651",
    "2023-02-27 09:30:00",
    "120 หลัง 5 วัน 3 ครั้ง",
    "2020 2021 2022 2023",
    "ISO 3166-2",
    "@ขอนแก่น",
    "10 000 000 บาท",
    "เล่ม 138 ตอนที่ 12",
    "065-2566",
    "ร้อยละ 08.12",
    "online ideas",
    "ออนไลน์ไอเดียดี",
    "LINE Official Account",
    "แอปพลิเคชันไลน์ เพื่อแจ้งเหตุ",
    "แอดไลน์ official ของจังหวัด",
    "ผ่านไลน์ : Digital Economy",
    "ไลน์ 1212 และ LINE ALERT",
    "ประชุมออนไลน์ ZOOM หรือ ไลน์ zoom",
    "ไลน์ https://example.go.th",
    "ไลน์ www.example.go.th",
    "แชตบอต LINE covid19",
    "assembly line: workers wait",
    "the line item42",
    "We met at example.com",
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in PERSONAL.items() for text in texts])
def test_personal_data_are_found_and_taken_out(kind: str, text: str) -> None:
    assert [span.kind for span in spans(text)] == [kind]
    clean = redacted(f"ก่อน {text} หลัง")
    assert clean.startswith("ก่อน ")
    assert clean.endswith("หลัง")
    assert spans(clean) == ()


@pytest.mark.parametrize("text", HARMLESS)
def test_other_numbers_stay(text: str) -> None:
    assert redacted(text) == text


def test_several_in_one_text() -> None:
    text = "โทร 081-234-5678 3 คน หรือ a@b.co.th, 02-123-4567"
    assert redacted(text) == "โทร [ลบเบอร์โทรศัพท์แล้ว] 3 คน หรือ [ลบอีเมลแล้ว], [ลบเบอร์โทรศัพท์แล้ว]"
    assert redacted("Call 081-234-5678.") == "Call [phone number removed]."
    assert redacted("Call ๐๘๑-๒๓๔-๕๖๗๘.") == "Call [phone number removed]."


@given(st.text(alphabet="0123456789\u0e50\u0e51 .-+()@abline:\u200bก", max_size=60))
def test_spans_are_in_order_and_what_is_left_is_clean(text: str) -> None:
    found = spans(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert all(0 <= span.start < span.end <= len(text) for span in found)


# Addresses as one would write them down, which reads a long text again from each of its letters.
ADDRESS = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]*\s?(?:@|\(at\)|\[at\])\s?(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
    r"|(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9._%+-]{2,}\s+at\s+(?i:gmail|hotmail)(?:\.|\s?dot\s?)com?\b"
)
PIECES = [
    "a",
    "B1",
    ".",
    "-",
    "_",
    "%",
    " ",
    "  ",
    "\n",
    "@",
    "(at)",
    "[at]",
    " at ",
    "gmail.com",
    "hotmail dot com",
    "co",
    "ก",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_addresses_are_found_as_if_every_place_were_tried(text: str) -> None:
    assert list(spans(text)) == [Span(*found.span(), "e-mail") for found in ADDRESS.finditer(text)]


@pytest.mark.parametrize(
    ("long", "end", "kind"),
    [
        ("at " + "a" * 200_000, "", None),
        ("a." * 100_000, "", None),
        ("a." * 100_000, "b@example.com", "e-mail"),
        ("somchai" + " " * 200_000, "at gmail.com", "e-mail"),
        ("at " * 70_000, "somchai at gmail.com", "e-mail"),
        ("ไลน์" + " " * 200_000, "", None),
        ("line id" + " " * 200_000, ": somchai", "line-id"),
        ("lineid-" * 30_000, "", "line-id"),
    ],
)
def test_a_long_text_is_read_through(long: str, end: str, kind: str | None) -> None:
    """It would take minutes to hours if it were not read once."""
    found = spans(long + end)
    assert {span.kind for span in found} == ({kind} if kind else set())
    assert not found or found[-1].end >= len(long) - 100
