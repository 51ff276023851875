"""`hackgo import`, `undo` and `bench import` as people and scripts run them: exit codes and what is printed."""

import json
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from catalogue.settings import ROOT, Settings
from catalogue.store import Store
from catalogue.store.accounts import Accounts
from catalogue.store.notices import Notices
from tests.conftest import NOON, VECTORS, environ
from tests.workbook_with_faults import workbook

HOST = "OG-2569-003"
KEYS = {"create", "update", "unchanged", "rejected", "problems", "changes", "duplicates", "compared_by", "batch"}
KEYS |= {"sheets", "unknown_headers"}
PROBLEM = {"sheet", "cell", "column", "code", "message_th", "message_en", "suggestion"}


def run(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "catalogue.cli", *words]
    return subprocess.run(command, cwd=ROOT, env=environ(settings), capture_output=True, text=True, timeout=600)


def hackgo(settings: Settings, *words: str) -> tuple[int, str]:
    done = run(settings, *words)
    return done.returncode, done.stdout


def refused(settings: Settings, *words: str) -> tuple[str, str]:
    """What it says, Thai and English, where it does nothing."""
    done = run(settings, *words)
    assert (done.returncode, done.stdout) == (2, ""), done
    th, en = done.stderr.splitlines()
    assert re.search("[ก-๛]", th)
    return th, en


def printed(settings: Settings, *words: str) -> tuple[int, Any]:
    code, out = hackgo(settings, *words, "--json")
    return code, json.loads(out)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state")


