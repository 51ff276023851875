"""What an upload would do, for its host to read: counts, remarks at their cells, and changes."""

import re
from typing import Any

import streamlit as st

from ui import history_view
from ui.frame import section
from ui.language import counted, current, t
from ui.links import href
from ui.markup import escaped
from ui.vocabularies import field_label

ENTRY_ID = re.compile(r"\b(?:PP|PR|HK)-\d{4}-\d+\b")
COUNTS = ("create", "update", "unchanged", "rejected")
PROBLEMS_SHOWN, CHANGES_SHOWN = 100, 50  # beyond this people go on in the workbook itself


def result(found: dict[str, Any]) -> None:
    """Counts, what was read of each sheet, then every remark, then what updates change."""
    section(t("upload.result"))
    counts = "".join(f"<li><strong>{found[name]:,}</strong> {t(f'upload.{name}')}</li>" for name in COUNTS)
    st.html(f'<ul class="hg-plan">{counts}</ul><p class="hg-facts">{"<br>".join(map(_sheet, found["sheets"]))}</p>')
    if found["problems"]:
        problems(found["problems"])
    else:
        st.html(f"<p>{t('upload.no_problems')}</p>")
    if found["changes"]:
        with st.expander(counted("upload.changes", len(found["changes"]))):
            for change in found["changes"][:CHANGES_SHOWN]:
                _change(change)
            if len(found["changes"]) > CHANGES_SHOWN:
                st.html(f'<p class="hg-facts">{t("upload.more_changes", n=len(found["changes"]) - CHANGES_SHOWN)}</p>')


def batch(one: dict[str, Any], day: str) -> None:
    """One earlier import in two lines."""
    counts = one["counts"]
    told = t("upload.batch", created=counts.get("create", 0), updated=counts.get("update", 0), day=day, name=one["by"])
    undone = f" · <strong>{t('upload.undone')}</strong>" if one["undone"] else ""
    st.html(f'<p><strong>{escaped(one["file"])}</strong></p><p class="hg-facts">{escaped(told)}{undone}</p>')


def _sheet(read: dict[str, Any]) -> str:
    name = escaped(read["sheet"] or t("upload.table"))
    if read["kind"] is None:
        return f"<strong>{t('upload.sheet_left_out', sheet=name)}</strong>"
    return counted("upload.sheet", read["rows"], sheet=name, kind=t(f"kinds.{read['kind']}"))


def problems(told: list[dict[str, Any]]) -> None:
    """A table of remarks: where, what, and what to do."""
    rows = "".join(map(_problem, told[:PROBLEMS_SHOWN]))
    titles = "".join(f'<th scope="col">{t(f"upload.{name}")}</th>' for name in ("cell", "message", "suggestion"))
    caption = counted("upload.problems", len(told))
    st.html(
        f'<p class="hg-facts">{caption}</p><table class="hg-remarks"><caption class="hg-unseen">{caption}</caption>'
        f"<thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"
    )
    if len(told) > PROBLEMS_SHOWN:
        st.html(f'<p class="hg-facts">{t("upload.more", n=len(told) - PROBLEMS_SHOWN)}</p>')


def _problem(problem: dict[str, Any]) -> str:
    severity = problem["severity"]
    column = f"<strong>{escaped(problem[f'column_{current()}'])}</strong>"
    if problem["value"]:
        column += f' <q class="hg-facts">{escaped(problem["value"])}</q>'
    where = problem["cell"] or t("upload.row", n=problem["row"])
    message = problem["message_th" if current() == "th" else "message_en"]
    # Of what is told already the message itself names all.
    suggestion = "" if problem["code"] == "probable-duplicate" else problem[f"suggestion_{current()}"]
    return (
        f"<tr><td>{escaped(problem['sheet'] or '')} <strong>{escaped(where)}</strong></td>"
        f'<td><span class="hg-mark-{severity}">{t(f"upload.{severity}")}</span> {column}: '
        f"{_linked(message)}</td><td>{_linked(suggestion)}</td></tr>"
    )


def _linked(words: str) -> str:
    """The words as HTML in which every entry that they name is a link; another tab, because the file stays here."""
    return ENTRY_ID.sub(
        lambda found: f'<a href="{href("entry", {"id": found[0]})}" target="_blank">{found[0]}</a>', escaped(words)
    )


def _change(change: dict[str, Any]) -> None:
    """One entry that the file changes: each field before and after."""
    where = t("upload.row", n=change["row"])
    st.html(f'<p><strong>{_linked(change["id"])}</strong> <span class="hg-note">{escaped(where)}</span></p>')
    history_view.changes(
        [
            {
                "field": one["field"],
                "label": {current(): field_label(one["field"])},
                "before": one["old"],
                "after": one["new"],
            }
            for one in change["fields"]
        ]
    )
