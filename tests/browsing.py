"""A real Chromium, and what it waits for on the pages of the UI."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import absent

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
