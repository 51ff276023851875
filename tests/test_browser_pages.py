"""Every page as whoever it is for sees it, in both languages, on a desktop and on a phone, in a real Chromium.

Nothing serious for axe, nothing wider than the screen. `HACKGO_TEST_PICTURES=FOLDER` keeps a picture of each.
"""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from tests.browsing import DESKTOP, nothing_serious, reader, settle, signed_in
from ui.language import LANGUAGES, Language

pytestmark = pytest.mark.browser

PAIR = "a=PP-2569-00008&b=PP-2569-00369"  # the sample's first duplicate in disguise
PAGES = {
    "visitor": {
        "start": "/app/",
        "search": f"/app/search?q={quote('ขยะล้นเกาะสมุย')}&kind=pain_point",
        "nothing": "/app/search?q=qwxzvqwxzv",
        "meant": f"/app/search?q={quote('flod เชียงใหม่')}",
        "refused": "/app/search?theme=nope",
        "entry": "/app/entry?id=PP-2569-00228",
        "tried": "/app/entry?id=PP-2569-00322",
        "proposal": "/app/entry?id=PR-2569-00082",
        "hackathon": "/app/entry?id=HK-2569-015",
        "missing": "/app/entry?id=PP-2569-99999",
        "history": "/app/history?id=PP-2569-00228",
        "themes": "/app/themes",
        "provinces": "/app/provinces",
        "about": "/app/about",
        "not-for-visitors": "/app/queue",
        "permalink": "/p/PP-2569-00228",
        "nowhere": "/p/PP-2569-99999",
        "api": "/docs",
        "sign-in": "/sign-in",
        "register": "/register",
        "forgot": "/forgot",
    },
    "demo-host": {
        "own": "/app/own",
        "entry-form": "/app/entry_form",
        "upload": "/app/upload",
        "account": "/app/account",
        "people": "/app/people",
    },
    "demo-curator": {
        "queue": "/app/queue",
        "review": "/app/queue?id=PP-2569-00369",
        "unpublished": "/p/PP-2569-00369",
        "duplicates": "/app/duplicates",
        "compare": f"/app/duplicates?{PAIR}",
    },
}


@pytest.fixture(scope="module")
def pages(browser: Browser, product_url: str) -> Iterator[dict[tuple[str, Language], Page]]:
    """A tab of each of them in each language."""
    made: dict[tuple[str, Language], Page] = {}
    for language in LANGUAGES:
        locale = "th-TH" if language == "th" else "en-GB"
        made["visitor", language] = reader(browser, viewport=DESKTOP, locale=locale)
        for who in ("demo-host", "demo-curator"):
            made[who, language] = signed_in(browser, product_url, who, language)
    yield made
    for page in made.values():
        page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("who", "name"), [(who, name) for who, paths in PAGES.items() for name in paths])
def test_nothing_serious_for_axe_and_a_phone_scrolls_only_down(
    pages: dict[tuple[str, Language], Page], product_url: str, who: str, name: str, language: Language
) -> None:
    page, path = pages[who, language], PAGES[who][name]
    page.set_viewport_size(DESKTOP)
    page.goto(f"{product_url}{path}{'&' if '?' in path else '?'}lang={language}")
    if path.startswith("/app/"):
        settle(page)
    if name == "provinces":
        page.wait_for_selector("[data-testid=stVegaLiteChart] svg")
    closed = page.locator("[data-testid=stExpander] details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    nothing_serious(page, f"{name}-{language}")
