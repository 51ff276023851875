"""Signing in, the account's page and signing out in a real Chromium, as the people of the demo."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from catalogue.web.account_words import WORDS
from tests.browsing import chromium, settle, visit
from ui.language import strings

pytestmark = pytest.mark.browser
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


def nothing_serious(page: Page) -> None:
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        answer = Axe().run(page).response
        serious = [v for v in answer["violations"] if v["impact"] in ("serious", "critical")]
        assert not serious, [(v["id"], v["nodes"][0]["html"]) for v in serious]
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("lang", ["th", "en"])
def test_a_host_of_the_demo_signs_in_sees_their_account_and_signs_out(
    product_url: str, browser: Browser, lang: str
) -> None:
    t, words = WORDS["th" if lang == "th" else "en"], {key: both[lang] for key, both in strings().items()}
    page = browser.new_context(locale="th-TH" if lang == "th" else "en-GB").new_page()
    visit(page, f"{product_url}/app/?lang={lang}")
    page.get_by_role("link", name=words["account.sign_in"]).click()
    page.get_by_role("heading", name=t["sign_in"]).wait_for()
    nothing_serious(page)
    page.get_by_role("button", name=t["demo-host"]).click()
    settle(page)
    mine = page.locator("a.hg-account").first
    expect(mine).to_contain_text("ปิติ")
    mine.click()
    page.get_by_role("heading", name=words["account.title"]).wait_for()
    settle(page)
    nothing_serious(page)
    expect(page.locator(".hg-list")).to_contain_text(words["role.host_admin"])
    page.get_by_label(words["keys.name"]).fill("งานทดสอบ")
    page.get_by_role("button", name=words["keys.make"]).click()
    expect(page.locator("code", has_text="hgt_").first).to_be_visible()
    settle(page)
    page.get_by_role("link", name=words["people.title"]).click()
    page.get_by_role("heading", name=words["people.title"]).wait_for()
    settle(page)
    nothing_serious(page)
    page.get_by_role("link", name=words["account.sign_out"]).click()
    page.get_by_role("button", name=t["sign_out"]).click()
    settle(page)
    expect(page.locator("a.hg-account")).to_have_text(words["account.sign_in"])
    page.context.close()


@pytest.mark.parametrize("lang", ["th", "en"])
@pytest.mark.parametrize("path", ["register", "forgot", "reset"])
def test_nothing_serious_on_the_forms(product_url: str, browser: Browser, path: str, lang: str) -> None:
    page = browser.new_page()
    page.goto(f"{product_url}/{path}?lang={lang}")
    nothing_serious(page)
    page.context.close()
