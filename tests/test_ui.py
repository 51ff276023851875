"""The pages of the UI, run by Streamlit's AppTest against the recorded answers of the API."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import streamlit as st
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from streamlit.testing.v1 import AppTest

from catalogue.api import completions, parts
from catalogue.api.entries import EntryPage, SimilarEntries
from catalogue.api.search import SearchAnswer
from catalogue.api.state import IndexState
from catalogue.api.vocabularies import Terms
from catalogue.problems import Problem
from catalogue.vocabulary import Vocabulary
from tests.example_api import EXAMPLES, example, serve
from tests.serving import listening
from ui import completions as offered
from ui.api_client import DEGRADED, ApiClient, ApiError
from ui.language import strings
from ui.markup import escaped
from ui.search_address import MAX_VALUES

PAGES = ("start", "search", "entry", "themes", "provinces", "about")
MODELS = {
    "search": SearchAnswer,
    "search-newest": SearchAnswer,
    "search-empty": SearchAnswer,
    "entry-pain-point": EntryPage,
    "entry-proposal": EntryPage,
    "entry-hackathon": EntryPage,
    "similar": SimilarEntries,
    "themes": Terms,
    "provinces": Terms,
    "organisations": Terms,
    "index": IndexState,
    "problem-404": Problem,
    "problem-422": Problem,
}


@pytest.fixture(scope="module")
def api() -> Iterator[tuple[str, list[str]]]:
    with serve() as served:
        yield served


@pytest.fixture
def asked(api: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests that the UI made, with the UI pointed at the recorded answers."""
    url, requests = api
    monkeypatch.setenv("HACKGO_API_URL", url)
    requests.clear()
    return requests


def opened(name: str, **params: str | list[str]) -> AppTest:
    app = AppTest.from_file("../ui/streamlit_app.py", default_timeout=120)
    for parameter, value in params.items():
        app.query_params[parameter] = value
    if name != "start":
        app.switch_page(f"app_pages/{name}.py")  # by its file's name, as the address does
    with pytest.MonkeyPatch.context() as patient:  # the API works beside the pages, on a machine however busy
        patient.setattr("ui.api_client.TIMEOUT", httpx.Timeout(60))
        app.run()
    assert not app.exception, [e.message for e in app.exception]
    return app


def words(app: AppTest) -> str:
    """Everything on the page in one string: HTML, link labels, widget labels."""
    bodies = [element.proto.body for element in app.get("html")]
    links = [element.proto.label for element in app.get("page_link")]
    return "\n".join([*bodies, *links, *(button.label for button in app.button)])


def links(app: AppTest, page: str) -> list[str]:
    return [e.proto.query_string for e in app.get("page_link") if e.proto.page == page]


def test_every_example_is_what_the_api_answers() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(MODELS)
    for name, model in MODELS.items():
        model.model_validate(example(name))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["th", "en"])
def test_every_page_has_one_heading_the_sample_notice_and_its_language_in_all_links(
    page: str, language: str, asked: list[str]
) -> None:
    app = opened(page, lang=language, id="PP-2569-00322")
    shown = words(app)
    assert shown.count("<h1") == 1
    assert ("ข้อมูลตัวอย่าง" if language == "th" else "Sample data") in shown
    queries = [e.proto.query_string for e in app.get("page_link")]
    assert queries
    assert all(f"lang={language}" in query for query in queries)


def warnings(app: AppTest) -> list[str]:
    return [element.value for element in app.warning]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["th", "en"])
