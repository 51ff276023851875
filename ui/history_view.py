"""What happened to an entry: its steps, and fields before and after."""

from typing import Any

import streamlit as st

from ui import dates
from ui.language import current, known, t
from ui.markup import escaped, paragraphs
from ui.values import told
from ui.vocabularies import shown


def changes(found: list[dict[str, Any]]) -> None:
    """A table of fields with what they said before and after, with the words marked that went and came."""
    if not found:
        return
    head = "".join(f'<th scope="col">{escaped(t(f"history.{name}"))}</th>' for name in ("field", "before", "after"))
    rows = "".join(
        f'<tr><th scope="row">{escaped(shown(change["label"], change["field"]))}</th>'
        f'<td data-is="{t("history.before")}"><del>'
        f"{told(change['before'], change['field'], change.get('marks_before'))}</del></td>"
        f'<td data-is="{t("history.after")}"><ins>'
        f"{told(change['after'], change['field'], change.get('marks_after'))}</ins></td></tr>"
        for change in found
    )
    st.html(f'<div class="hg-scroll"><table class="hg-changes"><tr>{head}</tr>{rows}</table></div>')


def comments(found: list[dict[str, Any]]) -> None:
    """What a curator asked for, field by field."""
    if found:
        rows = "".join(
            f"<dt>{escaped(shown(c['label'], c['field']))}</dt><dd>{paragraphs(c['text'])}</dd>" for c in found
        )
        st.html(f'<dl class="hg-dl">{rows}</dl>')


def step(found: dict[str, Any]) -> None:
    """One step: what, when, who, why, and what changed."""
    action = known(f"step.{found['kind']}", shown(found["action_label"] or found["status_label"], ""))
    part = t(f"part.{found['part']}") if found["part"] else "" if found["name"] else t("part.program")
    undone = t("history.undone") if found["undone"] else ""
    who = " · ".join(filter(None, (found["name"], part, undone)))
    st.html(
        f'<h2 class="hg-h2">{escaped(action)} '
        f'<span class="hg-note">{escaped(dates.moment(found["at"], current()))}</span></h2>'
        f'<p class="hg-facts">{escaped(who)} · {escaped(shown(found["status_label"], found["status"]))}</p>'
    )
    why = [shown(found["reason_label"], "")] if found["reason_label"] else []
    why += [found["reason"]] if found["reason"] else []
    if why:
        st.html(f"<p>{paragraphs(chr(10).join(why))}</p>")
    comments(found["comments"])
    changes(found["changes"])
