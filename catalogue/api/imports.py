"""`/api/v1/imports`: workbooks of hosts, planned and committed; the template, the workbook that comes back, undo.

A file is the body of its request as it is, without a form around it. Its size is looked at before anything is read.
Routes are plain functions, which FastAPI runs in its thread pool, and a child process parses: other requests go on.
"""

import dataclasses
import hashlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalogue import batches, uploads
from catalogue.api import progress as lines
from catalogue.api.candidates import Probable
from catalogue.api.decisions import names
from catalogue.api.parts import Parts, PartsDep
from catalogue.api.person import NowDep, SignedIn, SignInDep
from catalogue.api.vocabularies import Label
from catalogue.errors import InvalidParameter, NotAllowed
from catalogue.headers import IGNORED, meanings
from catalogue.history import IMPORT
from catalogue.imports import LONGEST_SHOWN, Plan, Progress, silent
from catalogue.languages import buddhist_year
from catalogue.loading import Upload, dry_run, import_rows
from catalogue.people import Person
from catalogue.problems import Problem
from catalogue.remarks import notes_of
from catalogue.repeats import MOST_BY_MEANING
from catalogue.sign_in import SignIn
from catalogue.table_rows import TableRows
from catalogue.workbooks.annotate import annotated
from catalogue.workbooks.columns import MODELS
from catalogue.workbooks.limits import MEBIBYTE
from catalogue.workbooks.reader import display_name
from catalogue.workbooks.refusals import too_large
from catalogue.workbooks.template import template

router = APIRouter(prefix="/imports", tags=["imports"], responses={n: {"model": Problem} for n in (401, 403)})
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SIZE: dict[int | str, dict[str, Any]] = {413: {"model": Problem}}
NO_BATCH: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
BINARY = {"type": "string", "format": "binary"}
TOLD_IN_LINES: dict[int | str, dict[str, Any]] = {
    200: {"content": {lines.MEDIA_TYPE: {"schema": {"type": "string", "description": lines.DESCRIPTION}}}}
}
A_WORKBOOK: dict[int | str, dict[str, Any]] = {200: {"content": {XLSX: {"schema": BINARY}}}}
FILE_IN_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": BINARY}}}}
# Titles of columns, as long as people make questions of forms; as many as a file may have columns, some times over.
Title = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
MOST_TITLES = 300


class Found(BaseModel):
    """A problem of one row at its cell; an ``error`` rejects the row, a ``warning`` only tells."""

    file: str
    sheet: str | None
    row: int
    cell: str | None
    column: str = Field(description="Its title in the file; of a column that the file lacks, both names of the field.")
    column_th: str
    column_en: str
    field: str
    value: str | None = Field(
        description="What the cell says, without personal data, at most "
        f"{LONGEST_SHOWN} characters; null: it is empty, or the row is of no spreadsheet."
    )
    code: str
    message_th: str
    message_en: str
    suggestion: str = Field(description="A value to write instead, or what to do in both languages.")
    suggestion_th: str
    suggestion_en: str
    severity: str


class UnknownTitle(BaseModel):
    """A column title that nobody knows; what it means can be told by `PUT /api/v1/imports/mapping`."""

    file: str
    sheet: str | None
    cell: str
    header: str
    suggestion: str = Field(description="The column that it is most like; empty: none.")
    kind: str = Field(description="What the sheet holds; `columns` has the columns of this kind.")


class KnownTitle(BaseModel):
    """A column title and what it is read as; `PUT /api/v1/imports/mapping` changes it."""

    file: str
    sheet: str | None
    cell: str
    header: str
    key: str = Field(description="The column that it is read as; empty: it is left out.")
    kind: str
    told: bool = Field(description="Your organisation said so, and can have it forgotten.")


class SheetRead(BaseModel):
    """What was read of one sheet: a kind of row and how many of it."""

    sheet: str | None
    kind: str | None = Field(description="null: the sheet was left out; it is hidden, explains, or is a single column.")
    rows: int


class Column(BaseModel):
    """A column that a title may mean."""

    key: str
    label: Label


class Repeating(BaseModel):
    """A row and the entries that it probably repeats, best first."""

    file: str
    sheet: str | None = None
    row: int
    near: list[Probable]


