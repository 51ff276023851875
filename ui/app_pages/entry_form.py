"""One entry of a host: three fields to fill in, more on demand; what is like it while one writes; its answer."""

from typing import Any

import streamlit as st

from ui import decision_view, history_view
from ui.api_client import ApiError
from ui.cards import title_of
from ui.form_fields import value_of
from ui.frame import heading, refuse, section, show_error
from ui.language import LANGUAGES, Language, t
from ui.links import link, open_page
from ui.markup import label
from ui.person import organisations
from ui.vocabularies import NOT_PEOPLES, api, fields_of, form_kinds, label_of, shown

LIKE_SHOWN = 3


def _like(title: str, entry_id: str) -> None:
    """Published entries like the title; they never stand in the way."""
    if len(title.strip()) < 4:
        return
    try:
        hits = api().search({"q": title.strip()[:200], "limit": LIKE_SHOWN + 1})["hits"]
    except ApiError:
        return  # help that does not come keeps nobody from writing
    found = [hit["entry"] for hit in hits if hit["entry"]["id"] != entry_id][:LIKE_SHOWN]
    if found:
        with st.container(key="like"):
            section(t("form.like"), t("form.like_note"))
            for entry in found:
                link("entry", label(title_of(entry)), {"id": entry["id"]})


def _fields(kind: str, entry: dict[str, Any]) -> dict[str, Any]:
    """The form's fields as the API takes them; what the form does not ask for stays as it was."""
    language: Language = entry.get("language") or "th"
    if not entry:
        language = st.radio(
            t("form.language"), LANGUAGES, format_func=lambda la: t(f"form.in_{la}"), horizontal=True, key="language"
        )
    asked = [field for field in fields_of(kind) if field["input"] and field["name"] != "language"]
    values: dict[str, Any] = {}
    for field in asked:
        if field["needed_to_submit"]:
            values[field["name"]] = value_of(field, entry, language)
            if field["role"] == "title":
                _like(str((values["title"] or {}).get(language) or ""), entry.get("id", ""))
    with st.expander(t("form.more")):
        rest = [field for field in asked if not field["needed_to_submit"]]
        rest.sort(key=lambda field: (not field["role"], not field["filter"]))  # what people read and filter by first
        values |= {field["name"]: value_of(field, entry, language) for field in rest}
    kept = {name: value for name, value in entry.items() if name not in NOT_PEOPLES}
    return {**kept, **values, "language": language}


def _new(organisations: list[str]) -> None:
    heading(t("form.new"), t("form.note"))
    owner = organisations[0]
    if len(organisations) > 1:
        owner = st.selectbox(
            t("form.owner"), organisations, format_func=lambda value: label_of("organisations", value), key="owner"
        )
    kinds = form_kinds()
    kind = st.radio(t("form.kind"), kinds, format_func=lambda k: t(f"kind.{k}"), horizontal=True, key="kind")
    body = _fields(kind, {})
    with st.container(horizontal=True):
        saved = st.button(t("form.save"), key="save")
        sent = st.button(t("form.submit"), key="submit", type="primary")
    if saved or sent:
        try:
            made = api().send("POST", "/entries", {"kind": kind, "owner": owner, "body": body, "submit": sent})
        except ApiError as error:
            show_error(error)
            return
        decision_view.note(made)
        open_page("entry_form", {"id": made["id"]})


def _existing(entry_id: str) -> None:
    page, standing, history = api().entry(entry_id), api().standing(entry_id), api().history(entry_id)
    heading(t("form.edit", id=entry_id), shown(standing["status_label"], standing["status"]))
    decision_view.said()
    asked = page["status"] == "edits_requested" and history["answer"]
    if asked:
        section(t("form.asked"))
        history_view.comments(history["answer"]["comments"])
    for step in history["steps"][-1:]:
        if step["action"] == "reject":
            history_view.step(step)
    allowed = {one["action"] for one in standing["allowed"]}
    if "edit" in allowed and page["entry"]["kind"] in form_kinds():
        body = _fields(page["entry"]["kind"], page["entry"])
        if st.button(t("form.save"), key="save"):
            try:
                saved = api().send("PUT", f"/entries/{entry_id}", {"body": body}, standing["revision"])
            except ApiError as error:
                show_error(error)
            else:
                decision_view.note(saved, t("form.saved"))
                st.rerun()
        if asked:
            section(t("form.answer"))
            history_view.changes(history["answer"]["changes"])
    if decision_view.buttons(standing, page["entry"]["kind"]):
        st.rerun()
    with st.container(horizontal=True):
        link("entry", t("history.entry"), {"id": entry_id}, icon=":material/article:")
        link("history", t("history.open"), {"id": entry_id}, icon=":material/history:")
        link("own", t("own.title"), icon=":material/list:")


chosen = (st.query_params.get("id") or "").strip()
mine = organisations()
if chosen:
    _existing(chosen)
elif mine:
    _new(mine)
else:
    refuse(t("form.new"), t("own.refused"), "entry_form")
