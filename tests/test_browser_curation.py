"""From a host's form or workbook to a published entry that search finds, and away again, in a real Chromium."""

import io
from typing import Any

import pytest
from openpyxl import Workbook
from playwright.sync_api import Browser, Page, expect

from tests.browsing import DESKTOP, choose, nothing_serious, picture, settle, signed_in, told, visit
from tests.serving import ask
from tests.small_catalogue import wait_for
from tests.test_browser_uploads import opened, send
from ui.language import Language, strings

pytestmark = pytest.mark.browser
TITLE_BOX, STATEMENT_BOX, THEME_BOX = (f"{name} (required)" for name in ("Title", "Problem statement", "Theme"))
TITLE = "ป้ายรถเมล์ในตัวเมืองน่านไม่มีตารางเดินรถภาษามือ"


UPLOADED = "ตลาดนัดหน้าศาลากลางน่านไม่มีที่ล้างมือสำหรับคนนั่งรถเข็น"


def found(url: str, title: str = TITLE) -> list[str]:
    hits = ask(f"{url}/api/v1/search", params={"q": title, "limit": 3}).json()["hits"]
    return [hit["entry"]["id"] for hit in hits if hit["entry"]["title"].get("th") == title]


def test_a_host_submits_a_curator_publishes_search_finds_and_withdrawing_takes_it_away(
    product_url: str, browser: Browser
) -> None:
    words = {key: both["en"] for key, both in strings().items()}
    host = signed_in(browser, product_url, "demo-host", "en")
    visit(host, f"{product_url}/app/entry_form?lang=en")
    # What is like it shows while the title is written, and is in nobody's way.
    host.get_by_label(TITLE_BOX, exact=True).fill("น้ำเพื่อการเกษตรไม่พอในสวนทุเรียนจันทบุรีหน้าแล้ง")
    expect(host.locator(".hg-like")).to_contain_text(words["form.like"])
    expect(host.locator(".hg-like a[href*='id=PP-']").first).to_be_visible()
    settle(host)
    nothing_serious(host)
    picture(host, "form-like")
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
    expect(host.get_by_text(words["decision.done"].format(status="Submitted"))).to_be_visible()
    settle(host)
    entry_id = host.url.split("id=")[1].split("&")[0]
    assert not found(product_url)
    assert ask(f"{product_url}/api/v1/entries/{entry_id}").status_code == 404

    curator = signed_in(browser, product_url, "demo-curator", "en")
    visit(curator, f"{product_url}/app/queue?lang=en")
    expect(curator.locator(f"a[href*='queue?id={entry_id}']")).to_contain_text(TITLE)
    nothing_serious(curator)
    picture(curator, "queue")
    visit(curator, f"{product_url}/app/queue?lang=en&id={entry_id}")
    curator.keyboard.press("t")
    expect(curator.get_by_role("button", name="Publish")).to_be_visible()
    settle(curator)
    nothing_serious(curator)
    picture(curator, "review")
    curator.keyboard.press("Shift+P")
    _wait_until_found(product_url, entry_id, TITLE)
    _withdraw(host, product_url, entry_id, TITLE)
    visit(host, f"{product_url}/app/history?lang=en&id={entry_id}")
    expect(host.locator("h2")).to_have_count(5)
    nothing_serious(host)
    picture(host, "history")
    host.context.close()
    curator.context.close()


def test_a_row_of_a_hosts_workbook_is_published_found_and_withdrawn(product_url: str, browser: Browser) -> None:
    words = {key: both["en"] for key, both in strings().items()}
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["ชื่อเรื่อง", "ปัญหา", "หมวด", "จังหวัด"])
    sheet.append([UPLOADED, "คนนั่งรถเข็นเอื้อมไม่ถึงก๊อกน้ำ จึงล้างมือก่อนกินอาหารไม่ได้", "health", "น่าน"])
    target = io.BytesIO()
    book.save(target)
    host, _ = opened(browser, product_url, "en")
    send(host, target.getvalue())
    host.get_by_role("button", name=words["upload.commit.one"].format(n=1)).click()
    expect(host.get_by_text(words["upload.done"].format(created=1, updated=0))).to_be_visible()
    assert not found(product_url, UPLOADED)

    curator = signed_in(browser, product_url, "demo-curator", "en")
    visit(curator, f"{product_url}/app/queue?lang=en")
    curator.get_by_role("link", name=UPLOADED).click()
    curator.wait_for_url("**id=PP-*")
    settle(curator)
    entry_id = curator.url.split("id=")[1].split("&")[0]
    curator.keyboard.press("t")
    expect(curator.get_by_role("button", name="Publish")).to_be_visible()
    settle(curator)
    curator.keyboard.press("Shift+P")
    _wait_until_found(product_url, entry_id, UPLOADED)
    _withdraw(host, product_url, entry_id, UPLOADED)
    host.context.close()
    curator.context.close()


