"""How an entry looks in a list: badges, title in the reader's language, matches, why it was found, where it is from."""

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from ui import dates
from ui.api_client import Hit, Summary, Text
from ui.language import counted, current, known, other, readable, t
from ui.links import href, link
from ui.markup import escaped, label, marked, paragraphs
from ui.vocabularies import label_of, place_names

# From which cosine on a meaning is called so. Of the first ten for golden's questions, grade 2 or 3 had 79 % of those
# from .4 on, 46 % from .3 to .4 and 18 % from .15 to .3; what nobody judged counts as 0 (November 2026).
LEVELS = {"very": 0.4, "close": 0.3, "some": 0.15}
SNIPPET_CHARACTERS = 220  # of a summary where no search made a snippet


def badges(entry: Summary | dict[str, Any]) -> str:
    """HTML of the entry's kind, the language of its source and its status where that says something."""
    kind, language, status = entry["kind"], entry["language"], entry.get("status", "published")
    parts = [
        f'<span class="hg-badge hg-{escaped(kind)}">{escaped(known(f"kind.{kind}", kind))}</span>',
        f'<span class="hg-badge hg-source">{escaped(t(f"card.source_language.{language}"))}</span>',
    ]
    if status != "published":
        parts.append(f'<span class="hg-badge">{escaped(known(f"status.{status}", status))}</span>')
    return f'<div class="hg-badges">{"".join(parts)}</div>'


def title_of(entry: Summary | dict[str, Any]) -> str:
    """The entry's title in the reader's language, else in the other."""
    title = readable(entry.get("title"))
    return title[0] if title else t("card.untitled")


def origin_of(text: Text | None, language: str) -> str | None:
    """Who wrote ``text`` in ``language``: ``human``, ``machine``, or None when nobody says."""
    return ((text or {}).get("origin") or {}).get(language)


def origin_note(text: Text, shown_in: str, source_language: str) -> str | None:
    """The words that tell a title written or translated by machine; None for a person's."""
    if origin_of(text, shown_in) != "machine":
        return None
    return t("origin.title_written" if shown_in == source_language else "origin.title_translated")


def opened(entry: Summary | dict[str, Any]) -> str:
    """The title as a link in another tab, as HTML, for pages on which somebody is in the middle of their work."""
    link_to = f'<a href="{href("entry", {"id": entry["id"]})}" target="_blank">{escaped(title_of(entry))}</a>'
    return f'<p class="hg-opened">{link_to} <small>{escaped(entry["id"])}</small></p>'


def card(
    entry: Summary,
    hit: Hit | None = None,
    *,
    key: str,
    note: str | None = None,
    asked: Collection[str] = (),
    apart: bool = False,
) -> None:
    """One entry as a card; with ``hit`` also its matches and why it was found, among others by the words ``asked``.

    ``note`` is HTML shown last. ``apart``: it opens in another tab.
    """
    why = (hit or {}).get("why") or {}
    highlights = why.get("highlights") or {}
    with st.container(border=True, key=f"card-{key}-{entry['id']}", gap=None):
        st.html(badges(entry))
        title = readable(entry["title"]) or (entry["id"], current())
        spans = highlights.get("title") or {}
        if apart:
            st.html(opened(entry))
        else:
            link("entry", label(title[0], spans.get(title[1]) or []), {"id": entry["id"]})
        parts = [_other_title(entry, spans)]
        parts.append(_snippet(entry, hit, highlights.get("snippet") or {}))
        parts.append(_facts(entry))
        parts.append(_why(why.get("by"), why.get("terms") or []))
        if hit and (scores := hit.get("scores")):
            own = [term for term in why.get("terms") or [] if term in asked]
            parts.append(_explained(scores, own, why.get("otherwise") or []))
        st.html("".join([*parts, note or ""]))


def _other_title(entry: Summary, spans: dict[str, list[list[int]]]) -> str:
    language = other(current())
    text = entry["title"].get(language)
    if not text or text == title_of(entry):
        return ""
    return f'<p class="hg-other" lang="{language}">{marked(text, spans.get(language) or [])}</p>'


def _snippet(entry: Summary, hit: Hit | None, spans: dict[str, list[list[int]]]) -> str:
    told = hit["snippet"] if hit else entry.get("summary")
    if not told or not (first := readable(told)):
        return ""
    text, language = first
    if hit:
        # What matched is shown even where it is in the other language: it is the reason the entry is here.
        language = next((la for la in (current(), other(current())) if spans.get(la) and told.get(la)), language)
        shown = marked(told.get(language) or "", spans.get(language) or [])
    else:
        shown = paragraphs(text if len(text) <= SNIPPET_CHARACTERS else text[:SNIPPET_CHARACTERS].rstrip() + "…")
    translated = language != entry["language"] and origin_of(told, language) == "machine"
    by = f' <span class="hg-origin">({escaped(t("origin.translated"))})</span>' if translated else ""
    return f'<p class="hg-snippet" lang="{language}">{shown}{by}</p>'


def _facts(entry: Summary) -> str:
    places = ", ".join(place_names(entry))
    facts = [label_of("themes", theme)] if (theme := entry.get("theme")) else []
    facts += [places] if places else []
    facts += [dates.year(year, current())] if (year := entry.get("year")) else []
    shown = [escaped(fact) for fact in facts]
    counts = entry.get("counts") or {}
    if n := counts.get("proposals"):
        tried = counted("card.tried" if entry["kind"] == "pain_point" else "card.submitted", n)
        shown.append(f"<strong>{escaped(tried)}</strong>")
    if n := counts.get("pain_points"):
        linked = counted("card.addresses" if entry["kind"] == "proposal" else "card.posed", n)
        shown.append(escaped(linked))
    title = readable(entry["title"])
    if title and (origin := origin_note(entry["title"], title[1], entry["language"])):
        shown.append(f'<span class="hg-origin">{escaped(origin)}</span>')
    return f'<p class="hg-facts">{" · ".join(shown)}</p>' if shown else ""


def _why(by: str | None, terms: list[str]) -> str:
    words = t("why.terms", terms=", ".join(dict.fromkeys(terms))) if terms else t("why.words")
    reasons = {"terms": [words], "meaning": [t("why.meaning")], "both": [words, t("why.meaning")]}.get(by or "", [])
    return f'<p class="hg-why">{escaped(" · ".join(reasons))}</p>' if reasons else ""


def _explained(scores: Mapping[str, float], terms: list[str], otherwise: list[str]) -> str:
    """A disclosure that says in words what the entry's place is made of: the question's ``terms`` that it has, too."""
    said = [
        t(f"why.meaning.{level(scores['meaning'])}", n=f"{scores['meaning']:.2f}"),
        t("why.refined", n=f"{scores['refined']:.2f}"),
        t("why.share" if terms else "why.no_share", share=f"{scores['terms']:.0%}", terms=", ".join(terms)),
        *([t("why.otherwise", names=", ".join(otherwise))] if otherwise else []),
    ]
    items = "".join(f"<li>{escaped(one)}</li>" for one in said)
    return f'<details class="hg-explained"><summary>{escaped(t("why.title"))}</summary><ul>{items}</ul></details>'


def level(cosine: float) -> str:
    """How near a meaning is, as a word of the strings ``why.meaning.…``."""
    return next((word for word, least in LEVELS.items() if cosine >= least), "far")
