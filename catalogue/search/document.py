"""An entry as the index holds it: what is embedded, what is searched by word, what is filtered. Pure."""

from collections.abc import Iterator, Mapping

from catalogue import fields
from catalogue.entries import KINDS, LANGUAGES, Entry, Language, Text
from catalogue.search.index import Document, Vector

# Organisations are found as filters and on entries; a list of problems is no place for them.
SEARCHED_KINDS = ("pain_point", "proposal", "hackathon")
FILTERS = (*fields.facet_names(tuple(KINDS.values())), "status")
"""The filters that documents have."""


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


def to_document(entry: Entry, status: str, revision: int, vectors: Mapping[Language, Vector]) -> Document:
    """What an index holds about a published entry; ``vectors`` are the embeddings of its :func:`passages`."""
    title, text = lexical(entry)
    own, *others = vectors
    return Document(
        id=entry.id,
        revision=revision,
        kind=entry.kind,
        language=own,
        title=title,
        text=text,
        filters=fields.facets(entry) | {"status": (status,)},
        sort_date=sort_date(entry),
        vector=vectors[own],
        translations={language: vectors[language] for language in others},
    )


def _texts(value: Text | tuple[Text, ...]) -> tuple[Text, ...]:
    return value if isinstance(value, tuple) else (value,)


def _all(value: Text | tuple[Text, ...]) -> Iterator[str]:
    for text in _texts(value):
        yield from dict.fromkeys(words for words in map(text.get, LANGUAGES) if words)
