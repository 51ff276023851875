"""Links between pages; each carries the reader's language, so that a shared address opens in it."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from ui.language import current
from ui.markup import escaped

PAGES = (
    "start",
    "search",
    "entry",
    "history",
    "themes",
    "provinces",
    "about",
    "account",
    "people",
    "queue",
    "duplicates",
    "own",
    "entry_form",
    "upload",
)
Params = Mapping[str, str | Sequence[str]]


def script(page: str) -> str:
    """The file of ``page``, as Streamlit names pages."""
    return f"app_pages/{page}.py"


def with_language(params: Params | None = None) -> dict[str, str | Sequence[str]]:
    """``params`` and the reader's language."""
    return {**(params or {}), "lang": current()}


def link(page: str, label: str, params: Params | None = None, *, icon: str | None = None) -> None:
    """A link to ``page`` that needs no reload. ``label`` is Markdown: escape text that is not ours."""
    st.page_link(script(page), label=label, icon=icon, query_params=with_language(params))


def open_page(page: str, params: Params | None = None) -> None:
    """Leave for ``page`` at once."""
    st.switch_page(script(page), query_params=with_language(params))


def href(page: str, params: Params | None = None) -> str:
    """The address of ``page`` for an HTML attribute, relative to any other page of the UI."""
    path = "./" if page == "start" else page
    return escaped(f"{path}?{urlencode(with_language(params), doseq=True)}")


def in_language(address: str) -> str:
    """An address of this site in the reader's language, for an HTML attribute."""
    parts = urlsplit(address)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "lang"]
    return escaped(parts._replace(query=urlencode([*kept, ("lang", current())])).geturl())


def same_page_link(page: str, text: str, params: Params | None = None) -> None:
    """A link from a page to itself with other parameters. It loads the page anew: Streamlit's own link would leave
    the old parameters in the address, and the next click on a button would bring the old page back.
    """
    st.html(f'<a class="hg-step" href="{href(page, params)}" target="_self">{escaped(text)}</a>')
