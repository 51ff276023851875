"""What the cells of a spreadsheet mean: words to values, each fault with a suggestion. Pure.

Tested by tests/test_upload_planning.py.
"""

import datetime
import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalogue import privacy
from catalogue.date_ranges import days_of
from catalogue.entries import PainPoint
from catalogue.fields import about
from catalogue.headers import LIKE_A_WORD
from catalogue.thai_dates import THAI_DIGITS, UNREADABLE, DateFault, date_of, year_of
from catalogue.vocabulary import Label, Vocabulary, name_key
from catalogue.workbooks.columns import choices
from catalogue.workbooks.table import ERROR_VALUES, EXAMPLE

COUNTRIES = {"th": "TH", "ไทย": "TH", "ประเทศไทย": "TH", "thailand": "TH", "tha": "TH"}
YES = {"true", "yes", "y", "1", "ใช่", "จริง", "ทั่วประเทศ", "x", "✓", "✔"}
NO = {"false", "no", "n", "0", "ไม่ใช่", "ไม่"}
# "และ" parts names only where all parts are known; see `several`.
# A comma before "Ltd." is part of a company's name.
PARTING = re.compile(r"[;\n、|]|,(?!\s*(?:ltd|limited|inc|llc|corp|plc|pcl)\b)|\s/\s", re.IGNORECASE)
INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
NOTHING = frozenset("-\N{EN DASH}\N{EM DASH}")  # what people write into a cell that they have nothing for


Suggestion = str | tuple[str, str]
"""A value to write instead; or what to do, in Thai and in English."""


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with one cell. A ``warning`` is told and the row is taken; an ``error`` rejects it."""

    code: str
    th: str
    en: str
    suggestion: Suggestion = ""
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell means: its value (None: empty), what to look up among entries, and its faults.

    ``also``: what it says of further columns, where those say nothing themselves.
    """

    value: Any = None
    references: tuple[str, ...] = ()
    faults: tuple[CellFault, ...] = ()
    also: Mapping[str, Any] = field(default_factory=dict)


