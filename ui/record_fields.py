"""The fields of an entry that no single box holds: organisations, hosts, its event, its links and its source."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from ui import form_fields
from ui.api_client import ApiError
from ui.form_fields import KEPT, SHORT, Field, Form, box
from ui.language import Language, current, known, readable, strings, t
from ui.markup import escaped, label
from ui.person import organisations
from ui.vocabularies import api, events, most_first, shown

ENTRY_ID = re.compile(r"[A-Z]{2}-\d{4}-\d+")
NEWEST = 200  # of one's own entries, as many as the API tells at once
FOUND_SHOWN = 5
LICENCE = "license."  # of the strings
Rows = list[dict[str, Any]]


def value_of(asked: Field, form: Form) -> Any:
    """Ask for such a field; its value as the API takes it, None where it is empty."""
    asks: dict[str, Callable[[Field, Any, Form], Any]] = {
        "organisation": _organisations,
        "host": _hosts,
        "hackathon": _hackathon,
        "link": _links,
        "source": _source,
    }
    return asks[asked["input"]](asked, form.entry.get(asked["name"]), form)


def _rows(asked: Field, form: Form, first: Rows) -> Rows:
    """The list that one adds to and takes from; each of its rows has a number of its own."""
    held: Rows = st.session_state.setdefault(
        f"rows-{asked['name']}-{form.name}", [{"row": number, **one} for number, one in enumerate(first)]
    )
    return held


def _add(rows: Rows, one: dict[str, Any]) -> None:
    rows.append({"row": max((row["row"] for row in rows), default=-1) + 1, **one})


def _heading(asked: Field, form: Form) -> str:
    """The name of the list above its rows; the key that its boxes begin with."""
    told = box(asked, form)
    st.html(f'<p class="hg-rows">{escaped(told["label"])}</p>')
    return str(told["key"])


def _name(reference: dict[str, Any]) -> str:
    text = readable(reference.get("name"))
    return text[0] if text else str(reference.get("id") or "")


def _reference(value: str, language: Language) -> dict[str, Any]:
    """An organisation of the catalogue by its id, or one that it does not know by its name."""
    found = next((item for item in most_first("organisations") if item["id"] == value), None)
    if found:
        return {"name": {la: found["label"][la] for la in ("th", "en")}, "id": value}
    return {"name": {language: value}}


def _organisation_boxes(held: Sequence[dict[str, Any]]) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The organisations that a field has, by what stands for them; and what a box to choose some from is told."""
    before = {str(one.get("id") or _name(one)): one for one in held}
    names = {value: _name(one) for value, one in before.items()}
    names |= {item["id"]: shown(item["label"], item["id"]) for item in most_first("organisations")}
    told = {
        "options": sorted(names, key=lambda value: names[value]),
        "format_func": lambda value: names.get(value, value),
        "placeholder": t("form.organisation"),
        "accept_new_options": True,
    }
    return before, told


def _organisations(asked: Field, held: list[dict[str, Any]] | None, form: Form) -> list[dict[str, Any]]:
    before, told = _organisation_boxes(held or [])
    chosen = st.multiselect(default=list(before), **told, **box(asked, form))
    return [before.get(value) or _reference(value, form.language) for value in chosen]


def _hosts(asked: Field, held: list[dict[str, Any]] | None, form: Form) -> list[dict[str, Any]]:
    ours: Rows = [{"organization": {"id": form.organisation}, "role": "lead_host"}] if not form.entry else []
    rows = _rows(asked, form, held or ours)
    key = _heading(asked, form)
    made = []
    for one in list(rows):
        before, told = _organisation_boxes([one["organization"]] if one.get("organization") else [])
        place = f"{key}-{one['row']}"
        with st.container(border=True, key=f"row-{place}", gap="xsmall"):
            chosen = st.selectbox(
                t("form.host"),
                index=told["options"].index(next(iter(before))) if before else None,
                key=f"{place}-organization",
                **KEPT,
                **told,
            )
            with st.container(horizontal=True, vertical_alignment="bottom"):
                parts = {name: _part(asked, name, one, place) for name in ("role", "sector")}
                st.button(t("form.remove"), key=f"{place}-remove", on_click=rows.remove, args=(one,))
        reference = before.get(chosen) if chosen and before.get(chosen, {}).get("name") else None
        if chosen:
            made.append({"organization": reference or _reference(chosen, form.language), **parts})
    st.button(
        t("form.add_host"), key=f"{key}-add", icon=":material/add:", on_click=_add, args=(rows, {"role": "co_host"})
    )
    return made


def _part(asked: Field, name: str, one: dict[str, Any], place: str) -> str | None:
    """One of the lists in a record: a host's role, its sector."""
    values = asked["parts"][name]
    family = {"role": "host" if asked["input"] == "host" else "role"}.get(name, name)
    chosen: str | None = st.selectbox(
        t(f"form.part_{name}"),
        values,
        index=values.index(one[name]) if one.get(name) in values else None,
        format_func=lambda value: known(f"{family}.{value}", value),
        placeholder=t("form.choose"),
        key=f"{place}-{name}",
        **KEPT,
    )
    return chosen


def _hackathon(asked: Field, held: str | None, form: Form) -> str | None:
    told = box(asked, form)
    names = _event_names(held)
    with st.container(key=f"event-{told['key']}", gap="xsmall"):
        place = st.container()
        if form.organisation in organisations():  # a curator makes none in the name of others
            _new_event(told["key"], form)
        options = list(names)
        chosen = place.selectbox(
            options=options,
            index=options.index(held) if held in options else None,
            format_func=lambda value: names.get(value, value),
            placeholder=t("form.event"),
            accept_new_options=True,
            **told,
        )
    return str(chosen).strip() or None if chosen else None


