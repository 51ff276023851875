"""OpenSearch stops, hangs and starts again under load: with a fallback without an error, else with one that says so.

Everything is real: a node of our own, the web server and the indexer as processes, requests over HTTP, writes.
"""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from catalogue.api.parts import DEGRADED
from catalogue.curation import Status
from catalogue.people import Grant, Role
from catalogue.problems import RETRY_AFTER_S
from catalogue.settings import ROOT, Settings
from catalogue.store import STATUS_CHANGED, Change, Store
from tests import people, ports
from tests.browsing import chromium, reader, visit
from tests.conftest import environ, own_nodes
from tests.curating import BODY, OWNER
from tests.opensearch import node
from tests.serving import running
from tests.small_catalogue import wait_for
from tests.traffic import warm

pytestmark = pytest.mark.skipif(os.name != "posix", reason="stops processes by POSIX signals")

EQUAL = " 0 missing, 0 extra, 0 stale"
READERS, ASK_EVERY_S = 4, 0.05
SETTLED = 60  # answers in a row that show that something is over: while a node starts, some shards answer before others
ASKED = ("search?q=ขยะล้นเกาะสมุย", "search?kind=proposal", "entries/PP-2569-00228/similar", "themes", "index")
BETWEEN = "between"  # the phase of a request during which another phase began
UNTOUCHED = "entries/PP-2569-00228"  # needs no engine


@dataclass
class Seen:
    """What one request got."""

    phase: str
    path: str
    status: int
    degraded: bool
    retry_after: str | None
    problem: str | None
    seconds: float


@dataclass
class Load:
    """Requests and writes all the time. ``phase`` is what the test is doing; a request counts if it ends in it too."""

    phase: str = "before"
    seen: list[Seen] = field(default_factory=list)
    written: int = 0
    sent: list[tuple[str, int]] = field(default_factory=list)  # phase and status of what a host sent in
    failed: list[BaseException] = field(default_factory=list)

    def of(self, phase: str) -> list[Seen]:
        return [one for one in self.seen if one.phase == phase]

    def no_longer(self, happened: Callable[[Seen], bool]) -> bool:
        """Is none of the last answers such a one, and was one in this phase?"""
        assert not self.failed, self.failed
        return any(map(happened, self.of(self.phase))) and not any(map(happened, self.seen[-SETTLED:]))

    def go_on(self, requests: int = 60) -> None:
        """Wait until so many requests that began in this phase were answered, and something was sent in."""

        def enough() -> bool:
            return len(self.of(self.phase)) >= requests and any(phase == self.phase for phase, _ in self.sent)

        wait_for(lambda: enough() or bool(self.failed))
        assert not self.failed, self.failed


def ask(url: str, paths: Sequence[str], load: Load, ended: threading.Event) -> None:
    with httpx.Client(base_url=f"{url}/api/v1/", timeout=60) as client:
        for path in itertools.cycle(paths):
            if ended.wait(ASK_EVERY_S):
                return
            phase, started = load.phase, time.monotonic()
            answer = client.get(path)
            seconds, degraded = time.monotonic() - started, DEGRADED in answer.headers
            problem = answer.json()["type"] if answer.status_code >= 400 else None
            retry_after = answer.headers.get("retry-after")
            during = phase if phase == load.phase else BETWEEN
            load.seen.append(Seen(during, path, answer.status_code, degraded, retry_after, problem, seconds))


