"""Queries with the faults that people make, from titles of tests/golden/corpus.jsonl, by rules. Pure but for main.

    python -m tests.robust    writes tests/golden/robust.jsonl

A rule says which edits a title allows. Rules of spelling (layout, variant, abbreviation) make all of them; slips of the
fingers (the others) one for every twenty characters begun. A hash draws titles and places: the same ones every time, on
every machine. Titles of 10 to 60 characters, because people type no longer ones, and up to fifteen per rule and
language. No rule was chosen or changed by what the search made of it.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalogue.settings import ROOT

GOLDEN = ROOT / "tests" / "golden"
FILE = GOLDEN / "robust.jsonl"
PER_RULE = 15
SHORTEST, LONGEST = 10, 60
ONE_SLIP_PER = 20  # characters

Edit = tuple[int, int, str]
"""Start, end (exclusive), and what stands there instead."""
Edits = Callable[[str], Sequence[Edit]]

# The Thai layout that every system calls Kedmanee (TIS 820-2538), key by key beside QWERTY, without and with shift.
QWERTY = "1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./" + '!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
KEDMANEE = "ๅ/-ภถุึคตจขชๆไำพะัีรนยบลฃฟหกดเ้่าสวงผปแอิืทมใฝ" + '+๑๒๓๔ู฿๕๖๗๘๙๐"ฎฑธํ๊ณฯญฐ,ฅฤฆฏโฌ็๋ษศซ.()ฉฮฺ์?ฒฬฦ'
TO_THAI = str.maketrans(QWERTY, KEDMANEE)
# Digits, points and hyphens are left alone: who types Thai gets them elsewhere.
TO_LATIN = {ord(thai): latin for thai, latin in zip(KEDMANEE, QWERTY, strict=True) if thai > "\u0e00"}
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
BESIDE = {key: (row + row[-2])[place + 1] for row in ROWS for place, key in enumerate(row)}

# Spellings that are both met: of loanwords (the Royal Society's first), of letters with one sound, and common mistakes.
THAI_VARIANTS = {
    "แอปพลิเคชัน": "แอพพลิเคชั่น", "แอป": "แอพ", "เว็บไซต์": "เวปไซต์", "เว็บ": "เวป", "ออนไลน์": "ออนไลน",
    "แพลตฟอร์ม": "แพลทฟอร์ม", "ดิจิทัล": "ดิจิตอล", "อินเทอร์เน็ต": "อินเตอร์เน็ต", "คอลเซ็นเตอร์": "คอลเซนเตอร์",
    "คอมพิวเตอร์": "คอมพิวเต้อ", "วัคซีน": "วัคซิน", "โควิด": "โควิท", "ก๊าซ": "แก๊ส", "รถเมล์": "รถเมย์",
    "กฎหมาย": "กฏหมาย", "ปฏิ": "ปฎิ", "อนุญาต": "อนุญาติ", "สิทธิ์": "สิทธิ", "พันธุ์": "พันธ์", "ภัณฑ์": "ภัณท์",
    "เกษตรกร": "เกษตกร", "สถานการณ์": "สถานะการณ์", "ขาดแคลน": "ขาดแคน", "บริการ": "บริการณ์",
    "อุบัติเหตุ": "อุบัติเหต", "จราจร": "จารจร", "ยาเสพติด": "ยาเสพย์ติด", "เยียวยา": "เยี่ยวยา", "ประสบ": "ประสพ",
    "ทุจริต": "ทุจริจ", "ปาล์ม": "ปาร์ม", "สำปะหลัง": "สัมปะหลัง", "มิจฉาชีพ": "มิชฉาชีพ", "สะดวก": "สดวก",
    "สะพาน": "สพาน", "สัญจร": "สัญจน", "แออัด": "แออัต", "กัดเซาะ": "กัดเซาะห์", "อาชญากรรม": "อาชยากรรม",
}  # fmt: skip
THAI_ABBREVIATIONS = {
    "กรุงเทพมหานคร": "กทม.", "ผู้ว่าราชการจังหวัด": "ผวจ.", "ต่างจังหวัด": "ตจว.", "จังหวัด": "จ.", "อำเภอ": "อ.",
    "ตำบล": "ต.", "โรงพยาบาล": "รพ.", "โรงเรียน": "รร.", "มหาวิทยาลัย": "ม.", "นักเรียน": "นร.", "นักศึกษา": "นศ.",
    "เจ้าหน้าที่": "จนท.", "ตำรวจ": "ตร.", "รถจักรยานยนต์": "จยย.", "ประชาชน": "ปชช.", "เศรษฐกิจ": "ศก.", "ผู้ป่วย": "ผป.",
    "พระราชบัญญัติ": "พ.ร.บ.", "คณะรัฐมนตรี": "ครม.", "องค์การบริหารส่วนตำบล": "อบต.", "กิโลเมตร": "กม.", "รัฐบาล": "รบ.",
    "สาธารณสุข": "สธ.", "บริษัท": "บ.",
}  # fmt: skip
ENGLISH_VARIANTS = {
    "visualization": "visualisation", "visualisation": "visualization", "visualizing": "visualising",
    "optimizing": "optimising", "optimization": "optimisation", "incentivize": "incentivise", "analyze": "analyse",
    "organization": "organisation", "behavior": "behaviour", "labor": "labour", "modelling": "modeling",
    "program": "programme", "center": "centre", "startup": "start-up", "ecommerce": "e-commerce",
    "e-commerce": "ecommerce", "e-mobility": "emobility", "email": "e-mail", "smart-meter": "smartmeter",
    "smart meter": "smartmeter", "smart-home": "smarthome", "blockchain": "block chain", "dataset": "data set",
    "data-driven": "datadriven", "short-term": "shortterm", "cybersecurity": "cyber security",
    "wildfires": "wild fires", "hackathon": "hackaton", "dashboard": "dash board", "lawmaking": "law making",
    "american-made": "american made", "mountain-bike": "mountainbike", "streamflow": "stream flow",
    "eco-friendliness": "ecofriendliness",
}  # fmt: skip
ENGLISH_ABBREVIATIONS = {
    "and": "&", "with": "w/", "management": "mgmt", "information": "info", "artificial intelligence": "AI",
    "technology": "tech", "government": "govt", "photovoltaic": "PV", "project": "proj", "application": "app",
    "education": "edu", "manufacturing": "mfg", "maintenance": "maint", "system": "sys", "systems": "sys",
    "university": "uni", "international": "intl", "development": "dev", "department": "dept", "without": "w/o",
}  # fmt: skip


def whole(layout: Mapping[int, str]) -> Edits:
    """Typed without noticing that the other keyboard layout is on."""
    return lambda title: [(0, len(title), title.translate(layout))]


def spelt(table: Mapping[str, str], edge: str) -> Edits:
    """Each word of the table in its other spelling, the longest words first."""
    words = "|".join(re.escape(word) for word in sorted(table, key=lambda word: (-len(word), word)))
    pattern = re.compile(f"{edge}(?:{words}){edge}", re.IGNORECASE)
    return lambda title: [(*found.span(), table[found[0].lower()]) for found in pattern.finditer(title)]


def each(pattern: str, instead: Callable[[str], str]) -> Edits:
    """Wherever the pattern matches and the edit changes something, also where matches overlap."""
    found = re.compile(f"(?=({pattern}))").finditer
    return lambda title: [(*one.span(1), new) for one in found(title) if (new := instead(one[1])) != one[1]]


@dataclass(frozen=True)
class Rule:
    """A fault."""

    language: str
    name: str
    edits: Edits
    slip: bool = True
    """Are only some of the edits made?"""

    def apply(self, title: str) -> str | None:
        """The title with the fault; None where it allows none."""
        edits = list(self.edits(title))
        if self.slip:
            edits.sort(key=lambda edit: drawn(self.name, title, str(edit[0])))
            edits = apart(edits)[: -(-len(title) // ONE_SLIP_PER)]
        changed = title
        for start, end, instead in sorted(edits, reverse=True):
            changed = changed[:start] + instead + changed[end:]
        return None if changed == title else changed


THAI_LETTER = "[ก-ฮ]"
THAI_SIGN = "[ะ-ฺเ-ๅ็-๎]"
RULES = (
    Rule("th", "layout", whole(TO_LATIN), slip=False),
    Rule("th", "variant", spelt(THAI_VARIANTS, ""), slip=False),
    Rule("th", "abbreviation", spelt(THAI_ABBREVIATIONS, ""), slip=False),
    # A vowel or a tone mark struck twice; แ as two เ.
    Rule("th", "doubled", each(THAI_SIGN, lambda sign: "เเ" if sign == "แ" else sign * 2)),
    Rule("th", "toneless", each("[่-๋]", lambda tone: "")),
    Rule("th", "swapped", each("[ก-ฮะ-ฺเ-ๅ็-๎]{2}", lambda two: two[::-1])),
    Rule("th", "missing", each(f"(?<=[ก-๎]){THAI_LETTER}", lambda letter: "")),
    Rule("en", "layout", whole(TO_THAI), slip=False),
    Rule("en", "variant", spelt(ENGLISH_VARIANTS, r"\b"), slip=False),
    Rule("en", "abbreviation", spelt(ENGLISH_ABBREVIATIONS, r"\b"), slip=False),
    Rule("en", "doubled", each("[A-Za-z]", lambda letter: letter * 2)),
    Rule("en", "neighbour", each("[A-Za-z]", lambda letter: BESIDE[letter.lower()])),
    Rule("en", "swapped", each("[A-Za-z]{2}", lambda two: two[::-1])),
    Rule("en", "missing", each("(?<=[A-Za-z])[A-Za-z]", lambda letter: "")),
)


def drawn(*words: str) -> int:
    """A number that looks random and is always the same."""
    return int.from_bytes(hashlib.sha256("\t".join(words).encode()).digest()[:8], "big")


def apart(edits: Sequence[Edit]) -> list[Edit]:
    """The edits without those that touch an earlier one's letters."""
    kept: list[Edit] = []
    for start, end, instead in edits:
        if all(end <= other[0] or other[1] <= start for other in kept):
            kept.append((start, end, instead))
    return kept


def variations(passages: Sequence[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    """For each rule up to PER_RULE of ``{"id", "of", "lang", "rule", "text"}``, of the rows of a corpus.jsonl."""
    titles = {passage["title"]: passage for passage in passages if SHORTEST <= len(passage.get("title", "")) <= LONGEST}
    for rule in RULES:
        mine = [one for title, one in titles.items() if one["lang"] == rule.language and readable(title, rule.language)]
        made = 0
        for one in sorted(mine, key=lambda one: drawn(rule.name, one["id"])):
            text = rule.apply(one["title"])
            if text is not None and made < PER_RULE:
                made += 1
                name = f"{rule.language}-{rule.name}-{made:02}"
                yield {"id": name, "of": one["id"], "lang": rule.language, "rule": rule.name, "text": text}


def readable(title: str, language: str) -> bool:
    """Is it written in the language's own letters?"""
    return title.isascii() if language == "en" else bool(re.search("[ก-ฮ]", title))


def written() -> str:
    """What the file holds: one JSON object a line."""
    rows = (GOLDEN / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in variations([json.loads(row) for row in rows]))


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8", newline="\n")
