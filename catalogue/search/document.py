"""An entry as the index holds it: what is embedded, what is searched by word, what is filtered. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalogue import fields
from catalogue.entries import KINDS, LANGUAGES, Entry, Language, PainPoint, Text
from catalogue.search import excerpts
from catalogue.search.centres import Embed
from catalogue.search.index import Document, Vector

# Organisations are found as filters and on entries; a list of problems is no place for them.
SEARCHED_KINDS = ("pain_point", "proposal", "hackathon")
FILTERS = (*fields.facet_names(tuple(KINDS.values())), "status")
"""The filters that documents have."""


Read = Mapping[Language, tuple[Vector, Vector]]
"""By language, the entry's own first: the vectors of its passage, and of the excerpts of the text that cards show."""


def passages(entry: Entry) -> dict[Language, str]:
    """What is embedded: the title and the bodies in each language that has any, the entry's own language first."""
    found: dict[Language, str] = {}
    for language in sorted(LANGUAGES, key=lambda la: la != entry.language):
        parts = [
            w for _, value in fields.texts(entry, "title", "body") for t in _texts(value) if (w := t.get(language))
        ]
        if parts:
            found[language] = ". ".join(parts)
    return found


def body(entry: Entry) -> Text | None:
    """What cards show of it: the summary; of a pain point the statement, and the summary in the language it lacks."""
    if not isinstance(entry, PainPoint):
        text: Text | None = getattr(entry, "summary", None)
        return text
    parts = [text for text in (entry.statement, entry.summary) if text]  # a draft may lack both
    if len(parts) == 1:
        return parts[0]
    merged: dict[str, Any] = {"origin": {}}
    for text in reversed(parts):
        for language, origin in text.origin.items():
            merged[language], merged["origin"][language] = text.get(language), origin
    return Text.model_validate(merged) if parts else None


def lexical(entry: Entry) -> tuple[str, str]:
    """``(title, text)`` searched by word, in both languages, one part a line."""
    title = "\n".join(part for _, value in fields.texts(entry, "title") for part in _all(value))
    text = "\n".join(part for _, value in fields.texts(entry, "body", "text") for part in _all(value))
    return title, text


def sort_date(entry: Entry) -> str:
    """The ISO date, or the year, by which entries are listed newest first; empty where the source gives none."""
    for name in ("date", "end_date", "start_date"):
        found = getattr(entry, name, None)
        if found:
            return str(found)
    return str(entry.year or "")


def read(entries: Sequence[Entry], embed: Embed) -> list[Read]:
    """What the model makes of these entries; ``embed`` embeds passages."""
    texts = [passages(entry) for entry in entries]
    shown = [body(entry) for entry in entries]
    asked = [text for by_language in texts for text in by_language.values()]
    long = [text.get(la) or "" if text else "" for text, by in zip(shown, texts, strict=True) for la in by]
    rows = zip(embed(asked), excerpts.embedded(long, embed), strict=True)
    return [{language: next(rows) for language in by_language} for by_language in texts]


def to_document(entry: Entry, status: str, revision: int, made: Read) -> Document:
    """What an index holds about a published entry, of which the model made this."""
    title, text = lexical(entry)
    own, *others = made
    return Document(
        id=entry.id,
        revision=revision,
        kind=entry.kind,
        language=own,
        title=title,
        text=text,
        filters=fields.facets(entry) | {"status": (status,)},
        sort_date=sort_date(entry),
        vector=made[own][0],
        translations={language: made[language][0] for language in others},
        excerpts={language: rows for language, (_, rows) in made.items() if len(rows)},
    )


def _texts(value: Text | tuple[Text, ...]) -> tuple[Text, ...]:
    return value if isinstance(value, tuple) else (value,)


def _all(value: Text | tuple[Text, ...]) -> Iterator[str]:
    for text in _texts(value):
        yield from dict.fromkeys(words for words in map(text.get, LANGUAGES) if words)
