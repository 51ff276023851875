"""A host's workbook in a real Chromium: faults, the workbook with remarks, repaired, saved, undone; a pasted form."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from catalogue.settings import Settings
from catalogue.workbooks.limits import MEBIBYTE
from catalogue.workbooks.reader import read_tables
from tests.browsing import DESKTOP, PHONE, choose, leave, nothing_serious, picture, reader, settle, signed_in, visit
from tests.serving import ask
from tests.workbook_with_faults import workbook
from ui.language import Language, strings

pytestmark = pytest.mark.browser


def send(page: Page, data: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": "ผลแฮกกาธอน.xlsx", "mimeType": "application/octet-stream", "buffer": data}
    )


def looked_at(page: Page, name: str) -> None:
    settle(page)
    nothing_serious(page)
    for size, device in ((DESKTOP, "desktop"), (PHONE, "phone")):
        page.set_viewport_size(size)
        picture(page, f"upload-{name}-{device}")
    page.set_viewport_size(DESKTOP)


def opened(browser: Browser, url: str, lang: Language) -> tuple[Page, dict[str, str]]:
    words = {key: both[lang] for key, both in strings().items()}
    page = signed_in(browser, url, "demo-host", lang)
    visit(page, f"{url}/app/upload?lang={lang}")
    page.get_by_role("heading", name=words["upload.title"]).wait_for()
    settle(page)
    return page, words


@pytest.mark.parametrize(("lang", "said"), [("th", "ไม่รู้จัก"), ("en", "is not known")])
def test_every_fault_is_told_and_the_workbook_comes_back_with_them(
    product_url: str, browser: Browser, lang: Language, said: str, tmp_path: Path
) -> None:
    page, words = opened(browser, product_url, lang)
    looked_at(page, f"empty-{lang}")
    send(page, workbook()[0])
    expect(page.locator(".hg-remarks tbody tr")).to_have_count(22)
    expect(page.locator(".hg-remarks")).to_contain_text(said)
    expect(page.locator(".hg-facts", has_text=words["kinds.link"])).to_be_visible()
    looked_at(page, f"faults-{lang}")
    page.get_by_role("button", name=words["upload.mark"]).click()
    with page.expect_download() as downloading:
        page.get_by_role("button", name=words["upload.marked"]).click()
    downloading.value.save_as(tmp_path / "checked.xlsx")
    assert len(read_tables((tmp_path / "checked.xlsx").read_bytes(), "x.xlsx")) == 3
    page.context.close()


@pytest.mark.parametrize("lang", ["th", "en"])
def test_a_file_that_is_too_large_is_not_even_sent(product_url: str, browser: Browser, lang: Language) -> None:
    page, words = opened(browser, product_url, lang)
    send(page, b"x" * (Settings().upload_mb * MEBIBYTE + 1))
    # By the browser itself: nothing is sent, so that nobody's memory holds it.
    expect(page.locator("[data-testid=stFileChip][aria-invalid=true]")).to_be_visible()
    told = page.locator("[data-testid=stFileUploader]").evaluate("box => getComputedStyle(box, '::after').content")
    assert told == f'"{words["upload.too_large"]}"'
    assert page.locator(".hg-remarks").count() == 0
    looked_at(page, f"too-large-{lang}")
    page.context.close()


@pytest.mark.parametrize("lang", ["th", "en"])
def test_the_repaired_workbook_is_saved_and_undone(product_url: str, browser: Browser, lang: Language) -> None:
    page, words = opened(browser, product_url, lang)
    send(page, workbook(repaired=True)[0])
    page.get_by_role("button", name=words["upload.commit"].format(n=52)).click()
    # What was undone before comes back as a change.
    new, again = (words["upload.done"].format(created=n, updated=52 - n) for n in (52, 0))
    expect(page.get_by_text(new).or_(page.get_by_text(again))).to_be_visible()
    looked_at(page, f"saved-{lang}")
    page.get_by_role("button", name=words["upload.undo"]).first.click()
    page.get_by_role("button", name=words["upload.undo_sure"]).click()
    expect(page.get_by_text(words["upload.undid"].format(n=52))).to_be_visible()
    page.context.close()


@pytest.mark.parametrize(("lang", "title"), [("th", "ป้ายรถเมล์อ่านไม่ออก"), ("en", "สะพานลอยไม่มีทางลาด")])
def test_saving_says_what_it_really_did(product_url: str, browser: Browser, lang: Language, title: str) -> None:
    pages = [opened(browser, product_url, lang) for _ in range(2)]
    for page, words in pages:
        send(page, f"ชื่อปัญหา,รายละเอียดปัญหา\n{title},ทุกวัน\n,ไม่มีชื่อ\n".encode())
        expect(page.get_by_role("button", name=words["upload.commit.one"].format(n=1))).to_be_visible()
    for (page, words), said in zip(pages, ("upload.done", "upload.all_saved.one"), strict=True):
        page.get_by_role("button", name=words["upload.commit.one"].format(n=1)).click()
        expect(page.get_by_text(words[said].format(created=1, updated=0, n=1))).to_be_visible()
        expect(page.get_by_text(words["upload.done_rejected.one"].format(n=1))).to_be_visible()
        expect(page.get_by_role("heading", name=words["upload.of_saved"])).to_be_visible()
        expect(page.locator(".hg-remarks tbody tr")).not_to_have_count(0)
        looked_at(page, f"saved-in-part-{lang}")
        page.context.close()


@pytest.mark.parametrize(("lang", "our"), [("th", "ที่พวกเราอยาก"), ("en", "ที่อยาก")])
def test_the_titles_of_a_form_are_explained_once_changed_and_forgotten(
    product_url: str, browser: Browser, lang: Language, our: str
) -> None:
    page, words = opened(browser, product_url, lang)
    page.get_by_text(words["upload.how_paste"], exact=True).click()
    settle(page)
    # Titles as people write them into forms: what they are most like is suggested.
    table = f"ชื่อปัญหา{our}ให้แก้\tเล่าปัญหาที่พบให้เราฟังหน่อย\nป้ายจอดไม่มีหลังคา\tฝนตกแล้วเปียกทุกคน\n"
    page.get_by_label(words["upload.paste"]).fill(table)
    page.get_by_label(words["upload.paste"]).press("Tab")
    page.get_by_role("heading", name=words["upload.unknown"]).wait_for()
    settle(page)
    looked_at(page, f"mapping-{lang}")
    page.get_by_role("button", name=words["upload.remember"]).click()
    expect(page.get_by_role("heading", name=words["upload.unknown"])).to_have_count(0)
    expect(page.get_by_role("button", name=words["upload.commit.one"].format(n=1))).to_be_visible()
    asked = f"B1 {table.splitlines()[0].split(chr(9))[1]}"
    page.get_by_text(words["upload.columns"].format(n=2), exact=True).click()
    choose(page, words["upload.change"], asked)
    settle(page)
    looked_at(page, f"titles-{lang}")
    choose(page, words["upload.means"].rpartition(" ")[2], words["upload.leave_out"])
    settle(page)
    page.get_by_role("button", name=words["upload.remember"]).click()
    expect(page.get_by_text(words["upload.noted"])).to_be_visible()
    commit = page.get_by_role("button", name=words["upload.commit.one"].format(n=1))
    expect(commit).to_have_count(0)
    lacks = page.locator(".hg-remarks tbody tr strong").nth(1)
    expect(lacks).to_have_text({"th": "ปัญหา", "en": "Problem statement"}[lang])
    page.get_by_text(words["upload.remembered"].format(n=2)).click()
    for title in table.splitlines()[0].split("\t"):
        choose(page, words["upload.forget"], title)
    leave(page, words["upload.forget"])
    expect(page.locator(".stMultiSelect [data-tag]")).to_have_count(2)
    looked_at(page, f"remembered-{lang}")
    page.get_by_role("button", name=words["upload.forget_chosen"]).click()
    page.get_by_role("heading", name=words["upload.unknown"]).wait_for()
    # The other language's run begins as this one did.
    expect(page.get_by_text(words["upload.remembered"].partition("{")[0])).to_have_count(0)
    page.context.close()


def test_a_visitor_is_told_to_sign_in_and_a_photograph_is_refused(product_url: str, browser: Browser) -> None:
    words = {key: both["en"] for key, both in strings().items()}
    page = reader(browser, locale="en-GB")
    visit(page, f"{product_url}/app/upload?lang=en")
    expect(page.get_by_text(words["own.refused"])).to_be_visible()
    assert ask(f"{product_url}/api/v1/imports/template.xlsx").status_code == 401
    page.context.close()
    host, _ = opened(browser, product_url, "en")
    send(host, b"\x89PNG\r\n\x1a\n" + b"0" * 100)
    expect(host.locator(".hg-error")).to_contain_text("not an XLSX")
    host.context.close()
