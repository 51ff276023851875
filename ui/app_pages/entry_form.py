"""One entry of a host: three fields to fill in, more on demand; what is like it while one writes; its answer."""

from typing import Any

import streamlit as st

from ui import decision_view, drafts, form_fields, history_view, paging, record_fields
from ui.api_client import ApiError
from ui.cards import title_of
from ui.form_fields import LONG, Form
from ui.frame import heading, refuse, section, show_error
from ui.language import LANGUAGES, Language, t
from ui.links import href, link, open_page
from ui.markup import escaped
from ui.person import is_curator, me, organisations
from ui.vocabularies import NOT_PEOPLES, api, fields_of, form_kinds, label_of, shown

LIKE_SHOWN = 3
LONG_ENOUGH = 4  # characters of a title, from which on something can be like it
# What a form asks for on demand, in this order: each part of it opens by itself.
PARTS = {"linked": ("hackathon", "link"), "organisations": ("organisation", "host"), "source": ("source",)}
# The catalogue's own way to say a pain point in the other language.
TRANSLATED = {"pain_point": ("statement", "summary")}


def _like(title: str, entry_id: str) -> None:
    """Published entries like the title; they never stand in the way."""
    if len(title.strip()) < LONG_ENOUGH:
        return
    try:
        hits = api().search({"q": title.strip()[:200], "limit": LIKE_SHOWN + 1})["hits"]
    except ApiError:
        return  # help that does not come keeps nobody from writing
    found = [hit["entry"] for hit in hits if hit["entry"]["id"] != entry_id][:LIKE_SHOWN]
    if found:
        # In another tab: what was typed here is not saved yet.
        rows = "".join(
            f'<li><a href="{href("entry", {"id": entry["id"]})}" target="_blank">{escaped(title_of(entry))}</a></li>'
            for entry in found
        )
        st.html(
            f'<div class="hg-like"><p><strong>{t("form.like")}</strong> '
            f'<span class="hg-note">{t("form.like_note")}</span></p><ul class="hg-list">{rows}</ul></div>'
        )


@st.fragment
def _title(asked: dict[str, Any], form: Form, draft: drafts.Draft) -> None:
    """The title by itself: while one types it, the rest of the page stands still."""
    text = form_fields.value_of(asked, form) or {}
    if draft.shown is None:  # the page is being shown as a whole: it saves, and says so, itself
        draft.place.empty()
    else:
        before = draft.shown.get(asked["name"]) or {}
        title = form_fields.said(form.entry.get(asked["name"]), before | {form.language: text.get(form.language)})
        _save_alone(draft, {**draft.shown, asked["name"]: title})
    _like(str(text.get(form.language) or ""), str(form.entry.get("id", "")))


def _save_alone(draft: drafts.Draft, body: dict[str, Any]) -> None:
    """Save what the boxes say now that the title alone has changed, where there is one."""
    draft.unsaved = draft.differs(body) if draft.id else bool(body["title"])
    try:
        if draft.unsaved and draft.by_itself and body["title"]:
            draft.save(body)
            st.query_params["id"] = draft.id
    except ApiError as error:
        show_error(error)
    draft.said()


def _asked(asked: dict[str, Any], form: Form, draft: drafts.Draft) -> Any:
    """The value of a field, by whatever asks for it."""
    if asked["role"] == "title":
        _title(asked, form, draft)
        held = form.entry.get(asked["name"])
        words = str(st.session_state.get(form.key(asked["name"])) or "").strip()
        return form_fields.said(held, {**(held or {}), form.language: words})
    if any(asked["input"] in inputs for inputs in PARTS.values()):
        return record_fields.value_of(asked, form)
    return form_fields.value_of(asked, form)


