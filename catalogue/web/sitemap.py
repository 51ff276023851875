"""`/robots.txt` and `/sitemap.xml`: what search engines and archives should read, and what they should leave alone."""

from collections.abc import Iterable
from typing import Annotated
from xml.sax.saxutils import escape

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import PlainTextResponse, Response

from catalogue.api.parts import PartsDep
from catalogue.permalinks import KINDS_WITH_PAGES, permalink

router = APIRouter(include_in_schema=False)
MOST = 50_000  # addresses of one file, by the protocol of sitemaps
ROBOTS = """User-agent: *
Allow: /app/$
Allow: /api/v1/entries.csv$
Allow: /api/v1/entries.jsonl$
Disallow: /app/
Disallow: /api/
Disallow: /sign-in
Disallow: /register
Disallow: /forgot
Disallow: /reset
Disallow: /outbox
"""


@router.get("/robots.txt")
def robots(request: Request) -> Response:
    """Permalinks and the files of the whole catalogue are to be read; a search has addresses without end."""
    return PlainTextResponse(f"{ROBOTS}\nSitemap: {_base(request)}/sitemap.xml\n")


@router.get("/sitemap.xml")
def sitemap(request: Request, parts: PartsDep) -> Response:
    """The permalinks of all published entries with their last change; of a larger catalogue the maps that have them."""
    counts = parts.store.entry_counts()
    total = sum(count for kind, count in counts.items() if kind in KINDS_WITH_PAGES)
    if total <= MOST:
        return _addresses(request, parts, 0)
    maps = (f"<sitemap><loc>{_base(request)}/sitemap-{n + 1}.xml</loc></sitemap>" for n in range(-(-total // MOST)))
    return _xml("sitemapindex", maps)


@router.get("/sitemap-{number}.xml")
def part(request: Request, parts: PartsDep, number: Annotated[int, Path(ge=1, le=1000)]) -> Response:
    """One of several maps."""
    return _addresses(request, parts, (number - 1) * MOST)


def _addresses(request: Request, parts: PartsDep, offset: int) -> Response:
    found = parts.store.dated(KINDS_WITH_PAGES, MOST, offset)
    if offset and not found:
        raise HTTPException(404)
    base = _base(request)
    return _xml(
        "urlset",
        (f"<url><loc>{base}{permalink(kind, i)}</loc><lastmod>{at}</lastmod></url>" for i, kind, at in found),
    )


def _base(request: Request) -> str:
    return escape(str(request.base_url).rstrip("/"))


def _xml(root: str, items: Iterable[str]) -> Response:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return Response(head + "\n".join(items) + f"\n</{root}>\n", media_type="application/xml")