class Imported(BaseModel):
    """What the file would do, or did: numbers of rows, every problem, field by field what updates change."""

    create: int
    update: int
    unchanged: int
    rejected: int
    problems: list[Found]
    changes: list[dict[str, Any]]
    duplicates: list[Repeating] = Field(description="New rows that probably repeat what is in the catalogue.")
    compared_by: Literal["meaning", "titles"] | None = Field(
        description="How duplicates were looked for: by titles alone where no search answers, and of more than "
        f"{MOST_BY_MEANING} new rows; null: nothing is new."
    )
    batch: str | None = Field(description="Name of the committed import, for undoing it; null: nothing was written.")
    sheets: list[SheetRead] = Field(description="What was read, by sheet and kind, and the sheets that were left out.")
    unknown_headers: list[UnknownTitle]
    known_headers: list[KnownTitle]
    columns: dict[str, list[Column]] = Field(description="What titles may mean, by kind of sheet.")


class Batch(BaseModel):
    """One committed import."""

    id: str
    at: str
    by: str = Field(description="Name of who committed it; empty where it was a program.")
    file: str
    owner: str
    owner_label: Label
    counts: dict[str, int]
    undone: bool


class Batches(BaseModel):
    """The imports of one's organisations, the newest first; an administrator's list has all of them."""

    items: list[Batch]


class Undone(BaseModel):
    """How many entries are again as they were before the import."""

    entries: int


class Mapping(BaseModel):
    """Which column each title means; the empty text leaves the column out. ``labels``: what people call the columns."""

    mapping: dict[str, str]
    labels: dict[str, Label]


class Meant(BaseModel):
    """Which column each of these titles means; the empty text leaves it out, null forgets what was said of it."""

    model_config = ConfigDict(extra="forbid")

    mapping: dict[Title, str | None] = Field(max_length=MOST_TITLES)


async def owner_of(
    parts: PartsDep,
    person: SignedIn,
    organisation: Annotated[
        str | None, Query(max_length=40, description="Whose entries these are; needed if you have several.")
    ] = None,
) -> str:
    """The organisation for which somebody imports; raises ``NotAllowed`` and, for administrators, unknown ones."""
    if organisation is None and len(person.organisations) == 1:
        return next(iter(person.organisations))
    if organisation is not None and organisation in person.organisations:
        return organisation
    if organisation is not None and person.is_admin:
        if parts.vocabulary.organisation(organisation) is None:
            raise InvalidParameter(
                "No organisation has this id. See /api/v1/organisations.",
                "ไม่มีหน่วยงานที่ใช้รหัสนี้ ดูรายการได้ที่ /api/v1/organisations",
            )
        return organisation
    raise NotAllowed(
        "Name the organisation, in `organisation`, for which you edit entries. Hosts alone import.",
        "โปรดระบุหน่วยงานที่คุณดูแลรายการใน `organisation` เจ้าภาพเท่านั้นที่นำเข้าได้",
    )


OwnerDep = Annotated[str, Depends(owner_of)]


async def file_of(request: Request, parts: PartsDep, owner: OwnerDep) -> bytes:
    """The file in the body, for who may import; raises ``FileTooLarge``, before reading where its size is told."""
    most = parts.upload_mb * MEBIBYTE
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise too_large(parts.upload_mb)
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > most:
            raise too_large(parts.upload_mb)
    return bytes(data)


FileDep = Annotated[bytes, Depends(file_of)]
Name = Annotated[str, Query(max_length=300, description="Name of the file; `pasted.txt` for a table that was pasted.")]
BatchPath = Annotated[str, Path(max_length=60)]


@router.post("", response_model=Imported, responses=SIZE | TOLD_IN_LINES, openapi_extra=FILE_IN_BODY)
def import_file(
    parts: PartsDep,
    person: SignedIn,
    at: NowDep,
    owner: OwnerDep,
    data: FileDep,
    name: Name,
    commit: bool = False,
    progress: Annotated[bool, Query(description="Tell how far it is, in lines of JSON.")] = False,
) -> Imported | StreamingResponse:
    """Plan what the file in the body would create, update or reject; with ``commit`` write what is not rejected.

    With ``progress`` the answer begins when the file is read, and its lines come while the rows are worked on.
    """
    found = _read(parts, owner, data, name)

    def work(told: Progress) -> Imported:
        year = buddhist_year(at)
        if not commit:
            return _answer(dry_run(found.rows, parts.store, parts.vocabulary, year, owner, parts.repeats, told), found)
        upload = Upload(display_name(name), hashlib.sha256(data).hexdigest())
        plan = import_rows(
            found.rows,
            parts.store,
            parts.vocabulary,
            actor=person.id,
            batch=upload.sha256,
            reason=IMPORT,
            at=at,
            owner=owner,
            upload=upload,
            repeats=parts.repeats,
            told=told,
        )
        return _answer(plan, found)

    return lines.told_in_lines(work) if progress else work(silent)