def _fields(kind: str, form: Form, draft: drafts.Draft) -> dict[str, Any]:
    """The form's fields as the API takes them; what the form does not ask for stays as it was."""
    draft.shown = None
    every = [field for field in fields_of(kind) if field["input"] and field["name"] != "language"]
    statement, translation = TRANSLATED.get(kind, ("", ""))
    values: dict[str, Any] = {f["name"]: _asked(f, form, draft) for f in every if f["needed_to_submit"]}
    rest = [field for field in every if not field["needed_to_submit"] and field["name"] != translation]
    rest.sort(key=lambda field: (not field["role"], not field["filter"]))  # what people read and filter by first
    inputs = {name: part for part, names in PARTS.items() for name in names}
    for part in ("more", *PARTS):
        mine = [field for field in rest if inputs.get(field["input"], "more") == part]
        if mine:
            # What a curator asked about is in sight.
            with st.expander(t(f"form.{part}"), expanded=any(field["name"] in form.comments for field in mine)):
                values |= {field["name"]: _asked(field, form, draft) for field in mine}
    texts = [f for f in every if f["input"] == "text" and not f["many"] and f["name"] != statement]
    with st.expander(t("form.other_language"), expanded=translation in form.comments):
        for field in texts:
            name = field["name"]
            held = form.entry.get(name) if name == translation else values.get(name)
            label = next(f["label"] for f in every if f["name"] == (statement if name == translation else name))
            values[name] = form_fields.translation_of(field | {"label": label}, held, form)
    kept = {name: value for name, value in form.entry.items() if name not in NOT_PEOPLES}
    return {**kept, **values, "language": form.language}


def _new(mine: list[str], draft: drafts.Draft) -> None:
    heading(t("form.new"), t("form.note"))
    owner = mine[0]
    if len(mine) > 1:
        owner = st.selectbox(
            t("form.owner"), mine, format_func=lambda value: label_of("organisations", value), key="owner"
        )
    kinds = form_kinds()
    kind = st.radio(t("form.kind"), kinds, format_func=lambda k: t(f"kind.{k}"), horizontal=True, key="kind")
    language: Language = st.radio(
        t("form.language"), LANGUAGES, format_func=lambda la: t(f"form.in_{la}"), horizontal=True, key="language"
    )
    if draft.id and (kind, owner) != (draft.kind, draft.owner):
        draft.discard()  # of what is saved neither changes
        st.query_params.pop("id", None)
    draft.kind, draft.owner = kind, owner
    boxes, buttons, draft.place = st.container(), st.container(horizontal=True), st.empty()
    with boxes:
        body = _fields(kind, Form(draft.entry, language, draft.name, owner), draft)
    with buttons:
        saved = st.button(t("form.save_draft"), key="save")
        sent = st.button(t("form.submit"), key="submit", type="primary")
    unsaved = draft.differs(body) or not draft.id
    try:
        if unsaved and (saved or sent or body["title"]):
            draft.save(body)
            unsaved = False
        done = draft.done
        if sent:
            done = api().decide(draft.id, draft.revision, {"action": "submit"})
            done["removed"] += draft.done["removed"]
    except ApiError as error:
        show_error(error)
    else:
        if saved or sent:
            decision_view.note(done)
            drafts.forget(draft.id)
            open_page("entry_form", {"id": draft.id})
    if draft.id:
        st.query_params["id"] = draft.id
    draft.shown, draft.unsaved = body, unsaved and bool(draft.id or body["title"])
    draft.said()


