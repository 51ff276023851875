"""Analysis: the same words always give the same terms, whatever their spelling, place or neighbours."""

import json
import re
import subprocess
import sys
import threading
import unicodedata
from functools import cache
from importlib import resources

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalogue.search import normalisation
from catalogue.search.analysis import (
    ANALYSIS_VERSION,
    LONGEST_TERM,
    OURS,
    SCHEMAS,
    Analyser,
    Analysis,
    dictionary,
)
from catalogue.search.normalisation import language, normalise


@cache
def analyser() -> Analyser:
    return Analyser()


THAI = st.text(st.characters(min_codepoint=0x0E01, max_codepoint=0x0E5B, exclude_categories=("Cn",)), max_size=40)
TRAPS = st.text(
    st.sampled_from(
        "กขนอฤ เแโไ ะาำๅ ัิีืุู ็่้๊๋์ํฺ ๆฯ๐๑๙ aAsSßİ\u017féK .,-&'\u2019\u0301\u0345\u200b\u200d\u00ad\ufeff\u2011"
        "\0\n\t\u3000\ud800\udfff\uf701\uf70b\uf71a\uff11\uff21\u1100\u1161\u11a8\u09c7\u09be한각"
    ),
    max_size=40,
)
WORDS = st.lists(
    st.sampled_from(
        (
            *("น้ำท่วม", "ขยะ", "แฮกกาธอน", "ผู้สูงอายุ", "PM2.5", "COVID-19", "villages", "Taps", "2566", "๒๕๖๖"),
            *("พ.ร.บ.", "รพ.สต.", "1,000", "e-Service", "ปีพ.ศ.2566", "ถนนพัง", "ที่", "ไม่มี", "the"),
        )
    ),
    max_size=12,
).map(" ".join)
ANY = st.one_of(st.text(max_size=60), st.text(st.characters(), max_size=30), THAI, TRAPS, WORDS)


