"""One entry with everything known about it: both languages, source, licence, what it is linked to, what is like it."""

from typing import Any

import streamlit as st

from ui import decision_view
from ui.api_client import ApiError, EntryPage
from ui.entry_view import (
    answers,
    linked_cards,
    main_text,
    many,
    merged_entries,
    progress,
    side_facts,
    source_box,
    title_block,
)
from ui.frame import heading, section, show_error
from ui.language import counted, t
from ui.links import link
from ui.markup import label
from ui.person import me
from ui.vocabularies import api, label_of

SIMILAR_SHOWN = 4


def _find(entry_id: str) -> EntryPage | None:
    """The entry; None, with what to do said on the page, where there is none."""
    if not entry_id:
        heading(t("entry.no_id"))
    else:
        try:
            return api().entry(entry_id)
        except ApiError as error:
            if error.status != 404:
                raise
            heading(t("entry.missing"), t("entry.missing_hint"))
    link("search", t("entry.to_search"), icon=":material/search:")
    return None


def _answer_as_host(entry_id: str, hosts: list[dict[str, Any]]) -> None:
    """For whoever may say whether their organisation takes part: the two answers, but for the one given."""
    for host in hosts:
        if not host["may_answer"]:
            continue
        organisation = host["organisation"]
        with st.container(horizontal=True, key=f"host-{organisation}"):
            for accept, state in ((True, "confirmed"), (False, "declined")):
                words = t("host.accept" if accept else "host.decline", name=label_of("organisations", organisation))
                if host["state"] != state and st.button(label(words), key=f"{state}-{organisation}"):
                    try:
                        api().send("POST", f"/entries/{entry_id}/hosts/{organisation}/confirmation", {"accept": accept})
                    except ApiError as error:
                        show_error(error)
                    else:
                        st.rerun()


def _show(page: EntryPage) -> None:
    entry = page["entry"]
    title_block(entry | {"status": page["status"]}, (page["summary"] or {}).get("url"))
    if me():
        decision_view.ways(api().standing(entry["id"]), entry["kind"])
    text, facts = st.columns([0.62, 0.38], gap="large")
    with text, st.container(gap="xsmall"):
        main_text(entry)
        source_box(entry, page.get("provenance") or {})
        merged_entries(page.get("merged") or [])
    with facts:
        side_facts(page)
        _answer_as_host(entry["id"], page["hosts"])
    progress(page["progress"])
    if entry["kind"] == "pain_point":
        section(counted("entry.tried", len(page["proposals"])) if page["proposals"] else t("entry.tried_none"))
        linked_cards(page["proposals"])
    answers(page)
    many(t("entry.posed_here"), page.get("posed_here") or [], key="posed")
    many(t("entry.submitted_here"), page.get("submitted_here") or [], key="submitted")
    many(t("entry.similar"), api().similar(entry["id"], SIMILAR_SHOWN), key="similar")
    link("history", t("history.open"), {"id": entry["id"]}, icon=":material/history:")


found = _find((st.query_params.get("id") or "").strip())
if found:
    _show(found)
