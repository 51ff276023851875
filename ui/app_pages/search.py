"""Search page: box, filters with counts, results. Its address is its whole state, so any view can be shared."""

import math
import time
from dataclasses import replace

import streamlit as st

from ui import dates
from ui.api_client import FacetValue, SearchPage
from ui.cards import card
from ui.frame import heading, section
from ui.language import counted, current, known, t
from ui.links import link, with_language
from ui.markup import label
from ui.search_address import FILTERS, MAX_PAGES, MAX_VALUES, PAGE_SIZE, SearchAddress, parse
from ui.search_box import examples, search_box
from ui.vocabularies import Vocabulary, api, label_of, shown

OPEN = "kind"  # the filter that is always in sight; the others open from a button
VOCABULARIES: dict[str, Vocabulary] = {"theme": "themes", "province": "provinces", "organisation": "organisations"}
TURNED, TO_SCROLL_S = "results-turned", 0.2
PILLS_AT_MOST = 30  # so many values can be seen at once; more are found by typing


def _go(to: SearchAddress) -> None:
    st.query_params.from_dict(with_language(to.params()))


def _name(field: str, value: str, facets: dict[str, list[FacetValue]]) -> str:
    """What a filter value is called in the reader's language, also when no result has it."""
    if field == "year" and value.isdigit():
        return dates.year(value, current())
    if field == "kind":
        return known(f"kind.{value}", value)
    if found := next((facet for facet in facets.get(field, []) if facet["value"] == value), None):
        return shown(dict(found["label"]), value)
    return label_of(VOCABULARIES[field], value) if field in VOCABULARIES else value


def _filter(field: str, asked: SearchAddress, facets: dict[str, list[FacetValue]]) -> None:
    counts = {facet["value"]: facet["count"] for facet in facets.get(field, [])}
    chosen = asked.filters.get(field, ())
    options = sorted(counts, reverse=True) if field == "year" else list(counts)
    options += [value for value in chosen if value not in counts]
    if len(options) < 2 and not chosen:
        return  # a filter that changes nothing
    key = f"filter-{field}"
    st.session_state[key] = list(chosen)

    named = {value: f"{_name(field, value, facets)} ({counts.get(value, 0):,})" for value in options}
    as_markdown = {value: label(name) for value, name in named.items()}

    def changed() -> None:
        _go(asked.filtered(field, st.session_state[key] or []))

    def widget() -> None:
        title = t(f"filter.{field}")
        if len(options) <= PILLS_AT_MOST:
            st.pills(
                title, options, selection_mode="multi", format_func=as_markdown.__getitem__, key=key, on_change=changed
            )
        else:
            st.multiselect(
                title,
                options,
                format_func=named.__getitem__,
                key=key,
                on_change=changed,
                max_selections=MAX_VALUES,
                select_all=False,
                placeholder=t("search.choose"),
            )

    if field == OPEN:
        widget()
        return
    title = t(f"filter.{field}") + (f" · {len(chosen)}" if chosen else "")
    with st.popover(title, key=f"popover-{field}", type="primary" if chosen else "secondary"):
        widget()


def _filters(asked: SearchAddress, facets: dict[str, list[FacetValue]]) -> None:
    _filter(OPEN, asked, facets)
    with st.container(horizontal=True, gap="small", key="filters"):
        for field in FILTERS:
            if field != OPEN:
                _filter(field, asked, facets)
    if not asked.is_filtered:
        return
    with st.container(horizontal=True, gap="small", key="chips", vertical_alignment="center"):
        for field, values in asked.filters.items():
            for value in values:
                name = _name(field, value, facets)
                st.button(
                    label(name),
                    key=f"chip-{field}-{value}",
                    icon=":material/close:",
                    help=t("search.remove", name=label(name)),
                    on_click=_go,
                    args=(asked.without(field, value),),
                )
        st.button(t("search.clear"), type="tertiary", key="clear", on_click=_go, args=(SearchAddress(asked.q),))


def _meant(asked: SearchAddress, found: SearchPage) -> None:
    """What else to ask, and the provinces to look in, each one click away."""
    understood = found.get("query", {})
    if answered := understood.get("answered"):
        st.info(t("search.instead", typed=label(asked.q), text=label(answered)))
    offers, places = [] if answered else understood.get("did_you_mean", []), understood.get("places", [])
    if not offers and not places:
        return
    with st.container(horizontal=True, gap="small", key="meant"):
        for offer in offers:
            st.button(
                t("search.did_you_mean", text=label(offer["text"])),
                key=f"meant-{offer['reason']}",
                icon=":material/keyboard:" if offer["reason"] == "keyboard" else ":material/spellcheck:",
                help=known(f"search.meant.{offer['reason']}", "") or None,
                on_click=_go,
                args=(replace(asked, q=offer["text"], page=1),),
            )
        for place in places:
            st.button(
                t("search.only_in", name=label(shown(place["label"], place["code"]))),
                key=f"only-in-{place['code']}",
                icon=":material/location_on:",
                on_click=_go,
                args=(asked.filtered("province", [place["code"]]),),
            )


def _turn(asked: SearchAddress) -> None:
    st.session_state[TURNED] = True
    _go(replace(asked, page=st.session_state["results-page"]))


def _results(asked: SearchAddress, found: SearchPage) -> None:
    total = found["total"]
    far = bool(asked.q) and found.get("nothing_close", False)
    by_total = "search.total" if total["relation"] == "eq" else "search.total_at_least"
    kind = "search.all" if not asked.q else "search.nearest" if far else by_total
    order = t("search.sorted_relevance" if asked.q else "search.sorted_newest")
    pages = min(math.ceil(total["value"] / PAGE_SIZE), MAX_PAGES)
    where = f" · {t('search.page', page=asked.page, pages=pages)}" if asked.page > 1 else ""
    section(counted(kind, total["value"]), f"{order}{where}")
    if far:
        st.info(t("search.nothing_close"))
    place = st.empty()
    if st.session_state.pop(TURNED, False):
        # A page without results is short: the browser scrolls up, and stays there when they come.
        place.html(f"<p>{t('search.turning')}</p>")
        time.sleep(TO_SCROLL_S)
    with place.container():
        terms = found.get("query", {}).get("terms", [])
        for hit in found["hits"]:
            card(hit["entry"], hit, key="hit", asked=terms)
    if pages > 1:
        st.session_state["results-page"] = asked.page
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, key="results-page", on_change=_turn, args=(asked,))


asked = parse(st.query_params.get_all)
heading(f"{asked.q} · {t('search.title')}" if asked.q else t("search.title"), seen=False)
search_box(asked.q, lambda q: _go(replace(asked, q=q, page=1)))
found = api().search(asked.api_params())
# What a degraded answer says, the frame says on every page.
if not found.get("degraded") and (notice := shown(dict(found.get("notice") or {}), "")):
    st.info(label(notice))
_meant(asked, found)
_filters(asked, found["facets"])
if found["hits"]:
    _results(asked, found)
elif found["total"]["value"]:
    section(t("search.beyond"))
    st.button(t("search.first_page"), on_click=_go, args=(replace(asked, page=1),))
else:
    section(t("search.empty"), t("search.empty_hint"))
    examples(t("search.empty_examples"))
    link("themes", t("start.themes"), icon=":material/category:")
