"""The Streamlit UI's HTML shell, in the reader's language.

Streamlit serves one shell with ``<html lang="en">`` and ``<title>Streamlit</title>`` for every path; screen readers
and link previews read those. Pure ASGI, so that websockets pass untouched; compression is declined for the shell alone,
since rewriting a compressed page would corrupt it.

It serves the shell for addresses without a page too, and says so in English alone; those get our own page, with 404.
"""

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from catalogue.entries import Language
from catalogue.languages import preferred

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_TITLE: dict[Language, str] = {
    "th": "คลังปัญหาและข้อเสนอ · hack.go.th",
    "en": "Pain Point Catalogue · hack.go.th",
}
_DESCRIPTION: dict[Language, str] = {
    "th": "ค้นหาปัญหาของประเทศไทยและข้อเสนอจากแฮกกาธอน ด้วยภาษาไทยหรืออังกฤษ",
    "en": "Search the problems of Thailand and what hackathons proposed for them, in Thai or English.",
}


class Shell:
    """Passes everything to Streamlit and gives its HTML the right language, title and description."""

    def __init__(self, ui: App, pages: Collection[str], missing: Callable[[Request], Response]) -> None:
        """``pages`` are the paths below the UI's root that have one; ``missing`` answers for every other."""
        self.ui = ui
        self.pages = pages
        self.missing = missing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not _wants_html(scope):
            await self.ui(scope, receive, send)
            return
        plain = dict(scope)
        plain["headers"] = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message = {}
        body = b""

        async def rewrite(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            headers = start.get("headers", [])
            is_shell = any(n.lower() == b"content-type" and v.startswith(b"text/html") for n, v in headers)
            if is_shell and (path := _below(scope)) and path not in self.pages:
                await self.missing(Request(scope))(scope, receive, send)
                return
            if is_shell:
                page = translate(body, _language(scope))
                headers = [(n, v) for n, v in headers if n.lower() not in (b"content-length", b"etag")]
                headers += [(b"content-length", str(len(page)).encode()), (b"vary", b"Accept-Language")]
            else:
                page = body
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": page})

        await self.ui(plain, receive, rewrite)


def translate(page: bytes, language: Language) -> bytes:
    """The shell's HTML with language, title and description of the product."""
    html = page.decode("utf-8")
    html = html.replace('<html lang="en">', f'<html lang="{language}">', 1)
    meta = f'<title>{_TITLE[language]}</title><meta name="description" content="{_DESCRIPTION[language]}"/>'
    return html.replace("<title>Streamlit</title>", meta, 1).encode("utf-8")


def _below(scope: Scope) -> str:
    """The path below the UI's root; empty for its start page."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).strip("/")


def _wants_html(scope: Scope) -> bool:
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return scope["method"] == "GET" and b"text/html" in accept


def _language(scope: Scope) -> Language:
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [None])[0]
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept-language")
    return preferred(asked, accepted.decode("latin-1"))
