"""The search box of the start and search pages, and example searches that have good answers."""

from collections.abc import Callable

import streamlit as st

from ui.completions import completions
from ui.language import current, other, t
from ui.links import link
from ui.markup import label
from ui.search_address import MAX_QUERY_CHARACTERS

# Each finds an entry that says just that, in either language (the catalogue's acceptance searches).
EXAMPLES = {
    "th": ("ทุกหน้าแล้งน้ำประปาไม่ไหล", "ขยะล้นเกาะสมุย", "กัดเซาะชายฝั่ง", "ตั๋วเครื่องบินแพงเกินไป"),
    "en": (
        "every dry season the village taps run out",
        "mountains of uncollected trash on Samui",
        "beach erosion",
        "plane tickets are stupidly expensive",
    ),
}


def search_box(q: str, on_search: Callable[[str], None]) -> None:
    """A form with the box and its button; Enter or the button call ``on_search`` with what was typed."""
    st.session_state["search-text"] = q
    with (
        st.form("search-form", border=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="search-box"),
    ):
        st.text_input(
            t("search.box"),
            key="search-text",
            placeholder=t("search.placeholder"),
            max_chars=MAX_QUERY_CHARACTERS,
            type="search",
        )
        st.form_submit_button(
            t("search.submit"),
            type="primary",
            icon=":material/search:",
            on_click=lambda: on_search(st.session_state["search-text"].strip()),
        )
    completions()


def examples(caption: str) -> None:
    """Links to example searches in both languages."""
    st.html(f'<p class="hg-caption">{caption}</p>')
    with st.container(horizontal=True, gap="small", key="examples"):
        for text in (*EXAMPLES[current()], *EXAMPLES[other(current())]):
            link("search", label(text), {"q": text})
