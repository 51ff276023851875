"""What surrounds every page: style, header with language switch, notices, footer; and how errors are shown."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from ui.api_client import ApiError
from ui.language import current, other, t
from ui.links import href, link
from ui.markup import escaped
from ui.person import is_curator, me, organisations
from ui.vocabularies import field_label, index_state, is_degraded

STYLE = Path(__file__).with_name("style.css")
LEAVING = f"<script>{Path(__file__).with_name('leaving.js').read_text(encoding='utf-8')}</script>"
MENU = ("search", "themes", "provinces", "about")


def header(page: str) -> None:
    """Style, product name, menu, language switch, and the notices that every page carries."""
    st.html(STYLE)
    st.html(LEAVING, unsafe_allow_javascript=True)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="header"):
        # A plain link as well: the address that Streamlit writes for the start page is right on that page only.
        st.html(f'<a class="hg-brand" href="{href("start")}">{t("product.name")}</a>', width="content")
        with st.container(horizontal=True, key="menu", gap="small", width="content"):
            _menu(MENU, page)
        try:
            reader = me()
        except ApiError:  # a page for which it matters says so itself
            reader = None
        else:
            if reader is None:
                st.html(_sign_in(page), width="content")
        st.html(_language_switch(), width="content")
    if reader is not None:
        # A row of its own: with it in the first one, neither a phone nor Thai words on a desktop have the room.
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="work"):
            _menu(_work(), page)
            st.html(_account(), width="content")
    state = index_state()
    if state.get("sample", True):
        st.html(
            f'<p class="hg-sample"><strong>{t("notice.sample")}</strong> <span>{t("notice.sample_detail")}</span> '
            f'<a href="{href("about")}">{t("notice.more")}</a></p>'
        )


def degraded_notice() -> None:
    """Says that a reserve engine answered, on a page where it did."""
    if is_degraded():
        st.warning(t("notice.degraded"), icon=":material/healing:")


def _work() -> list[str]:
    """The pages of whoever has work here: hosts their entries, curators their queue."""
    own = ["own", "upload"] if organisations() else []
    return own + (["queue", "duplicates"] if is_curator() else [])


def _menu(pages: Iterable[str], here: str) -> None:
    for name in pages:
        with st.container(key=f"menu-{name}{'-here' if name == here else ''}", width="content"):
            link(name, t(f"nav.{name}"))


def _sign_in(page: str) -> str:
    # Plain links out of the UI: signing in and out are pages that set and delete the cookie.
    here = f"/app/{'' if page == 'start' else page}"
    # Back to where a mail's link led: to this very entry, not only to its page.
    asked = f"?{urlencode(_params(), doseq=True)}" if _params() else ""
    back = escaped(urlencode({"lang": current(), "next": f"{here}{asked}"}))
    return f'<a class="hg-account" href="/sign-in?{back}" target="_self">{t("account.sign_in")}</a>'


def _account() -> str:
    found = me() or {}
    unread = f' <span class="hg-unread">{found["unread"]}</span>' if found.get("unread") else ""
    return (
        f'<a class="hg-account" href="{href("account")}">{escaped(found.get("name", ""))}{unread}</a> '
        f'<a class="hg-account" href="/sign-out?lang={current()}" target="_self">{t("account.sign_out")}</a>'
    )


def _language_switch() -> str:
    # A plain link that loads the page anew: the server then also writes the new <html lang>.
    language = other(current())
    address = escaped("?" + urlencode({**_params(), "lang": language}, doseq=True))
    return (
        f'<a class="hg-language" href="{address}" lang="{language}" hreflang="{language}" '
        f'title="{t("language.switch_help")}">{t("language.switch")}</a>'
    )


def _params() -> dict[str, list[str]]:
    """What the address says beside the language."""
    return {key: st.query_params.get_all(key) for key in st.query_params if key != "lang"}


def footer() -> None:
    """The last line of every page."""
    st.html(
        f'<footer class="hg-footer"><span>{t("footer.text")}</span>'
        f'<span><a href="{href("about")}">{t("nav.about")}</a> · <a href="/docs">{t("footer.api")}</a></span></footer>'
    )


def heading(text: str, note: str | None = None, *, seen: bool = True) -> None:
    """The page's one first-level heading with a sentence under it, also the tab's title; plain text, not HTML.

    With ``seen`` false only screen readers meet it, where a visible label says the same right below.
    """
    st.set_page_config(page_title=f"{text} · {t('product.name')}")
    under = f'<p class="hg-lead">{escaped(note)}</p>' if note else ""
    st.html(f'<h1 class="{"hg-h1" if seen else "hg-unseen"}">{escaped(text)}</h1>{under}')


def section(text: str, note: str | None = None) -> None:
    """A second-level heading."""
    under = f' <span class="hg-note">{escaped(note)}</span>' if note else ""
    st.html(f'<h2 class="hg-h2">{escaped(text)}{under}</h2>')


def refuse(title: str, why: str, page: str) -> None:
    """The page for somebody who has no part in it: whom it is for, and the way to sign in."""
    heading(title, why)
    if me() is None:
        st.html(f"<p>{_sign_in(page)}</p>")
    else:
        link("account", t("nav.account"), icon=":material/person:")


def _field(item: dict[str, Any]) -> str:
    """The name of the form's field that an error points at, as in ``#/body/title/th``."""
    return field_label(str(item.get("pointer") or "").removeprefix("#/body/").split("/")[0])


def show_error(error: ApiError) -> None:
    """Say in the reader's language what went wrong and what to do about it."""
    language = current()
    if error.status is None:
        title, detail = t("error.unreachable"), t("error.unreachable_hint")
    else:
        title = error.said("title", language) or t("error.title")
        detail = error.said("detail", language) or t("error.unreachable_hint")
    wrong = "".join(
        f"<li>{escaped(str(item.get('parameter') or _field(item)))}: "
        f"{escaped(str(item.get('detail_th' if language == 'th' else 'detail') or ''))}</li>"
        for item in error.document.get("errors") or []
        if isinstance(item, dict)
    )
    listed = f"<p>{t('error.parameters')}</p><ul>{wrong}</ul>" if wrong else ""
    st.html(
        f'<div class="hg-error" role="alert"><p><strong>{escaped(title)}</strong></p>'
        f"<p>{escaped(detail)}</p>{listed}</div>"
    )
    if error.status is None or error.status >= 500:
        st.button(t("error.retry"), icon=":material/refresh:")
    elif "pointer" not in str(error.document.get("errors")):  # else it stands below a form, which is corrected
        link("search", t("error.new_search"), icon=":material/search:")