def _comments(asked: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What the curator asks for, said above the form; by field, for the boxes that it is about."""
    section(t("form.asked"), t("form.asked_note"))
    history_view.comments(asked)
    found: dict[str, list[str]] = {}
    for comment in asked:
        found.setdefault(comment["field"], []).append(comment["text"])
    return found


def _edit(page: dict[str, Any], standing: dict[str, Any], owner: str, answer: dict[str, Any] | None) -> Any:
    """The form of an entry that may be edited; what it says now, None where another one has changed the entry since.

    ``standing`` is brought up to date with what was saved.
    """
    entry = page["entry"]
    comments = _comments(answer["comments"]) if answer else {}
    draft = drafts.opened(entry, page["revision"])
    form = Form(draft.entry, entry.get("language") or "th", draft.name, owner, comments)
    boxes, buttons, draft.place = st.container(), st.container(), st.empty()
    with boxes:
        body = _fields(entry["kind"], form, draft)
    unsaved = draft.differs(body)
    if draft.revision != standing["revision"]:
        _changed_meanwhile(draft, unsaved)
        return None
    draft.by_itself = page["status"] in drafts.BY_ITSELF
    with buttons:
        reason = _reason(standing, draft)
        pressed = st.button(t("form.save"), key="save")
    if pressed and unsaved and reason == "":
        st.error(t("form.no_reason"))
    elif pressed or (unsaved and draft.by_itself):
        try:
            saved = draft.save(body, reason) if unsaved else draft.done
        except ApiError as error:
            show_error(error)
        else:
            unsaved = False
            standing.update({name: saved[name] for name in ("revision", "allowed")} if saved else {})
            if answer:
                answer = api().history(entry["id"])["answer"]
    draft.shown, draft.unsaved = body, unsaved
    draft.said()
    if answer:
        section(t("form.answer"))
        if not answer["changes"]:
            st.html(f"<p>{t('form.answer_none')}</p>")
        history_view.changes(answer["changes"])
    return body


def _reason(standing: dict[str, Any], draft: drafts.Draft) -> str | None:
    """Why the entry is changed, asked for anew with each saving; None where an edit needs no reason."""
    if not any(one["action"] == "edit" and one["needs"] == "reason" for one in standing["allowed"]):
        return None
    words = t("form.required", field=t("decision.reason"))
    return st.text_area(words, max_chars=LONG, key=f"why-{draft.name}-{draft.revision}").strip()


def _changed_meanwhile(draft: drafts.Draft, unsaved: bool) -> None:
    """Another one saved the entry: it is shown as it is now, or, where that would lose something, on demand."""
    if not unsaved:
        drafts.forget(draft.id)
        st.rerun()
    st.html(f'<div class="hg-error" role="alert"><p>{escaped(t("form.changed_meanwhile"))}</p></div>')
    if st.button(t("form.load_again"), key="load-again"):
        drafts.forget(draft.id)
        st.rerun()


def _existing(entry_id: str, mine: list[str]) -> None:
    page, standing, history = api().entry(entry_id), api().standing(entry_id), api().history(entry_id)
    kind = page["entry"]["kind"]
    heading(t("form.edit", id=entry_id), shown(standing["status_label"], standing["status"]))
    with st.container():  # always there, lest what opens below it shuts
        decision_view.said()
    for step in history["steps"][-1:]:
        if step["action"] == "reject":
            history_view.step(step)
    editable = "edit" in {one["action"] for one in standing["allowed"]} and kind in form_kinds()
    body = None
    if editable:
        asked = history["answer"] if page["status"] == "edits_requested" else None
        body = _edit(dict(page), standing, standing["owner"] or "", asked)
    if (body or not editable) and decision_view.buttons(standing, kind, body=body):
        drafts.forget(entry_id)
        st.rerun()
    with st.container(horizontal=True):
        link("entry", t("history.entry"), {"id": entry_id}, icon=":material/article:")
        link("history", t("history.open"), {"id": entry_id}, icon=":material/history:")
        if mine:
            link("own", t("own.title"), paging.place(), icon=":material/list:")
        if is_curator():
            link("queue", t("queue.review"), {**paging.place(), "id": entry_id}, icon=":material/gavel:")


chosen = (st.query_params.get("id") or "").strip()
mine = organisations()
if chosen and not me():
    refuse(t("form.edit", id=chosen), t("own.refused"), "entry_form")
elif chosen and not drafts.is_being_written(chosen):
    _existing(chosen, mine)
elif mine:
    _new(mine, drafts.begun())
else:
    refuse(t("form.new"), t("own.refused"), "entry_form")