def test_a_page_that_a_reserve_engine_answered_says_so_once_and_the_next_one_no_more(
    page: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    st.cache_data.clear()
    headers = {DEGRADED: "embedded"}
    with serve(headers=headers, edit=degraded) as (url, _):
        monkeypatch.setenv("HACKGO_API_URL", url)
        app = opened(page, lang=language, id="PP-2569-00322")
        assert warnings(app) == [strings()["notice.degraded"][language]]
        headers.clear()  # the main engine is back
        if page in ("start", "search", "entry"):  # the others go on showing remembered counts for a while
            app.run()
            assert warnings(app) == []


def degraded(name: str, document: Any) -> Any:
    return document | {"degraded": True} if name == "index" else document


def test_the_header_is_the_one_that_the_api_sends() -> None:
    assert DEGRADED == parts.DEGRADED


def test_language_switch_keeps_the_whole_address(asked: list[str]) -> None:
    app = opened("search", q="น้ำ", theme=["tourism", "health"], lang="th")
    switch = next(e.proto.body for e in app.get("html") if "hg-language" in e.proto.body)
    assert "q=%E0%B8%99%E0%B9%89%E0%B8%B3&amp;theme=tourism&amp;theme=health&amp;lang=en" in switch


def test_start_page_says_how_many_there_are_and_links_to_searches(asked: list[str]) -> None:
    app = opened("start", lang="en")
    counts = {facet["value"]: facet["count"] for facet in example("search-newest")["facets"]["kind"]}
    assert f"<strong>{counts['pain_point']:,}</strong> pain points" in words(app)
    assert "q=beach+erosion&lang=en" in links(app, "search")
    assert "theme=agriculture-food&lang=en" in links(app, "search")


def test_search_from_the_start_page_opens_the_search_page(asked: list[str]) -> None:
    app = opened("start", lang="en")
    app.text_input[0].input("beach erosion")
    app.button[0].click().run()
    assert not app.exception
    assert any("q=beach+erosion" in request and "offset=0" in request for request in asked)


def test_results_show_both_titles_why_and_where_the_words_match(asked: list[str]) -> None:
    app = opened("search", q="beach erosion", lang="en")
    hit = example("search")["hits"][0]
    shown = words(app)
    assert "Upper Gulf coastal :orange-background[erosion] and high tides" in shown
    assert hit["entry"]["title"]["th"] in shown
    assert "Matches words: erosion · Matches meaning" in shown
    assert ":orange-background[erosion]" in shown
    assert "<mark>erosion</mark>" in shown or "<mark>beach</mark>" in shown
    assert "Title translated by machine" in shown
    assert "Source in Thai" in shown
    assert f"{example('search')['total']['value']} results" in shown


def test_years_are_buddhist_in_thai(asked: list[str]) -> None:
    year = example("search")["hits"][0]["entry"]["year"]
    assert f"พ.ศ. {year + 543}" in words(opened("search", q="beach erosion", lang="th"))
    assert f"พ.ศ. {year + 543}" not in words(opened("search", q="beach erosion", lang="en"))


def test_the_address_is_what_the_api_is_asked(asked: list[str]) -> None:
    opened("search", q="beach erosion", theme=["tourism", "health"], kind="pain_point", page="2", lang="en")
    request = next(r for r in asked if "beach" in r)
    for part in ("q=beach+erosion", "theme=tourism", "theme=health", "kind=pain_point", "offset=10", "limit=10"):
        assert part in request


def test_choosing_a_filter_writes_the_address_and_starts_on_the_first_page(asked: list[str]) -> None:
    app = opened("search", q="beach erosion", page="2", lang="en")
    app.button_group(key="filter-kind").set_value(["pain_point"]).run()
    assert app.query_params["kind"] == "pain_point"
    assert "page" not in app.query_params
    app.button(key="chip-kind-pain_point").click().run()
    assert "kind" not in app.query_params
    assert app.query_params["q"] == "beach erosion"


def test_a_filter_takes_as_many_values_as_the_api(asked: list[str], vocabulary: Vocabulary) -> None:
    codes = list(vocabulary.provinces)
    app = opened("search", q="beach erosion", province=codes, lang="en")
    assert next(request for request in asked if "beach" in request).count("province=") == MAX_VALUES
    app.button(key=f"chip-province-{codes[0]}").click().run()
    assert app.query_params["province"] == codes[1:MAX_VALUES]


def test_a_page_of_results_is_part_of_the_address(asked: list[str]) -> None:
    app = opened("search", lang="en")
    app.get("pagination")[0].set_value(3).run()
    assert app.query_params["page"] == "3"
    assert any("offset=20" in request for request in asked)


def test_nothing_found_is_said_honestly_with_searches_that_work(asked: list[str]) -> None:
    app = opened("search", q="qwxzv", lang="en")
    assert "Nothing matches" in words(app)
    assert "q=beach+erosion&lang=en" in links(app, "search")


def understood(name: str, document: Any) -> Any:
    """A search's answer that offers another question and a province."""
    if name.startswith("search"):
        place = {"code": "TH-50", "label": {"th": "เชียงใหม่", "en": "Chiang Mai"}, "text": "Chiang Mai"}
        meant = {"text": "beach *erosion*", "reason": "spelling"}
        document["query"] |= {"did_you_mean": [meant], "places": [place]}
        SearchAnswer.model_validate(document)
    return document


@pytest.mark.parametrize("q", ["beech erosoin", "qwxzv"])
@pytest.mark.parametrize(
    ("language", "offer", "chip"),
    [
        ("th", r"หมายถึง beach \*erosion\* หรือไม่", "เฉพาะในเชียงใหม่"),
        ("en", r"Did you mean beach \*erosion\*?", "Only in Chiang Mai"),
    ],
)
def test_what_may_have_been_meant_is_one_click_away(
    q: str, language: str, offer: str, chip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(understood) as (url, _):
        monkeypatch.setenv("HACKGO_API_URL", url)
        app = opened("search", q=q, kind="pain_point", page="2", lang=language)
        assert app.button(key="meant-spelling").label == offer
        assert app.button(key="only-in-TH-50").label == chip
        app.button(key="only-in-TH-50").click().run()
        assert (app.query_params["province"], app.query_params["q"]) == ("TH-50", q)
        app.button(key="meant-spelling").click().run()
        assert app.query_params["q"] == "beach *erosion*"
        assert app.query_params["kind"] == "pain_point"
        assert "page" not in app.query_params


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("th", r"ไม่พบสิ่งใดสำหรับ “qwx\*zv” ด้านล่างเป็นผลการค้นหาของ “beach \*erosion\*”"),
        ("en", r"Nothing was found for “qwx\*zv”. Below are the results for “beach \*erosion\*”."),
    ],
)
def test_it_is_said_when_the_results_answer_another_question(
    language: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answered(name: str, document: Any) -> Any:
        if name.startswith("search"):
            understood(name, document)["query"]["answered"] = "beach *erosion*"
            SearchAnswer.model_validate(document)
        return document

    with serve(answered) as (url, _):
        monkeypatch.setenv("HACKGO_API_URL", url)
        app = opened("search", q="qwx*zv", lang=language)
        assert said in [info.value for info in app.info]
        assert "meant-spelling" not in [button.key for button in app.button]


@pytest.mark.parametrize(("language", "title"), [("th", "ค่าที่ส่งมาไม่ถูกต้อง"), ("en", "Invalid parameter")])
def test_a_problem_document_is_shown_in_the_readers_language(language: str, title: str, asked: list[str]) -> None:
    app = opened("search", theme="nope", lang=language)
    assert title in words(app)
    assert "hg-footer" in words(app)


@pytest.mark.parametrize(("language", "title"), [("th", "ติดต่อระบบค้นหาไม่ได้"), ("en", "The catalogue does not answer")])
@pytest.mark.parametrize("page", ["start", "search", "themes", "provinces", "entry"])
def test_a_silent_api_is_said_and_can_be_tried_again(
    page: str, language: str, title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HACKGO_API_URL", "http://127.0.0.1:9")  # the discard port: nobody answers
    app = opened(page, lang=language, id="PP-2569-00322")
    assert title in words(app)
    assert ("ลองใหม่" if language == "th" else "Try again") in words(app)


def test_a_pain_point_shows_everything_known(asked: list[str]) -> None:
    shown = words(opened("entry", id="PP-2569-00322", lang="en"))
    page = example("entry-pain-point")
    assert page["entry"]["title"]["th"] in shown
    assert page["entry"]["summary"]["th"] in shown
    assert "Translated and summarised by machine" in shown
    assert "Excerpt from the source" in shown
    assert "2 proposals tried" in shown
    assert page["proposals"][0]["reason"]["en"] in shown
    assert "Addresses part of it" in shown
    assert page["hackathon"]["title"]["en"] in shown
    assert "CC BY-SA 4.0" in shown
    assert page["entry"]["source"]["attribution"].replace("'", "&#x27;") in shown
    assert f'href="{page["entry"]["source"]["url"]}"' in shown
    assert 'href="/p/PP-2569-00322"' in shown


def test_a_reporter_is_never_called_an_owner() -> None:
    def reported(name: str, document: Any) -> Any:
        if name == "entry-pain-point":
            named = {"name": {"th": "กระทรวงศึกษาธิการ", "en": None, "origin": {"th": "human"}}, "id": None}
            document["entry"] |= {"reporters": [named], "owners": []}
        return document

    with serve(reported) as (url, _), pytest.MonkeyPatch.context() as patch:
        patch.setenv("HACKGO_API_URL", url)
        shown = words(opened("entry", id="PP-2569-00322", lang="en"))
    assert 'Reported by (not an owner of the problem)</dt><dd><span lang="th">กระทรวงศึกษาธิการ' in shown
    assert "Responsible" not in shown


def test_a_proposal_links_to_its_problems_and_a_hackathon_shows_its_plan(asked: list[str]) -> None:
    proposal = words(opened("entry", id="PR-2569-00082", lang="en"))
    assert "Pain points it addresses" in proposal
    assert example("entry-proposal")["pain_points"][0]["reason"]["en"] in proposal
    hackathon = words(opened("entry", id="HK-2569-015", lang="th"))
    for known in ("1 กุมภาพันธ์ 2566", "ระยะกลาง (6 เดือน)", "เจ้าภาพร่วม", "ทุก 3 เดือน", 'href="/h/HK-2569-015"'):
        assert known in hackathon


@pytest.mark.parametrize("sample", [True, False])
@pytest.mark.parametrize("language", ["th", "en"])
def test_only_the_sample_is_called_so_and_an_example_is_an_entry_that_is_there(
    sample: bool, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words_of = {key: both[language] for key, both in strings().items()}
    newest = example("search-newest")["hits"][0]["entry"]["id"]
    with serve(lambda name, document: {**document, "sample": sample} if name == "index" else document) as (url, _):
        monkeypatch.setenv("HACKGO_API_URL", url)
        shown = words(opened("about", lang=language))
    for of_sample in ("about.data_text", "about.licence_th", "about.licence_opdc"):
        assert (escaped(words_of[of_sample]) in shown) == sample, of_sample
    assert (escaped(words_of["about.licence_entries"]) in shown) != sample
    assert escaped(words_of["about.licence_shipped"]) in shown
    assert shown.count(f"/api/v1/entries/{newest}") == 4
    assert shown.count("/api/v1/entries.jsonl") == shown.count("/api/v1/entries.csv") == 2
    assert escaped(words_of["about.dumps_text"].format(count="622")) in shown


def test_a_missing_entry_says_so(asked: list[str]) -> None:
    assert "There is no such entry" in words(opened("entry", id="PP-2569-99999", lang="en"))
    assert "No entry chosen" in words(opened("entry", lang="en"))


def test_the_province_table_holds_what_the_map_shows(asked: list[str]) -> None:
    app = opened("provinces", lang="en")
    spec = json.loads(app.get("vega_lite_chart")[0].proto.spec)
    mapped = {f["code"]: f["count"] for f in spec["data"]["values"]}
    items = {item["id"]: item["count"] for item in example("provinces")["items"]}
    assert mapped == items
    assert len(mapped) == 77
    table = words(app)
    for item in example("provinces")["items"]:
        row = f'province={item["id"]}&amp;lang=en">{item["label"]["en"]}</a></th>'
        assert (row in table) == (item["count"] > 0)


def test_the_client_says_what_the_api_refused() -> None:
    with serve() as (url, _):
        client = ApiClient(url)
        with pytest.raises(ApiError) as refused:
            client.entry("PP-2569-99999/../../themes?x=")
        assert refused.value.status == 404
        assert refused.value.said("title", "th") == "ไม่พบรายการ"
        assert refused.value.said("title", "en") == "Entry not found"
    with pytest.raises(ApiError) as silent:
        ApiClient("http://127.0.0.1:9").index()
    assert silent.value.status is None


def test_a_number_from_the_address_leads_to_no_other_route() -> None:
    asked: list[str] = []
    app = FastAPI()

    @app.post("/{path:path}")
    @app.get("/{path:path}")
    def answer(path: str) -> JSONResponse:
        asked.append(path)
        return JSONResponse({}, headers={"Connection": "close"})

    with listening(app) as url:
        ApiClient(url).undo_merge("../people/U-somebody/disable?")
    assert asked[-1] == "api/v1/merges/___people_U-somebody_disable_/undo"


def test_the_box_asks_for_completions_of_what_the_api_completes() -> None:
    assert offered.LONGEST_TYPED == completions.LONGEST_TYPED
    assert set(offered.NAMES) == set(completions.NAMED)
