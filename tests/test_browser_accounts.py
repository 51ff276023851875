"""Signing in, the account's page and signing out in a real Chromium, as the people of the demo."""

import pytest
from playwright.sync_api import Browser, expect

from catalogue.web.account_words import WORDS
from tests.browsing import nothing_serious, reader, settle, visit
from ui.language import strings

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("lang", ["th", "en"])
def test_a_host_of_the_demo_signs_in_sees_their_account_and_signs_out(
    product_url: str, browser: Browser, lang: str
) -> None:
    t, words = WORDS["th" if lang == "th" else "en"], {key: both[lang] for key, both in strings().items()}
    page = reader(browser, locale="th-TH" if lang == "th" else "en-GB")
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
    page = reader(browser)
    page.goto(f"{product_url}/{path}?lang={lang}")
    nothing_serious(page)
    page.context.close()
