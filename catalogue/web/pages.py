"""Permalinks that work without JavaScript: ``/p/{id}`` and ``/h/{id}``, with what a link preview needs.

Streamlit answers every path with one shell in English, so what search engines, LINE and people without JavaScript see
is rendered here. An unknown id is a real 404, and so is an unpublished one for who may not see it.
"""

import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from catalogue import errors, fields, history, review
from catalogue.api.entries import moved
from catalogue.api.parts import Parts, PartsDep
from catalogue.api.person import PersonDep
from catalogue.api.summaries import public
from catalogue.curation import LABELS
from catalogue.entries import LANGUAGES, Entry, Hackathon, Language, Text
from catalogue.languages import BUDDHIST_OFFSET, THAILAND, preferred
from catalogue.permalinks import permalink
from catalogue.store.reading import Stored
from catalogue.thai_dates import written

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent
DESCRIPTION_LENGTH = 200  # LINE and search engines show about this many characters

_templates = Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined)
_WORDS: dict[Language, dict[str, str]] = {
    "th": {
        "languages": "ภาษา",
        "pain_point": "ปัญหา",
        "proposal": "ข้อเสนอ",
        "hackathon": "แฮกกาธอน",
        "sample": "ข้อมูลตัวอย่าง: รวบรวมจากแหล่งสาธารณะเพื่อสาธิตระบบ",
        "machine": "เรียบเรียงหรือแปลด้วยเครื่อง",
        "hackathons_linked": "แฮกกาธอนที่เกี่ยวข้อง",
        "pain_points_linked": "ปัญหาที่เกี่ยวข้อง",
        "proposals_linked": "ข้อเสนอที่เกี่ยวข้อง",
        "progress": "ความคืบหน้า",
        "source": "แหล่งที่มา",
        "licence": "สัญญาอนุญาต",
        "unconfirmed": "รอหน่วยงานยืนยัน",
        "declined": "หน่วยงานปฏิเสธ",
        "open": "เปิดในคลังปัญหา",
        "unpublished": "ยังไม่เผยแพร่ เห็นเฉพาะผู้ที่ดูแลรายการนี้",
        "untitled": "ยังไม่มีชื่อเรื่อง",
        "missing_title": "ไม่พบหน้านี้",
        "missing": "ไม่มีรายการที่เผยแพร่ในที่อยู่นี้ ลองค้นหาดู",
        "search": "ค้นหาปัญหา",
        "api": "API สำหรับนักพัฒนา",
        "api_about": "ค้นและอ่านคลังปัญหาเป็น JSON ไม่ต้องลงทะเบียน ข้อผิดพลาดทุกชนิดเป็นเอกสาร RFC 9457 สองภาษา",
        "parameter": "พารามิเตอร์",
        "meaning": "ความหมาย",
        "errors": "ข้อผิดพลาด",
        "whole": "ดาวน์โหลดทั้งคลัง",
        "whole_about": "ทุกรายการที่เผยแพร่ในไฟล์เดียว พร้อมแหล่งที่มาและสัญญาอนุญาตของรายการที่ระบุไว้ เมื่อเผยแพร่ต่อโปรดคงไว้ด้วยกัน",
    },
    "en": {
        "languages": "Language",
        "pain_point": "Pain point",
        "proposal": "Proposal",
        "hackathon": "Hackathon",
        "sample": "Sample data: gathered from public sources to show how the catalogue works",
        "machine": "written or translated by a machine",
        "hackathons_linked": "Its hackathon",
        "pain_points_linked": "Linked pain points",
        "proposals_linked": "Linked proposals",
        "progress": "Progress",
        "source": "Source",
        "licence": "Licence",
        "unconfirmed": "unconfirmed",
        "declined": "declined",
        "open": "Open in the catalogue",
        "unpublished": "Not published: only those who work on this entry see it",
        "untitled": "No title yet",
        "missing_title": "Page not found",
        "missing": "Nothing is published at this address. Try a search.",
        "search": "Search the problems",
        "api": "The API",
        "api_about": "Search and read the catalogue as JSON, without an account. Every error is an RFC 9457 document.",
        "parameter": "Parameter",
        "meaning": "Meaning",
        "errors": "Errors",
        "whole": "Download all of it",
        "whole_about": "Every published entry in one file, with the source and licence that it names: whoever passes "
        "entries on keeps these with them.",
    },
}


