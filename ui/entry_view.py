"""The parts of an entry's page."""

from typing import Any

import streamlit as st

from ui import dates
from ui.api_client import EntryPage, Linked, Summary, Text
from ui.cards import badges, card, origin_note, origin_of, title_of
from ui.frame import heading, section
from ui.language import current, known, other, readable, t
from ui.links import href
from ui.markup import escaped, paragraphs, web_address
from ui.vocabularies import label_of, place_names

SHOWN_AT_ONCE = 6  # of a hackathon's problems or proposals; the rest opens on demand
SECTIONS = {
    "pain_point": (("statement", "entry.statement"), ("summary", "entry.summary")),
    "proposal": (("summary", "entry.proposal_summary"), ("problem", "entry.proposal_problem")),
    "hackathon": (("summary", "entry.hackathon_summary"), ("note", "entry.note")),
    "organization": (),
}


def title_block(entry: dict[str, Any], permalink: str | None) -> None:
    """Badges, the title in the reader's language, the other language's under it, and who wrote them."""
    st.html(badges(entry))
    heading(title_of(entry))
    second = other(current())
    title: Text = entry.get("title") or Text()
    parts = []
    if (text := title.get(second)) and text != title_of(entry):
        parts.append(f'<p class="hg-other-title" lang="{second}">{escaped(text)}</p>')
    shown = readable(title)
    notes = [origin_note(title, shown[1], entry["language"])] if shown else []
    meta = [f'<span class="hg-origin">{escaped(note)}</span>' for note in notes if note] + [escaped(entry["id"])]
    if permalink:
        meta.append(f'<a href="{escaped(permalink)}">{escaped(t("entry.permalink"))}</a>')
    st.html("".join([*parts, f'<p class="hg-facts">{" · ".join(meta)}</p>']))


def _written_by(text: Text, language: str, source_language: str, field: str) -> str:
    if origin_of(text, language) == "machine":
        words = t("origin.written" if language == source_language or field == "problem" else "origin.translated")
        return f'<p class="hg-origin">{escaped(words)}</p>'
    if language == source_language and field in ("statement", "summary"):
        return f'<p class="hg-excerpt">{escaped(t("origin.source"))}</p>'
    return ""


def main_text(entry: dict[str, Any]) -> None:
    """The entry's own words: each text in the languages it has, the reader's first, with its origin."""
    sections = list(SECTIONS.get(entry["kind"], ()))
    if entry["kind"] == "pain_point" and entry["language"] != current():
        sections.reverse()  # what the reader can read comes first
    for field, title in sections:
        text: Text | None = entry.get(field)
        if not readable(text):
            continue
        section(t(title))
        for language in (current(), other(current())):
            if text and (words := text.get(language)):
                st.html(
                    f'<div class="hg-text" lang="{language}"><p>{paragraphs(words)}</p></div>'
                    + _written_by(text, language, entry["language"], field)
                )
    for field in ("evidence", "award"):
        if shown := readable(_as_text(entry.get(field))):
            section(t(f"entry.{field}"))
            st.html(f'<blockquote class="hg-evidence" lang="{shown[1]}">{paragraphs(shown[0])}</blockquote>')


def _as_text(value: Any) -> Text | None:
    """A Text, also where the API gives plain words."""
    return {"th": value, "en": value} if isinstance(value, str) else value


def _words(value: Any) -> str:
    shown = readable(_as_text(value))
    return f'<span lang="{shown[1]}">{escaped(shown[0])}</span>' if shown else ""


def _organisations(references: list[dict[str, Any]] | None) -> str:
    return "<br>".join(filter(None, (_organisation(reference) for reference in references or [])))


def _organisation(reference: dict[str, Any] | None) -> str:
    """An organisation as the source names it; where the catalogue knows it, a link to all its entries."""
    reference = reference or {}
    name = _words(reference.get("name"))
    known_as = reference.get("id")
    return f'<a href="{href("search", {"organisation": known_as})}">{name}</a>' if known_as and name else name


def _host(host: dict[str, Any], state: str) -> str:
    badge = f' <span class="hg-badge">{escaped(t(f"host.{state}"))}</span>' if state != "confirmed" else ""
    about = [known(f"host.{host.get('role')}", ""), known(f"sector.{host.get('sector')}", "")]
    words = ", ".join(filter(None, about))
    name = _organisation(host.get("organization"))
    return (f"{name} <small>({escaped(words)})</small>" if words else name) + badge


def _search_link(words: str, field: str, value: str) -> str:
    return f'<a href="{href("search", {field: value})}">{escaped(words)}</a>'


