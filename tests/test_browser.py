"""The pages in a real Chromium: shareable addresses, both languages, our font, phone width, accessibility, no leaks."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from catalogue.api.parts import Parts
from catalogue.app import build_app
from catalogue.errors import IndexUnavailable
from catalogue.search.breaker import PROBE_AFTER_S, Breaker
from catalogue.search.fallback import Engine, Engines
from catalogue.settings import ROOT, Settings
from tests import ports
from tests.browsing import DESKTOP, PHONE, reader, serious, settle, visit
from tests.example_api import serve
from tests.failing_engine import FailingReader
from tests.serving import ENDS_WITHIN_S, ask, listening
from tests.small_catalogue import wait_for
from tests.test_breaker import Clock
from tests.test_browser_pages import PAGES
from tests.test_ui_text import NASTY

pytestmark = pytest.mark.browser

BOX = ".st-key-search-box input"
OPTION = "#hg-completions [role=option]"


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One reader with a Thai browser; its cache serves all tests."""
    made = reader(browser, viewport=DESKTOP, locale="th-TH").context
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    opened = context.new_page()
    yield opened
    opened.close()


def address(base: str, path: str, language: str) -> str:
    return f"{base}/app/{path}{'&' if '?' in path else '?'}lang={language}"


def test_no_request_leaves_the_origin(product_url: str, page: Page) -> None:
    origin = re.compile(rf"^(data:|blob:|(http|ws)://{re.escape(product_url.removeprefix('http://'))}/)")
    away: list[str] = []
    page.on("request", lambda request: None if origin.match(request.url) else away.append(request.url))
    page.on("websocket", lambda socket: None if origin.match(socket.url) else away.append(socket.url))
    for path in PAGES["visitor"].values():
        page.goto(f"{product_url}{path}")
        if path.startswith("/app/"):
            settle(page)
        page.wait_for_load_state("networkidle")
    assert not away


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_page_says_its_language_and_title(language: str, product_url: str, page: Page) -> None:
    visit(page, address(product_url, "entry?id=PP-2569-00228", language))
    assert page.evaluate("document.documentElement.lang") == language
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_count(1)
    assert page.title() == f"{heading.inner_text()} · hack.go.th"


def test_our_thai_font_is_the_one_that_is_used(product_url: str, page: Page) -> None:
    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(response.url) if response.ok else None)
    visit(page, address(product_url, "", "th"))
    page.evaluate("document.fonts.ready")
    assert any(url.endswith("sarabun-thai-400.woff2") for url in loaded)
    assert "Sarabun" in page.evaluate("[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)")
    for selector in ("h1", ".hg-snippet", "[data-testid=stPageLink] p", "[data-testid=stFormSubmitButton] button"):
        style = page.locator(selector).first.evaluate(
            "e => ({font: getComputedStyle(e).fontFamily, line: getComputedStyle(e).lineHeight, "
            "size: getComputedStyle(e).fontSize})"
        )
        assert style["font"].startswith("Sarabun")
        if selector == ".hg-snippet":
            assert float(style["line"].removesuffix("px")) >= 1.6 * float(style["size"].removesuffix("px"))


def test_a_search_by_keyboard_is_an_address_that_reproduces_it(product_url: str, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, f"{product_url}/app/")
    page.locator(BOX).fill("ขยะล้นเกาะสมุย")
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/search?*")
    card = page.locator("[class*=st-key-card-hit-]").first
    expect(card).to_contain_text("เกาะสมุยมีขยะตกค้างราว 150,000 ตัน")
    expect(card).to_contain_text("Koh Samui has about 150,000 tonnes")
    expect(card).to_contain_text("ตรงคำ")
    expect(card.locator("mark").first).to_be_visible()
    disclosure = card.locator(".hg-explained")
    expect(disclosure.locator("li").first).not_to_be_visible()
    disclosure.locator("summary").press("Enter")
    expect(disclosure).to_contain_text("ความหมายใกล้คำค้น")
    expect(disclosure).to_contain_text("สมุย")
    shared = context.new_page()
    visit(shared, page.url)
    expect(shared.locator(BOX)).to_have_value("ขยะล้นเกาะสมุย")
    expect(shared.locator("[class*=st-key-card-hit-]").first).to_contain_text("Koh Samui has about 150,000 tonnes")