@router.get("/p/{entry_id}")
@router.get("/h/{entry_id}")
def show(
    request: Request, entry_id: str, parts: PartsDep, person: PersonDep, lang: Annotated[str | None, Query()] = None
) -> Response:
    """One entry as a page in the reader's language; 404 for what does not exist for this reader."""
    language = preferred(lang, request.headers.get("accept-language"))
    stored = parts.store.get(entry_id)
    if stored is not None and (canonical := moved(parts, entry_id)):
        kept = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(request.url.path.replace(entry_id, canonical) + kept, status_code=308)
    if stored is None or not review.sees(person, stored):
        return missing(request)
    entry = review.entry_of(stored)
    path = permalink(entry.kind, entry.id)
    if path is None or request.url.path != path:
        return RedirectResponse(path or f"/app/entry?id={entry.id}", status_code=308)
    base = str(request.base_url).rstrip("/")
    page = _templates.get_template("entry.html").render(
        lang=language,
        t=_WORDS[language],
        entry=entry,
        url=base + path,
        status=LABELS[stored.status][language],
        public=stored.public,
        title=_best(entry.title, language) or _WORDS[language]["untitled"],
        other_title=entry.title.get(_other(language)) if entry.title and entry.title.get(language) else None,
        other_language=_other(language),
        description=_description(entry, language),
        texts=_texts(entry, language),
        facts=_event(parts, entry, stored, language) if isinstance(entry, Hackathon) else _named(entry, language),
        progress=_progress(parts, entry, language),
        themes=", ".join(_label(parts, "theme", theme, language) for theme in fields.facets(entry).get("theme", ())),
        places=", ".join(_label(parts, "province", code, language) for code in getattr(entry, "provinces", ())),
        year=entry.year and (entry.year + BUDDHIST_OFFSET if language == "th" else entry.year),
        linked=_linked(parts, entry, language),
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return HTMLResponse(page, headers=headers | ({} if stored.public else {"Cache-Control": "no-store"}))


def missing(request: Request) -> Response:
    """The page for an address that leads nowhere, in the reader's language."""
    language = preferred(request.query_params.get("lang"), request.headers.get("accept-language"))
    page = _templates.get_template("missing.html").render(lang=language, t=_WORDS[language])
    return HTMLResponse(page, status_code=404)


@router.get("/docs")
def api(request: Request, lang: Annotated[str | None, Query()] = None) -> Response:
    """What the API offers, from its OpenAPI document; loads nothing from elsewhere."""
    language = preferred(lang, request.headers.get("accept-language"))
    known = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.CatalogueError)]
    page = _templates.get_template("api.html").render(
        lang=language, t=_WORDS[language], document=request.app.openapi(), errors=known[1:]
    )
    return HTMLResponse(page, headers={"Content-Language": language, "Vary": "Accept-Language"})


@router.get("/web/page.css")
def css() -> Response:
    """The pages' style sheet."""
    return Response(
        (FOLDER / "page.css").read_bytes(), media_type="text/css", headers={"Cache-Control": "max-age=3600"}
    )


def _texts(entry: Entry, language: Language) -> list[tuple[str, Text]]:
    """(label, text) of everything readable, first what the reader's language has."""
    found = [
        (getattr(fields.about(type(entry))[name], language), text)
        for name, value in fields.texts(entry, "body", "text")
        for text in (value if isinstance(value, tuple) else (value,))
    ]
    return sorted(found, key=lambda item: item[1].get(language) is None)


def _event(parts: Parts, event: Hackathon, stored: Stored, language: Language) -> list[tuple[str, list[str]]]:
    """(label, values) of when and where a hackathon was and who held it; who has not agreed is marked."""
    states = review.hosts_of(parts.store, stored)
    hosts = [
        _best(host.organization.name, language)
        + ("" if stands.state == "confirmed" else f" ({_WORDS[language][stands.state]})")
        for host, stands in zip(event.hosts, states, strict=True)
    ]
    days = {name: getattr(event, name) for name in ("start_date", "end_date")}
    said = {name: [written(on, language)] for name, on in days.items() if on}
    said |= {"venue": [_best(event.venue, language)], "hosts": hosts}
    described = fields.about(Hackathon)
    return [
        (getattr(described[name], language), list(filter(None, values))) for name, values in said.items() if any(values)
    ]


def _label(parts: Parts, filter_name: str, value: str | None, language: Language) -> str:
    return getattr(parts.vocabulary.label(filter_name, value), language) if value else ""


def _named(entry: Entry, language: Language) -> list[tuple[str, list[str]]]:
    """(label, names) of the organisations that own or report a problem."""
    described = fields.about(type(entry))
    return [
        (getattr(described[name], language), [_best(one.name, language) for one in named])
        for name in ("owners", "reporters")
        if (named := getattr(entry, name, ()))
    ]


def _progress(parts: Parts, entry: Entry, language: Language) -> list[tuple[str, str, str]]:
    """(day, status, what was done) of a problem's way to its solution."""
    return [
        (
            written(datetime.datetime.fromisoformat(step.at).astimezone(THAILAND).date(), language),
            LABELS[step.status][language],
            step.reason or "",
        )
        for step in history.progress(parts.store.events_of(entry.id))
    ]


def _linked(parts: Parts, entry: Entry, language: Language) -> list[tuple[str, list[dict[str, str | None]]]]:
    """(heading, entries) of what is published and linked to it, from either side."""
    links, came = parts.store.links_of([entry.id]), parts.store.backlinks(entry.id)
    event = getattr(entry, "hackathon", None)
    groups = {
        "hackathons_linked": list(parts.store.resolved([event] if event else []).values()),
        "pain_points_linked": [*(link.pain_point_id for link in links), *came.pain_points],
        "proposals_linked": [*(link.proposal_id for link in links), *came.proposals],
    }
    found = public(parts.store, [one for ids in groups.values() for one in ids])
    return [
        (
            _WORDS[language][heading],
            [
                {
                    "url": permalink(found[one].kind, one),
                    "title": _best(Text.model_validate(found[one].body["title"]), language),
                }
                for one in dict.fromkeys(ids)
                if one in found and one != entry.id
            ],
        )
        for heading, ids in groups.items()
    ]


def _other(language: Language) -> Language:
    return "en" if language == "th" else "th"


def _best(text: Text | None, language: Language) -> str:
    return (text.get(language) or text.get(_other(language)) or "") if text else ""


def _description(entry: Entry, language: Language) -> str:
    """The first words about the entry in the reader's language, else in the other."""
    values = [value for _, value in fields.texts(entry, "body", "text") if isinstance(value, Text)]
    for wanted in (language, *LANGUAGES):
        for value in values:
            words = value.get(wanted)
            if words:
                return words if len(words) <= DESCRIPTION_LENGTH else words[: DESCRIPTION_LENGTH - 1].rstrip() + "…"
    return _best(entry.title, language)
