"""Provinces named in a question: by any name, in both languages; never by a word that means something else."""

import pytest

from catalogue.search.analysis import SCHEMAS, Analyser
from catalogue.search.place_names import NamedPlace, PlaceNames, read_alone, read_place_names
from catalogue.search.synonyms import AMBIGUOUS, CAPITAL, Synonyms, marked_names, read_groups
from catalogue.vocabulary import Vocabulary, name_key


@pytest.fixture(scope="module")
def places(analyser: Analyser) -> PlaceNames:
    return PlaceNames(read_place_names(SCHEMAS), Synonyms(read_groups(SCHEMAS), analyser), read_alone(SCHEMAS))


@pytest.mark.parametrize(
    ("question", "code", "text"),
    [
        ("น้ำท่วม เชียงใหม่", "TH-50", "เชียงใหม่"),
        ("น้ำท่วมเชียงใหม่ทุกปี", "TH-50", "เชียงใหม่"),
        ("flood in Chiang Mai", "TH-50", "Chiang Mai"),
        ("FLOOD IN CHIANG MAI", "TH-50", "CHIANG MAI"),
        ("รถติดใน กทม.", "TH-10", "กทม"),
        ("traffic jams of Bangkok", "TH-10", "Bangkok"),
        ("โคราชแล้งจัด", "TH-30", "โคราช"),
        ("เมืองคอนน้ำท่วมทุกปี", "TH-80", "เมืองคอน"),
        ("ขยะล้นเกาะสมุย", "TH-84", "เกาะสมุย"),
        ("shops in Hat Yai flooded again", "TH-90", "Hat Yai"),
        ("burning season in Chiangmai", "TH-50", "Chiangmai"),
        ("monkeys of lopburi", "TH-16", "lopburi"),
        ("ถนนพังที่จังหวัดเลย", "TH-42", "จังหวัดเลย"),
        ("น้ำป่าหลากอำเภอสวนผึ้ง", "TH-70", "อำเภอสวนผึ้ง"),
        ("ดินถล่ม อ.บ่อเกลือ", "TH-55", "อ.บ่อเกลือ"),
        ("landslides in Nan", "TH-55", "Nan"),
        ("landslides in nan province", "TH-55", "nan province"),
        ("udon thani airport", "TH-41", "udon thani"),
        ("แพร่", "TH-54", "แพร่"),
        (" ตาก ", "TH-63", "ตาก"),
        ("เลย", "TH-42", "เลย"),
        ("เมืองเลย", "TH-42", "เมืองเลย"),
        ("nan", "TH-55", "nan"),
        ("ชาวตากขาดน้ำ", "TH-63", "ชาวตาก"),
        ("น้ำท่วม จว.แพร่", "TH-54", "จว.แพร่"),
        ("ไฟไหม้ อ.เมืองเลย", "TH-42", "อ.เมืองเลย"),
        ("festival of That Phanom", "TH-48", "That Phanom"),
        ("ซ่อมถนน เชียงใหม่", "TH-50", "เชียงใหม่"),
        ("รถติดบนถนนในเชียงใหม่", "TH-50", "เชียงใหม่"),
        ("Chiang Mai road accidents", "TH-50", "Chiang Mai"),
        ("มหาวิทยาลัยขอนแก่น จ.ขอนแก่น", "TH-40", "ขอนแก่น"),
    ],
)
def test_a_province_is_known_by_any_name_as_it_is_written(
    places: PlaceNames, question: str, code: str, text: str
) -> None:
    assert places.find(question) == (NamedPlace(code, text),)


def test_several_come_in_the_order_of_the_question_each_once(places: PlaceNames) -> None:
    found = places.find("from Phuket to Chiang Mai and back to ภูเก็ต")
    assert [place.code for place in found] == ["TH-83", "TH-50"]
    assert found[0].text == "Phuket"


@pytest.mark.parametrize(
    "text",
    [
        "ไม่มีน้ำใช้เลย",
        "ไม่มีรถเมล์ในเมืองเลย",
        "ในเมืองแพร่เชื้อเร็ว",
        "ตากข้าวบนถนน",
        "ปลูกสะเดา",
        "น้ำท่วม",
        "จังหวัด",
        "",
        "a mai tai",
        "เลี้ยงผึ้งในสวนผึ้ง",
        "ปลาทะเลน้อยลงทุกปี",
        "ที่ดินหลังสวน",
        "ช้างป่าเข้าเมืองช้างทำลายพืชผล",
        "NaN in a column",
        "nan bread",
        "trad jazz",
        "udon noodles",
        "Phanom Phrai",
        "ถนนเชียงใหม่พัง",
        "แม่น้ำนครนายกเน่าเสีย",
        "แอปธนาคารกรุงเทพ",
        "มหาวิทยาลัยขอนแก่น",
        "garbage in the Nan River",
        "Bangkok Bank",
        "Chiang Mai University students",
        "traffic on Sukhothai Road",
        "ชม",
    ],
)
def test_words_that_mean_something_else_name_no_province(places: PlaceNames, text: str) -> None:
    assert places.find(text) == ()


def test_every_name_that_means_something_else_counts_beside_a_word_that_says_what_it_is(
    places: PlaceNames, vocabulary: Vocabulary
) -> None:
    doubtful = marked_names(SCHEMAS, AMBIGUOUS) | marked_names(SCHEMAS, CAPITAL)
    for province in vocabulary.provinces.values():
        own = (province.label.th, province.label.en, *province.aliases)
        said = [f"จังหวัด{name}" if not name.isascii() else f"{name.lower()} province" for name in own]
        said += [f"อำเภอ{name}" if not name.isascii() else f"{name.lower()} district" for name in province.places]
        for name, text in zip((*own, *province.places), said, strict=True):
            if name_key(name) in doubtful:
                assert places.find(f"x {text} x") == (NamedPlace(province.code, text),)
                assert places.find(f"x {name.lower()} x") == ()


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_province_is_found_by_its_label(places: PlaceNames, vocabulary: Vocabulary, language: str) -> None:
    named = {p.code: p.label.en if language == "en" else f"จังหวัด{p.label.th}" for p in vocabulary.provinces.values()}
    assert {code: [place.code for place in places.find(name)] for code, name in named.items()} == {
        code: [code] for code in named
    }


def test_every_name_and_place_is_found_but_those_that_mean_something_else(
    places: PlaceNames, vocabulary: Vocabulary
) -> None:
    ambiguous = marked_names(SCHEMAS, AMBIGUOUS)
    names = {
        name: province.code
        for province in vocabulary.provinces.values()
        for name in (province.label.th, province.label.en, *province.aliases, *province.places)
        if name_key(name) not in ambiguous
    }
    assert len(names) > 500
    assert {name: [place.code for place in places.find(name)] for name in names} == {
        name: [code] for name, code in names.items()
    }