@pytest.mark.parametrize(
    ("language", "typed", "found"),
    [("th", "เกาะสมุยมีขยะ", "เกาะสมุยมีขยะตกค้าง"), ("en", "koh samui has", "Koh Samui has about")],
)
def test_what_is_typed_is_completed_and_opened_by_keyboard(
    language: str, typed: str, found: str, product_url: str, browser: Browser
) -> None:
    page = reader(browser, viewport=PHONE)
    visit(page, address(product_url, "", language))
    box = page.locator(BOX)
    box.focus()
    expect(box).to_have_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially(typed)
    first = page.locator(OPTION).first
    expect(first).to_contain_text(found)
    expect(box).to_have_attribute("aria-expanded", "true")
    assert not serious(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    style = first.evaluate("e => [getComputedStyle(e).lineHeight, getComputedStyle(e).fontSize].map(parseFloat)")
    assert style[0] >= 1.6 * style[1]
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == first.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/entry?id=PP-2569-00228**")
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(found)
    page.close()


def test_a_province_is_chosen_by_its_name_and_escape_keeps_what_was_typed(product_url: str, page: Page) -> None:
    visit(page, address(product_url, "search?q=dam", "en"))
    box = page.locator(BOX)
    box.fill("")
    box.press_sequentially("chiang m")
    expect(page.locator(OPTION).first).to_contain_text("Chiang Mai")
    page.keyboard.press("Escape")
    expect(page.locator(OPTION)).to_have_count(0)
    expect(box).to_have_value("chiang m")
    box.press_sequentially("a")
    page.locator(OPTION).first.click()
    page.wait_for_url("**/app/search?province=TH-50**")
    settle(page)
    expect(box).to_have_value("")
    expect(page.locator("[class*=st-key-chip-province]")).to_contain_text("Chiang Mai")


def test_filters_pages_and_the_back_button_follow_the_address(product_url: str, page: Page) -> None:
    visit(page, address(product_url, "search", "en"))
    everything = page.locator(".hg-h2").first.inner_text()
    page.get_by_role("button", name=re.compile(r"^Proposal \(")).click()
    page.wait_for_url("**kind=proposal**")
    expect(page.locator(".hg-h2").first).not_to_have_text(everything)
    settle(page)  # the numbers of the pages come after the heading: those of before know no kind
    page.get_by_role("button", name="Page 2", exact=True).click()
    page.wait_for_url("**page=2**")
    expect(page.locator(".hg-h2").first).to_contain_text("Page 2 of")
    expect(page.locator(".hg-h2").first).to_be_in_viewport()  # one begins to read at the first result
    page.go_back()
    expect(page.locator(".hg-h2").first).not_to_contain_text("Page 2 of")
    settle(page)
    page.get_by_role("button", name="Proposal", exact=True).click()
    expect(page.locator(".hg-h2").first).to_have_text(everything)
    assert "kind=" not in page.url


@pytest.mark.parametrize(("language", "title"), [("th", "ไม่พบหน้านี้"), ("en", "Page not found")])
def test_a_mistyped_address_of_the_app_leads_back_to_the_search(
    language: str, title: str, product_url: str, page: Page
) -> None:
    for path in ("wrongpage", "search/x", "start"):
        answer = page.goto(address(product_url, path, language))
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.locator("a.open").click()
    settle(page)
    expect(page.locator(BOX)).to_be_visible()
    assert f"/app/search?lang={language}" in page.url


def test_an_entry_changes_its_language_and_stays(product_url: str, page: Page) -> None:
    visit(page, address(product_url, "entry?id=PP-2569-00228", "th"))
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**lang=en**")
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Koh Samui has about 150,000 tonnes")
    expect(page.locator(".hg-sample")).to_contain_text("Sample data")
    assert "id=PP-2569-00228" in page.url
    assert page.evaluate("document.documentElement.lang") == "en"


def test_a_province_on_the_map_opens_its_entries(product_url: str, page: Page) -> None:
    visit(page, address(product_url, "provinces", "en"))
    shape = page.locator("[data-testid=stVegaLiteChart] svg path[aria-label*='Chiang Mai']").first
    shape.click()
    page.wait_for_url("**/app/search?province=TH-50**")
    settle(page)
    expect(page.locator("[class*=st-key-chip-province]")).to_contain_text("Chiang Mai")


def test_the_browsers_language_is_used_without_an_address_that_says_one(product_url: str, browser: Browser) -> None:
    for locale, word in (("en-GB", "Sample data"), ("de-CH", "ข้อมูลตัวอย่าง")):
        page = reader(browser, locale=locale)
        visit(page, f"{product_url}/app/")
        expect(page.locator(".hg-sample")).to_contain_text(word)
        page.close()


@pytest.fixture
def ui_on() -> Iterator[Callable[[str], str]]:
    """Starts the UI alone on another API; gives its address."""
    started: list[subprocess.Popen[bytes]] = []

    def start(api_url: str) -> str:
        port = ports.port()
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "ui" / "streamlit_app.py")]
        command += ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
        environ = {**os.environ, "HACKGO_API_URL": api_url}
        process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append(process)
        url = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            with suppress(httpx.TransportError):
                return ask(f"{url}/_stcore/health").is_success
            return False

        wait_for(answers)
        return url

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=ENDS_WITHIN_S)


