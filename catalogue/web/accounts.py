"""Signing in and out, registering and setting a password: pages and forms without JavaScript.

A session is a cookie that scripts cannot read, of this origin alone; its secret is new with every sign-in. A form is
taken only from our own pages (``from_here``); what a session does repeats the session's secret as well.
"""

import ipaddress
from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from catalogue import demo, passwords
from catalogue.api.parts import PartsDep
from catalogue.api.person import COOKIE, NowDep, SessionDep, SignInDep
from catalogue.entries import Language
from catalogue.errors import CatalogueError, InvalidParameter, NotAllowed
from catalogue.languages import preferred
from catalogue.settings import Settings
from catalogue.sign_in import LONGEST
from catalogue.store.accounts import waiting
from catalogue.web.account_words import WORDS

router = APIRouter(include_in_schema=False)
TEMPLATES = Path(__file__).parent / "templates"
HOME = "/app/"
# What these pages hold is for one person at one moment, and a link with a secret is not told to the next site.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'self'; form-action 'self'; frame-ancestors 'none'",
}

_templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


async def settings_of(request: Request) -> Settings:
    """The settings of this process."""
    return cast(Settings, request.app.state.settings)


async def language_of(request: Request, lang: Annotated[str | None, Query()] = None) -> Language:
    """The reader's language."""
    return preferred(lang, request.headers.get("accept-language"))


SettingsDep = Annotated[Settings, Depends(settings_of)]
LanguageDep = Annotated[Language, Depends(language_of)]
Field = Annotated[str, Form(max_length=300)]


async def from_here(request: Request, settings: SettingsDep) -> None:
    """Refuse a form that another site sends: the browser says where it comes from."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    hosts = {request.headers.get("host", ""), urlsplit(settings.site).netloc}
    if site not in (None, "same-origin", "none") or (site is None and origin and urlsplit(origin).netloc not in hosts):
        raise NotAllowed("Open this page on hack.go.th itself.", "โปรดเปิดหน้านี้จาก hack.go.th โดยตรง")


ours = [Depends(from_here)]


@router.get("/sign-in")
def sign_in(
    session: SessionDep,
    accounts: SignInDep,
    settings: SettingsDep,
    language: LanguageDep,
    to: Annotated[str, Query(alias="next")] = HOME,
) -> Response:
    """The form; who is signed in already goes on."""
    if session:
        return _onward(to, language)
    return _sign_in(accounts, settings, language, to)


@router.post("/sign-in", dependencies=ours)
def enter(
    request: Request,
    session: SessionDep,
    accounts: SignInDep,
    settings: SettingsDep,
    language: LanguageDep,
    now: NowDep,
    email: Field,
    password: Field,
    to: Annotated[str, Form(alias="next")] = HOME,
) -> Response:
    """Begin a session and go on; the form again, with what is wrong."""
    try:
        secret = accounts.with_password(email, password, _address(request), now)
    except CatalogueError as error:
        return _sign_in(accounts, settings, language, to, error)
    return _entered(request, settings, session, accounts, secret, to, language)


@router.post("/sign-in/demo", dependencies=ours)
def enter_demo(
    request: Request,
    session: SessionDep,
    accounts: SignInDep,
    settings: SettingsDep,
    language: LanguageDep,
    now: NowDep,
    person: Field,
    to: Annotated[str, Form(alias="next")] = HOME,
) -> Response:
    """Begin a session as one of the demo's people."""
    if not settings.demo_logins:
        return _page("missing.html", language, 404)
    try:
        secret = accounts.for_demo(person, now)
    except CatalogueError as error:
        return _sign_in(accounts, settings, language, to, error)
    return _entered(request, settings, session, accounts, secret, to, language)


@router.get("/sign-out")
def leave(session: SessionDep, language: LanguageDep) -> Response:
    """A button: a link alone would let another page sign somebody out."""
    if session is None:
        return _onward(HOME, language)
    return _page("sign_out.html", language, csrf=session.csrf, name=session.person.name)


@router.post("/sign-out", dependencies=ours)
def left(session: SessionDep, accounts: SignInDep, language: LanguageDep, csrf: Field) -> Response:
    """End the session."""
    if session and passwords.same(csrf, session.csrf):
        accounts.sessions.end(session.hash)
    answer = _onward(HOME, language)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/register")
def register(parts: PartsDep, language: LanguageDep) -> Response:
    """The form by which a host asks for an account."""
    return _register(parts, language)


@router.post("/register", dependencies=ours)
def registered(
    request: Request,
    parts: PartsDep,
    accounts: SignInDep,
    language: LanguageDep,
    now: NowDep,
    later: BackgroundTasks,
    email: Field,
    name: Field,
    organisation: Field = "",
) -> Response:
    """Add the account, to be confirmed by mail; the answer is the same where the address has one.

    It comes first, for how long the rest takes tells whether there is one.
    """
    try:
        if not name.strip():
            raise InvalidParameter("Enter your name.", "โปรดกรอกชื่อ", field="name")
        known = organisation in parts.vocabulary.organisations
        wanted = organisation if known else ""
        new = waiting(passwords.normalised(email), " ".join(name.split())[:120], language, now, wanted)
        accounts.ask_for_mail(new.email, _address(request), now)
    except CatalogueError as error:
        return _register(parts, language, error, {"email": email, "name": name, "organisation": organisation})
    later.add_task(accounts.register, new, now)
    return _page("said.html", language, title="register", said="registered")