def sample_texts() -> list[str]:
    """Every string of the sample catalogue."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    for file in resources.files("catalogue").joinpath("sample").iterdir():
        if file.name.endswith(".jsonl"):
            for line in file.read_text(encoding="utf-8").splitlines():
                walk(json.loads(line))
    assert len(found) > 1000
    return found


# --- normalisation


@given(ANY)
@example("เ\u200bเเ่่ก")
@example("ะ่ะ่")
@example("a ่")
@example("a\u0e34\u0300")
@example("\u0149")
@settings(max_examples=300)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == unicodedata.normalize("NFC", once)
    assert once == " ".join(once.split())
    once.encode()  # no half surrogate pair is left


@given(ANY)
@settings(max_examples=300)
def test_what_is_folded_quickly_is_folded_alike(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(normalisation, "_is_plain", lambda text: False)
        slowly = normalise(text)
    assert normalise(text) == slowly
    assert "  " not in slowly


@given(THAI)
def test_thai_and_arabic_digits_are_the_same(text: str) -> None:
    assert normalise(text) == normalise(text.translate({0x0E50 + d: str(d) for d in range(10)}))


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x24F)))
def test_case_does_not_matter(text: str) -> None:
    assert normalise(text.upper()) == normalise(text.upper().lower())
    assert analyser().tokens(text.lower()) == analyser().tokens(text.lower().casefold())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("นํ้าท่วม", "น้ำท่วม"),  # nikhahit + tone + sara aa
        ("น้ําท่วม", "น้ำท่วม"),
        ("เเปลก", "แปลก"),  # two sara e
        ("ที่่", "ที่"),
        ("ท่ี", "ที่"),  # tone typed before the vowel
        ("กรุ\u200bงเทพ", "กรุงเทพ"),
        ("กู\uf70b", "กู้"),  # a shape of old fonts, as PDF files hold it
        ("๒๕๖๖", "2566"),
        ("\uff30\uff2d\uff12.\uff15", "pm2.5"),
        ("ฤๅษี", "ฤๅษี"),
        ("COVID\u201119", "covid-19"),
        ("a\0b\ud800c", "a b c"),
        ("  ก\r\n\tข\u00a0", "ก ข"),
        ("", ""),
    ],
)
def test_what_looks_the_same_is_the_same(written: str, meant: str) -> None:
    assert normalise(written) == meant


def test_nothing_is_taken_apart_as_nfkc_would() -> None:
    assert normalise("น้ำ ²") == "น้ำ ²"


def test_normalisation_agrees_with_pythainlp_on_the_sample() -> None:
    from pythainlp.util import normalize

    for text in sample_texts():
        theirs = normalize(unicodedata.normalize("NFC", re.sub(r"\s+", " ", text)))
        assert normalise(text) == normalise(theirs), text


# --- tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("PM2.5 เกินค่า", ["pm2.5", "pm", "2.5", "เกิน", "ค่า"]),
        ("PM 2.5", ["pm", "2.5"]),
        ("ฝุ่นPM๒.๕", ["ฝุ่น", "pm2.5", "pm", "2.5"]),
        ("COVID-19", ["covid-19", "covid", "19"]),
        ("BM25 5G H1N1", ["bm25", "bm", "25", "5g", "h1n1"]),
        ("low-income", ["low-income", "low", "income"]),
        ("แฮกกาธอนภาครัฐ", ["แฮกกาธอน", "ภาครัฐ"]),
        ("สตาร์ทอัพ แอปพลิเคชัน", ["สตาร์ทอัพ", "แอปพลิเคชัน"]),
        ("นํ้าท่วม", ["น้ำท่วม"]),
        ("ปี ๒๕๖๖ ปี2566", ["ปี", "2566", "ปี", "2566"]),
        ("พ.ร.บ. พ.ศ 2560 ปีพ.ศ.2566", ["พรบ", "พศ", "2560", "ปี", "พศ", "2566"]),
        ("รพ.สต.บ้านแพ้ว จ.เชียงใหม่", ["รพสต", "บ้านแพ้ว", "จ", "เชียงใหม่"]),
        ("อบต. อบต กทม.", ["อบต", "อบต", "กทม"]),
        ("ต่างๆ กรุงเทพฯ ฯลฯ", ["ต่าง", "กรุงเทพ"]),
        ("1,000 บาท 2560-2565 12.5%", ["1000", "บาท", "2560", "2565", "12.5"]),
        ("People's AI/IoT, don't!", ["people", "ai", "iot", "dont"]),
        ("ไม่มีความ", ["ไม่", "มี", "ความ"]),
        ("?!…()", []),
    ],
)
def test_tokens_of(text: str, tokens: list[str]) -> None:
    assert analyser().tokens(text) == tokens


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("taps", "tap"), ("villages", "village"), ("cities", "city"), ("boxes", "box"), ("beaches", "beach"),
        ("employees", "employee"), ("potatoes", "potato"), ("houses", "house"), ("causes", "cause"), ("buses", "bus"),
        ("headaches", "headache"), ("wishes", "wish"), ("viruses", "virus"), ("children", "child"), ("movies", "movie"),
    ],
)  # fmt: skip
def test_plurals_meet_their_singulars(plural: str, singular: str) -> None:
    assert analyser().tokens(plural) == analyser().tokens(singular) == [singular]


@pytest.mark.parametrize("word", ["bus", "gas", "crisis", "glass", "virus", "this", "basis", "specimen", "aids"])
def test_words_that_only_look_like_plurals_stay(word: str) -> None:
    assert analyser().tokens(word) == [word]


def test_stop_words_go_only_when_asked_and_never_all() -> None:
    assert analyser().tokens("the taps of the village") == ["the", "tap", "of", "the", "village"]
    assert analyser().tokens("the taps of the village", keep_stopwords=False) == ["tap", "village"]
    assert analyser().tokens("ปัญหาของน้ำท่วม", keep_stopwords=False) == ["ปัญหา", "น้ำท่วม"]
    assert analyser().tokens("the who", keep_stopwords=False) == ["the", "who"]


def test_stop_words_never_turn_a_problem_round() -> None:
    listed = {
        row.split("\t")[0] for row in (SCHEMAS / "stopwords.tsv").read_text("utf-8").splitlines() if row[:1] != "#"
    }
    assert listed.isdisjoint({"ไม่", "ไม่มี", "ความ", "มาก", "ขาด", "no", "not", "without"})
    assert 50 <= len(listed) <= 200


def test_our_words_are_whole_and_listed_once() -> None:
    lines = [line for name in OURS for line in (SCHEMAS / name).read_text("utf-8").splitlines()]
    rows = [line.split("\t") for line in lines if line[:1] != "#"]
    assert all(len(row) == 2 for row in rows)
    words = [normalise(word).replace(".", "") for word, _ in rows]
    assert len(words) == len(set(words))
    assert set(words) <= set(dictionary())
    assert [word for word in words if analyser().tokens(word) != [word]] == []


@given(ANY, ANY)
@settings(max_examples=200)
def test_neighbours_across_a_space_change_nothing(a: str, b: str) -> None:
    one, two, both = analyser().analyse(a), analyser().analyse(b), analyser().analyse(f"{a} {b}")
    assert both == Analysis(one.tokens + two.tokens, one.ngrams + two.ngrams)


@given(ANY)
def test_spelling_is_settled_before_terms_are_cut(text: str) -> None:
    assert analyser().analyse(text) == analyser().analyse(normalise(text))


@given(ANY)
@settings(max_examples=200)
def test_terms_suit_any_engine(text: str) -> None:
    found = analyser().analyse(text)
    assert found == Analysis(analyser().tokens(text), analyser().ngrams(text))
    for term in found.tokens + found.ngrams:
        assert not re.search(r"[\s\0]", term)
        assert 0 < len(term) <= LONGEST_TERM
        term.encode()


@pytest.mark.parametrize(
    "text",
    ["ก" * 5000, "ตากลม" * 1000, "เ" * 5000, "่" * 5000, "ะ่" * 2500, "a-" * 2500, "ก." * 2500, "1," * 2500, "\0" * 5000],
)
def test_junk_is_analysed_like_anything(text: str) -> None:
    found = analyser().analyse(text)
    assert [term for _, _, term in analyser().spans(text)] == found.tokens


# --- n-grams


def test_ngrams_are_of_thai_runs_and_of_words_with_their_edges() -> None:
    assert analyser().ngrams("น้ำท่วม") == ["น้ำ", "้ำท", "ำท่", "ท่ว", "่วม", "น้ำท่", "้ำท่ว", "ำท่วม"]
    assert analyser().ngrams("ปี tap AI 2566") == ["ปี", "_tap", "tap_", "_ai_", "_2566_"]


def test_a_misspelt_word_shares_grams_with_the_right_one() -> None:
    right, wrong = set(analyser().ngrams("แอปพลิเคชัน")), set(analyser().ngrams("แอพพลิเคชั่น"))
    assert len(right & wrong) >= 5


# --- spans and highlights


@given(ANY)
@settings(max_examples=300)
def test_spans_are_the_tokens_in_order(text: str) -> None:
    spans = analyser().spans(text)
    assert [term for _, _, term in spans] == analyser().tokens(text)
    assert all(0 <= start < end <= len(text) for start, end, _ in spans)
    assert [start for start, _, _ in spans] == sorted(start for start, _, _ in spans) or "-" in text or "." in text


@given(ANY)
@example("นํ้า")
@example("ก\u0e34\u200b่ข")
@example("ด\u0e34\u0e35")
@example("\ud800\u03000")
@settings(max_examples=300)
def test_a_span_holds_its_term(text: str) -> None:
    for start, end, term in analyser().spans(text):
        held = normalise(text[start:end]).replace(".", "").replace(",", "").replace("'", "")
        letters = term.replace(".", "")
        # Only the first letters: plurals lose their end, and a sign out of order may stand in a term of its own.
        assert held.startswith(letters[:2]) or letters in held or held[:1] == letters[:1], (text[start:end], term)


@given(
    st.lists(
        st.sampled_from(
            [
                "นํ้าท่วม",
                "กรุ\u200bงเทพ",
                "ท่ี",
                "\uff30\uff2d\uff12.\uff15",
                "ฝุ่น",
                "Flood",
                "ปี๒๕๖๖",
                "\u3000",
                "\n\n ",
                "เเปลก",
                "é",
            ]
        )
    )
)
def test_spans_are_exact_where_spelling_was_mended(pieces: list[str]) -> None:
    text = " ".join(pieces)
    for start, end, term in analyser().spans(text):
        assert analyser().tokens(text[start:end])[0] == term


def test_highlights_are_places_in_the_text_as_written() -> None:
    text = "ปัญหา  นํ้าท่วมขัง, PM๒.๕ and Taps"
    marks = analyser().highlights(text, ["น้ำท่วม", "ขัง", "pm2.5", "tap"])
    assert [text[start:end] for start, end in marks] == ["นํ้าท่วมขัง", "PM๒.๕", "Taps"]
    assert analyser().highlights(text, []) == []


# --- language


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("น้ำท่วม", "th"),
        ("ระบบ AI สำหรับ Smart City ในเมือง", "th"),
        ("flooding in Bangkok", "en"),
        ('The word "น้ำ" is on every sign in this long English sentence about rivers', "en"),
        ("PM2.5", "en"),
        ("2566", "th"),
        ("", "th"),
    ],
)
def test_language_of(text: str, spoken: str) -> None:
    assert language(text) == spoken


# --- the whole


def test_the_sample_is_analysed_and_its_spans_lead_back() -> None:
    for text in sample_texts():
        spans = analyser().spans(text)
        assert [term for _, _, term in spans] == analyser().tokens(text)
        for start, end, term in spans:
            assert term in analyser().tokens(text[start:end]) or len(normalise(text[start:end])) >= len(term), text


def test_threads_may_share_an_analyser() -> None:
    text = "ปัญหาน้ำท่วมซ้ำซากในชุมชนริมคลอง PM2.5 " * 20
    fresh = Analyser()
    expected, seen = analyser().analyse(text), []
    threads = [threading.Thread(target=lambda: seen.append(fresh.analyse(text))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 8


def test_the_version_is_the_same_in_every_process_and_importing_is_light() -> None:
    script = (
        "import sys; from catalogue.search.analysis import ANALYSIS_VERSION as version; "
        "print(version, 'pythainlp' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert said == [ANALYSIS_VERSION, "False"]
    assert re.fullmatch("[0-9a-f]{12}", ANALYSIS_VERSION)