class Reader:
    """Reads cells with the words of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._choices = choices(vocabulary)
        self._codes = {key: _codes(labels) for key, labels in self._choices.items()}
        provinces = vocabulary.provinces.values()
        names = ((p.label.th, (p.label.th, p.label.en, *p.aliases)) for p in provinces)
        self._province_words = {name_key(word): label for label, words in names for word in words}
        self._organisation_words = _labels(o.label for o in vocabulary.organisations.values())
        self._themes = _labels(t.label for t in vocabulary.themes.values())
        self._readers: dict[str, Callable[[Any], Cell]] = {
            "theme": self._theme,
            "secondary_themes": self._themes_of,
            "provinces": self._provinces,
            "owners": self._organisations,
            "reporters": self._organisations,
            "hosts": self._hosts,
            "year": lambda value: _dated(year_of(value)),
            "nationwide": _yes_or_no,
            "country": _country,
            "topics": _texts,
            "phases": _texts,
            "aliases": lambda value: Cell(list(several(str(value)))),
            "hackathon": lambda value: Cell(references=(str(value).strip().translate(THAI_DIGITS),)),
            "pain_points": lambda value: Cell(references=several(str(value).translate(THAI_DIGITS))),
            **dict.fromkeys(("date", "end_date", "plan_date"), lambda value: _dated(date_of(value))),
            "start_date": _first_day,
            **dict.fromkeys(("participants", "submissions", "teams", "follow_up_every_months"), _number),
        }

    def read(self, key: str, value: Any) -> Cell:
        """What a cell of the column ``key`` means; personal data in it are told, and gone from the value."""
        base = key.partition(".")[0]
        if isinstance(value, str):
            # Between the words of a text they show where a line may break; in an id or a date they make another one.
            prose = base not in self._readers and base not in self._codes and key != "external_id"
            words = INVISIBLE.sub("", value)
            value = value if prose and words.strip() else words
        if value is None or (isinstance(value, str) and (not value.strip() or value.strip() in NOTHING)):
            return Cell()
        if value == EXAMPLE:
            return Cell(faults=(_example_mark(),))
        if isinstance(value, str) and value in ERROR_VALUES:
            fault = CellFault(
                "formula-error",
                "เซลล์นี้มีข้อผิดพลาดของสูตร โปรดใส่ค่าแทนสูตร",
                "The formula in this cell has an error. Put a value in its place.",
            )
            return Cell(faults=(fault,))
        if base in self._codes and base not in self._readers:
            return self._choice(base, str(value))
        if reader := self._readers.get(base):
            return reader(value)
        read = _prose(value)
        if key != "external_id":
            return read
        # ๑ and 1 are one number, however the next file writes it.
        return Cell(faults=(unusable_id(),)) if read.faults else Cell(read.value.translate(THAI_DIGITS))

    def _choice(self, key: str, text: str) -> Cell:
        folded = name_key(text)
        if code := self._codes[key].get(folded):
            return Cell(code)
        labels = [label.th for label in self._choices[key].values()]
        offered = " · ".join(labels)
        close = difflib.get_close_matches(folded, self._codes[key], 1, LIKE_A_WORD)
        suggestion = self._choices[key][self._codes[key][close[0]]].th if close else offered
        return Cell(
            faults=(
                CellFault(
                    "unknown-value",
                    f"ไม่รู้จักค่านี้ เลือกได้: {offered}",
                    f"This value is not known. Choose from: {', '.join(x.en for x in self._choices[key].values())}.",
                    suggestion,
                ),
            )
        )

    def _theme(self, value: Any) -> Cell:
        text = str(value)
        if code := self._codes["theme"].get(name_key(text)):
            return Cell(code)
        if len(parts := self._theme_names(text)) > 1 and all(map(self._is_theme, parts)):
            return Cell(faults=(_several_themes(),))
        return Cell(faults=(_unknown("theme", "หมวด", "theme", _nearest(text, self._themes)),))

    def _themes_of(self, value: Any) -> Cell:
        # Some labels have commas of their own.
        whole = self._theme(value)
        return _joined([whole] if whole.value else [self._theme(part) for part in self._theme_names(str(value))])

    def _theme_names(self, text: str) -> list[str]:
        """The names in one cell. Some have commas of their own: those part only what is known on all sides."""
        found: list[str] = []
        for piece in filter(str.strip, re.split(r"[;\n]", text)):
            parts = re.split(r",|/", piece)
            found += parts if not self._is_theme(piece) and all(map(self._is_theme, parts)) else [piece]
        return found

    def _is_theme(self, name: str) -> bool:
        return name_key(name) in self._codes["theme"]

    def _provinces(self, value: Any) -> Cell:
        found = []
        for name in several(str(value), self._vocabulary.province_code):
            if code := self._vocabulary.province_code(name):
                found.append(Cell(code))
            else:
                nearest = _nearest(re.sub(r"^(จังหวัด|จ\.)\s*", "", name), self._province_words)
                found.append(Cell(faults=(_unknown("province", "จังหวัด", "province", nearest),)))
        return _joined(found)

    def _organisations(self, value: Any) -> Cell:
        found = []
        for name in several(str(value), self._vocabulary.organisation_id):
            clean, faults = _clean(name)
            if self._vocabulary.organisation_id(clean) is None and not faults:
                nearest = _nearest(clean, self._organisation_words)
                faults = (
                    CellFault(
                        "unknown-organisation",
                        "ยังไม่มีหน่วยงานนี้ในทะเบียน จะเก็บชื่อไว้ตามที่เขียน",
                        "This organisation is not in the register; its name is kept as it is written.",
                        nearest,
                        "warning",
                    ),
                )
            found.append(Cell({"name": _text(clean)}, (), faults))
        return _joined(found)

    def _hosts(self, value: Any) -> Cell:
        whole = self._organisations(value)
        roles = ("lead_host", *["co_host"] * len(whole.value))
        hosts = [{"organization": named, "role": role} for named, role in zip(whole.value, roles, strict=False)]
        return Cell(hosts, (), whole.faults)


def several(text: str, known: Callable[[str], Any] | None = None) -> tuple[str, ...]:
    """The values in one cell, each once. "และ", "and", "/" and spaces part them only where both sides are known."""
    found: list[str] = []
    for part in (piece.strip() for piece in PARTING.split(text)):
        if part:
            found += _parts(part, known) if known and not known(part) else [part]
    return tuple(dict.fromkeys(found))


def language_of(text: str, otherwise: str = "en") -> str:
    """The language of most letters; ``otherwise`` where there are none."""
    thai, latin = len(re.findall("[ก-ฮ]", text)), len(re.findall("[A-Za-z]", text))
    if not thai and not latin:
        return otherwise
    return "th" if thai * 2 >= latin and thai else "en"


def _parts(text: str, known: Callable[[str], Any]) -> list[str]:
    for parting in (r"\s*และ\s*|\s+and\s+|\s*&\s*|\s*/\s*", r"\s+"):
        pieces = [piece for piece in re.split(parting, text) if piece]
        if len(pieces) > 1 and all(map(known, pieces)):
            return pieces
    return [text]


def _prose(value: Any) -> Cell:
    text = value.isoformat() if isinstance(value, datetime.date) else str(value).strip()
    clean, faults = _clean(text)
    return Cell(clean, (), faults)


def _clean(text: str) -> tuple[str, tuple[CellFault, ...]]:
    kinds = dict.fromkeys(span.kind for span in privacy.spans(text))
    return (privacy.redacted(text) if kinds else text), tuple(map(personal, kinds))


def personal(kind: str) -> CellFault:
    """What is told of personal data of this kind, a key of ``privacy.WORDS``."""
    return CellFault(
        kind,
        f"พบ{privacy.WORDS[kind][0]} ระบบจะลบออกก่อนเก็บ",
        f"Personal data ({privacy.WORDS[kind][1]}); they are removed before anything is kept.",
        ("ลบข้อมูลส่วนบุคคลออก", "Remove it"),
        "warning",
    )


def unusable_id() -> CellFault:
    """What is told of a sender's id that holds personal data: without them rows of several people would be one."""
    return CellFault(
        "personal-id",
        "รหัสของผู้ส่งมีข้อมูลส่วนบุคคล เช่น เบอร์โทรศัพท์หรือเลขประจำตัวประชาชน ระบบเก็บไม่ได้ และหากตัดออกก็แยกแต่ละแถวไม่ได้",
        "The sender's id is or holds personal data, such as a phone number or an identity number. They are not kept, "
        "and without them rows could not be told apart.",
        ("ใช้รหัสอื่น เช่น A1 หรือเว้นว่างไว้", "Give another id, such as A1, or leave the cell empty"),
    )


