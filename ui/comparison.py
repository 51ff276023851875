"""Two entries beside each other: why they may be one, where they differ, and whose value is kept."""

import difflib
import itertools
import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui.cards import badges, title_of
from ui.language import LANGUAGES, known, t
from ui.links import link, same_page_link
from ui.markup import escaped, label, marked, paragraphs
from ui.vocabularies import label_of, shown

# A run of spaces, a word of Latin letters or digits, or a Thai consonant with the vowels and marks that belong to it:
# what differs is never marked from the middle of one of these.
_UNITS = re.compile(r"\s+|[A-Za-z0-9]+|[\u0e40-\u0e44]?[\u0e01-\u0e2e][\u0e30-\u0e3a\u0e45\u0e47-\u0e4e]*|.", re.DOTALL)
LONG_ENOUGH = 4  # characters in a row that both texts have; fewer are chance, not what they have in common


def pair_card(hit: dict[str, Any]) -> None:
    """Two entries with the reasons why they may be one, and the way to compare them."""
    one, other = hit["entries"]
    with st.container(border=True, key=f"pair-{one['id']}-{other['id']}", gap="xsmall"):
        st.html(f'<p class="hg-why">{escaped(reasons(hit["why"]))}</p>')
        for entry in (one, other):
            st.html(badges(entry))
            link("entry", label(title_of(entry)), {"id": entry["id"]})
        compare = f"{t('duplicates.compare')} {one['id']} · {other['id']}"
        same_page_link("duplicates", compare, {"a": one["id"], "b": other["id"]})


def reasons(why: dict[str, Any]) -> str:
    """How sure it is, and what speaks for it, as one line."""
    told = [known(f"duplicates.level.{why['level']}", why["level"]), t("duplicates.score", score=f"{why['score']:.2f}")]
    for reason in why["reasons"]:
        told.append(t(f"duplicates.reason.{reason}", terms=", ".join(why["terms"])))
    return " · ".join(told)


def differences(plan: dict[str, Any], ids: Sequence[str]) -> dict[str, str]:
    """Shows each field in which the entries differ, with what differs marked; the reader's choice for each."""
    choices = {}
    for field in plan["differing"]:
        name, values = shown(field["label"], field["name"]), field["values"]
        with st.container(border=True, key=f"differs-{field['name']}", gap="xsmall"):
            st.html(f"<p><strong>{escaped(name)}</strong></p>")
            for column, entry_id in zip(st.columns(len(ids)), ids, strict=True):
                rest = " ".join(_plain(values.get(i), field["name"]) for i in ids if i != entry_id)
                with column:
                    mine = _plain(values.get(entry_id), field["name"])
                    words = marked(mine, only_here(mine, rest)) if mine else escaped(t("duplicates.empty"))
                    st.html(f'<p class="hg-facts">{escaped(entry_id)}</p><p class="hg-text">{words}</p>')
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


def only_here(text: str, other: str) -> list[tuple[int, int]]:
    """Where ``text`` says what ``other`` does not: [start, end) of its characters."""
    if not other:
        return []
    mine, theirs = _UNITS.findall(text), _UNITS.findall(other)
    starts = [0, *itertools.accumulate(map(len, mine))]
    spans, at = [], 0
    for block in difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
        start, end = starts[block.a], starts[block.a + block.size]
        if end - start >= LONG_ENOUGH or block.size == 0:
            if start > at:
                spans.append((at, start))
            at = end
    return spans


def _plain(value: Any, field: str) -> str:
    """A field's value as words."""
    if value is None:
        return ""
    if isinstance(value, dict):
        if "th" in value or "en" in value:
            return " / ".join(value[language] for language in LANGUAGES if value.get(language))
        return _plain(value.get("name") or value.get("organization") or value.get("id"), field)
    if isinstance(value, list):
        return ", ".join(_plain(item, field) for item in value)
    if field in ("theme", "secondary_themes"):
        return label_of("themes", str(value))
    return label_of("provinces", str(value)) if field == "provinces" else str(value)
