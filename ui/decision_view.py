"""Deciding on one entry: a button for each action that the API allows, with what the action needs."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.api_client import ApiError
from ui.comparison import reasons
from ui.form_fields import KEPT
from ui.frame import show_error
from ui.language import current, readable, t
from ui.links import href, link
from ui.markup import escaped
from ui.person import is_curator, organisations
from ui.vocabularies import api, field_label, fields_of, form_kinds, shown

# In the order of the buttons, with one key each: the review goes by keyboard. Those that need words ask for them. What
# shows an entry to others at once takes Shift as well: no stray letter does it. (Not Ctrl or Alt: with those Streamlit
# listens inside text boxes too, where Alt and P type a letter on a Mac.)
SHORTCUTS = {
    "answer": "Shift+A",
    "submit": "Shift+S",
    "publish": "Shift+P",
    "claim": "T",
    "request_edits": "E",
    "reject": "J",
    "release": "L",
    "withdraw": "W",
    "restore": "S",
    "follow_up": "G",
}
FORWARD = ("answer", "submit", "publish", "claim")  # the first of these that is offered is what one came for
WITH_BODY = ("submit", "answer")
CHOSEN = "decision-chosen"
NOTE, REPEATS = "decision-note", "decision-repeats"
PROGRESS = ("in_progress", "partly_solved", "solved", "dormant", "published")  # what follow_up may say, likely first
TURNS = "decision-turns"  # by entry: how many decisions were written here
SURE = "sure"  # what publishing needs where something speaks against it


def decide(entry_id: str, revision: int, decision: dict[str, Any]) -> bool:
    """Send a decision; what went wrong is said on the page. Was it written?"""
    try:
        done = api().decide(entry_id, revision, decision)
    except ApiError as error:
        show_error(error)
        return False
    st.session_state.pop(CHOSEN, None)
    st.session_state[TURNS] = _turns() + Counter([entry_id])
    note(done)
    return True


def note(done: dict[str, Any], said: str = "") -> None:
    """Keep for the next page what was done, else how the entry stands now, which personal data were not kept, and what
    an entry that was sent probably repeats."""
    words = [said or shown(done["status_label"], done["status"])]
    words += [one[f"message_{current()}"] for one in done["removed"]]
    st.session_state[NOTE] = " · ".join(words)
    st.session_state[REPEATS] = done["duplicates"]


def buttons(standing: dict[str, Any], kind: str, *, doubt: str = "", body: dict[str, Any] | None = None) -> str | None:
    """The actions as buttons; the one that was just decided on, after it was written.

    ``doubt`` is what speaks against publishing: the curator then confirms it once more. ``body`` is what the host's
    form says: it is sent along, so that nothing typed is lost.
    """
    entry_id, revision = standing["id"], standing["revision"]
    offered = _offered(standing)
    if standing["others"] and "withdraw" not in offered:
        st.html(f"<p>{escaped(t('decision.others', ids=', '.join(standing['others'])))}</p>")
    if not offered:
        st.html(f"<p>{t('decision.none')}</p>")
        return None
    main = next((action for action in FORWARD if action in offered), None)
    at_once = None
    with st.container(horizontal=True, key="decisions"):
        for action, one in offered.items():
            needs = SURE if action == "publish" and doubt else one["needs"]
            pressed = st.button(
                shown(one["label"], action),
                key=f"decide-{action}",
                shortcut=SHORTCUTS.get(action),
                type="primary" if action == main else "secondary",
            )
            if pressed and needs != "nothing":
                st.session_state[CHOSEN] = (entry_id, action, needs)
            elif pressed:
                at_once = action
    if at_once:
        sent = {"body": body} if body is not None and at_once in WITH_BODY else {}
        return at_once if decide(entry_id, revision, {"action": at_once, **sent}) else None
    chosen = st.session_state.get(CHOSEN)
    if not chosen or chosen[0] != entry_id or chosen[1] not in offered:
        return None
    action, needs = chosen[1:]
    if needs == SURE:
        return action if doubt and _is_sure(doubt) and decide(entry_id, revision, {"action": action}) else None
    # What is written stays in the boxes, whichever page is looked at meanwhile, until something is decided.
    name = f"{entry_id}-{_turns()[entry_id]}"
    decision = _comments(kind, name) if needs == "comments" else _words(action, needs, f"{action}-{name}")
    return action if decision and decide(entry_id, revision, decision) else None


def ways(standing: dict[str, Any], kind: str) -> None:
    """Links to where the reader may do what the API allows: the entry's form, and the review for the rest of it."""
    labels = {one["action"]: shown(one["label"], one["action"]) for one in standing["allowed"]}
    edit = labels.pop("edit", None) if kind in form_kinds() else None
    reviews = is_curator() and standing["owner"] not in organisations()
    if not reviews:  # a host decides where they write
        edit, labels = " · ".join(filter(None, (edit, *labels.values()))), {}
    if edit or labels:
        with st.container(horizontal=True, key="ways"):
            if edit:
                link("entry_form", edit, {"id": standing["id"]}, icon=":material/edit:")
            if labels:
                link("queue", " · ".join(labels.values()), {"id": standing["id"]}, icon=":material/gavel:")