def test_a_dry_run_writes_nothing_and_exits_3_where_rows_are_rejected(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "faults.xlsx"
    file.write_bytes(workbook()[0])
    code, told = printed(settings, "import", str(file), "--as", HOST)
    assert code == 3
    assert told.keys() == KEYS
    assert all(problem.keys() >= PROBLEM for problem in told["problems"])
    assert len(told["problems"]) == 22
    assert told["batch"] is None
    file.write_bytes(workbook(repaired=True)[0])
    code, told = printed(settings, "import", str(file), "--as", HOST)
    assert (code, told["create"], told["rejected"], told["problems"]) == (0, 52, 0, [])
    with closing(Store.open(settings.database)) as store:
        assert store.revision() == 0


def test_a_commit_is_undone_by_the_name_that_it_printed(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("ชื่อเรื่อง,เล่าให้ฟัง\nไฟดับ,ทุกคืน\n", encoding="utf-8")
    words = ("import", str(file), "--as", HOST, "--commit")
    assert printed(settings, *words)[1]["unknown_headers"][0]["header"] == "เล่าให้ฟัง"
    assert hackgo(settings, *words, "--map", "เล่าให้ฟัง")[0] == 2  # says of no column what it is
    code, told = printed(settings, *words, "--map", "เล่าให้ฟัง=statement")
    assert (code, told["create"]) == (0, 1)
    assert printed(settings, *words)[1]["unchanged"] == 1  # the title is remembered
    assert hackgo(settings, "undo", told["batch"])[0] == 0
    assert hackgo(settings, "undo", told["batch"])[0] != 0
    assert hackgo(settings, "audit", "verify")[0] == 0


def test_a_row_that_repeats_an_entry_in_other_words_is_told(own_settings: Settings, tmp_path: Path) -> None:
    with closing(Store.open(own_settings.database)) as store:
        known = store.entries(kind="pain_point", limit=1)[0]
    file, told = tmp_path / "x.json", {"th": f"อีกครั้งหนึ่ง {known.body['title']['th']}"}
    file.write_text(json.dumps([{"title": told, "statement": {"th": known.body["statement"]["th"]}}]), encoding="utf-8")
    code, answer = printed(own_settings, "import", str(file), "--as", HOST)
    assert (code, answer["create"], answer["compared_by"]) == (0, 1, "meaning")
    (near,) = [row["near"][0] for row in answer["duplicates"]]
    assert (near["id"], near["title"]["th"]) == (known.id, known.body["title"]["th"])


def test_what_is_given_wrongly_is_told_in_both_languages(settings: Settings, tmp_path: Path) -> None:
    file, lines = tmp_path / "x.csv", tmp_path / "x.jsonl"
    file.write_text("ชื่อเรื่อง,ปัญหา\nไฟดับ,ทุกคืน\n", encoding="utf-8")
    lines.write_bytes('{"title": "น้ำ"}'.encode("cp874"))
    assert refused(settings, "import", str(file), "--as", "OG-2500-999")[1].startswith("--as:")
    assert refused(settings, "import", str(file), "--map", "x")[1].startswith("--map:")
    assert "statement" in refused(settings, "import", str(file), "--map", "x=no-such-column")[1]
    assert "UTF-8" in refused(settings, "import", str(lines))[1]


def test_a_role_for_an_unknown_organisation_changes_nothing(settings: Settings) -> None:
    words = ("users", "add", "mali@example.go.th", "--role", "host_admin", "--organisation", "OG-2500-999")
    assert "organisation" in refused(settings, *words)[1]
    assert hackgo(settings, "users", "list") == (0, "")
    assert refused(settings, "users", "add", "mali@example.go.th", "--role", "host_admin")[1].startswith("--org")


def test_an_account_is_disabled_and_enabled_again_by_its_address(settings: Settings) -> None:
    assert hackgo(settings, "users", "add", "mali@example.go.th")[0] == 0
    for command, state in (("disable", "disabled"), ("enable", "waiting")):
        assert hackgo(settings, "users", command, "Mali@example.go.th")[0] == 0
        assert hackgo(settings, "users", "list")[1].split()[1:3] == ["mali@example.go.th", state]
        assert "users list" in refused(settings, "users", command, "nobody@example.go.th")[1]


def test_a_role_for_an_account_that_is_disabled_changes_nothing_and_says_how_to_enable_it(settings: Settings) -> None:
    assert hackgo(settings, "users", "add", "mali@example.go.th")[0] == 0
    assert hackgo(settings, "users", "disable", "mali@example.go.th")[0] == 0
    before = hackgo(settings, "users", "list")
    told = refused(settings, "users", "add", "Mali@example.go.th", "--role", "curator")
    assert all("`hackgo users enable mali@example.go.th`" in words for words in told)
    assert hackgo(settings, "users", "list") == before


def test_who_an_account_belonged_to_is_forgotten_and_what_they_did_stays(settings: Settings) -> None:
    assert hackgo(settings, "users", "add", "mali@example.go.th", "--name", "ชื่อจริง")[0] == 0
    with closing(Store.open(settings.database)) as store:
        (before,) = Accounts(store.database).everybody()
        Notices(store.database).post(before.id, "published", {"id": "PP-1", "title": "ไฟดับ"}, NOON)
        assert hackgo(settings, "users", "erase", "Mali@example.go.th")[0] == 0
        (after,) = Accounts(store.database).everybody()
        assert (after.id, after.name, after.email) == (before.id, "", f"{before.id.lower()}@erased.invalid")
        assert after.disabled_at
        assert (len(before.grants), after.grants) == (1, ())
        Accounts(store.database).enable(after.id, "test", NOON)
        assert Accounts(store.database).everybody() == [after]
        assert not Notices(store.database).of(after.id)
        assert store.verify_audit().ok
    assert hackgo(settings, "users", "add", "mali@example.go.th")[0] == 0


def test_the_measurement_prints_its_numbers(settings: Settings) -> None:
    code, told = printed(settings, "bench", "import", "--rows", "60")
    assert code == 0
    assert told["rows"] == 60
    assert told["plan_s"] > 0
    assert told["commit_s"] > 0


def test_what_is_published_is_found_and_how_soon_is_printed(settings: Settings) -> None:
    code, told = printed(settings.model_copy(update={"vector_cache": str(VECTORS)}), "bench", "publish")
    assert code == 0
    assert told["entries"] == 12
    assert 0 < told["p50_s"] <= told["most_s"]
