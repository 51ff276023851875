"""A real Chromium on the pages of the UI: what it waits for, who is signed in, what every page must hold to."""

import contextlib
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, TimeoutError, ViewportSize, expect, sync_playwright

from catalogue.web.account_words import WORDS
from tests.conftest import absent
from ui.language import Language

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
MOST_HEIGHT = 6000  # pixels of a picture
OPENED = 5  # times that a list is opened until what is chosen from it was taken

PATIENCE_MS = 120_000  # how long a page may take on a machine however busy; a fraction of a second on an idle one
expect.set_options(timeout=PATIENCE_MS)

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


# Streamlit's page says that it runs only when the server has said so; until then what was sent is known here alone.
WIRE = """(() => {
  const Plain = WebSocket, wire = (window.wire = {asked: 0, heard: 0});
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", () => (wire.heard = wire.asked));
    }
    send(message) {
      wire.asked++;
      super.send(message);
    }
  };
})()"""
# Asked once a frame. Twenty in a row: what stands in a box is sent up to 200 ms after it was left.
STILL = """turn => {
  const {wire} = window, app = document.querySelector("[data-testid=stApp]");
  const whole = document.querySelector(".hg-footer") && app?.dataset.testScriptState === "notRunning";
  wire.frames = turn === wire.turn && whole && wire.asked === wire.heard ? wire.frames + 1 : 0;
  wire.turn = turn;
  return wire.frames > 20;
}"""
_turns = itertools.count()


def reader(browser: Browser, **options: Any) -> Page:
    """A page of somebody who was never here, in a context of its own with these options."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(WIRE)
    return context.new_page()


def visit(page: Page, url: str) -> None:
    page.goto(url)
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page is whole: its footer is there, what was sent is answered, and the script no longer runs."""
    page.wait_for_function(STILL, arg=next(_turns))


def choose(page: Page, box: str, option: str) -> None:
    """Choose from a list. Streamlit draws the page anew when a field was left: that shuts a list, or loses a click."""
    field = page.get_by_role("combobox", name=box)
    tags = page.locator(".stMultiSelect").filter(has=field).locator("[data-tag]")
    settle(page)
    for attempt in range(OPENED):
        field.click()  # opens, and never shuts
        field.fill(option)  # of a long list only what is in sight is there
        with contextlib.suppress(TimeoutError):
            page.get_by_role("option", name=option).first.click(timeout=3000 * 2**attempt)
        settle(page)
        if option in field.input_value() or tags.filter(has_text=option).count():
            return
    raise AssertionError(f"{option} was not taken by {box}")


def leave(page: Page, box: str) -> None:
    """Leave a list that stays open because more of it can be chosen. Escape would empty some."""
    page.get_by_role("combobox", name=box).press("Tab")
    expect(page.get_by_role("option")).to_have_count(0)


def told(page: Page, url: str) -> Any:
    """What the API tells whoever is signed in there. A server shuts idle connections, so it may be asked again."""
    return page.context.request.get(url, max_retries=3).json()


def signed_in(browser: Browser, url: str, who: str, lang: Language) -> Page:
    """A page of one of the demo's people, by the name of their button."""
    page = reader(browser, locale="th-TH" if lang == "th" else "en-GB")
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
        with contextlib.suppress(TimeoutError):  # charts are drawn anew for another width
            page.wait_for_function(f"!{WIDE}.length")
        assert not page.evaluate(WIDE)
        found = serious(page)
        assert not found, found


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like in the folder that HACKGO_TEST_PICTURES names."""
    folder, size = os.environ.get("HACKGO_TEST_PICTURES"), page.viewport_size
    if folder and size:
        # Streamlit scrolls a part of the page: only a window as high as all of it shows the whole.
        height = page.evaluate("Math.max(...[...document.querySelectorAll('html, .stMain')].map(e => e.scrollHeight))")
        page.set_viewport_size({"width": size["width"], "height": min(height, MOST_HEIGHT)})
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
        page.set_viewport_size(size)
