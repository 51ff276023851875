"""Hosts and curators at the pages of the UI: what their tests share. conftest.py signs them in."""

from collections.abc import Callable, Iterable
from typing import Any

from streamlit.testing.v1 import AppTest

from catalogue.api.parts import Parts
from tests.test_duplicates_api import NEW
from ui.language import strings

Acting = Callable[[str | None], None]
"""Chooses whose session the browser sends."""


def status(parts: Parts, entry_id: str = NEW) -> str:
    return str(parts.store.get_many([entry_id])[entry_id].status)


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, [e.message for e in app.exception]
    return app


def named(boxes: Iterable[Any], begin: str) -> Any:
    """The first of these boxes whose key begins so."""
    return next(box for box in boxes if str(box.key).startswith(begin))


def take_back(app: AppTest, language: str) -> None:
    """Undo the merge that the history shows."""
    next(button for button in app.button if button.label == t("duplicates.undo", language)).click().run()
    assert not app.exception


def t(key: str, language: str, **values: Any) -> str:
    return strings()[key][language].format(**values)
