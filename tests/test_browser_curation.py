"""From a host's form to a published entry that search finds, and away again, in a real Chromium."""

import time

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import choose, nothing_serious, picture, settle, signed_in, visit
from ui.language import strings

pytestmark = pytest.mark.browser
TITLE_BOX, STATEMENT_BOX, THEME_BOX = (f"{name} (required)" for name in ("Title", "Problem statement", "Theme"))
TITLE = "ป้ายรถเมล์ในตัวเมืองน่านไม่มีตารางเดินรถภาษามือ"
WITHIN_S = 2.0  # of the decision, until search finds the entry


def found(url: str) -> list[str]:
    hits = httpx.get(f"{url}/api/v1/search", params={"q": TITLE, "limit": 3}).json()["hits"]
    return [hit["entry"]["id"] for hit in hits if hit["entry"]["title"].get("th") == TITLE]


def test_a_host_submits_a_curator_publishes_search_finds_and_withdrawing_takes_it_away(
    product_url: str, browser: Browser
) -> None:
    words = {key: both["en"] for key, both in strings().items()}
    host = signed_in(browser, product_url, "demo-host", "en")
    visit(host, f"{product_url}/app/entry_form?lang=en")
    host.get_by_label(TITLE_BOX, exact=True).fill(TITLE)
    host.get_by_label(TITLE_BOX, exact=True).press("Tab")
    settle(host)
    host.get_by_label(STATEMENT_BOX, exact=True).fill("ผู้พิการทางการได้ยินไม่รู้ว่ารถจะมาเมื่อใดและต้องขึ้นสายใด")
    host.get_by_label(STATEMENT_BOX, exact=True).press("Tab")
    settle(host)
    choose(host, THEME_BOX, "Transport")
    settle(host)
    nothing_serious(host)
    picture(host, "form")
    host.get_by_role("button", name=words["form.submit"], exact=True).click()
    expect(host.get_by_text(words["decision.done"].format(status="Submitted"))).to_be_visible(timeout=30_000)
    settle(host)
    entry_id = host.url.split("id=")[1].split("&")[0]
    assert not found(product_url)
    assert httpx.get(f"{product_url}/api/v1/entries/{entry_id}").status_code == 404

    curator = signed_in(browser, product_url, "demo-curator", "en")
    visit(curator, f"{product_url}/app/queue?lang=en")
    expect(curator.get_by_text(words["queue.waiting"].format(n=13))).to_be_visible()
    nothing_serious(curator)
    picture(curator, "queue")
    visit(curator, f"{product_url}/app/queue?lang=en&id={entry_id}")
    curator.keyboard.press("t")
    expect(curator.get_by_role("button", name="Publish")).to_be_visible(timeout=30_000)
    settle(curator)
    nothing_serious(curator)
    picture(curator, "review")
    curator.keyboard.press("p")
    decided = _public_since(product_url, entry_id)
    while not found(product_url):
        assert time.monotonic() - decided < WITHIN_S * 10, "search never found it"
        time.sleep(0.05)
    took = time.monotonic() - decided
    assert took < WITHIN_S, took

    visit(host, f"{product_url}/app/entry_form?lang=en&id={entry_id}")
    host.get_by_role("button", name="Withdraw").click()
    host.get_by_label(words["decision.reason"]).fill("ส่งผิดรายการ")
    host.get_by_role("button", name=words["decision.send"]).click()
    expect(host.get_by_text(words["decision.done"].format(status="Withdrawn"))).to_be_visible(timeout=30_000)
    assert not found(product_url)
    assert httpx.get(f"{product_url}/api/v1/entries/{entry_id}").status_code == 404
    visit(host, f"{product_url}/app/history?lang=en&id={entry_id}")
    expect(host.locator("h2")).to_have_count(4)
    nothing_serious(host)
    picture(host, "history")
    host.context.close()
    curator.context.close()


def _public_since(url: str, entry_id: str) -> float:
    """When the decision was seen to be written."""
    until = time.monotonic() + 30
    while httpx.get(f"{url}/api/v1/entries/{entry_id}").status_code != 200:
        assert time.monotonic() < until, "it was not published"
        time.sleep(0.01)
    return time.monotonic()
