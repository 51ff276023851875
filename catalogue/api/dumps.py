"""`/api/v1/entries.jsonl` and `.csv`: every published entry in one file, for whoever works with all of them.

A page of entries is read, written out and forgotten. Each page is one moment of the store, short enough for nobody who
writes to wait for a slow reader, and nothing shows that was withdrawn before its page: as in every list. That the whole
file is of one moment shows when it is asked for again with its ETag, and that is still the store's (304).
"""

import csv
import datetime
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from email.utils import format_datetime
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from catalogue import fields
from catalogue.api import visitors
from catalogue.api.parts import Parts, PartsDep
from catalogue.api.progress import MEDIA_TYPE
from catalogue.curation import LABELS, PUBLIC, Status
from catalogue.entries import (
    KINDS,
    LANGUAGES,
    Hackathon,
    Host,
    Language,
    Organization,
    OrganizationRef,
    PainPoint,
    Proposal,
    Source,
    Text,
    parse,
)
from catalogue.permalinks import permalink
from catalogue.vocabulary import Vocabulary
from catalogue.workbooks.columns import WORDS
from catalogue.workbooks.safe import neutral

router = APIRouter(tags=["entries"])
PAGE = 500  # entries of a page: some milliseconds of reading
BETWEEN = "; "  # several values in a cell


class DumpedEntry(BaseModel):
    """One line: an entry as `/api/v1/entries/{id}` tells it to visitors, and ids of what it is linked to."""

    entry: PainPoint | Proposal | Hackathon | Organization
    status: Status
    revision: int
    updated_at: str
    url: str | None = Field(description="Its permalink; null for organisations, which have no page.")
    hackathon: str | None = Field(description="Where merges lead: the `entry` has the ids as they were written.")
    pain_points: list[str]
    proposals: list[str]
    merged: list[str] = Field(description="Ids of the entries that became part of this one.")


class Lines(StreamingResponse):
    """One JSON object a line."""

    media_type = MEDIA_TYPE


class Table(StreamingResponse):
    """Comma-separated values."""

    media_type = "text/csv"


@router.get("/entries.jsonl", response_model=DumpedEntry, response_class=Lines)
def dump(parts: PartsDep, request: Request) -> StreamingResponse:
    """Every published entry of every kind in order of id, one JSON object a line.

    The ETag is the store's last event: while nothing is written, If-None-Match is answered by 304.
    """

    def written(entries: Iterable[DumpedEntry]) -> str:
        return "".join(f"{one.model_dump_json()}\n" for one in entries)

    return _file(Lines, "jsonl", parts, request, "", written)


@router.get(
    "/entries.csv", response_class=Table, responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
)
def dump_table(parts: PartsDep, request: Request) -> StreamingResponse:
    """The same as a table for spreadsheets: a row for each entry, words in a column for each language.

    UTF-8 with its mark; an apostrophe stands before what a spreadsheet could take for a formula. Links are ids here;
    their reasons are in the lines of JSON.
    """
    described = columns()

    def written(entries: Iterable[DumpedEntry]) -> str:
        return _rows([_cell(read(one, parts.vocabulary)) for _, read in described] for one in entries)

    head = _rows([[header for header, _ in described]])
    return _file(Table, "csv", parts, request, f"\ufeff{head}", written)


def _file(
    kind: type[StreamingResponse],
    ending: str,
    parts: Parts,
    request: Request,
    head: str,
    written: Callable[[Iterable[DumpedEntry]], str],
) -> StreamingResponse:
    with parts.store.moment() as moment:
        (number, digest), at = moment.head(), moment.changed_at()
    changed = datetime.datetime.fromisoformat(at).astimezone(datetime.UTC) if at else None
    name = f"hack-go-th-entries{f'-{changed:%Y-%m-%d}' if changed else ''}.{ending}"
    headers = {"ETag": f'W/"{number}-{digest[:16]}"', "Content-Disposition": f'attachment; filename="{name}"'}
    if changed:
        headers["Last-Modified"] = format_datetime(changed, usegmt=True)

    def pages() -> Iterator[str]:
        yield head
        for page in _pages(parts, str(request.base_url).rstrip("/")):
            yield written(page)

    return kind(pages(), headers=headers)


