"""The pages of hosts and curators in a real Chromium, in Thai: nothing serious for axe, and the review by keyboard."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import nothing_serious, picture, settle, signed_in, visit
from ui.language import strings

pytestmark = pytest.mark.browser
TH = {key: both["th"] for key, both in strings().items()}


def test_a_review_by_keyboard_asks_before_it_publishes_what_is_probably_told_already(
    product_url: str, browser: Browser
) -> None:
    page = signed_in(browser, product_url, "demo-curator", "th")
    visit(page, f"{product_url}/app/queue?lang=th")
    nothing_serious(page)
    picture(page, "queue-th")
    page.keyboard.press("n")  # the longest waiting one is a duplicate in disguise
    expect(page.get_by_role("heading", name=TH["candidates.title"])).to_be_visible(timeout=30_000)
    settle(page)
    entry_id = page.url.split("id=")[1].split("&")[0]
    page.keyboard.press("t")
    expect(page.locator(".st-key-decide-publish button")).to_be_visible(timeout=30_000)
    settle(page)
    nothing_serious(page)
    page.keyboard.press("p")
    expect(page.locator(".st-key-publish-anyway button")).to_be_visible(timeout=30_000)
    settle(page)
    nothing_serious(page)
    picture(page, "sure-th")
    assert page.context.request.get(f"{product_url}/api/v1/entries/{entry_id}").json()["status"] == "in_review"
    page.keyboard.press("l")  # back into the queue, for the other tests
    page.wait_for_url(lambda url: entry_id not in url, timeout=30_000)
    settle(page)
    visit(page, f"{product_url}/app/history?lang=th&id={entry_id}")
    nothing_serious(page)
    pairs = page.context.request.get(f"{product_url}/api/v1/entries/{entry_id}/duplicates").json()["hits"]
    visit(page, f"{product_url}/app/duplicates?lang=th&a={pairs[0]['entry']['id']}&b={entry_id}")
    nothing_serious(page)
    picture(page, "compare-th")
    page.context.close()
