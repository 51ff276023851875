"""What the titles of a spreadsheet's columns and sheets mean: titles to fields, words to kinds. Pure.

Tested by tests/test_upload_planning.py.
"""

import difflib
import re
from collections.abc import Mapping
from functools import cache

from catalogue.fields import columns
from catalogue.vocabulary import Label, name_key
from catalogue.workbooks.columns import MODELS
from catalogue.workbooks.kinds import KIND, LINK

IGNORED = ""  # a header that is mapped to this is left out, knowingly
NUMBER = "number"  # key of running numbers: other rows of the file refer to them; ids they are not, every file has a 1
LIKE_A_HEADER, LIKE_A_WORD = 0.85, 0.6  # difflib ratios: taken for the same; suggested
LANGUAGE_WORDS = {"th": ("ไทย", "thai"), "en": ("อังกฤษ", "english")}
# Titles of columns that hosts and forms use, by key; compared as name_key folds them.
OTHER_HEADERS: dict[str, tuple[str, ...]] = {
    KIND: ("ประเภท", "kind", "type", "ชนิด"),
    NUMBER: ("ลำดับ", "ลำดับที่", "เลขที่", "ที่", "no."),
    "external_id": ("รหัส", "id", "code"),
    "title": ("หัวข้อ", "ชื่อปัญหา", "ชื่อโครงการ", "ชื่อผลงาน", "topic", "โจทย์"),
    "statement": ("รายละเอียดปัญหา", "ปัญหาที่พบ", "รายละเอียด", "คำอธิบาย", "problem", "description"),
    "summary": ("รายละเอียด", "คำอธิบาย", "description"),
    "theme": ("หมวดหมู่", "ด้าน", "category", "sector", "track"),
    "provinces": ("พื้นที่", "province", "location", "จังหวัดที่พบ"),
    "owners": ("หน่วยงาน", "หน่วยงานเจ้าของปัญหา", "หน่วยงานที่เกี่ยวข้อง", "agency", "owner", "organisation"),
    "year": ("พ.ศ.", "ปี พ.ศ.", "ปี ค.ศ."),
    "date": ("วันที่", "วันเดือนปี"),
    "start_date": ("วันที่จัด", "วันที่จัดงาน", "วันจัดงาน", "วันเวลาจัดงาน", "dates", "event dates", "dates of the event"),
    "end_date": ("วันสิ้นสุด", "วันที่สิ้นสุด"),
    "affected": ("กลุ่มเป้าหมาย", "ผู้เดือดร้อน"),
}
# The same for one kind: beside a problem แนวทางแก้ไข is what may be done about it, and no summary of it.
HEADERS_OF: dict[str, dict[str, tuple[str, ...]]] = {
    "proposal": {"summary": ("สรุปข้อเสนอ", "แนวทางแก้ไข", "solution")},
    "hackathon": {"title": ("ชื่องาน", "ชื่อกิจกรรม")},
}
# Titles that say what kind of entry has them.
NAMING = {
    "ชื่อปัญหา": "pain_point",
    "ชื่อผลงาน": "proposal",
    "ชื่อโครงการ": "proposal",
    "ชื่องาน": "hackathon",
    "ชื่อกิจกรรม": "hackathon",
}
_LANGUAGE_MARK = re.compile(r"ภาษา|ไทย|อังกฤษ|(?<![a-z])(?:tha?|thai|en|eng|english)(?![a-z])")


@cache
def keys_of(kind: str) -> dict[str, str]:
    """Key of a column by every folded title that means it; a text's title without a language means ``title``."""
    known: dict[str, str] = {}
    for column in columns(MODELS[kind]):
        key, th, en = column["key"], column["header"]["th"], column["header"]["en"]
        for title in (key, th, en, f"{th} / {en}"):
            known[name_key(title)] = key
        base, _, language = key.partition(".")
        if language:
            for title in (base, th.removesuffix(" (ไทย)"), en.removesuffix(" (Thai)")):
                if not title.endswith(")"):
                    known.setdefault(name_key(title), base)
    bases = {column["key"].partition(".")[0] for column in columns(MODELS[kind])} | {KIND, NUMBER}
    for key, titles in (*OTHER_HEADERS.items(), *HEADERS_OF.get(kind, {}).items()):
        if key in bases:
            for title in titles:
                known.setdefault(name_key(title), key)
    return known


def key_of(header: str, kind: str, mapping: Mapping[str, str]) -> str | None:
    """The column that a title means, ``IGNORED`` where the mapping says so, None where nobody knows."""
    known, folded = keys_of(kind), name_key(header)
    # A title may stand in sheets of several kinds; what it means in one says nothing where there is no such column.
    if header in mapping and mapping[header] in (IGNORED, *known.values()):
        return mapping[header]
    if folded in known:
        return known[folded]
    close = difflib.get_close_matches(folded, known, 1, LIKE_A_HEADER) if len(folded) > 4 else []
    return _in_its_language(known[close[0]], folded) if close else None


def unmarked(header: str) -> str:
    """The folded title without what it says of a language: "ชื่อปัญหา (TH)" and "ชื่อปัญหา (EN)" are one."""
    return name_key(_LANGUAGE_MARK.sub(" ", header.casefold()))


def in_two_languages(one: str, other: str, kind: str, key: str) -> bool:
    """Are these two titles of a text's column one title, of either language: marked so, or ชื่อเรื่อง and Title?"""
    folded, label = {name_key(one), name_key(other)}, meanings(kind)[key]
    return folded == {name_key(label.th), name_key(label.en)} or (len(folded) == 2 and unmarked(one) == unmarked(other))


def _in_its_language(key: str, folded: str) -> str:
    """The column that a title is like, of the language that the title names; of either, where it names both or none.

    "Title (Thai/English)" is more like "Title (English)" than like any other.
    """
    base, _, language = key.partition(".")
    named = [one for one, words in LANGUAGE_WORDS.items() if any(word in folded for word in words)]
    return key if not language else f"{base}.{named[0]}" if len(named) == 1 else base


@cache
def meanings(kind: str) -> dict[str, Label]:
    """Every column that a title in a sheet of this kind may mean, with what people call it; nothing for other kinds."""
    found: dict[str, Label] = {}
    if kind != LINK:
        found[KIND] = Label("ประเภทของรายการ", "Kind of entry")
    found[NUMBER] = Label("ลำดับในไฟล์ (ใช้อ้างถึงกันในไฟล์เท่านั้น)", "Number in the file (to refer to within it)")
    for column in columns(MODELS[kind]) if kind in MODELS else ():
        key, header = column["key"], column["header"]
        base, _, language = key.partition(".")
        if language:
            either = Label(header["th"].removesuffix(" (ไทย)"), header["en"].removesuffix(" (Thai)"))
            found.setdefault(base, either)
        found[key] = Label(header["th"], header["en"])
    return found


def suggested_key(header: str, kind: str) -> str:
    """The column that a title that nobody knows is most like, or ""."""
    known, folded = keys_of(kind), name_key(header)
    if any(header.casefold() in titles for of_kind in HEADERS_OF.values() for titles in of_kind.values()):
        return ""  # it is known, of another kind: "solution" is like "location" by its letters alone
    inside = [title for title in known if len(title) > 3 and title in folded]
    close = [max(inside, key=len)] if inside else difflib.get_close_matches(folded, known, 1, LIKE_A_WORD)
    return _in_its_language(known[close[0]], folded) if close else ""


@cache
def all_titles() -> dict[str, dict[str, str]]:
    """:func:`keys_of` by kind, for whoever reads a file and knows no models (workbooks/child.py)."""
    return {kind: keys_of(kind) for kind in MODELS}
