"""`hackgo up`: one address, one supervisor per state folder, children that come back and end with it."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from catalogue.deployment import environment
from catalogue.search.opensearch.cluster import RETRY_PAUSE_S, SEARCH_TIMEOUTS_S
from catalogue.settings import ROOT, Settings
from catalogue.up import ANSWERS_WITHIN_S, Child, is_ready
from tests import compose, ports
from tests.conftest import environ
from tests.serving import ask
from tests.small_catalogue import WITHIN_S, wait_for
from tests.test_damage import is_bilingual

pytestmark = pytest.mark.skipif(os.name != "posix", reason="ends processes by POSIX signals")


def start(settings: Settings, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "catalogue.cli", "up", *arguments],
        env=environ(settings),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def address(settings: Settings) -> str:
    file = settings.run_dir / "up.json"
    wait_for(lambda: file.exists() and bool(file.read_text()))  # it is there before it is written
    url: str = json.loads(file.read_text())["url"]
    return url


def listening(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) == 0


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def test_a_second_one_tells_where_the_first_is_and_both_end_cleanly(own_settings: Settings) -> None:
    settings = own_settings.model_copy(update={"port": ports.port()})
    with socket.socket() as taken:  # the wished port is taken by another program
        taken.bind(("127.0.0.1", settings.port))
        taken.listen()
        first = start(settings, "--demo")
        url = address(settings)
        assert url != f"http://127.0.0.1:{settings.port}"
        second = start(settings, "--demo")
        said = second.communicate(timeout=WITHIN_S)[0].decode()
        assert second.returncode == 0
        assert url in said
        add = [sys.executable, "-m", "catalogue.cli", "users", "add", "new@example.go.th"]
        invited = subprocess.run(add, env=environ(settings), cwd=ROOT, capture_output=True, check=True)
        assert f"{url}/reset?token=" in invited.stdout.decode()
    answer = ask(f"{url}/api/v1/search", params={"q": "beach erosion"})
    assert answer.json()["hits"]
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=WITHIN_S)
    assert first.returncode == 0
    assert not listening(url)
    assert not (settings.run_dir / "up.json").exists()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds children in /proc")
def test_a_killed_child_comes_back_and_a_killed_supervisor_leaves_none(own_settings: Settings) -> None:
    settings = own_settings.model_copy(update={"port": ports.port()})
    running = start(settings)
    url = address(settings)
    started = children(running.pid)
    assert len(started) == 3
    for child in started:
        os.kill(child, signal.SIGKILL)
    wait_for(lambda: len(set(children(running.pid)) - set(started)) == 3)
    wait_for(lambda: is_ready(url))
    running.kill()
    running.communicate()
    wait_for(lambda: not listening(url))


def test_the_sample_leaves_what_people_changed(own_settings: Settings) -> None:
    from catalogue.curation import Status
    from catalogue.entries import content_hash, parse
    from catalogue.loading import load_sample
    from catalogue.settings import SCHEMAS
    from catalogue.store import STATUS_CHANGED, UPDATED, Change, Store
    from catalogue.vocabulary import read_vocabulary
    from tests.conftest import NOON

    store = Store.open(own_settings.database)
    stored = store.get("PP-2569-00002")
    assert stored is not None
    edited = stored.body | {"theme": "drugs"}
    digest = content_hash(parse(edited))
    store.apply([Change(UPDATED, stored.id, edited, content_hash=digest)], actor="curator")
    store.apply([Change(STATUS_CHANGED, "PP-2569-00003", status=Status.WITHDRAWN)], actor="curator")
    before = store.revision()
    assert load_sample(store, read_vocabulary(SCHEMAS), NOON) == 0
    assert store.revision() == before
    assert store.verify_audit().ok
    store.close()


def test_an_address_of_another_machine_is_refused_by_the_names_of_its_settings(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, port=65530)
    up = [sys.executable, "-m", "catalogue.cli", "up"]
    # An address for examples, of no machine: https://www.rfc-editor.org/rfc/rfc5737
    there = environ(settings, HACKGO_HOST="192.0.2.1")
    done = subprocess.run(up, env=there, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    thai, english = done.stderr.splitlines()
    for line in (thai, english):
        assert "192.0.2.1" in line
        assert "HACKGO_HOST" in line
        assert "HACKGO_PORT" in line
    assert is_bilingual(done.stderr)


def test_a_health_check_outlasts_a_cluster_that_hangs() -> None:
    longest_s = sum(SEARCH_TIMEOUTS_S) + RETRY_PAUSE_S * (len(SEARCH_TIMEOUTS_S) - 1)
    timeout = compose.services(compose.dotenv(environment(1)))["web"]["healthcheck"]["timeout"]
    assert longest_s < ANSWERS_WITHIN_S < int(timeout.removesuffix("s"))
    assert f"--timeout={timeout}" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_pauses_between_restarts_grow_and_end(tmp_path: Path) -> None:
    said: list[str] = []
    child = Child("web", ["no_such_module"], dict(os.environ), tmp_path / "log")
    child.start()
    pauses = []
    for _ in range(4):
        assert child.process is not None
        child.process.wait()
        child.keep_running(lambda th, en: said.append(en))
        pauses.append(child.pause_s)
        child.restart_at = 0.0
        child.keep_running(lambda th, en: said.append(en))
    child.stop()
    assert pauses == [2.0, 4.0, 8.0, 16.0]
    assert len(said) == 4