def _wait_until_found(url: str, entry_id: str, title: str) -> None:
    """The decision is written, and search finds what it published."""
    wait_for(lambda: ask(f"{url}/api/v1/entries/{entry_id}").status_code == 200)
    wait_for(lambda: found(url, title) == [entry_id])


def _withdraw(host: Page, url: str, entry_id: str, title: str) -> None:
    """The host takes the entry back: it is gone from search and API at once."""
    words = {key: both["en"] for key, both in strings().items()}
    visit(host, f"{url}/app/entry_form?lang=en&id={entry_id}")
    host.get_by_role("button", name="Withdraw").click()
    host.get_by_label(words["decision.reason"]).fill("ส่งผิดรายการ")
    host.get_by_role("button", name=words["decision.send"]).click()
    expect(host.get_by_text(words["decision.done"].format(status="Withdrawn"))).to_be_visible()
    assert not found(url, title)
    assert ask(f"{url}/api/v1/entries/{entry_id}").status_code == 404


@pytest.mark.parametrize("lang", ["th", "en"])
def test_what_is_written_is_saved_by_itself_and_still_there_on_the_way_back(
    product_url: str, browser: Browser, lang: Language
) -> None:
    words = {key: both[lang] for key, both in strings().items()}
    page = signed_in(browser, product_url, "demo-host", lang)
    visit(page, f"{product_url}/app/entry_form?lang={lang}")
    title = f"Noise of the night market, {lang}"
    first, second = (page.locator(".stTextArea textarea").nth(n) for n in (0, 1))
    expect(first).to_be_visible()
    page.locator(".stTextInput input").first.fill(title)
    first.click()
    page.keyboard.type("Since May")
    page.get_by_text(words["form.more"], exact=True).click()
    saved = page.locator("p[role=status]")
    expect(saved).to_contain_text(words["form.saved_at"].partition("{")[0])
    looked = page.url
    assert "id=PP-" in looked
    second.click()
    page.keyboard.type("People who sleep")
    settle(page)
    nothing_serious(page, f"draft-{lang}")
    page.set_viewport_size(DESKTOP)
    # Out of the box that one writes in, without a moment between.
    second.click()
    page.keyboard.type(" early")
    page.get_by_role("link", name=words["nav.own"]).first.click()
    page.get_by_role("heading", name=words["own.title"]).wait_for()
    visit(page, looked)  # another session: what is here was saved
    expect(second).to_have_value("People who sleep early")
    expect(first).to_have_value("Since May")
    page.get_by_text(words["form.more"], exact=True).click()
    second.fill("Nobody")
    page.get_by_role("link", name=words["nav.own"]).first.click()
    page.get_by_role("link", name=title).click()
    page.get_by_role("heading", name=words["form.edit"].partition("{")[0]).wait_for()
    expect(second).to_have_value("Nobody")
    visit(page, f"{product_url}/app/entry_form?lang={lang}")
    expect(page.locator(".stTextInput input").first).to_have_value("")
    page.context.close()


@pytest.mark.parametrize("lang", ["th", "en"])
def test_a_title_alone_is_saved_by_a_pause_in_typing_and_by_leaving_its_box(
    product_url: str, browser: Browser, lang: Language
) -> None:
    words = {key: both[lang] for key, both in strings().items()}
    page = signed_in(browser, product_url, "demo-host", lang)
    visit(page, f"{product_url}/app/entry_form?lang={lang}")
    box, saved = page.locator(".stTextInput input").first, page.locator("p[role=status]")
    title = f"Dust of the day market, {lang}"
    box.click()
    page.keyboard.type(title)
    expect(saved).to_contain_text(words["form.saved_at"].partition("{")[0])
    expect(box).to_be_focused()
    page.wait_for_url("**id=PP-*")
    entry = page.url.split("id=")[1].split("&")[0]
    _says(page, f"{product_url}/api/v1/entries/{entry}", title)
    # Straight out of the box, without a pause.
    page.keyboard.type(" and night")
    page.get_by_role("link", name=words["nav.own"]).first.click()
    page.get_by_role("heading", name=words["own.title"]).wait_for()
    mine = page.get_by_role("link", name=title)
    expect(mine).to_have_count(1)  # it is one draft, however often it was saved
    expect(mine).to_have_text(f"{title} and night")
    mine.click()
    page.get_by_role("heading", name=words["form.edit"].partition("{")[0]).wait_for()
    settle(page)
    box.click()
    box.press("End")
    page.keyboard.type(" markets")
    _says(page, f"{product_url}/api/v1/entries/{entry}", f"{title} and night markets")
    expect(saved).to_have_count(1)
    page.keyboard.press("Tab")
    settle(page)
    expect(saved).to_have_count(1)
    nothing_serious(page)
    page.context.close()


def _says(page: Page, url: str, title: str) -> None:
    """The entry comes to have this title, in the language that one writes in."""
    wait_for(lambda: title in told(page, url)["entry"]["title"].values())
