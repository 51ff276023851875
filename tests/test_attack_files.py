"""Hostile files: each refused or harmless; the server that was sent them lives on, stays small and serves others."""

import datetime
import io
import os
import re
import shutil
import sys
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from catalogue.api.person import COOKIE, CSRF_HEADER
from catalogue.errors import FileRefused, ReaderBusy
from catalogue.people import Grant, Role
from catalogue.settings import ROOT, Settings
from catalogue.sign_in import SignIn
from catalogue.store import Store
from catalogue.workbooks import limits, reader
from catalogue.workbooks.annotate import annotated
from catalogue.workbooks.reader import display_name, read_tables
from catalogue.workbooks.refusals import REFUSALS, refused, too_large
from tests import attack_files, people, ports
from tests.attack_files import ATTACKS, Attack
from tests.conftest import environ
from tests.curating import OWNER
from tests.serving import running
from tests.uploading import IMPORTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and measured on Linux only")


@dataclass
class Outcome:
    """What the server answered to each file, and how it fared meanwhile."""

    statuses: dict[str, int] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    others: list[int] = field(default_factory=list)  # statuses of other people's requests
    grown_mb: float = 0.0


@pytest.fixture(scope="module")
def outcome(sample_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What became of all the files, uploaded one after the other to a server of its own, while others use it."""
    state = tmp_path_factory.mktemp("attacked") / "state"
    shutil.copytree(sample_settings.state_dir, state)
    settings = sample_settings.model_copy(update={"state_dir": state, "port": ports.port()})
    with closing(Store.open(settings.database)) as store:
        host = people.add(store, "host", Grant(Role.HOST_EDITOR, OWNER))
        cookies = {COOKIE: SignIn.over(store).begin(host.id, datetime.datetime.now(datetime.UTC))}
    found, done = Outcome(), threading.Event()
    with running(environ(settings), state) as url, httpx.Client(base_url=url, cookies=cookies, timeout=120) as client:
        client.headers[CSRF_HEADER] = client.get("/api/v1/me").json()["csrf"]
        # What the server loads with the first question and the first file stays, whatever comes.
        client.get("/api/v1/search", params={"q": "น้ำ"}).raise_for_status()
        client.post(IMPORTS, params={"name": "x.csv"}, content="ชื่อเรื่อง,ปัญหา\nน้ำ,ไม่ไหล\n".encode()).raise_for_status()
        before = kibibytes(server(), "VmRSS")

        def use() -> None:
            while not done.wait(0.3):
                found.others.append(httpx.get(f"{url}/api/v1/themes", timeout=60).status_code)

        others = threading.Thread(target=use)
        others.start()
        for attack in ATTACKS:
            answer = client.post(IMPORTS, params={"name": attack.name}, content=attack.make())
            found.statuses[attack.name] = answer.status_code
            found.codes[attack.name] = answer.json().get("code", "")
        done.set()
        others.join()
        found.grown_mb = (kibibytes(server(), "VmHWM") - before) / 1024
    return found


def server() -> int:
    """The process of the web server that this one started."""
    ours = f"PPid:\t{os.getpid()}\n"
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # one of others that has just ended
            if ours in (path / "status").read_text() and b"catalogue.cli\0serve" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
    (server,) = found
    return server


def kibibytes(process: int, name: str) -> int:
    """A size from the kernel's account of the process."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:"))


def test_there_are_many_of_them() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 25


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_each_is_refused_or_harmless(attack: Attack, outcome: Outcome) -> None:
    assert outcome.codes[attack.name] in {attack.code, *attack.more}


def test_the_server_stays_small_and_sound_and_answers_others(outcome: Outcome) -> None:
    assert 0 < outcome.grown_mb < 300
    assert {status for status in outcome.statuses.values() if status not in (200, 422)} == set(), outcome.statuses
    assert len(outcome.others) > 5
    assert set(outcome.others) == {200}


def test_what_is_read_is_harmless() -> None:
    values = [line.values[0] for line in read_tables(attack_files.formulas(), "x.xlsx")[0].lines]
    assert values[0] == "กด"  # the result, not the formula
    far = read_tables(attack_files.far_row(), "x.xlsx")[0]
    assert [line.number for line in far.lines] == [2, 1048576]


def test_no_formula_comes_back() -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(annotated(attack_files.formulas(), "x.xlsx", [])))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "'=cmd|'/c calc'!A0" in [cell.value for cell in cells]
    assert not [cell.value for cell in cells if re.match(r"\s*[=+\-@\uff1d]", str(cell.value))]


def test_external_links_do_not_come_back() -> None:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(annotated(attack_files.external_link(), "x.xlsx", []))) as archive:
        assert not [name for name in archive.namelist() if "external" in name.casefold()]


def test_merging_everything_does_not_stop_the_remarks() -> None:
    made = annotated(attack_files.merged_everywhere(), "x.xlsx", [])
    assert read_tables(made, "x.xlsx")[0].lines == read_tables(attack_files.merged_everywhere(), "x.xlsx")[0].lines


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\ผลงาน ๒๕๖๖.xlsx", "ผลงาน ๒๕๖๖.xlsx"),
        ("a\u202exslx.exe", "axslx.exe"),
        ("a\r\nSet-Cookie: x\0.csv", "aSet-Cookie: x.csv"),
        ("", ""),
        ("0812345678.csv", "[phone number removed].csv"),
        ("ผลงาน somchai@example.com.xlsx", "ผลงาน [ลบอีเมลแล้ว].xlsx"),
        ("081.234.5678", "[phone number removed]"),
    ],
)
def test_names_are_cleaned_for_display(name: str, shown: str) -> None:
    assert display_name(name) == shown
    assert len(display_name(name + "ก" * 500)) <= reader.LONGEST_NAME


def test_the_child_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HACKGO_OPENSEARCH_PASSWORD", "secret")
    monkeypatch.setenv("PGPASSWORD", "secret")
    assert "secret" not in reader._environment("/somewhere").values()


def test_a_third_upload_at_once_is_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WAIT_S", 0.01)
    taken = [reader._free.acquire(timeout=60) for _ in range(limits.READERS)]
    try:
        with pytest.raises(ReaderBusy):
            read_tables(b"a,b\n1,2\n", "x.csv")
    finally:
        for _ in taken:
            reader._free.release()
    assert read_tables(b"a,b\n1,2\n", "x.csv")


def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WALL_S", 0.001)
    with pytest.raises(FileRefused) as caught:
        read_tables(b"a,b\n1,2\n", "x.csv")
    assert caught.value.members["code"] == "too-heavy"


def test_every_refusal_says_where_and_what_to_do_in_both_languages() -> None:
    for code in REFUSALS:
        error = refused(code, cell="C7", row=7)
        assert error.members == {"code": code}
        assert "{" not in error.en + error.th
        assert re.search("[\u0e00-\u0e7f]", error.th)
        assert not re.search("[\u0e00-\u0e7f]", error.en)
        assert ("{cell}" in REFUSALS[code][0]) == ("C7" in error.th)
    assert too_large(10).status == 413


def test_refusals_are_all_raised() -> None:
    """A code that no source raises is a promise that nobody keeps."""
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(ROOT, "catalogue", "workbooks").glob("*.py"))
    raised = set(re.findall(r'refused\(\s*"([a-z0-9-]+)"', sources)) | set(re.findall(r'else "([a-z-]+)"\)', sources))
    assert raised == set(REFUSALS)