def _new_event(key: str, form: Form) -> None:
    """Ask for the name of an event that the catalogue does not have."""
    with st.popover(t("form.new_event"), icon=":material/add:"):
        st.text_input(t("form.event_title"), max_chars=SHORT, key=f"{key}-new")
        st.html(f'<p class="hg-note">{t("form.event_note")}</p>')
        st.button(t("form.event_make"), key=f"{key}-make", on_click=_make_event, args=(key, form))
        if refused := st.session_state.pop(f"{key}-refused", None):
            st.error(refused)


def _make_event(key: str, form: Form) -> None:
    """Save a hackathon of this name as a draft and choose it."""
    title = str(st.session_state[f"{key}-new"]).strip()
    if not title:
        return
    body = {"title": {form.language: title}, "language": form.language}
    try:
        made = api().send("POST", "/entries", {"kind": "hackathon", "owner": form.organisation, "body": body})
    except ApiError as error:
        st.session_state[f"{key}-refused"] = error.said("detail", current()) or t("error.unreachable")
        return
    st.session_state[key] = made["id"]
    st.session_state[f"{key}-new"] = ""  # a second click makes no second one


def _event_names(held: str | None) -> dict[str, str]:
    """What a hackathon may be chosen from, by id: one's own first, then the published ones."""
    found = [*api().own_entries({"kind": "hackathon", "limit": NEWEST})["items"], *events()]
    names: dict[str, str] = {}
    for one in found:
        title = readable(one["title"])
        names.setdefault(one["id"], f"{title[0] if title else t('card.untitled')} · {one['id']}")
    return names | ({held: held} if held and held not in names else {})


def _links(asked: Field, held: list[dict[str, Any]] | None, form: Form) -> list[dict[str, Any]]:
    rows = _rows(asked, form, held or [])
    key = _heading(asked, form)
    made = []
    for one in list(rows):
        place = f"{key}-{one['row']}"
        with st.container(border=True, key=f"row-{place}", gap="xsmall"):
            if "shown" not in one:
                one["shown"] = _title(one["pain_point"])
            st.html(f"<p><strong>{escaped(one['shown'])}</strong> <small>{escaped(one['pain_point'])}</small></p>")
            with st.container(horizontal=True, vertical_alignment="bottom"):
                role = _part(asked, "role", one, place) or asked["parts"]["role"][0]
                st.button(t("form.remove"), key=f"{place}-remove", on_click=rows.remove, args=(one,))
            said = one.get("reason") or {}
            words = st.text_input(
                t("form.reason"), str(said.get(form.language) or ""), max_chars=SHORT, key=f"{place}-reason", **KEPT
            )
        reason = form_fields.said(said, {**said, form.language: words.strip()})
        made.append({"pain_point": one["pain_point"], "role": role} | ({"reason": reason} if reason else {}))
    words = st.text_input(t("form.find_problem"), max_chars=SHORT, key=f"{key}-find").strip()
    taken = {one["pain_point"] for one in rows}
    for entry_id, title in _found(words).items():
        if entry_id not in taken:
            add = {"pain_point": entry_id, "shown": title, "role": asked["parts"]["role"][0]}
            name = label(f"{title} · {entry_id}")
            st.button(name, key=f"{key}-take-{entry_id}", icon=":material/add:", on_click=_add, args=(rows, add))
    return made


def _found(words: str) -> dict[str, str]:
    """Pain points to link: titles by id, one's own that have these words, then what the catalogue finds for them."""
    if not words:
        return {}
    if ENTRY_ID.fullmatch(words):
        return {words: _title(words)}
    own = api().own_entries({"kind": "pain_point", "limit": NEWEST})["items"]
    mine = [one for one in own if words.casefold() in " ".join(map(str, (one["title"] or {}).values())).casefold()]
    try:
        hits = api().search({"q": words, "kind": "pain_point", "limit": FOUND_SHOWN})["hits"]
    except ApiError:
        hits = []
    found = [*mine[:FOUND_SHOWN], *(hit["entry"] for hit in hits)]
    return {one["id"]: title[0] if (title := readable(one["title"])) else one["id"] for one in found}


def _title(entry_id: str) -> str:
    try:
        title = readable(api().entry(entry_id)["entry"].get("title"))
    except ApiError:
        title = None
    return title[0] if title else entry_id


def _source(asked: Field, held: dict[str, Any] | None, form: Form) -> dict[str, Any] | None:
    before = held or {}
    key = box(asked, form)["key"]
    values: dict[str, Any] = {
        name: st.text_input(t(word), str(before.get(name) or ""), max_chars=2000, key=f"{key}-{name}", **KEPT).strip()
        for name, word in (("title", "entry.source_title"), ("url", "form.source_url"))
    }
    told = {"label": t("entry.source_date"), "key": f"{key}-date", **KEPT}
    values["date"] = form_fields.day(before.get("date"), told)
    licences = [name.removeprefix(LICENCE) for name in strings() if name.startswith(LICENCE)]
    if before.get("license") and before["license"] not in licences:
        licences.append(before["license"])
    values["license"] = st.selectbox(
        t("entry.license"),
        licences,
        index=licences.index(before["license"]) if before.get("license") else None,
        format_func=lambda value: known(f"{LICENCE}{value}", value),
        placeholder=t("form.licence"),
        accept_new_options=True,
        key=f"{key}-license",
        **KEPT,
    )
    values["attribution"] = st.text_input(
        t("entry.attribution"), str(before.get("attribution") or ""), max_chars=SHORT, key=f"{key}-attribution", **KEPT
    ).strip()
    values["quote"] = st.text_area(
        t("entry.source_quote"), str(before.get("quote") or ""), height=100, key=f"{key}-quote", **KEPT
    ).strip()
    return {name: value for name, value in values.items() if value} or None
