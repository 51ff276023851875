"""Hosts and curators at the pages of the UI, run by AppTest against the real API over a copy of the sample."""

import datetime
from collections.abc import Iterator
from contextlib import closing

import pytest
from streamlit.runtime.context import ContextProxy

from catalogue.api.parts import Parts
from catalogue.api.person import COOKIE
from catalogue.app import build_app, open_parts
from catalogue.curation import Status
from catalogue.people import Grant, Role
from catalogue.settings import Settings
from catalogue.sign_in import SignIn
from tests import people
from tests.serving import listening
from tests.test_duplicates_api import DEPA, NEW, submission
from tests.working import Acting


@pytest.fixture(params=("th", "en"))
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The browser's too, because AppTest reads the labels of choices where there is no address."""
    monkeypatch.setattr(ContextProxy, "locale", property(lambda _: request.param))
    return str(request.param)


@pytest.fixture
def parts(own_settings: Settings, parts: Parts) -> Iterator[Parts]:
    """The sample with a curator, a host and what the host has submitted."""
    made = open_parts(own_settings, parts)
    with closing(made.store):
        made.store.apply([submission(NEW, Status.SUBMITTED, DEPA)], actor="host")
        people.add(made.store, "curator", Grant(Role.CURATOR))
        people.add(made.store, "host", Grant(Role.HOST_ADMIN, DEPA))
        yield made


@pytest.fixture
def acting(own_settings: Settings, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> Iterator[Acting]:
    """The API, and who reads its pages; a visitor at first."""

    def choose(name: str | None) -> None:
        now = datetime.datetime.now(datetime.UTC)
        held = {COOKIE: SignIn.over(parts.store).begin(f"U-{name}", now)} if name else {}
        monkeypatch.setattr(ContextProxy, "cookies", property(lambda _: held))

    with listening(build_app(own_settings, parts, with_ui=False)) as url:
        monkeypatch.setenv("HACKGO_API_URL", url)
        choose(None)
        yield choose
