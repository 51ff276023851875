"""Writes that go on beside a drill, what a whole answer is, and what became of all of it in the end."""

import itertools
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from catalogue.curation import Status
from catalogue.people import Grant, Role
from catalogue.settings import ROOT
from catalogue.store import Store
from tests import people
from tests.curating import OWNER
from tests.serving import ask
from tests.small_catalogue import WITHIN_S, create, edit, move, pain_id, wait_for

QUESTIONS = ("น้ำท่วม", "beach erosion", "ฝุ่น PM2.5", "wheelchair ramps", "ขยะทะเล")
FIRST_NUMBER = 90_001  # of the entries that are written meanwhile; the sample's are lower
WRITE_EVERY_S, SEND_EVERY_S, ASK_EVERY_S = 0.05, 0.1, 0.05
SEED = 11


@dataclass
class Outcome:
    """What a drill saw. All but the counts of writes and answers must be empty or 0; these must not."""

    written: int = 0
    answered: int = 0
    lost: int = 0
    doubled: int = 0
    wrong_answers: list[str] = field(default_factory=list)
    drift: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Was something written and answered, and nothing lost, doubled or wrong?"""
        wrong = self.lost or self.doubled or self.wrong_answers or self.drift or self.problems
        return self.written > 0 and self.answered > 0 and not wrong

    def settle(self, store: Store, before: int, acknowledged: Mapping[int, str], environ: Mapping[str, str]) -> None:
        """Compare what was acknowledged after revision ``before`` with the store, and the store with its index."""
        told = {number: entry_id for number, entry_id in _changes(store) if number > before}
        self.written = len(acknowledged)
        self.lost = sum(told.get(number) != entry_id for number, entry_id in acknowledged.items())
        self.doubled = len(told.keys() - acknowledged.keys())
        self.problems = [problem.en for problem in store.verify_audit().problems]
        self.drift = drift(environ)

    def end(self) -> str:
        """The writes, and what is wrong, in a line."""
        wrong = [*self.wrong_answers[:3], *([self.drift] if self.drift else []), *self.problems[:3]]
        return f"{self.written} writes acknowledged, lost {self.lost}, doubled {self.doubled}; " + (
            "; ".join(wrong) or "index equal to the store, history intact"
        )


def wrong(answer: httpx.Response) -> str:
    """What is wrong with the answer to one of QUESTIONS; empty where it is whole and the usual engine's."""
    if answer.status_code == 200:
        page = answer.json()
        ids = [hit["entry"]["id"] for hit in page["hits"]]
        if ids and len(ids) == len(set(ids)) and not page["degraded"]:
            return ""
    return f"{answer.status_code} {answer.text[:200]}"


def warm(url: str) -> None:
    """Wait until each of QUESTIONS is answered as it should be: an engine that has just started may be late once."""
    for question in QUESTIONS:
        wait_for(lambda q=question: not wrong(ask(f"{url}/api/v1/search", params={"q": q})))  # type: ignore[misc]


def drift(environ: Mapping[str, str]) -> str:
    """How the index differs from the store when the indexer had time to follow; empty where it does not."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        command = [sys.executable, "-m", "indexer.cli", "verify"]
        done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return ""
        if time.monotonic() > deadline:
            return done.stdout + done.stderr
        time.sleep(1)


@contextmanager
def beside(work: Callable[[], None], every_s: float, failed: list[str]) -> Iterator[None]:
    """Do this again and again beside the block; what it raises ends it and is added to ``failed``."""
    stopping = threading.Event()

    def go_on() -> None:
        try:
            while not stopping.wait(every_s):
                work()
        except Exception as error:  # noqa: BLE001 - told as the outcome
            failed.append(repr(error))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@contextmanager
def written_all_the_time(store: Store, failed: list[str]) -> Iterator[dict[int, str]]:
    """Creates, edits and withdraws beside the block; the numbers of acknowledged events and their entries."""
    acknowledged: dict[int, str] = {}
    chance = random.Random(SEED)
    made: list[int] = []

    def write() -> None:
        number = chance.choice(made) if made and chance.random() < 0.5 else FIRST_NUMBER + len(made)
        if number not in made:
            change = create(number)
            made.append(number)
        elif chance.random() < 0.7:
            change = edit(number, f"ฉบับ {len(acknowledged)}")
        else:
            change = move(number, chance.choice([Status.WITHDRAWN, Status.PUBLISHED]))
        for event in store.apply([change], "drill"):
            acknowledged[event] = pain_id(number)

    with beside(write, WRITE_EVERY_S, failed):
        yield acknowledged


@dataclass
class Sent:
    """Drafts sent to the web server: the events that it acknowledged, and titles of which no answer came."""

    acknowledged: dict[int, str] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)

    def settled(self, store: Store) -> dict[int, str]:
        """What was acknowledged, and of each unclear one that is there one event: more are not acknowledged."""
        there: dict[str, tuple[int, str]] = {}
        for stored in store.entries(limit=1_000_000, kind="proposal", statuses=[Status.DRAFT]):
            there.setdefault(stored.body["title"]["th"], (stored.revision, stored.id))
        return self.acknowledged | dict(there[title] for title in self.unclear if title in there)


@contextmanager
def sent_all_the_time(url: str, store: Store, failed: list[str]) -> Iterator[Sent]:
    """A host sends drafts beside the block, to a web server that may be away; each title once, and never again.

    They are proposals: numbers of pain points are given out by whoever writes beside.
    """
    sent = Sent()
    titles = (f"ฉบับร่าง {number}" for number in itertools.count())

    def send() -> None:
        title = next(titles)
        try:
            answer = client.post("/api/v1/entries", json={"kind": "proposal", "body": {"title": {"th": title}}})
        except httpx.TransportError:
            sent.unclear.add(title)
            return
        if answer.status_code != 201:
            failed.append(f"{answer.status_code} {answer.text[:200]}")
            return
        made = answer.json()
        sent.acknowledged[made["revision"]] = made["id"]

    with people.at(url, store, "U-host") as client, beside(send, SEND_EVERY_S, failed):
        yield sent


def host(store: Store) -> None:
    """The account of whoever sends."""
    people.add(store, "host", Grant(Role.HOST_EDITOR, OWNER))


def _changes(store: Store) -> Iterator[tuple[int, str | None]]:
    last = 0
    while page := store.changes_since(last):
        yield from page
        last = page[-1][0]
