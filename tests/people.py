"""Accounts for tests: somebody with roles, and a client that acts as them."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from catalogue.api.person import COOKIE, CSRF_HEADER
from catalogue.people import Grant
from catalogue.sign_in import SignIn
from catalogue.store import Store
from catalogue.store.accounts import Account
from catalogue.store.events import timestamp
from tests.conftest import NOON

PASSWORD = "ฝนตกที่เชียงใหม่"
HOST_URL = "http://localhost"


def add(store: Store, name: str, *grants: Grant, at: datetime.datetime = NOON, language: str = "th") -> Account:
    """An account that is confirmed but has no password; its id is ``U-name``."""
    when = timestamp(at)
    made = Account(f"U-{name}", f"{name}@example.go.th", name, language, "", "", when, when, None, grants)
    SignIn.over(store).accounts.add(made, actor="test")
    return made


@contextmanager
def client(app: FastAPI, store: Store, account: str | None = None, csrf: bool = True) -> Iterator[TestClient]:
    """A browser in which this account is signed in (None: nobody), that repeats the session's secret."""
    with TestClient(app, base_url=HOST_URL, raise_server_exceptions=False, follow_redirects=False) as made:
        if account:
            made.cookies.set(COOKIE, SignIn.over(store).begin(account, datetime.datetime.now(datetime.UTC)))
            if csrf:
                made.headers[CSRF_HEADER] = made.get("/api/v1/me").json()["csrf"]
        yield made


@contextmanager
def at(url: str, store: Store, account: str) -> Iterator[httpx.Client]:
    """The same at the address of a web server over this store."""
    with httpx.Client(base_url=url, timeout=60) as made:
        made.cookies.set(COOKIE, SignIn.over(store).begin(account, datetime.datetime.now(datetime.UTC)))
        made.headers[CSRF_HEADER] = made.get("/api/v1/me").json()["csrf"]
        yield made