@router.get("/forgot")
def forgot(language: LanguageDep) -> Response:
    """The form that asks for a new password."""
    return _page("forgot.html", language, error=None)


@router.post("/forgot", dependencies=ours)
def forgotten(
    request: Request, accounts: SignInDep, language: LanguageDep, now: NowDep, later: BackgroundTasks, email: Field
) -> Response:
    """Mail a link; the answer is the same for an address that is unknown, and comes first as well."""
    try:
        email = passwords.normalised(email)
        accounts.ask_for_mail(email, _address(request), now)
    except CatalogueError as error:
        return _page("forgot.html", language, int(error.status), error=_said(error, language))
    later.add_task(accounts.forgot, email, now)
    return _page("said.html", language, title="forgot", said="forgotten")


@router.get("/reset")
def reset(language: LanguageDep, token: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The form for a new password. The link is checked when it is sent, for mail programs open links themselves."""
    return _reset(token, language)


@router.post("/reset", dependencies=ours)
def set_password(accounts: SignInDep, language: LanguageDep, now: NowDep, token: Field, password: Field) -> Response:
    """Set the password, which ends every session and key of the account, and lead to the sign-in page."""
    try:
        done = accounts.reset(token, password, now)
    except CatalogueError as error:
        return _reset(token, language, error)
    return _page("said.html", language, 200 if done else 410, title="reset", said="reset_done" if done else "link_void")


@router.get("/outbox")
def outbox(settings: SettingsDep, accounts: SignInDep, language: LanguageDep) -> Response:
    """The mails that a demo did not send, the newest first; elsewhere there is no such page."""
    if not (settings.demo_logins and demo.only_sample(accounts.accounts)):
        return _page("missing.html", language, 404)
    files = sorted(settings.outbox_dir.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)
    from email import message_from_bytes, policy

    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files[:50]]
    shown = [{"to": m["To"], "subject": m["Subject"], "text": m.get_content()} for m in mails]
    return _page("outbox.html", language, mails=shown)


def _sign_in(
    accounts: Any, settings: Settings, language: Language, to: str, error: CatalogueError | None = None
) -> Response:
    return _page(
        "sign_in.html",
        language,
        int(error.status) if error else 200,
        to=_within(to),
        keep="&" + urlencode({"next": _within(to)}),
        error=_said(error, language),
        demo=list(demo.PEOPLE) if settings.demo_logins and demo.only_sample(accounts.accounts) else [],
    )


def _register(
    parts: Any, language: Language, error: CatalogueError | None = None, given: dict[str, str] | None = None
) -> Response:
    names = [(o.id, getattr(o.label, language)) for o in parts.vocabulary.organisations.values()]
    return _page(
        "register.html",
        language,
        int(error.status) if error else 200,
        organisations=sorted(names, key=lambda item: item[1]),
        error=_said(error, language),
        given=given or {"email": "", "name": "", "organisation": ""},
    )


def _reset(token: str, language: Language, error: CatalogueError | None = None) -> Response:
    status, keep = int(error.status) if error else 200, "&" + urlencode({"token": token})
    return _page("reset.html", language, status, token=token, keep=keep, error=_said(error, language))


def _page(template: str, language: Language, status: int = 200, **values: Any) -> Response:
    page = _templates.get_template(template).render(lang=language, t=WORDS[language], **values)
    return HTMLResponse(page, status_code=status, headers={**HEADERS, "Content-Language": language})


def _said(error: CatalogueError | None, language: Language) -> str | None:
    return None if error is None else error.th if language == "th" else error.en


def _entered(
    request: Request, settings: Settings, before: Any, accounts: Any, secret: str, to: str, language: Language
) -> RedirectResponse:
    """On, with the new session's cookie; the one that the browser had before is ended."""
    if before:
        accounts.sessions.end(before.hash)
    answer = _onward(to, language)
    # A proxy may pass on neither the scheme nor the host: what the settings say of the site counts as well.
    local = request.url.scheme == "http" and request.url.hostname in ("localhost", "127.0.0.1", "::1")
    local = local and urlsplit(settings.site).scheme == "http"
    answer.set_cookie(
        COOKIE, secret, max_age=int(LONGEST.total_seconds()), path="/", secure=not local, httponly=True, samesite="lax"
    )
    return answer


def _onward(to: str, language: Language) -> RedirectResponse:
    parts = urlsplit(_within(to))
    if "lang" not in parse_qs(parts.query, keep_blank_values=True):
        parts = parts._replace(query="&".join(filter(None, (parts.query, f"lang={language}"))))
    return RedirectResponse(parts.geturl(), status_code=303, headers={"Cache-Control": "no-store"})


def _within(to: str) -> str:
    """The page of this site to go to; the start page for any other address."""
    return to if to.startswith(HOME) and "\\" not in to and to.isprintable() else HOME


def _address(request: Request) -> str:
    """Whence somebody tries: their network address; of IPv6 the part that one customer has (/64)."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a socket of this machine has no such address
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.IPv6Network((int(address), 64), strict=False))