def side_facts(page: EntryPage, *, apart: bool = False) -> None:
    """Everything known in short, as a list of terms and values; what is not known is left out.

    ``apart``: its links open in another tab.
    """
    entry = page["entry"]
    provinces = entry.get("provinces") or []
    names = place_names(entry)
    places = [_search_link(name, "province", code) for name, code in zip(names, provinces, strict=False)]
    places += [escaped(name) for name in names[len(provinces) :]]
    months = entry.get("follow_up_every_months")
    event = _event(page.get("hackathon"), None if page["public"] else entry.get("hackathon"))
    lasting = entry.get("lasting") if entry.get("lasting") != "unknown" else None
    values = {
        "entry.affected": _words(entry.get("affected")),
        "entry.places": ", ".join(places),
        "entry.theme": _theme(entry.get("theme")),
        "entry.secondary_themes": ", ".join(_theme(theme) for theme in entry.get("secondary_themes") or []),
        "entry.owners": _organisations(entry.get("owners")),
        "entry.reporters": _organisations(entry.get("reporters")),
        "entry.posed_at" if entry["kind"] == "pain_point" else "entry.submitted_at": event,
        "entry.solution_type": escaped(known(f"solution.{entry.get('solution_type')}", "")),
        "entry.edition": _words(entry.get("edition")),
        "entry.date": escaped(_days(entry) or ""),
        "entry.venue": _words(entry.get("venue")),
        "entry.year": escaped(dates.year(entry["year"], current())) if entry.get("year") else "",
        "entry.hosts": "<br>".join(
            _host(named, host["state"]) for named, host in zip(entry.get("hosts") or [], page["hosts"], strict=True)
        ),
        "entry.participants": _number(entry.get("participants")),
        "entry.teams": _number(entry.get("teams")),
        "entry.submissions": _number(entry.get("submissions")),
        "entry.topics": _each(entry.get("topics")),
        "entry.plan_date": escaped(dates.day(entry.get("plan_date") or "", current())),
        "entry.phases": _each(entry.get("phases")),
        "entry.follow_up": escaped(t("entry.follow_up_every", n=months)) if months else "",
        "entry.aliases": _each(entry.get("aliases")),
        "entry.sector": escaped(known(f"sector.{entry.get('sector')}", "")),
        "entry.lasting": escaped(known(f"lasting.{lasting}", "")),
        "entry.status": escaped(known(f"status.{page['status']}", page["status"])),
    }
    rows = "".join(f"<dt>{escaped(t(key))}</dt><dd>{value}</dd>" for key, value in values.items() if value)
    if apart:
        rows = rows.replace("<a href=", '<a target="_blank" href=')
    title = escaped(t("entry.facts"))
    st.html(f'<div class="hg-side"><h2 class="hg-h2">{title}</h2><dl class="hg-dl">{rows}</dl></div>')


def _theme(theme: str | None) -> str:
    return _search_link(label_of("themes", theme), "theme", theme) if theme else ""


def _event(hackathon: Summary | None, event_id: str | None) -> str:
    """The event as a link; its id alone where the reader may not see it."""
    if not hackathon:
        return escaped(t("entry.unpublished", id=event_id)) if event_id else ""
    return f'<a href="{href("entry", {"id": hackathon["id"]})}">{escaped(title_of(hackathon))}</a>'


def _days(entry: dict[str, Any]) -> str | None:
    written = dates.period(entry.get("start_date") or entry.get("date"), entry.get("end_date"), current())
    note = readable(_as_text(entry.get("date_note")))
    return f"{written} ({note[0]})" if written and note else written


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else ""


def _each(values: list[Any] | None) -> str:
    return "<br>".join(filter(None, (_words(value) for value in values or [])))


def source_box(entry: dict[str, Any], provenance: dict[str, dict[str, Any]]) -> None:
    """Where the entry is from: title, words, date, address, licence, whom to credit, and the rows it was read from."""
    source = entry.get("source") or {}
    if not source:
        return
    section(t("entry.source"))
    language = entry["language"]
    licence = str(source.get("license") or "")
    address = web_address(source.get("url"))
    open_it = (
        f'<a href="{escaped(address)}" rel="noopener noreferrer" target="_blank">{escaped(t("entry.source_link"))}</a>'
        if address
        else ""
    )
    values = {
        "entry.source_title": f'<span lang="{language}">{escaped(str(source.get("title") or ""))}</span>',
        "entry.source_date": escaped(dates.day(source.get("date") or "", current())),
        "entry.license": escaped(known(f"license.{licence}", licence)),
        "entry.attribution": escaped(str(source.get("attribution") or "")),
        "entry.imported": "<br>".join(dict.fromkeys(filter(None, map(_imported, provenance.values())))),
    }
    rows = "".join(f"<dt>{escaped(t(key))}</dt><dd>{value}</dd>" for key, value in values.items() if value)
    quote = source.get("quote")
    quoted = (
        f"<details><summary>{escaped(t('entry.source_quote'))}</summary>"
        f'<blockquote lang="{language}">{paragraphs(str(quote))}</blockquote></details>'
        if quote
        else ""
    )
    st.html(f'<div class="hg-sourcebox"><dl class="hg-dl">{rows}</dl>{quoted}{open_it}</div>')