def _example_mark() -> CellFault:
    return CellFault(
        "example-mark",
        "แถวนี้พิมพ์ทับแถวตัวอย่าง ระบบอ่านแถวนี้ และถือว่าเซลล์นี้ว่าง",
        "This row is written over the example: it is read, and this cell counts as empty.",
        ("ลบคำนี้ หรือลบทั้งแถวถ้าเป็นตัวอย่าง", "Delete these words, or the row if it is the example"),
        "warning",
    )


def _text(words: str) -> dict[str, str]:
    return {language_of(words): words}


def _texts(value: Any) -> Cell:
    cleaned = [_clean(part) for part in several(str(value))]
    return Cell([_text(words) for words, _ in cleaned], (), tuple(fault for _, faults in cleaned for fault in faults))


def _dated(found: Any) -> Cell:
    if isinstance(found, DateFault):
        return Cell(faults=(CellFault(found.code, found.th, found.en, found.suggestion),))
    return Cell(found.isoformat() if isinstance(found, datetime.date) else found)


def _first_day(value: Any) -> Cell:
    """The first day of an event; the last one too, where both are in the cell."""
    found = date_of(value)
    if isinstance(found, DateFault) and found.code == UNREADABLE and (days := days_of(value)):
        if isinstance(days, DateFault):
            return _dated(days)
        return Cell(days[0].isoformat(), also={"end_date": days[1].isoformat()})
    return _dated(found)


def _yes_or_no(value: Any) -> Cell:
    folded = str(value).strip().casefold()
    if folded in YES or folded in NO:
        return Cell(folded in YES)
    return Cell(faults=(CellFault("unknown-value", "ต้องเป็น ใช่ หรือ ไม่ใช่", "Write yes or no.", "ใช่ · ไม่ใช่"),))


def _country(value: Any) -> Cell:
    text = str(value).strip()
    return Cell(COUNTRIES.get(text.casefold(), text.upper()))


def _number(value: Any) -> Cell:
    text = re.sub(r"[,\s]|คน$|ทีม$|ผลงาน$", "", str(value).translate(THAI_DIGITS).strip())
    text = text.removesuffix(".0")
    if re.fullmatch(r"\d{1,9}", text):
        return Cell(int(text))
    return Cell(faults=(CellFault("not-a-number", "ต้องเป็นจำนวนเต็ม", "This must be a whole number."),))


def _codes(labels: Mapping[str, Label]) -> dict[str, str]:
    return {name_key(word): code for code, label in labels.items() for word in (code, label.th, label.en)}


def _labels(labels: Iterable[Label]) -> dict[str, str]:
    return {name_key(word): label.th for label in labels for word in (label.th, label.en)}


def _nearest(text: str, words: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(name_key(text), words, 1, LIKE_A_WORD)
    return words[close[0]] if close else ""


def _unknown(code: str, th: str, en: str, suggestion: str) -> CellFault:
    meant = (f" หมายถึง “{suggestion}” หรือไม่", f" Did you mean “{suggestion}”?") if suggestion else ("", "")
    return CellFault(f"unknown-{code}", f"ไม่รู้จัก{th}นี้{meant[0]}", f"This {en} is not known.{meant[1]}", suggestion)


def _several_themes() -> CellFault:
    further = about(PainPoint)["secondary_themes"]
    return CellFault(
        "several-themes",
        "ช่องนี้ใส่ได้หมวดเดียว",
        "This column takes one theme.",
        (
            f"เหลือหมวดหลักไว้หมวดเดียว ที่เหลือใส่ในคอลัมน์ “{further.th}”",
            f"Leave the main one here and put the others into the column “{further.en}”",
        ),
    )


def _joined(cells: Sequence[Cell]) -> Cell:
    faults: Iterable[CellFault] = (fault for cell in cells for fault in cell.faults)
    return Cell([cell.value for cell in cells if cell.value is not None], (), tuple(dict.fromkeys(faults)))