def test_text_of_entries_never_becomes_markup_or_a_request(ui_on: Callable[[str], str], page: Page) -> None:
    nasty = " ".join(NASTY).replace("\n", " ")
    title = {"th": nasty, "en": nasty, "origin": {"th": "human", "en": "human"}}

    def poison(name: str, document: Any) -> Any:
        if name == "search":
            for hit in document["hits"]:
                hit["entry"]["title"] = title
                hit["snippet"] = {"th": nasty, "en": nasty}
                hit["why"]["highlights"] = {"title": {"en": [[0, 5]]}, "snippet": {"en": [[3, 9]]}}
            for facets in document["facets"].values():
                for facet in facets:
                    facet["label"] = {"th": nasty, "en": nasty}
        if name == "entry-pain-point":
            for field in ("title", "statement", "summary", "affected", "evidence"):
                document["entry"][field] = title
            document["entry"]["source"] |= {"title": nasty, "quote": nasty, "url": "javascript:alert(1)"}
        return document

    away: list[str] = []
    with serve(poison) as (api_url, _):
        url = ui_on(api_url)
        page.on("request", lambda request: away.append(request.url) if "evil" in request.url else None)
        page.on("dialog", lambda dialog: away.append(dialog.message))
        visit(page, f"{url}/search?q=x&lang=en")
        card = page.locator("[class*=st-key-card-hit-]").first
        shown = card.locator("[data-testid=stPageLink] p").inner_text().replace("\u2060", "")
        assert shown == " ".join(nasty.split())
        assert card.locator("img, h1, h2, .katex, code, [data-testid=stIconMaterial]").count() == 0
        assert card.locator("a").count() == 1
        page.locator("[class*=st-key-popover-] button").first.click()
        page.wait_for_selector("[data-testid=stPopoverBody]")
        assert page.locator("[data-testid=stPopoverBody]").locator("img, .katex, a").count() == 0
        visit(page, f"{url}/entry?id=PP-2569-00322&lang=en")
        assert " ".join(page.get_by_role("heading", level=1).inner_text().split()) == " ".join(nasty.split())
        assert page.locator("img[src*=evil], a[href*=evil], a[href^=javascript], .katex").count() == 0
    assert not away


@pytest.mark.parametrize(
    ("language", "locale_says"), [("th", "เครื่องมือค้นหาหลักไม่ตอบสนอง"), ("en", "The main search engine does not answer")]
)
def test_a_reader_is_told_when_a_reserve_engine_answers_and_when_none_does(
    ui_on: Callable[[str], str], page: Page, parts: Parts, language: str, locale_says: str
) -> None:
    main = FailingReader(parts.engines.main.reader)
    clock = Clock()

    def served(fallback: Engine | None) -> AbstractContextManager[str]:
        breaker = Breaker("opensearch", IndexUnavailable, clock)
        engines = Engines(Engine("opensearch", main), fallback, breaker)
        return listening(build_app(Settings(), replace(parts, engines=engines), with_ui=False))

    warning = page.get_by_role("alert").filter(has_text=locale_says)
    with served(parts.engines.main) as api_url:
        url = ui_on(api_url)
        main.failing = frozenset({"candidates", "browse", "similar"})
        for path in ("", "search?q=dam", "entry?id=PP-2569-00228"):
            visit(page, f"{url}/{path}{'&' if '?' in path else '?'}lang={language}")
            expect(warning).to_have_count(1)
        assert not serious(page)
        main.failing = frozenset()
        clock.now_s += PROBE_AFTER_S
        visit(page, f"{url}/search?q=dam&lang={language}")
        expect(page.locator("[class*=st-key-card-hit-]").first).to_be_visible()
        expect(warning).to_have_count(0)
    with served(None) as api_url:
        url = ui_on(api_url)
        main.failing = frozenset({"candidates"})
        visit(page, f"{url}/search?q=dam&lang={language}")
        expect(page.get_by_role("alert")).to_contain_text(
            IndexUnavailable.title_th if language == "th" else IndexUnavailable.title_en
        )
