"""Who asks: the person behind a request's session cookie or API key, and what every unsafe request has to show.

``PersonDep`` takes whoever shows nothing valid for ``VISITOR``. ``SignedIn`` refuses visitors, ``InSession`` keys too.
An unsafe request with a session repeats the session's secret (``X-CSRF-Token``, from ``/api/v1/me``): a page of
somebody else can make a browser send the cookie, but cannot read that secret.
"""

import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from catalogue import passwords
from catalogue.api.parts import PartsDep
from catalogue.errors import NotAllowed, SignInNeeded
from catalogue.people import VISITOR, Person
from catalogue.problems import Problem
from catalogue.sign_in import SignIn
from catalogue.store.sessions import Session

COOKIE = "hackgo_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSALS: dict[int | str, dict[str, Any]] = {401: {"model": Problem}, 403: {"model": Problem}}
"""The OpenAPI responses of every route that asks who somebody is."""


def now() -> datetime.datetime:
    """The time; a dependency, so that tests can let time pass."""
    return datetime.datetime.now(datetime.UTC)


NowDep = Annotated[datetime.datetime, Depends(now)]


async def sign_in_of(parts: PartsDep) -> SignIn:
    """Accounts, sessions and keys of the store that serves this request."""
    return SignIn.over(parts.store)


SignInDep = Annotated[SignIn, Depends(sign_in_of)]


async def session_of(request: Request, sign_in: SignInDep, at: NowDep) -> Session | None:
    """The session of the request's cookie, if it is valid. Who sends a key as well acts by the key."""
    secret = request.cookies.get(COOKIE)
    if not secret or _key_in(request) is not None:
        return None
    return await run_in_threadpool(sign_in.session, secret, at)


SessionDep = Annotated[Session | None, Depends(session_of)]


async def person_of(request: Request, session: SessionDep, sign_in: SignInDep, at: NowDep) -> Person:
    """Whoever asks; raises ``NotAllowed`` for an unsafe request with a session but without its secret,
    ``SignInNeeded`` for a key that is unknown, revoked or has expired.
    """
    unsafe = request.method not in SAFE
    if (key := _key_in(request)) is not None:
        person = await run_in_threadpool(sign_in.of_key, key, unsafe, at)
        if person is None:
            raise SignInNeeded(
                "This API key is unknown, revoked or has expired. Make a new one on your account's page.",
                "API key นี้ไม่มีในระบบ ถูกยกเลิก หรือหมดอายุแล้ว โปรดสร้างใหม่ที่หน้าบัญชีของคุณ",
            )
        return person
    if session is None:
        return VISITOR
    if unsafe and not passwords.same(request.headers.get(CSRF_HEADER, ""), session.csrf):
        raise NotAllowed(
            f"Send the header {CSRF_HEADER} with the value of `csrf` from /api/v1/me.",
            f"โปรดส่ง header {CSRF_HEADER} ด้วยค่า `csrf` จาก /api/v1/me",
        )
    return session.person


PersonDep = Annotated[Person, Depends(person_of)]


async def signed_in(person: PersonDep) -> Person:
    """Whoever asks, if they are signed in or show a key; raises ``SignInNeeded`` for visitors."""
    if person.id == VISITOR.id:
        raise SignInNeeded(
            "Sign in at /sign-in, or send an API key as `Authorization: Bearer KEY`.",
            "โปรดเข้าสู่ระบบที่ /sign-in หรือส่ง API key ด้วย `Authorization: Bearer KEY`",
        )
    return person


SignedIn = Annotated[Person, Depends(signed_in)]


async def in_session(person: SignedIn, session: SessionDep) -> Person:
    """Whoever asks, if they signed in themselves: a key that leaks cannot make more keys or change people."""
    if session is None:
        raise NotAllowed("Sign in yourself; a key may not do this.", "โปรดเข้าสู่ระบบด้วยตนเอง ใช้ API key ทำรายการนี้ไม่ได้")
    return person


InSession = Annotated[Person, Depends(in_session)]


def _key_in(request: Request) -> str | None:
    """The API key that the request shows. Other schemes are not ours: a proxy before us may use them."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None
