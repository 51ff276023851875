"""An entry as the index holds it: what is embedded, what is searched by word, what is filtered. Pure."""

from collections.abc import Iterator
from typing import Any

from catalogue import fields
from catalogue.entries import LANGUAGES, Entry, Language, Text
from catalogue.search.index import Document, Vector

# Organisations are found as filters and on entries; a list of problems is no place for them.
SEARCHED_KINDS = ("pain_point", "proposal", "hackathon")


def passage(entry: Entry) -> str:
    """What is embedded: the title and the bodies in the entry's own language, else in the other."""
    return ". ".join(part for _, value in fields.texts(entry, "title", "body") for part in _own(value, entry.language))


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


def to_document(entry: Entry, status: str, revision: int, vector: Vector) -> Document:
    """What an index holds about a published entry; ``vector`` is the embedding of :func:`passage`."""
    title, text = lexical(entry)
    return Document(
        id=entry.id,
        revision=revision,
        kind=entry.kind,
        language=entry.language,
        title=title,
        text=text,
        passage=passage(entry),
        filters=fields.facets(entry) | {"status": (status,)},
        sort_date=sort_date(entry),
        vector=vector,
    )


def _own(value: Any, language: Language) -> Iterator[str]:
    for text in value if isinstance(value, tuple) else (value,):
        words = text.get(language) or next(filter(None, map(text.get, LANGUAGES)), None)
        if words:
            yield words


def _all(value: Any) -> Iterator[str]:
    for text in value if isinstance(value, tuple) else (value,):
        assert isinstance(text, Text)  # fields.py gives roles to texts only
        yield from dict.fromkeys(words for words in map(text.get, LANGUAGES) if words)
