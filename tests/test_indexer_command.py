"""What `hackgo-index` prints and returns, and how it ends, on the sample catalogue with the real model."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from catalogue.curation import Status
from catalogue.locks import exclusive
from catalogue.search.embedded import EmbeddedReader
from catalogue.settings import ROOT, Settings
from catalogue.store import STATUS_CHANGED, Change, Store
from indexer.turns import LOCK
from tests.conftest import environ
from tests.small_catalogue import WITHIN_S, wait_for


def hackgo_index(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "indexer.cli", *arguments]
    return subprocess.run(
        command, env=environ(settings), cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_the_command_verifies_syncs_and_rebuilds(own_settings: Settings) -> None:
    store = Store.open(own_settings.database)
    assert hackgo_index(own_settings, "verify").stdout == "622 entries, 0 missing, 0 extra, 0 stale\n"
    victim = next(iter(sorted(store.public_revisions(("pain_point",)))))
    store.apply([Change(STATUS_CHANGED, victim, status=Status.WITHDRAWN)], "test")
    store.close()
    found = hackgo_index(own_settings, "verify")
    assert found.returncode == 1
    assert found.stdout.splitlines() == ["621 entries, 0 missing, 1 extra, 0 stale", f"extra: {victim}"]
    report = json.loads(hackgo_index(own_settings, "verify", "--json").stdout)
    assert (report["entries"], report["extra"], report["current"]) == (621, [victim], True)

    synced = hackgo_index(own_settings, "sync")
    assert synced.returncode == 0, synced.stderr
    assert "In step: 621 entries" in synced.stdout
    assert hackgo_index(own_settings, "verify").returncode == 0

    (own_settings.index_dir / "live.json").write_text("{")
    damaged = hackgo_index(own_settings, "verify")
    assert damaged.returncode == 2
    assert "hackgo-index rebuild" in damaged.stderr
    assert re.search("[\u0e00-\u0e7f]", damaged.stderr)
    assert "Traceback" not in damaged.stderr
    healed = hackgo_index(own_settings, "rebuild", "--if-needed")
    assert healed.returncode == 0, healed.stderr
    assert "Index ready: 621 entries" in healed.stdout
    assert hackgo_index(own_settings, "verify").returncode == 0


def test_the_command_names_the_repair_of_a_damaged_database(own_settings: Settings) -> None:
    (own_settings.state_dir / "catalogue.db").write_bytes(b"no database at all" * 1000)
    for arguments in (("verify",), ("rebuild",)):
        found = hackgo_index(own_settings, *arguments)
        assert found.returncode == 2
        assert "run.py reset" in found.stderr
        assert "Traceback" not in found.stderr


def compared(settings: Settings, queries: Path) -> subprocess.CompletedProcess[str]:
    return hackgo_index(settings, "compare", "embedded", "embedded", "--combinations", "0", "--queries", str(queries))


@pytest.mark.parametrize("bad", ["น้ำท่วม", '{"words": "น้ำท่วม"}', '["text"]', '{"text": 7}', '{"text": " "}', "null"])
def test_a_line_of_queries_that_cannot_be_read_is_named(sample_settings: Settings, tmp_path: Path, bad: str) -> None:
    queries = tmp_path / "asked.jsonl"
    queries.write_text(f'{{"text": "น้ำท่วม"}}\n\n{bad}\n', "utf-8")
    found = compared(sample_settings, queries)
    assert found.returncode == 2
    thai, english = found.stderr.splitlines()
    assert "asked.jsonl บรรทัดที่ 3" in thai
    assert "asked.jsonl, line 3" in english
    assert str(tmp_path) not in found.stderr


def test_queries_that_are_no_text_are_refused_and_good_ones_compared(sample_settings: Settings, tmp_path: Path) -> None:
    queries = tmp_path / "asked.jsonl"
    queries.write_bytes("น้ำท่วม".encode("cp874"))
    assert "asked.jsonl is not UTF-8 text" in compared(sample_settings, queries).stderr
    queries.write_text('{"text": "น้ำท่วม"}\n\n{"text": "beach erosion", "note": ""}\n', "utf-8")
    assert compared(sample_settings, queries).stdout.startswith("2 searches; identical: totals 2, facets 2")


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_following_command_ends_when_asked(own_settings: Settings, number: signal.Signals) -> None:
    log = own_settings.state_dir / "follow.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "indexer.cli", "sync", "--follow"],
            env=environ(own_settings),
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    api, store = EmbeddedReader(own_settings.index_dir), Store.open(own_settings.database)
    try:
        victim = next(iter(sorted(store.public_revisions(("pain_point",)))))
        store.apply([Change(STATUS_CHANGED, victim, status=Status.WITHDRAWN)], "test")
        wait_for(lambda: victim not in api.open().revisions())
        store.apply([Change(STATUS_CHANGED, victim, status=Status.PUBLISHED)], "test")
        wait_for(lambda: victim in api.open().revisions())
        with exclusive(own_settings.run_dir / LOCK.format(index="embedded"), wait=True) as free:
            assert free, "the lock is held only while there is work"
        process.send_signal(number)
        assert process.wait(WITHIN_S) == 0, log.read_text(encoding="utf-8")
    finally:
        store.close()
        if process.poll() is None:
            process.kill()
            process.wait()
    assert "Traceback" not in log.read_text(encoding="utf-8")