def _offered(standing: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the API allows, by action, in the order of the buttons."""
    allowed = {one["action"]: one for one in standing["allowed"]}
    if "publish" in allowed:
        allowed.pop("claim", None)  # whoever may publish holds the claim
    return {action: allowed[action] for action in SHORTCUTS if action in allowed}


def _turns() -> Counter[str]:
    turns: Counter[str] = st.session_state.get(TURNS, Counter())
    return turns


def _is_sure(doubt: str) -> bool:
    st.html(f'<div class="hg-error" role="alert"><p>{escaped(doubt)}</p></div>')
    return st.button(t("decision.publish_anyway"), key="publish-anyway", shortcut="Shift+Y")


def _comments(kind: str, key: str) -> dict[str, Any] | None:
    """What is to be changed, for as many fields as need it."""
    labels = {field["name"]: shown(field["label"], field["name"]) for field in fields_of(kind)}
    with st.container(border=True, key="comments"):
        picked = st.multiselect(
            t("decision.field"),
            list(labels),
            format_func=labels.__getitem__,
            placeholder=t("form.choose"),
            key=f"comment-fields-{key}",
            **KEPT,
        )
        said = {
            name: st.text_area(
                t("decision.comment", field=labels[name]), max_chars=4000, key=f"comment-{name}-{key}", **KEPT
            )
            for name in picked
        }
        pressed = st.button(t("decision.send"), key="send-comments", type="primary", disabled=not picked)
    if not pressed:
        return None
    if missing := [labels[name] for name, words in said.items() if not words.strip()]:
        st.error(t("decision.no_words", fields=", ".join(missing)))
        return None
    comments = [{"field": name, "text": words.strip()} for name, words in said.items()]
    return {"action": "request_edits", "comments": comments}


def why(action: str, key: str) -> dict[str, str]:
    """The words that go with an action for many entries: a reason, where one belongs to it."""
    return _why_rejected(key) if action == "reject" else _in_words(key) if action == "withdraw" else {}


def _why_rejected(key: str, **kept: Any) -> dict[str, str]:
    """A reason of the managed list, and one's own words where there are some."""
    reasons = {item["id"]: shown(item["label"], item["id"]) for item in api().reasons()}
    code = st.selectbox(t("decision.code"), list(reasons), format_func=reasons.__getitem__, key=f"{key}-code", **kept)
    return {"code": code, **_in_words(key, **kept)}


def _in_words(key: str, label: str = "decision.reason", **kept: Any) -> dict[str, str]:
    words = st.text_area(t(label), max_chars=4000, key=f"{key}-reason", **kept).strip()
    return {"reason": words} if words else {}


def _words(action: str, needs: str, key: str) -> dict[str, Any] | None:
    """The reason for a decision, from the managed list and in one's own words."""
    with st.container(border=True, key="words"):
        told = WORDS[needs](key, **KEPT)
        return {"action": action, **told} if st.button(t("decision.send"), key="send-words", type="primary") else None


def _progress(key: str, **kept: Any) -> dict[str, str]:
    """How a problem stands now, and what shows it."""
    stands = st.selectbox(
        t("decision.progress"), PROGRESS, format_func=lambda status: t(f"status.{status}"), key=f"{key}-status", **kept
    )
    return {"status": stands, **_in_words(key, "decision.progress_shown", **kept)}


# What is asked for, by what a decision needs.
WORDS: dict[str, Callable[..., dict[str, str]]] = {
    "reason": _in_words,
    "code": _why_rejected,
    "progress": _progress,
}


def said() -> None:
    """What the last decision led to, once."""
    if note := st.session_state.pop(NOTE, None):
        st.success(t("decision.done", status=note))
    if repeated := st.session_state.pop(REPEATS, None):
        repeats(t("decision.repeats"), repeated)


def repeats(words: str, repeated: list[dict[str, Any]]) -> None:
    """What an entry probably repeats, below these words: each with a link and why. It is in nobody's way."""
    named = "".join(f"<li>{_opened(one)}{reasons(one['why'])}</li>" for one in repeated)
    st.html(f'<div class="hg-reason"><strong>{escaped(words)}</strong><ul class="hg-list">{named}</ul></div>')


def _opened(one: dict[str, Any]) -> str:
    """An entry's title as a link in another tab, as HTML; its id beside it."""
    title = readable(one["title"])
    words = f'<span lang="{title[1]}">{escaped(title[0])}</span>' if title else one["id"]
    link_to = f'<a href="{href("entry", {"id": one["id"]})}" target="_blank">{words}</a>'
    return f"{link_to} <small>{escaped(one['id'])}</small>"


def undone(answer: dict[str, Any]) -> str:
    """What taking a merge back led to, in words."""
    fields = ", ".join(map(field_label, answer["kept_fields"]))
    kept = t("duplicates.kept", fields=fields) if fields else ""
    return " · ".join(filter(None, [t("duplicates.undone"), ", ".join(answer["restored"]), kept]))