@contextmanager
def under_load(url: str, store: Store) -> Iterator[Load]:
    load, ended = Load(), threading.Event()

    def write() -> None:
        for number in itertools.count():
            if ended.wait(0.1):
                return
            status = Status.PUBLISHED if number % 2 else Status.WITHDRAWN
            store.apply([Change(STATUS_CHANGED, "PP-2569-00001", status=status)], "test")
            load.written += 1

    def send() -> None:
        account = people.add(store, "host", Grant(Role.HOST_EDITOR, OWNER))
        with people.at(url, store, account.id) as client:
            while not ended.wait(0.5):
                phase = load.phase
                answer = client.post("/api/v1/entries", json={"body": BODY, "submit": True})
                load.sent.append((phase, answer.status_code))

    def kept(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told to the test
            load.failed.append(error)

    paths = [*ASKED, UNTOUCHED]
    turns = [[*paths[start:], *paths[:start]] for start in range(READERS)]
    threads = [threading.Thread(target=kept, args=(lambda turn=turn: ask(url, turn, load, ended),)) for turn in turns]
    threads += [threading.Thread(target=kept, args=(work,)) for work in (write, send)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert not load.failed, load.failed
    assert {status for _, status in load.sent} == {201}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[node.Node]:
    """A node that these tests may stop."""
    with own_nodes(tmp_path_factory.mktemp("outage"), heap_mb=320) as (one,):
        yield one


@pytest.fixture
def environment(cluster: node.Node, own_settings: Settings, request: pytest.FixtureRequest) -> dict[str, str]:
    port = ports.port()
    index = f"outage-{abs(hash(request.node.name)) % 10**6}"
    return environ(
        own_settings,
        HACKGO_PORT=str(port),
        HACKGO_ENGINE="opensearch",
        HACKGO_OPENSEARCH_URL=cluster.url,
        HACKGO_OPENSEARCH_INDEX=index,
    )


ASKING = httpx.Client(timeout=60)  # one for all: each new one reads certificates, 30 ms


def engine(url: str) -> str | None:
    """The engine that answers, None where none does."""
    answer = ASKING.get(f"{url}/api/v1/index")
    return answer.json()["engine"] if answer.status_code == 200 else None


def in_step(environment: dict[str, str], indexes: int) -> bool:
    """Do all indexes equal the store, entry by entry?"""
    command = [sys.executable, "-m", "indexer.cli", "verify"]
    found = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = found.stdout.splitlines()
    return (
        found.returncode == 0 and len(lines) == indexes and all("0 missing, 0 extra, 0 stale" in one for one in lines)
    )


def worst(load: Load) -> str:
    return ", ".join(
        f"{phase}: {len(load.of(phase))} requests, worst {max(one.seconds for one in load.of(phase)):.2f} s"
        for phase in dict.fromkeys(one.phase for one in load.seen)
    )


def hang(cluster: node.Node) -> None:
    cluster.signal(signal.SIGSTOP)


def wake(cluster: node.Node) -> None:
    cluster.signal(signal.SIGCONT)


@pytest.mark.parametrize(
    ("stop", "start"), [(node.Node.stop, node.Node.start), (hang, wake)], ids=["stopped", "hanging"]
)
def test_with_a_fallback_no_request_fails_and_pages_say_who_answers(
    cluster: node.Node,
    environment: dict[str, str],
    own_settings: Settings,
    tmp_path: Path,
    stop: Callable[[node.Node], None],
    start: Callable[[node.Node], None],
) -> None:
    environment["HACKGO_FALLBACK"] = "embedded"
    store = Store.open(own_settings.database)
    with running(environment, tmp_path) as url, chromium() as browser:
        wait_for(lambda: engine(url) == "opensearch")
        page = reader(browser, locale="th-TH")
        warning = page.get_by_role("alert").filter(has_text="เครื่องมือค้นหาหลักไม่ตอบสนอง")

        def warned() -> bool:
            visit(page, f"{url}/app/search?q=dam")
            return warning.count() == 1

        warm(url)
        with under_load(url, store) as load:
            load.go_on()
            load.phase = "stopping"
            stop(cluster)
            wait_for(lambda: engine(url) == "embedded")
            load.phase = "away"
            load.go_on()
            # The page's own request may be the one that looks whether the main engine is back, and waits too long.
            wait_for(warned)
            written = load.written
            load.phase = "starting"
            start(cluster)
            wait_for(lambda: load.no_longer(lambda one: one.degraded))
            load.phase = "after"
            load.go_on()
        visit(page, f"{url}/app/search?q=dam")
        expect(page.locator("[class*=st-key-card-hit-]").first).to_be_visible()
        expect(warning).to_have_count(0)
        print(worst(load), f"; {load.written} writes")
        assert {one.status for one in load.seen} == {200}
        engines = [one for one in load.seen if one.path != UNTOUCHED]
        assert all(one.degraded for one in engines if one.phase == "away")
        assert not any(one.degraded for one in engines if one.phase in ("before", "after"))
        assert 0 < written < load.written
        wait_for(lambda: in_step(environment, 2))
    store.close()


def test_without_a_fallback_every_answer_is_whole_or_says_when_to_come_back(
    cluster: node.Node, environment: dict[str, str], own_settings: Settings, tmp_path: Path
) -> None:
    store = Store.open(own_settings.database)
    with running(environment, tmp_path) as url:
        warm(url)
        with under_load(url, store) as load:
            load.go_on()
            load.phase = "stopping"
            cluster.stop()
            wait_for(lambda: engine(url) is None)
            load.phase = "away"
            load.go_on()
            assert ASKING.get(f"{url}/readyz").status_code == 503
            assert ASKING.get(f"{url}/healthz").status_code == 200
            written = load.written
            load.phase = "starting"
            cluster.start()
            wait_for(lambda: load.no_longer(lambda one: one.status != 200))
            load.phase = "after"
            load.go_on()
        print(worst(load), f"; {load.written} writes")
        for one in load.seen:
            if one.path == UNTOUCHED or one.phase in ("before", "after"):
                assert one.status == 200
            elif one.phase == "away":
                assert one.status == 503
            if one.status != 200:
                assert (one.status, one.problem, one.retry_after) == (503, "/docs#index-unavailable", RETRY_AFTER_S)
            assert not one.degraded
        assert 0 < written < load.written, "what people write is accepted all the time"
        wait_for(lambda: in_step(environment, 1))
    store.close()
