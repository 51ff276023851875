"""A real Chromium on the pages of the UI: what it waits for, who is signed in, what every page must hold to."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, TimeoutError, ViewportSize, sync_playwright

from catalogue.web.account_words import WORDS
from tests.conftest import absent
from ui.language import Language

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
MOST_HEIGHT = 6000  # pixels of a picture
OPENED = 5  # times that a list is opened until it stays

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without these Chromium itself talks to its maker, which would hide what our pages do.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own; skips, or fails where it is required, without Chromium."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        absent("chromium", f"install Chromium so that one of {', '.join(NAMES)} is on the PATH")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield launched
        launched.close()


def visit(page: Page, url: str) -> None:
    page.goto(url)
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page is whole: its footer is there and the script no longer runs."""
    page.wait_for_selector(".hg-footer")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def choose(page: Page, box: str, option: str) -> None:
    """Choose from a list. Streamlit draws the page anew when a field was left, and shuts a list just opened."""
    wanted = page.get_by_role("option", name=option).first
    for attempt in range(OPENED):
        settle(page)
        page.get_by_role("combobox", name=box).click()
        with contextlib.suppress(TimeoutError):
            wanted.click(timeout=3000 * 2**attempt)  # a busy machine needs longer to draw it
            return
        page.keyboard.press("Escape")
    raise AssertionError(f"{option} is not among the options of {box}")


def shut(page: Page) -> None:
    """Shut a list that stays open because more of it can be chosen."""
    for _ in range(OPENED):
        if not page.get_by_role("option").count():
            return
        page.keyboard.press("Escape")
        settle(page)
    raise AssertionError("the list stays open")


def signed_in(browser: Browser, url: str, who: str, lang: Language) -> Page:
    """A page of one of the demo's people, by the name of their button."""
    page = browser.new_context(locale="th-TH" if lang == "th" else "en-GB").new_page()
    page.goto(f"{url}/sign-in?lang={lang}")
    page.get_by_role("button", name=WORDS[lang][who]).click()
    settle(page)
    return page


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds serious on the page as it is: the rule, and the first element that breaks it."""
    answer = Axe().run(page).response
    assert len(answer["passes"]) > 10  # it has looked
    return [
        (found["id"], found["nodes"][0]["html"])
        for found in answer["violations"]
        if found["impact"] in ("serious", "critical")
    ]


# What must not be wider than the screen; Streamlit scrolls within the page's frame, not the document.
WIDE = (
    "[document.documentElement, ...document.querySelectorAll('.stApp, .stMain, .stMainBlockContainer, .st-key-work')]"
    ".filter(e => e.scrollWidth > e.clientWidth).map(e => e.className || e.tagName)"
)


def nothing_serious(page: Page, name: str = "") -> None:
    """On a desktop and on a phone: nothing serious for axe, nothing wider than the screen. Leaves it a phone.

    With a name a picture of each is kept, where somebody wants to look.
    """
    for size, device in ((DESKTOP, "desktop"), (PHONE, "phone")):
        page.set_viewport_size(size)
        if name:
            picture(page, f"{name}-{device}")
        assert not serious(page)
        assert not page.evaluate(WIDE)


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like in the folder that HACKGO_TEST_PICTURES names."""
    folder, size = os.environ.get("HACKGO_TEST_PICTURES"), page.viewport_size
    if folder and size:
        # Streamlit scrolls a part of the page: only a window as high as all of it shows the whole.
        height = page.evaluate("Math.max(...[...document.querySelectorAll('html, .stMain')].map(e => e.scrollHeight))")
        page.set_viewport_size({"width": size["width"], "height": min(height, MOST_HEIGHT)})
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
        page.set_viewport_size(size)
