"""Hostile files: each refused or harmless, and the process that asked lives on and stays small."""

import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalogue.errors import FileRefused, ReaderBusy
from catalogue.settings import ROOT
from catalogue.workbooks import limits, reader
from catalogue.workbooks.annotate import annotated
from catalogue.workbooks.reader import display_name, read_tables
from catalogue.workbooks.refusals import REFUSALS, refused, too_large
from tests import attack_files
from tests.attack_files import ATTACKS, Attack

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and measured on Linux only")


@dataclass
class Outcome:
    codes: dict[str, str]
    grown_mb: float


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What became of all the files, read one after the other in a process of its own."""
    folder = tmp_path_factory.mktemp("attacks")
    attack_files.main(folder)
    command = [sys.executable, "-m", "tests.reading_attacks", str(folder)]
    answered = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=1500)
    return Outcome(**json.loads(answered.stdout))


def test_there_are_many_of_them() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 25


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_each_is_refused_or_harmless(attack: Attack, outcome: Outcome) -> None:
    assert outcome.codes[attack.name] in {attack.code, *attack.more}


def test_the_parent_stays_small(outcome: Outcome) -> None:
    assert 0 < outcome.grown_mb < 300


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
