"""Text of entries and readers is shown as it is, never as markup; years are written as people read them."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.api.search import SearchParams
from catalogue.vocabulary import Vocabulary
from ui import dates
from ui.markup import WORD_JOINER, escaped, joined, label, marked, web_address
from ui.search_address import FILTERS, MAX_VALUES, SearchAddress, parse

NASTY = [
    "![x](https://evil.example/p.png)",
    "[click](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "$\\frac{1}{2}$ :red[red] :material/home: :smile:",
    "www.evil.example and a@evil.example and HTTPS://evil.example",
    "# heading\n* list\n    code",
    "**bold** _it_ ~~no~~ `code` | a | b |",
]
# Text that lives near markup: ordinary characters are not the danger.
text = st.text(st.sampled_from("ab1 น้ำ:/.@#*_[]()<>!$`~|\\-&;\nwhtpsWH") | st.characters(codec="utf-8"), max_size=60)


def unescaped(markdown: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace(WORD_JOINER, "")


spans = st.lists(st.lists(st.integers(-5, 70), min_size=2, max_size=2), max_size=5)


def one_line(words: str) -> str:
    return re.sub(r"\s+", " ", words.replace(WORD_JOINER, "")).strip()


@given(text, spans)
def test_label_shows_just_the_characters(words: str, spans: list[list[int]]) -> None:
    shown = re.sub(r"(?<!\\):orange-background\[(.*?)(?<!\\)\]", r"\1", label(words.replace("\\", "/"), spans))
    assert one_line(unescaped(shown)) == one_line(words.replace("\\", "/"))


@given(text)
def test_label_leaves_no_punctuation_unescaped(words: str) -> None:
    assert not re.search(r"[!-/:-@\[-`{-~]", re.sub(r"\\[!-/:-@\[-`{-~]", "", label(words)))


def test_label_marks_matches() -> None:
    assert label("กัดเซาะ [ฝั่ง]", [[0, 7]]) == ":orange-background[กัดเซาะ] \\[ฝั่ง\\]"


@pytest.mark.parametrize("words", NASTY)
def test_label_breaks_what_markdown_finds_after_unescaping(words: str) -> None:
    shown = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", label(words))
    # The expressions of Streamlit's own Markdown: bare addresses, e-mail addresses, emoji and icon short codes.
    assert not re.search(r"(?i)https?://|www\.\w|[-.\w+]+@[-\w]+\.", shown)
    assert not re.search(r":\+1:|:-1:|:[\w-]+:|:material/\w+:", shown)


@given(text, spans)
def test_marked_html_holds_the_text_and_nothing_but_marks(words: str, spans: list[list[int]]) -> None:
    shown = marked(words, spans)
    bare = shown.replace("<mark>", "").replace("</mark>", "")
    assert bare == escaped(words)
    assert html.unescape(bare) == words
    assert not re.search(r"[<>\"']", bare)
    assert shown.count("<mark>") == shown.count("</mark>") == len(joined(spans, len(words)))


def test_marks_join_where_they_overlap() -> None:
    assert marked("น้ำประปา", [[3, 8], [0, 3], [5, 6]]) == "<mark>น้ำประปา</mark>"
    assert marked("a<b", [[1, 2]]) == "a<mark>&lt;</mark>b"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://[", "", None])
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert web_address(url) is None


def test_a_web_address_stays_as_it_is() -> None:
    assert web_address("https://www.thaigov.go.th/news/1") == "https://www.thaigov.go.th/news/1"


def test_years_and_days_follow_the_readers_calendar() -> None:
    assert dates.year(2023, "th") == "พ.ศ. 2566"
    assert dates.year(2023, "en") == "2023"
    assert dates.day("2023-02-01", "th") == "1 กุมภาพันธ์ 2566"
    assert dates.day("2023-02-01T10:00:00+00:00", "en") == "1 February 2023"
    assert dates.day("2023-02", "en") == "February 2023"
    assert dates.day("2023", "th") == "พ.ศ. 2566"
    assert dates.day("last year", "th") == "last year"
    assert dates.day_of("2026-12-31T17:30:00.000000Z", "th") == "1 มกราคม 2570"
    assert dates.day_of("2026-12-31T16:30:00+00:00", "en") == "31 December 2026"
    assert dates.day_of("", "en") == ""
    assert dates.moment("2026-12-31T17:30:00Z", "th") == "1 มกราคม 2570 00:30 น."
    assert dates.period("2023-01-12", "2023-01-12", "en") == "12 January 2023"
    assert dates.period("2023-01-12", None, "th") == "12 มกราคม 2566"
    assert dates.period(None, None, "en") is None


addresses = st.builds(
    SearchAddress,
    q=st.text(st.characters(codec="utf-8"), max_size=20).map(str.strip),
    filters=st.fixed_dictionaries(
        {n: st.lists(st.text("ab-1", min_size=1), max_size=3, unique=True).map(tuple) for n in FILTERS}
    ),
    page=st.integers(1, 100),
)


@given(addresses)
def test_an_address_reproduces_its_search(address: SearchAddress) -> None:
    params = address.params()

    def get_all(name: str) -> list[str]:
        value = params.get(name, [])
        return [value] if isinstance(value, str) else list(value)

    assert parse(get_all) == address


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1e9", "99999999", "²"])
def test_a_wrong_page_is_a_page(page: str) -> None:
    assert 1 <= parse(lambda name: [page] if name == "page" else []).page <= 100


@pytest.mark.parametrize("name", ["theme", "province", "organisation"])
def test_every_value_of_a_filter_chosen_is_still_a_question(name: str, vocabulary: Vocabulary) -> None:
    known = {"theme": vocabulary.themes, "province": vocabulary.provinces, "organisation": vocabulary.organisations}
    values = list(known[name])
    assert len(values) > MAX_VALUES
    for address in (parse(lambda asked: values if asked == name else []), SearchAddress("น้ำ").filtered(name, values)):
        params = SearchParams.model_validate({**address.api_params(), "q": "น้ำ"})
        assert getattr(params, name) == values[:MAX_VALUES]


def test_removing_a_filter_keeps_the_rest_and_returns_to_the_first_page() -> None:
    address = SearchAddress("น้ำ", {"theme": ("a", "b"), "kind": ("proposal",)}, 4)
    assert address.without("theme", "a").params() == {"q": "น้ำ", "theme": ["b"], "kind": ["proposal"]}
    assert address.api_params() == {
        **SearchAddress("น้ำ", address.filters).params(),
        "limit": 10,
        "offset": 30,
        "explain": "true",
    }