def progress(steps: list[dict[str, Any]]) -> None:
    """How a problem stood each time that somebody looked, the latest first, and what showed it; nothing for none."""
    if not steps:
        return
    section(t("entry.progress"))
    for one in reversed(steps):
        status, day = one["status"], dates.day_of(one["at"], current())
        st.html(
            f'<div class="hg-reason"><strong>{escaped(t(f"status.{status}"))}</strong> '
            f'<span class="hg-note">{escaped(day)}</span><br>{paragraphs(one["reason"])}</div>'
        )


def merged_entries(members: list[dict[str, Any]]) -> None:
    """The entries that became part of this one, each with where it came from; nothing for none."""
    if not members:
        return
    section(t("entry.merged"), f"{len(members):,}")
    for member in members:
        source = member.get("source") or {}
        address = web_address(source.get("url"))
        about = [source.get("title"), dates.day(source.get("date") or "", current()), source.get("attribution")]
        licence = str(source.get("license") or "")
        told = escaped(" · ".join(filter(None, [*about, known(f"license.{licence}", licence)])))
        opened = f' <a href="{escaped(address)}" rel="noopener noreferrer" target="_blank">' if address else ""
        opened += f"{escaped(t('entry.source_link'))}</a>" if address else ""
        st.html(
            f'<div class="hg-reason"><strong>{escaped(title_of(member))}</strong> '
            f'<span class="hg-note">{escaped(member["id"])}</span><br>{told}{opened}</div>'
        )


def _imported(source: dict[str, Any]) -> str:
    """The row of a file that a field was read from, and when; "" for what was written in no file."""
    if not source.get("file"):
        return ""
    file = " · ".join(filter(None, (source["file"], source.get("sheet"))))
    day = dates.day_of(str(source.get("at") or ""), current())
    return escaped(t("entry.imported_row", file=file, row=source.get("row"), day=day))


def answers(page: EntryPage, note: str | None = None, *, apart: bool = False) -> None:
    """The pain points that a proposal addresses; nothing for none. Of what is to be published every word shows.

    ``apart``: they open in another tab.
    """
    if page["pain_points"]:
        section(t("entry.answers"), note)
        key = "-".join(filter(None, ("linked", note)))
        linked_cards(page["pain_points"], whole=not page["public"], key=key, apart=apart)


def linked_cards(links: list[Linked], *, whole: bool = False, key: str = "linked", apart: bool = False) -> None:
    """A card for each linked entry, with its role, the reason (``whole``: in both languages) and who wrote that."""
    for linked in links:
        if entry := linked["entry"]:
            card(entry, key=key, note=_claim(linked, whole), apart=apart)
        else:
            with st.container(border=True, key=f"card-{key}-{linked['id']}", gap=None):
                st.html(f"<p>{escaped(t('entry.unpublished', id=linked['id']))}</p>{_claim(linked, whole)}")


def _claim(linked: Linked, whole: bool) -> str:
    """What a link says: the role, and the reason in the reader's language or in both, as HTML."""
    reason = linked.get("reason") or Text()
    said = []
    for language in (current(), other(current())):
        if words := reason.get(language):
            machine = origin_of(reason, language) == "machine"
            by = f' <span class="hg-origin">({escaped(t("origin.written"))})</span>' if machine else ""
            said.append(f'<span lang="{language}">{escaped(words)}</span>{by}')
    told = "<br>".join(said if whole else said[:1])
    role = escaped(known(f"role.{linked.get('role')}", str(linked.get("role") or "")))
    return f'<p class="hg-reason"><strong>{role}</strong>{": " if told else ""}{told}</p>'


def many(title: str, entries: list[Summary], *, key: str) -> None:
    """A section of cards; beyond the first few they open on demand. Nothing at all for none."""
    if not entries:
        return
    section(title, f"{len(entries):,}")
    for entry in entries[:SHOWN_AT_ONCE]:
        card(entry, key=key)
    if len(entries) > SHOWN_AT_ONCE:
        with st.expander(t("entry.show_all", n=f"{len(entries):,}")):
            for entry in entries[SHOWN_AT_ONCE:]:
                card(entry, key=key)
