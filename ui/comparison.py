"""Two entries beside each other: why they may be one, where they differ, and whose value is kept."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui import paging
from ui.cards import badges, title_of
from ui.language import LANGUAGES, current, is_thai, known, t
from ui.links import link, same_page_link
from ui.markup import escaped, label, paragraphs
from ui.values import differing
from ui.vocabularies import shown

# A score adds up what meaning, words and titles say: more than any of them can say alone, of what is probably the same.
VERY_ALIKE = 1.0


def pair_card(hit: dict[str, Any]) -> None:
    """Two entries with the reasons why they may be one, and the way to compare them."""
    one, other = hit["entries"]
    with st.container(border=True, key=f"pair-{one['id']}-{other['id']}", gap="xsmall"):
        st.html(reasons(hit["why"], hit["verdict"]))
        for entry in (one, other):
            st.html(badges(entry))
            link("entry", label(title_of(entry)), {"id": entry["id"]})
        compare = f"{t('duplicates.compare')} {one['id']} · {other['id']}"
        same_page_link("duplicates", compare, {**paging.place(), "a": one["id"], "b": other["id"]})


def reasons(why: dict[str, Any] | None, verdict: str | None = None) -> str:
    """In a word how alike two entries are, the score behind it on demand, and what speaks for it; a line of HTML.

    None: they have the same title, and nothing else was compared. ``verdict``: what somebody judged them to be.
    """
    if why is None:
        return f'<p class="hg-why">{escaped(t("duplicates.reason.same_title"))}</p>'
    level = "very_alike" if why["level"] == "probable" and why["score"] >= VERY_ALIKE else why["level"]
    score = t("duplicates.score", score=f"{why['score']:.2f}")
    # Two entries in both languages share words in both: a reader is told those of their own, if there are any.
    mine = [term for term in why["terms"] if is_thai(term) == (current() == "th")] or why["terms"]
    told = [t("duplicates.reason.judged_same")] if verdict else []
    told += [t(f"duplicates.reason.{reason}", terms=", ".join(mine)) for reason in why["reasons"]]
    return (
        f'<p class="hg-why"><abbr class="hg-level" title="{escaped(score)}">'
        f"{escaped(known(f'duplicates.level.{level}', level))}</abbr> {escaped(' · '.join(told))}</p>"
    )


def differences(plan: dict[str, Any], ids: Sequence[str]) -> dict[str, str]:
    """Shows each field in which the entries differ, with what differs marked; the reader's choice for each."""
    choices = {}
    for field in plan["differing"]:
        name, values = shown(field["label"], field["name"]), field["values"]
        with st.container(border=True, key=f"differs-{field['name']}", gap="xsmall"):
            st.html(f"<p><strong>{escaped(name)}</strong></p>")
            for column, entry_id in zip(st.columns(len(ids)), ids, strict=True):
                rest = [values.get(i) for i in ids if i != entry_id]
                words = differing(values.get(entry_id), field["name"], field["marks"].get(entry_id, {}), rest)
                with column:
                    st.html(f'<p class="hg-facts">{escaped(entry_id)}</p><div class="hg-text">{words}</div>')
            choices[field["name"]] = st.radio(
                t("duplicates.keep_field", field=name),
                list(ids),
                index=list(ids).index(field["taken_from"]),
                horizontal=True,
                key=f"take-{field['name']}-{plan['entry']['id']}",
            )
    return choices


def told_entry(entry: dict[str, Any]) -> None:
    """The title and texts that an entry would have."""
    st.html(f"<p><strong>{escaped(title_of(entry))}</strong></p>")
    for name in ("statement", "summary", "problem"):
        text = entry.get(name) or {}
        for language in LANGUAGES:
            if words := text.get(language):
                st.html(f'<p class="hg-text" lang="{language}">{paragraphs(words)}</p>')
