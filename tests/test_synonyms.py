"""The table of other names: reviewed, in both languages, none that means two things; and what it finds in questions."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from catalogue.search.analysis import SCHEMAS, Analyser
from catalogue.search.normalisation import normalise
from catalogue.search.synonyms import Group, Synonyms, read_groups

THAI = re.compile("[\u0e01-\u0e4e]")
VOCABULARIES = ("provinces.yaml", "organisations.yaml", "themes.yaml")


@pytest.fixture(scope="module")
def groups() -> list[Group]:
    return read_groups(SCHEMAS)


@pytest.fixture(scope="module")
def synonyms(groups: list[Group], analyser: Analyser) -> Synonyms:
    return Synonyms(groups, analyser)


def rows() -> list[tuple[str, list[str], list[str]]]:
    """Kind, Thai and English forms of every line as written."""
    lines = (SCHEMAS / "synonyms.tsv").read_text(encoding="utf-8").splitlines()
    cells = [(*line.split("\t"), "", "")[:3] for line in lines if line[:1] not in ("#", "")]
    return [(kind, *([form for form in column.split("|") if form] for column in forms)) for kind, *forms in cells]


def others(synonyms: Synonyms, text: str) -> set[str]:
    return {" ".join(name) for piece in synonyms.pieces(text) for name in piece.otherwise}


# --- the table


def test_there_are_more_than_420_groups_beside_the_vocabularies(groups: list[Group]) -> None:
    own = [group for group in groups if not group.kind.startswith(("TH-", "OG-"))]
    assert len(own) > 420
    assert sum(any(THAI.search(f.text) for f in g.forms) and any(f.text.isascii() for f in g.forms) for g in own) > 420
    assert min(Counter(group.kind for group in own).values()) >= 10


def test_forms_stand_in_the_column_of_their_language() -> None:
    for kind, thai, english in rows():
        assert all(THAI.search(form) or re.fullmatch(r"\??[\w.() -]+", form) for form in thai), (kind, thai)
        assert not any(THAI.search(form) for form in english), (kind, english)
        assert all(form == form.strip() for form in thai + english)


def test_no_two_forms_are_the_same_to_the_analyser(groups: list[Group], synonyms: Synonyms) -> None:
    written = {normalise(form.removeprefix("?")) for _, thai, english in rows() for form in thai + english}
    seen: dict[tuple[str, ...], tuple[str, str]] = {}
    for group in groups:
        for form in group.forms:
            words = synonyms.words(form.text)
            other = seen.setdefault(words, (group.kind, form.text))
            # Two names of one organisation may differ in a hyphen; what is written here may not repeat anything.
            assert other[1] == form.text or (other[0] == group.kind and normalise(form.text) not in written), (
                other,
                form.text,
            )


def test_no_form_is_lost_to_stop_words(groups: list[Group], synonyms: Synonyms, analyser: Analyser) -> None:
    for group in groups:
        for form in group.forms:
            words = synonyms.words(form.text)
            assert any(len(word) > 1 for word in words), form.text
            # "ของแพง" would be asked for by every "แพง".
            dropped = len(analyser.tokens(form.text)) - len(analyser.tokens(form.text, keep_stopwords=False))
            assert len(words) > 1 or not dropped or "-" in words[0] or not form.sought, form.text


def test_no_form_is_sought_that_is_stop_words_alone(synonyms: Synonyms, analyser: Analyser) -> None:
    sought = [form for forms in synonyms.names() for form in forms]
    assert len(sought) > 3_000
    assert [form for form in sought if all(map(analyser.is_stopword, analyser.tokens(form)))] == []


def test_a_form_of_stop_words_is_still_asked_by(synonyms: Synonyms) -> None:
    assert "องค์การอนามัยโลก" in others(synonyms, "WHO")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("farm\tทุเรียน\tdurian", "stands under farm, line"),
        ("place\tโคราช\tKorat City", "stands under TH-30 already"),
        ("farm\tแก้วมังกร\t", "two forms or more"),
        ("OG-2569-999\tกรมใหม่\tNew", "no province or organisation"),
    ],
)
def test_a_bad_line_is_refused_with_its_number(tmp_path: Path, line: str, complaint: str) -> None:
    for name in VOCABULARIES:
        shutil.copy(SCHEMAS / name, tmp_path)
    text = (SCHEMAS / "synonyms.tsv").read_text(encoding="utf-8") + line + "\n"
    (tmp_path / "synonyms.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=f"line {len(text.splitlines())}: .*{complaint}"):
        read_groups(tmp_path)


# --- questions


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("1669", "emergency medical service"),
        ("โทร 1669 แล้วไม่มีคนรับ", "การแพทย์ ฉุกเฉิน"),
        ("เมืองคอนน้ำท่วม", "นครศรีธรรมราช"),
        ("flooding in Korat", "นครราชสีมา"),
        ("flooding in Nan", "น่าน"),
        ("ฝุ่นจิ๋ว", "pm 2.5"),
        ("PM2.5", "พีเอ็ม 2.5"),
        ("pm 2.5 เชียงใหม่", "พีเอ็ม 2.5"),
        ("#PM25 เชียงใหม่", "pm 2.5"),
        ("พีเอ็ม2.5", "pm 2.5"),
        ("AIDS", "เอดส์"),
        ("เอดส์", "aids"),
        ("hearing aids", "hearing aid"),
        ("covid19", "โควิด"),
        ("โควิด-19", "covid"),
        ("แอพพลิเคชั่นแจ้งเหตุ", "แอป"),
        ("applications for farmers", "แอป"),
        ("สพร.", "dga"),
        ("งบ กทม", "bangkok"),
        ("ส.ป.ก.", "alro"),
        ("BMA", "กรุงเทพมหานคร"),
        ("งบประมาณ พ.ศ. 2566", "2023"),
        ("hackathons of 2023", "2566"),
        ("งบปี 67", "2567"),
        ("งบประมาณ ๖๗", "2024"),
        ("ปีงบประมาณ68 โครงการ", "2568"),
        ("น้ำท่วม พ.ศ. 54", "2554"),
        ("แฮกกาธอนปี 66", "2023"),
    ],
)
def test_a_question_is_met_by_other_names(synonyms: Synonyms, question: str, name: str) -> None:
    assert name in others(synonyms, question)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("ไม่มีน้ำใช้เลย", "loei"),
        ("ไม่มีรถเมล์ในเมืองเลย", "loei"),
        ("ตากข้าวบนถนน", "tak"),
        ("PM2.5", "pm 25"),  # of an hour and a day
        ("legal aid", "เอดส์"),
        ("nan bread", "น่าน"),
        ("ส่งพัสดุ EMS", "การแพทย์ ฉุกเฉิน"),  # express mail
        ("LED street lights", "กรม บังคับคดี"),
        ("ยื่นคำร้อง 2400 ฉบับ", "1857"),
        ("ขาดน้ำ 2,000 ครัวเรือน", "2543"),
        ("งบ 50 ล้านบาท", "2550"),
        ("อายุเกิน 60 ปี 40 คน", "2540"),
        ("ตึก 67 ชั้น", "2567"),
        ("จมน้ำทุกปี 50 หลังคาเรือน", "2550"),
        ("เด็ก 12 ปี 40 โรงเรียน", "2540"),
        ("²²²²", "2565"),
        ("Prime Minister's Office", "minister"),
        ("การแพทย์ฉุกเฉิน", "1669"),  # a number alone is in any text
        ("องค์การอนามัยโลก", "who"),  # and so is a pronoun
        ("World Health Organization", "who"),
    ],
)
def test_words_that_mean_something_else_are_left_alone(synonyms: Synonyms, question: str, name: str) -> None:
    assert name not in others(synonyms, question)


def test_pieces_are_the_longest_names_and_never_overlap(synonyms: Synonyms) -> None:
    found = synonyms.pieces("digital literacy for digital government PM2.5 and pm 2.5")
    assert [piece.tokens for piece in found] == [("digital", "literacy"), ("pm2.5", "pm", "2.5")]


def test_a_question_without_other_names_has_no_pieces(synonyms: Synonyms) -> None:
    assert synonyms.pieces("asdfgh ?") == ()
    assert synonyms.pieces("") == ()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("งาน IT", "งาน ไอที"),
        ("ระบบITโรงพยาบาล", "ระบบไอทีโรงพยาบาล"),
        ("IT for hospitals", "information technology for hospitals"),
        ("IT", "information technology"),
        ("trade with the US", "trade with the United States"),
        ("แนวทางของ WHO", "แนวทางของ องค์การอนามัยโลก"),
        ("is it about us and who pays", "is it about us and who pays"),
        ("WHO TOLD US ABOUT IT", "WHO TOLD US ABOUT IT"),
        ("ITS and HOW TO", "ITS and HOW TO"),
        ("", ""),
    ],
)
def test_capitals_tell_a_name_from_a_stop_word(synonyms: Synonyms, question: str, said: str) -> None:
    assert synonyms.in_full(question) == said


def test_every_name_that_would_be_a_stop_word_has_one_in_full_in_both_languages(
    groups: list[Group], synonyms: Synonyms, analyser: Analyser
) -> None:
    capitals = {
        form.text
        for group in groups
        for form in group.forms
        if all(map(analyser.is_stopword, synonyms.words(form.text)))
    }
    assert capitals == {"IT", "US", "WHO"}
    for name in capitals:
        assert synonyms.in_full(f"ระบบ {name}") != f"ระบบ {name}"
        assert synonyms.in_full(f"about {name}") != f"about {name}"


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("รร.ขนาดเล็กในจ.น่าน", "โรงเรียนขนาดเล็กในจังหวัดน่าน"),
        ("น้ำเสียจากต.ตลาดจินดา อ.สามพราน", "น้ำเสียจากตำบลตลาดจินดา อำเภอสามพราน"),
        ("edu for farmers", "education for farmers"),
        ("พ.ต.อ.ไม่รับแจ้งความ", "พ.ต.อ.ไม่รับแจ้งความ"),
        ("ข้อ ก. และ จ.", "ข้อ ก. และ จ."),
        ("โรงเรียนขนาดเล็ก", "โรงเรียนขนาดเล็ก"),
        ("", ""),
    ],
)
def test_short_forms_are_read_out(synonyms: Synonyms, question: str, read: str) -> None:
    assert synonyms.read_out(question) == read
