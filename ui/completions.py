"""What the text in the search box may become, offered while it is typed: a small component below the box."""

import functools
from pathlib import Path
from typing import Any

import streamlit as st

from ui.language import current, known, t
from ui.links import Params, open_page

SCRIPT = Path(__file__).with_name("completions.js")
LIST = '<ul id="hg-completions" role="listbox" hidden></ul><p role="status" class="hg-unseen"></p>'
NAMES = ("theme", "province")
KINDS = ("pain_point", "proposal", "hackathon", *NAMES)
LONGEST_TYPED = 100  # characters; the API completes no more


def completions() -> None:
    """Offers below the search box. Who chooses an entry gets its page; of a theme or a province, its entries."""
    data = {
        "language": current(),
        "kinds": {kind: t(f"filter.{kind}") if kind in NAMES else known(f"kind.{kind}", kind) for kind in KINDS},
        "label": t("search.completions"),
        "said": known("search.completions_said", ""),
        "longest": LONGEST_TYPED,
    }
    with st.container(key="completions"):
        chosen = _component()(key="completions-list", data=data, on_chosen_change=lambda: None).chosen
    if chosen:
        open_page(*page_of(chosen["kind"], chosen["id"]))


def page_of(kind: str, value: str) -> tuple[str, Params]:
    """The page of what was chosen, and its parameters."""
    return ("search", {kind: value}) if kind in NAMES else ("entry", {"id": value})


@functools.cache
def _component() -> Any:
    script = SCRIPT.read_text(encoding="utf-8")
    # Styles are not isolated: the box names the list and its options by their ids.
    return st.components.v2.component("completions", html=LIST, js=script, isolate_styles=False)