@router.post("/annotated", responses=SIZE | A_WORKBOOK, response_class=Response, openapi_extra=FILE_IN_BODY)
def annotated_file(
    parts: PartsDep, person: SignedIn, at: NowDep, owner: OwnerDep, data: FileDep, name: Name
) -> Response:
    """The same workbook with a status and remarks beside each row, and coloured cells; it can be uploaded again."""
    found = _read(parts, owner, data, name)
    plan = dry_run(found.rows, parts.store, parts.vocabulary, buddhist_year(at), owner, parts.repeats)
    return _workbook(annotated(data, name, notes_of(found.rows, plan)), "checked.xlsx")


@router.get("/template.xlsx", responses=A_WORKBOOK, response_class=Response)
def import_template(person: SignedIn) -> Response:
    """An empty workbook with the titles, lists and an example."""
    return _workbook(template(), "template.xlsx")


@router.get("/mapping")
def column_mapping(parts: PartsDep, owner: OwnerDep) -> Mapping:
    """What this organisation said of its own column titles."""
    return _mapping(parts, owner)


@router.put("/mapping")
def remember_mapping(told: Meant, parts: PartsDep, person: SignedIn, at: NowDep, owner: OwnerDep) -> Mapping:
    """Say which column each of these titles means in the files of this organisation, from now on."""
    known = {IGNORED}.union(*(meanings(kind) for kind in MODELS))
    if unknown := set(told.mapping.values()) - known - {None}:
        raise InvalidParameter(
            f"There is no such column. Choose from: {', '.join(sorted(known - {IGNORED}))}.",
            f"ไม่มีคอลัมน์นี้ เลือกได้: {', '.join(sorted(known - {IGNORED}))}",
            unknown=len(unknown),
        )
    uploads.remember(parts.store, owner, told.mapping, person.id, at)
    return _mapping(parts, owner)


@router.get("")
def imports(parts: PartsDep, person: SignedIn, sign_in: SignInDep) -> Batches:
    """What your organisations imported, the newest first."""
    found = [one for one in batches.batches(parts.store) if _theirs(person, one)]
    return Batches(items=[_batch(parts, sign_in, one) for one in found])


@router.get("/{batch}", responses=NO_BATCH)
def import_(batch: BatchPath, parts: PartsDep, person: SignedIn, sign_in: SignInDep) -> Batch:
    """One import of your organisations."""
    return _batch(parts, sign_in, _seen(parts, person, batch))


@router.post("/{batch}/undo", responses=NO_BATCH | {409: {"model": Problem}})
def undo_import(batch: BatchPath, parts: PartsDep, person: SignedIn, at: NowDep) -> Undone:
    """Take the whole import back; refused, with names in `entries`, where its entries were changed since."""
    found = _seen(parts, person, batch)
    return Undone(entries=batches.undo(parts.store, found.id, person.id, at, found.owner))


def _read(parts: Parts, owner: str, data: bytes, name: str) -> TableRows:
    return uploads.read_upload(data, name, parts.vocabulary, uploads.remembered(parts.store, owner))


def _mapping(parts: Parts, owner: str) -> Mapping:
    said = uploads.remembered(parts.store, owner)
    called = {key: label for kind in reversed(MODELS) for key, label in meanings(kind).items()}
    labels = {key: Label(th=called[key].th, en=called[key].en) for key in said.values() if key in called}
    return Mapping(mapping=said, labels=labels)


def _answer(plan: Plan, found: TableRows) -> Imported:
    kinds = dict.fromkeys([*(header.kind for header in found.unknown), *(header.kind for header in found.known)])
    columns = {
        kind: [Column(key=key, label=Label(th=label.th, en=label.en)) for key, label in meanings(kind).items()]
        for kind in kinds
    }
    read = {
        "sheets": found.sheets(),
        "unknown_headers": [dataclasses.asdict(header) for header in found.unknown],
        "known_headers": [dataclasses.asdict(header) for header in found.known],
    }
    return Imported.model_validate(plan.report() | read | {"columns": columns})


def _workbook(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=XLSX, headers=headers)


def _theirs(person: Person, one: batches.Batch) -> bool:
    return person.is_admin or one.owner in person.organisations


def _seen(parts: Parts, person: Person, batch: str) -> batches.Batch:
    """This import; raises ``EntryNotFound`` for an unknown one and for one of others."""
    found = batches.batch(parts.store, batch)
    if not _theirs(person, found):
        raise batches.no_batch()
    return found


def _batch(parts: Parts, sign_in: SignIn, one: batches.Batch) -> Batch:
    label = parts.vocabulary.label("organisation", one.owner)
    return Batch(
        id=one.id,
        at=one.at,
        by=names(sign_in)(one.actor),
        file=one.file,
        owner=one.owner,
        owner_label=Label(th=label.th, en=label.en),
        counts=one.counts,
        undone=one.undone,
    )
