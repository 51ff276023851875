"""The queue of a curator: what waits, the longest waiting first; one entry's review; many at once."""

from typing import Any

import streamlit as st

from ui import decision_view, history_view
from ui.api_client import ApiError
from ui.candidates import candidates, candidates_of, doubt, opened, probable
from ui.comparison import reasons
from ui.entry_view import main_text, side_facts, source_box, title_block
from ui.frame import heading, refuse, section
from ui.language import counted, readable, t
from ui.links import link, open_page, same_page_link
from ui.markup import escaped
from ui.vocabularies import api, shown

FILTERS = {"theme": "themes", "organisation": "organisations", "province": "provinces"}
MANY = "queue-many"
ACTIONS = ("claim", "publish", "reject", "release")


def _filters(queue: dict[str, Any]) -> dict[str, str]:
    """The reader's filters, which the address keeps."""
    chosen: dict[str, str] = {}
    with st.expander(t("queue.filters")):
        for name, values in FILTERS.items():
            labels = {"": t("queue.all")} | {
                v["value"]: f"{shown(v['label'], v['value'])} ({v['count']})" for v in queue[values]
            }
            picked = st.selectbox(t(f"queue.{name}"), list(labels), format_func=labels.__getitem__, key=f"f-{name}")
            chosen |= {name: picked} if picked else {}
        claims = ("", "free", "mine", "others")
        picked = st.selectbox(
            t("queue.claimed"), claims, format_func=lambda v: t(f"queue.claimed_{v or 'any'}"), key="f-claimed"
        )
        chosen |= {"claimed": picked} if picked else {}
        chosen |= {"overdue": "true"} if st.checkbox(t("queue.only_overdue"), key="f-overdue") else {}
    return chosen


def _about(item: dict[str, Any]) -> str:
    """One line about an entry that waits."""
    parts = [shown(item["status_label"], item["status"]), shown(item["owner_label"], item["owner"])]
    parts += [counted("queue.days", item["days"])]
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
    queue = api().queue({"limit": 200})
    heading(t("queue.title"))
    decision_view.said()
    chosen = _filters(queue)
    if chosen:
        queue = queue | {k: v for k, v in api().queue({**chosen, "limit": 200}).items() if k not in FILTERS.values()}
    late = t("queue.late", n=queue["overdue"], days=queue["overdue_after_days"])
    st.html(f'<p class="hg-facts">{counted("queue.waiting", queue["total"])} · {late}</p>')
    if queue["next"] and st.button(t("queue.next"), type="primary", shortcut="N", key="next"):
        open_page("queue", {"id": queue["next"]})
    picked = []
    for item in queue["items"]:
        with st.container(border=True, key=f"waits-{item['id']}"):
            same_page_link("queue", _title(item), {"id": item["id"]})
            st.html(f'<p class="hg-facts">{escaped(_about(item))}</p>')
            if st.checkbox(t("queue.pick"), key=f"pick-{item['id']}"):
                picked.append({"id": item["id"], "revision": item["revision"]})
    if picked:
        _many(picked, {item["id"]: _title(item) for item in queue["items"]})


def _many(picked: list[dict[str, Any]], titles: dict[str, str]) -> None:
    """One action for the entries that are picked: a preview first, then the same for good."""
    section(counted("queue.picked", len(picked)))
    action = st.selectbox(t("queue.action"), ACTIONS, format_func=lambda a: t(f"action.{a}"), key="many-action")
    wanted = {"action": action, "entries": picked, **(decision_view.why_rejected("many") if action == "reject" else {})}
    if st.button(t("queue.preview"), key="preview"):
        st.session_state[MANY] = (wanted, api().send("POST", "/decisions", wanted)["outcomes"])
    # Only what was looked at is done.
    looked_at, outcomes = st.session_state.get(MANY) or (None, [])
    if looked_at != wanted:
        return
    refused = {outcome["id"]: outcome["problem"] for outcome in outcomes if outcome["problem"]}
    doubtful = [i for i, problem in refused.items() if problem.get("duplicates")]
    st.html(f"<p>{t('queue.would', done=len(outcomes) - len(refused), refused=len(refused))}</p>")
    _refusals([outcome for outcome in outcomes if outcome["id"] not in doubtful])
    _uncompared(outcomes)
    sure = [i for i in doubtful if _is_no_duplicate(i, titles[i])]
    certain = [one for one in picked if one["id"] not in refused]
    asked = [(certain, {}), ([one for one in picked if one["id"] in sure], {"sure": True})]
    if (certain or sure) and st.button(t("queue.do"), key="do", type="primary"):
        done = [
            outcome
            for entries, more in asked
            if entries
            for outcome in api().send("POST", "/decisions", {**wanted, "entries": entries, "preview": False, **more})[
                "outcomes"
            ]
        ]
        del st.session_state[MANY]
        failed = sum(outcome["problem"] is not None for outcome in done)
        st.success(t("queue.did", done=len(done) - failed, refused=failed))
        _refusals(done)
        _uncompared(done)


def _is_no_duplicate(entry_id: str, title: str) -> bool:
    """Shows what an entry that is to be published probably repeats; whether the curator says that it does not."""
    with st.container(border=True, key=f"doubt-{entry_id}", gap="xsmall"):
        same_page_link("queue", t("queue.doubtful", title=title), {"id": entry_id})
        found = candidates_of(entry_id) or []
        for hit in found:
            if hit["entry"]["id"] in probable(found):
                st.html(reasons(hit["why"]) + opened(hit["entry"]))
        return st.checkbox(t("queue.no_duplicate"), key=f"sure-{entry_id}")


def _refusals(outcomes: list[dict[str, Any]]) -> None:
    for outcome in outcomes:
        if outcome["problem"]:
            said = shown({"th": outcome["problem"]["detail_th"], "en": outcome["problem"]["detail"]}, "")
            st.html(f'<p class="hg-facts">{escaped(outcome["id"])}: {escaped(said)}</p>')


def _uncompared(outcomes: list[dict[str, Any]]) -> None:
    if number := sum(outcome["uncompared"] for outcome in outcomes):
        st.warning(counted("queue.uncompared", number))


def _review(entry_id: str) -> None:
    page, standing = api().entry(entry_id), api().standing(entry_id)
    entry, queue, found = page["entry"], api().queue({"after": entry_id, "limit": 200}), candidates_of(entry_id)
    following = queue["next"] if queue["next"] != entry_id else None
    decision_view.said()
    title_block(entry, (page["summary"] or {}).get("url"))
    for item in queue["items"]:
        if item["id"] == entry_id:
            st.html(f'<p class="hg-facts">{escaped(_about(item))}</p>')
    if found and (ids := probable(found)):
        st.html(f'<p class="hg-reason"><strong>{t("candidates.alert", ids=", ".join(ids))}</strong></p>')
    if decision_view.buttons(standing, entry["kind"], doubt=doubt(found)):
        decided = api().standing(entry_id)["status"]
        open_page("queue", {"id": entry_id if decided == "in_review" else following or ""})
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
        side_facts(entry, page.get("hackathon"), page["status"], page["hosts"])
    candidates(entry_id, found)
    with st.container(horizontal=True):
        link("history", t("history.open"), {"id": entry_id}, icon=":material/history:")
        same_page_link("queue", t("queue.back"))
        if following and st.button(t("queue.next"), shortcut="N", key="next"):
            open_page("queue", {"id": following})


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
