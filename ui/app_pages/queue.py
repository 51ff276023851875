"""The queue of a curator: what waits, the longest waiting first; one entry's review; many at once."""

from typing import Any

import streamlit as st

from ui import bulk, decision_view, history_view, paging, revisions
from ui.api_client import ApiError
from ui.candidates import candidates, candidates_of, doubt, named, probable
from ui.entry_view import answers, main_text, side_facts, source_box, title_block
from ui.frame import heading, refuse, section
from ui.language import counted, readable, t
from ui.links import link, open_page, same_page_link
from ui.markup import escaped
from ui.vocabularies import Vocabulary, api, form_kinds, label_of, shown

FILTERS: dict[str, Vocabulary] = {"theme": "themes", "organisation": "organisations", "province": "provinces"}
ACTIONS = ("claim", "publish", "reject", "release")
CLAIMS = ("", "free", "mine", "others")
STATUSES = ("", "edits_requested", "rejected", "withdrawn")  # "": what waits


def _chosen() -> dict[str, str]:
    """The reader's filters, as the address has them and the API takes them."""
    chosen = {name: value for name in FILTERS if (value := st.query_params.get(name))}
    for name, values in (("claimed", CLAIMS), ("status", STATUSES)):
        if (value := st.query_params.get(name)) in values[1:]:
            chosen[name] = str(value)
    return chosen | ({"overdue": "true"} if st.query_params.get("overdue") == "true" else {})


def _filters(queue: dict[str, Any], chosen: dict[str, str]) -> None:
    """Boxes for the filters; what is chosen in one goes into the address."""

    def box(name: str, value: Any) -> Any:
        key = f"f-{name}"
        st.session_state[key] = value
        return {"key": key, "on_change": paging.choose, "args": (name, key)}

    with st.expander(t("queue.filters"), expanded=bool(chosen)):
        for name, values in FILTERS.items():
            value = chosen.get(name, "")
            labels = {"": t("queue.all"), value: label_of(values, value) if value else t("queue.all")}
            labels |= {v["value"]: f"{shown(v['label'], v['value'])} ({v['count']})" for v in queue[values]}
            st.selectbox(t(f"queue.{name}"), list(labels), format_func=labels.__getitem__, **box(name, value))
        st.selectbox(
            t("queue.claimed"),
            CLAIMS,
            format_func=lambda v: t(f"queue.claimed_{v or 'any'}"),
            **box("claimed", chosen.get("claimed", "")),
        )
        st.selectbox(
            t("queue.status"),
            STATUSES,
            format_func=lambda v: t(f"status.{v}") if v else t("queue.status_waiting"),
            **box("status", chosen.get("status", "")),
        )
        st.checkbox(t("queue.only_overdue"), **box("overdue", "overdue" in chosen))


def _about(item: dict[str, Any]) -> str:
    """One line about an entry that waits."""
    parts = [shown(item["status_label"], item["status"]), shown(item["owner_label"], item["owner"])]
    parts += [] if item["status"] in STATUSES else [counted("queue.days", item["days"])]
    parts += [t("queue.overdue")] if item["overdue"] else []
    parts += [t("queue.answered")] if item["answered"] else []
    claim = item["claim"]
    if claim and claim["live"]:
        parts.append(t("queue.claimed_mine") if claim["mine"] else t("queue.claimed_by", name=claim["name"]))
    return " · ".join(parts)


def _title(item: dict[str, Any]) -> str:
    text = readable(item["title"])
    return text[0] if text else item["id"]


def _list() -> None:
    chosen = _chosen()
    queue = api().queue({**chosen, **paging.asked()})
    heading(t("queue.title"))
    decision_view.said()
    _filters(queue, chosen)
    if "status" in chosen:
        told = counted("own.count", queue["total"])
    else:
        late = t("queue.late", n=queue["overdue"], days=queue["overdue_after_days"])
        told = f"{counted('queue.waiting', queue['total'])} · {late}"
    st.html(f'<p class="hg-facts">{told}</p>')
    if queue["next"] and st.button(t("queue.next"), type="primary", shortcut="N", key="next"):
        open_page("queue", {**paging.place(), "id": queue["next"]})
    picked = []
    for item in queue["items"]:
        with st.container(border=True, key=f"waits-{item['id']}"):
            same_page_link("queue", _title(item), {**paging.place(), "id": item["id"]})
            st.html(f'<p class="hg-facts">{escaped(_about(item))}</p>')
            picked += [] if "status" in chosen else bulk.picked(item)
    if picked:
        bulk.many(picked, {item["id"]: _title(item) for item in queue["items"]}, ACTIONS)
    paging.turn(queue["total"])


def _review(entry_id: str) -> None:
    page, standing = api().entry(entry_id), api().standing(entry_id)
    entry, queue, found = page["entry"], api().queue({"after": entry_id, "limit": 200}), candidates_of(entry_id)
    place, chosen = paging.place(), _chosen()
    among = api().queue({**chosen, "after": entry_id, "limit": 1}) if chosen else queue
    following = among["next"] if among["next"] != entry_id else None
    # Decided on is what was shown, also where somebody has written since.
    now = {entry_id: page["revision"]}
    standing["revision"] = revisions.read(now)[entry_id]
    decision_view.said()
    title_block(entry, (page["summary"] or {}).get("url"))
    for item in queue["items"]:
        if item["id"] == entry_id:
            st.html(f'<p class="hg-facts">{escaped(_about(item))}</p>')
    if hits := probable(found):
        st.html(f'<p class="hg-reason"><strong>{t("candidates.alert", ids=named(hits))}</strong></p>')
    if done := decision_view.buttons(standing, entry["kind"], doubt=doubt(found)):
        stays = done == "follow_up" or api().standing(entry_id)["status"] == "in_review"
        onward = entry_id if stays else following
        open_page("queue", {**place, "id": onward} if onward else place)
    history = api().history(entry_id)
    if history["answer"]:
        section(t("queue.answer"))
        history_view.comments(history["answer"]["comments"])
        history_view.changes(history["answer"]["changes"])
    text, facts = st.columns([0.62, 0.38], gap="large")
    with text:
        main_text(entry)
        source_box(entry, page.get("provenance") or {})
    with facts:
        side_facts(page, apart=True)
    answers(page, apart=True)
    candidates(entry_id, found)
    with st.container(horizontal=True):
        if entry["kind"] in form_kinds() and any(one["action"] == "edit" for one in standing["allowed"]):
            link("entry_form", t("action.edit"), {**place, "id": entry_id}, icon=":material/edit:")
        link("history", t("history.open"), {"id": entry_id}, icon=":material/history:")
        same_page_link("queue", t("queue.back"), place)
        if following and st.button(t("queue.next"), shortcut="N", key="next"):
            open_page("queue", {**place, "id": following})
    revisions.shown(now)


asked = (st.query_params.get("id") or "").strip()
try:
    if asked:
        _review(asked)
    else:
        _list()
except ApiError as error:
    if error.status not in (401, 403):
        raise
    refuse(t("queue.title"), t("queue.refused"), "queue")