def _pages(parts: Parts, base: str) -> Iterator[list[DumpedEntry]]:
    last = ""
    while True:
        with parts.store.moment() as moment:
            found = moment.entries(last, PAGE, PUBLIC)
            seen = visitors.shown(moment, [one.body for one in found])
            leads, linked = moment.resolved(seen), moment.links_of([one.id for one in found])
            members = moment.members_of([one.id for one in found])
        lines = {}
        for one in found:
            body, path = visitors.told(one.body, seen), permalink(one.kind, one.id)
            lines[one.id] = DumpedEntry(
                entry=parse(body),
                status=one.status,
                revision=one.revision,
                updated_at=one.updated_at,
                url=path and base + path,
                hackathon=leads.get(body.get("hackathon") or ""),
                pain_points=[],
                proposals=[],
                merged=[],
            )
        for link in linked:
            if link.proposal_id in lines:
                lines[link.proposal_id].pain_points.append(link.pain_point_id)
            if link.pain_point_id in lines:
                lines[link.pain_point_id].proposals.append(link.proposal_id)
        for member in sorted(members):
            lines[members[member]].merged.append(member)
        yield list(lines.values())
        if len(found) < PAGE:
            return
        last = found[-1].id


Read = Callable[[DumpedEntry, Vocabulary], Any]
"""What stands in a column, of one line."""


@cache
def columns() -> Sequence[tuple[str, Read]]:
    """The table's columns, Thai and English title and value: what every entry has, then each field of any kind."""
    found: dict[str, tuple[str, Read]] = {
        "id": ("รหัส / Id", lambda one, _: one.entry.id),
        "kind": ("ประเภท / Kind", lambda one, _: one.entry.kind),
        "status.th": ("สถานะ (ไทย) / Status (Thai)", lambda one, _: LABELS[one.status]["th"]),
        "status.en": ("สถานะ (อังกฤษ) / Status (English)", lambda one, _: LABELS[one.status]["en"]),
        "url": ("ที่อยู่ถาวร / Permalink", lambda one, _: one.url),
        "updated_at": ("แก้ไขล่าสุด / Last changed", lambda one, _: one.updated_at),
        "revision": ("ฉบับที่ / Revision", lambda one, _: one.revision),
    }
    for model in KINDS.values():
        for field in fields.dictionary(model):
            if field["name"] in found or field["personal"] or field["input"] == "source":
                continue
            th, en, name = field["label"]["th"], field["label"]["en"], field["name"]
            if field["input"] in ("text", "organisation", "host") or field["filter"] in ("theme", "province"):
                for language in LANGUAGES:
                    called = WORDS["language"][language]
                    title = f"{th} ({called.th}) / {en} ({called.en})"
                    found[f"{name}.{language}"] = (title, _worded(name, language, field["filter"]))
            else:
                found[name] = (f"{th} / {en}", _plain(name))
    found["proposals"] = ("ข้อเสนอในคลัง / Proposals in the catalogue", lambda one, _: one.proposals)
    found["merged"] = ("รายการที่รวมเข้ามา / Merged into it", lambda one, _: one.merged)
    for name in Source.model_fields:
        found[f"source.{name}"] = (_SOURCE[name], _of_source(name))
    return tuple(found.values())


_SOURCE = {
    "url": "ที่อยู่ของแหล่งที่มา / Address of the source",
    "title": "ชื่อแหล่งที่มา / Title of the source",
    "quote": "ข้อความจากแหล่งที่มา / Words of the source",
    "date": "วันที่ตามแหล่งที่มา / Date that the source gives",
    "license": "สัญญาอนุญาต / Licence",
    "attribution": "เครดิต / Credit",
}


def _plain(name: str) -> Read:
    """Ids of the entries that it is linked to, as the line has them: where merges lead; else the field."""
    return lambda one, _: getattr(one if name in visitors.REFERENCES else one.entry, name, None)


def _of_source(name: str) -> Read:
    return lambda one, _: getattr(one.entry.source, name, None)


def _worded(name: str, language: Language, filter_name: str | None) -> Read:
    return lambda one, vocabulary: _words(getattr(one.entry, name, None), language, filter_name, vocabulary)


def _words(value: Any, language: Language, filter_name: str | None, vocabulary: Vocabulary) -> Any:
    match value:
        case tuple():
            return [words for one in value if (words := _words(one, language, filter_name, vocabulary))]
        case Text():
            return value.get(language)
        case OrganizationRef():
            return value.name.get(language)
        case Host():
            return value.organization.name.get(language)
        case str():
            return getattr(vocabulary.label(filter_name or "", value), language)
    return value


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple() | list():
            return neutral(BETWEEN.join(map(str, value)))
    return neutral(str(value))


def _rows(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()
