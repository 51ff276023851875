"""The pages of hosts and curators in a real Chromium, in Thai: nothing serious for axe, and the review by keyboard."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browsing import nothing_serious, picture, settle, signed_in, told, visit
from ui.language import strings

pytestmark = pytest.mark.browser
MOST_TABS = 150  # from the top of a page to what is wanted
SAME = {
    "title": {"th": "ชาวสวนทุเรียนและมังคุดจันทบุรีขาดน้ำในหน้าแล้ง"},
    "statement": {"th": "อ่างเก็บน้ำในจังหวัดจันทบุรีมีน้ำน้อย สวนทุเรียนและมังคุดขาดน้ำ ผลที่กำลังสุกเสียหาย"},
    "theme": "water-flood-drought",
    "provinces": ["TH-22"],
}
OTHER = {
    "title": {"th": "ร้านตัดผมในเมืองน่านไม่รับบัตรคนพิการ"},
    "statement": {"th": "คนพิการถือบัตรไปตัดผมในเมืองน่านแล้วไม่ได้ส่วนลด"},
    "theme": "ageing-disability-welfare",
}
TH = {key: both["th"] for key, both in strings().items()}


def test_a_review_by_keyboard_asks_before_it_publishes_what_is_probably_told_already(
    product_url: str, browser: Browser
) -> None:
    page = signed_in(browser, product_url, "demo-curator", "th")
    visit(page, f"{product_url}/app/queue?lang=th")
    nothing_serious(page)
    picture(page, "queue-th")
    expect(page.locator(".st-key-next button")).to_be_enabled()
    page.keyboard.press("n")  # the longest waiting one is a duplicate in disguise
    expect(page.get_by_role("heading", name=TH["candidates.title"])).to_be_visible()
    settle(page)
    entry_id = page.url.split("id=")[1].split("&")[0]
    page.keyboard.press("t")
    expect(page.locator(".st-key-decide-publish button")).to_be_visible()
    settle(page)
    nothing_serious(page)
    page.keyboard.press("Shift+P")
    expect(page.locator(".st-key-publish-anyway button")).to_be_visible()
    settle(page)
    nothing_serious(page)
    picture(page, "sure-th")
    assert told(page, f"{product_url}/api/v1/entries/{entry_id}")["status"] == "in_review"
    page.keyboard.press("l")  # back into the queue, for the other tests
    page.wait_for_url(lambda url: entry_id not in url)
    settle(page)
    visit(page, f"{product_url}/app/history?lang=th&id={entry_id}")
    nothing_serious(page)
    pairs = told(page, f"{product_url}/api/v1/entries/{entry_id}/duplicates")["hits"]
    visit(page, f"{product_url}/app/duplicates?lang=th&a={pairs[0]['entry']['id']}&b={entry_id}")
    nothing_serious(page)
    picture(page, "compare-th")
    page.context.close()


def reach(page: Page, wanted: Locator) -> None:
    """Go on with the Tab key until this is where the keyboard is."""
    for _ in range(MOST_TABS):
        if wanted.count() and wanted.first.evaluate("e => e.contains(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {wanted}")


def press(page: Page, wanted: Locator) -> None:
    """Go there with the Tab key and press Enter."""
    expect(wanted.first).to_be_visible()
    settle(page)
    reach(page, wanted)
    page.keyboard.press("Enter")


def write(page: Page, wanted: Locator, words: str) -> None:
    """Go there with the Tab key and type."""
    expect(wanted).to_be_visible()
    settle(page)
    reach(page, wanted)
    page.keyboard.type(words)


def submitted(host: Page, url: str, body: object) -> str:
    """An entry that a host sends over the API; its id."""
    headers = {"X-CSRF-Token": told(host, f"{url}/api/v1/me")["csrf"]}
    made = host.context.request.post(f"{url}/api/v1/entries", data={"body": body, "submit": True}, headers=headers)
    assert made.status == 201, made.text()
    return str(made.json()["id"])


def test_all_of_a_review_goes_by_keyboard(product_url: str, browser: Browser) -> None:
    host = signed_in(browser, product_url, "demo-host", "th")
    twin, first, second = (submitted(host, product_url, body) for body in (SAME, OTHER, OTHER))
    page = signed_in(browser, product_url, "demo-curator", "th")

    def asked(entry_id: str) -> Any:
        return told(page, f"{product_url}/api/v1/entries/{entry_id}")

    def status(entry_id: str) -> str:
        return str(asked(entry_id)["status"])

    def claimed(entry_id: str) -> None:
        visit(page, f"{product_url}/app/queue?lang=th&id={entry_id}")
        expect(page.locator(".st-key-decide-claim button")).to_be_enabled()
        page.keyboard.press("t")
        expect(page.locator(".st-key-decide-publish button")).to_be_visible()
        settle(page)

    # E: a field, what is to be changed, and away with it.
    claimed(first)
    page.keyboard.press("e")
    write(page, page.locator("[class*=st-key-comment-fields] input"), "ชื่อเรื่อง")
    page.keyboard.press("Enter")
    expect(page.locator("[class*=st-key-comment-fields] [data-tag]")).to_have_count(1)
    write(page, page.locator("[class*=st-key-comment-title] textarea"), "บอกด้วยว่าร้านใด")
    press(page, page.locator(".st-key-send-comments button"))
    page.wait_for_url(lambda url: first not in url)
    assert status(first) == "edits_requested"

    # J: a reason of the list.
    claimed(second)
    page.keyboard.press("j")
    press(page, page.get_by_role("button", name=TH["decision.send"]))
    page.wait_for_url(lambda url: second not in url)
    assert status(second) == "rejected"

    # What it repeats: compared, merged, and taken back.
    claimed(twin)
    press(page, page.locator("[class*=st-key-same-] a"))
    press(page, page.get_by_role("button", name=TH["duplicates.merge"]))
    expect(page.get_by_role("button", name=TH["duplicates.undo"])).to_be_visible()
    settle(page)
    # The id leads to what it became part of.
    assert asked(twin)["entry"]["id"] != twin
    press(page, page.get_by_role("button", name=TH["duplicates.undo"]))
    page.wait_for_url(lambda url: "batch=" not in url)

    # Shift with P and Y: published all the same; W: withdrawn again.
    visit(page, f"{product_url}/app/queue?lang=th&id={twin}")
    expect(page.locator(".st-key-decide-publish button")).to_be_enabled()
    page.keyboard.press("Shift+P")
    expect(page.locator(".st-key-publish-anyway button")).to_be_visible()
    settle(page)
    page.keyboard.press("Shift+Y")
    page.wait_for_url(lambda url: twin not in url)
    assert status(twin) == "published"
    visit(page, f"{product_url}/app/queue?lang=th&id={twin}")
    withdraw(page, twin)
    assert status(twin) == "withdrawn"
    page.context.close()
    host.context.close()


def withdraw(page: Page, entry_id: str) -> None:
    """Withdraw the entry under review by keyboard, with a reason; the page leaves it then."""
    expect(page.locator(".st-key-decide-withdraw button")).to_be_enabled()
    page.keyboard.press("w")
    reason = page.get_by_label(TH["decision.reason"])
    expect(reason).to_be_visible()
    settle(page)
    reach(page, reason)
    page.keyboard.type("ทดสอบ")
    press(page, page.get_by_role("button", name=TH["decision.send"]))
    page.wait_for_url(lambda url: entry_id not in url)


def published(host: Page, curator: Page, url: str, body: object) -> str:
    """An entry that a host sends and a curator publishes over the API; its id."""
    entry_id = submitted(host, url, body)
    csrf = told(curator, f"{url}/api/v1/me")["csrf"]
    where = f"{url}/api/v1/entries/{entry_id}/decisions"
    for action in ("claim", "publish"):
        headers = {"X-CSRF-Token": csrf, "If-Match": f'"{told(curator, where)["revision"]}"'}
        assert curator.context.request.post(where, data={"action": action}, headers=headers).ok
    return entry_id


def test_a_curator_comes_from_an_entry_to_its_form_and_to_its_review(product_url: str, browser: Browser) -> None:
    host = signed_in(browser, product_url, "demo-host", "th")
    page = signed_in(browser, product_url, "demo-curator", "th")
    entry_id = published(host, page, product_url, OTHER)
    visit(page, f"{product_url}/app/entry?lang=th&id={entry_id}")
    ways = page.locator(".st-key-ways a")
    expect(ways).to_have_count(2)
    nothing_serious(page, "ways-th")
    ways.first.click()
    page.get_by_role("heading", name=TH["form.edit"].format(id=entry_id)).wait_for()
    settle(page)
    nothing_serious(page, "why-th")
    page.locator(".stTextArea textarea").first.fill("คนพิการถือบัตรแล้วไม่ได้ส่วนลด")
    page.get_by_label(TH["decision.reason"]).fill("ตัดให้สั้น")
    page.locator(".st-key-save button").click()
    expect(page.locator("p[role=status]")).to_contain_text(TH["form.saved_at"].partition("{")[0])
    settle(page)
    entry = told(page, f"{product_url}/api/v1/entries/{entry_id}")["entry"]
    assert entry["statement"]["th"] == "คนพิการถือบัตรแล้วไม่ได้ส่วนลด"
    visit(page, f"{product_url}/app/entry?lang=th&id={entry_id}")
    ways.last.click()
    expect(page.locator(".st-key-decide-withdraw button")).to_be_enabled()
    settle(page)
    nothing_serious(page, "review-published-th")
    withdraw(page, entry_id)
    assert told(page, f"{product_url}/api/v1/entries/{entry_id}")["status"] == "withdrawn"
    page.context.close()
    host.context.close()
