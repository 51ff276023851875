"""run.py: what it accepts, how it installs and heals, what it says. Fakes stand only where it starts processes."""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import LONGEST_FIRST

ROOT = Path(__file__).resolve().parents[1]
SOURCE = (ROOT / "run.py").read_text(encoding="utf-8")
THAI = "ติดตั้ง"


@pytest.fixture
def run(tmp_path: Path) -> ModuleType:
    """A copy of run.py in a folder of its own, as in a fresh clone without an environment."""
    for name in ("run.py", "pyproject.toml", "requirements.lock", "requirements-test.lock"):
        shutil.copy(ROOT / name, tmp_path)
    spec = importlib.util.spec_from_file_location("run_in_a_clone", tmp_path / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Machine:
    """Stands for a machine's programs: which commands succeed, what they print, what they leave behind."""

    def __init__(self, run: ModuleType, lacks: tuple[str, ...] = (), python: str = "3.12", pip_says: str = "") -> None:
        self.run, self.lacks, self.python, self.pip_says = run, lacks, python, pip_says
        self.commands: list[str] = []

    def __call__(self, command: list[str], on_line: Callable[[str], None] | None) -> int:
        line = " ".join(command)
        self.commands.append(line)
        if any(word in line for word in self.lacks):
            if on_line:
                on_line(self.pip_says or "No module named it")
            return 1
        if "-c" in command and on_line:
            if command[0] == str(self.run.VENV_PYTHON) and not self.run.VENV_PYTHON.exists():
                return 127
            on_line(f"CPython {self.python.replace('.', ' ')} 64 0")
        if line.endswith(str(self.run.VENV)):
            self.run.VENV_PYTHON.parent.mkdir(parents=True)
            self.run.VENV_PYTHON.touch()
            (self.run.VENV / "pyvenv.cfg").write_text("version = " + self.python)
        return 0

    def installs(self) -> list[str]:
        return [c for c in self.commands if " install " in c]


def test_it_needs_the_standard_library_alone() -> None:
    for node in ast.walk(ast.parse(SOURCE, feature_version=(3, 8))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_help_works_before_anything_is_installed(run: ModuleType) -> None:
    command = [sys.executable, "-I", "-S", str(run.ROOT / "run.py"), "--help"]
    said = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    assert "demo" in said
    assert "reset" in said
    assert not run.VENV.exists()


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        ("CPython 3 11 64 0", True),
        ("CPython 3 13 64 0", True),
        ("CPython 3 10 64 0", False),
        ("CPython 3 14 64 0", False),
        ("CPython 3 13 64 1", False),  # free-threaded: no wheels
        ("CPython 3 12 32 0", False),
        ("PyPy 3 11 64 0", False),
        ("Python was not found", False),  # what Windows' store stub prints
        ("", False),
    ],
)
def test_which_interpreters_fit(run: ModuleType, answer: str, good: bool) -> None:
    assert run.fits(answer) is good


def test_this_interpreter_fits_by_its_own_answer(run: ModuleType) -> None:
    lines: list[str] = []
    assert run.run_process([sys.executable, "-c", run.PROBE], lines.append) == 0
    assert run.fits(lines[-1])


def test_another_python_on_the_path_is_taken(run: ModuleType) -> None:
    def machine(command: list[str], on_line: Callable[[str], None]) -> int:
        on_line("CPython 3 12 64 0" if command[0] == "python3.12" else "CPython 3 8 64 0")
        return 0

    assert run.find_python(machine) == ["python3.12"]


def test_no_fitting_python_is_said_in_both_languages(run: ModuleType) -> None:
    with pytest.raises(run.Stop) as stop:
        run.find_python(lambda command, on_line: 127)
    assert "3.11 ถึง 3.13" in stop.value.th
    assert "Python 3.11 to 3.13" in stop.value.en


GLIBC = ("glibc", "2.36")


@pytest.mark.parametrize(
    "machine",
    [
        ("Linux", "x86_64", GLIBC, ""),
        ("Linux", "aarch64", ("glibc", "2.28"), ""),
        ("Darwin", "arm64", ("", ""), "14.0"),
        ("Darwin", "arm64", ("", ""), "26.1"),
        ("Windows", "AMD64", ("", ""), ""),
    ],
)
def test_platforms_that_are_supported(run: ModuleType, machine: tuple[Any, ...]) -> None:
    assert run.check_platform(*machine) in run.DOWNLOADS


@pytest.mark.parametrize(
    ("machine", "named"),
    [
        (("Linux", "riscv64", GLIBC, ""), "riscv64"),
        (("Linux", "x86_64", ("", ""), ""), "musl"),
        (("Linux", "x86_64", ("glibc", "2.17"), ""), "glibc 2.17"),
        (("Darwin", "x86_64", ("", ""), "15.0"), "Darwin x86_64"),
        (("Darwin", "arm64", ("", ""), "13.6.1"), "macOS 13.6.1"),
        (("Windows", "ARM64", ("", ""), ""), "Windows ARM64"),
    ],
)
def test_platforms_that_are_not(run: ModuleType, machine: tuple[Any, ...], named: str) -> None:
    with pytest.raises(run.Stop) as stop:
        run.check_platform(*machine)
    assert named in stop.value.en
    assert named in stop.value.th


def test_installs_hashed_wheels_and_nothing_else(run: ModuleType) -> None:
    machine = Machine(run)
    run.install(["demo", "test"], machine, "Linux x86_64")
    product, ours, tests = machine.installs()
    for command, name in ((product, "requirements.lock"), (tests, "requirements-test.lock")):
        assert f"--require-hashes --only-binary :all: --no-compile --progress-bar off -r {name}" in command
    assert "--no-index --no-deps --no-build-isolation --editable" in ours


def test_what_is_installed_is_not_installed_again(run: ModuleType) -> None:
    run.install(["demo"], Machine(run), "Linux x86_64")
    second = Machine(run)
    run.install(["demo"], second, "Linux x86_64")
    assert second.commands == []
    with_tests = Machine(run)
    run.install(["demo", "test"], with_tests, "Linux x86_64")
    assert ["requirements-test.lock" in c for c in with_tests.installs()] == [True]


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_list_is_installed_into_the_same_environment(run: ModuleType, name: str) -> None:
    run.install(["demo"], Machine(run), "Linux x86_64")
    with (run.ROOT / name).open("a") as file:
        file.write("\n")
    machine = Machine(run)
    run.install(["demo"], machine, "Linux x86_64")
    assert len(machine.installs()) == 2
    assert not [c for c in machine.commands if "-m venv" in c]


def test_an_interrupted_installation_is_made_anew(run: ModuleType) -> None:
    class Interrupted(Machine):
        def __call__(self, command: list[str], on_line: Callable[[str], None] | None) -> int:
            if "--require-hashes" in command:
                raise KeyboardInterrupt
            return super().__call__(command, on_line)

    with pytest.raises(KeyboardInterrupt):
        run.install(["demo"], Interrupted(run), "Linux x86_64")
    assert not run.is_installed("demo")
    (run.VENV / "half a package").touch()
    machine = Machine(run)
    run.install(["demo"], machine, "Linux x86_64")
    assert run.is_installed("demo")
    assert not (run.VENV / "half a package").exists()


@pytest.mark.parametrize(
    ("pip_says", "advice"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "SECURITY.md"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "HTTPS_PROXY"),
    ],
)
def test_a_failed_installation_says_what_to_do(run: ModuleType, pip_says: str, advice: str) -> None:
    with pytest.raises(run.Stop) as stop:
        run.install(["demo"], Machine(run, lacks=("--require-hashes",), pip_says=pip_says), "Linux x86_64")
    assert advice in stop.value.en
    assert pip_says in stop.value.en
    assert THAI in stop.value.th
    assert not run.is_installed("demo")


def test_without_ensurepip_the_pip_outside_installs(run: ModuleType) -> None:
    own_pip = f"{run.VENV_PYTHON} -m pip"
    machine = Machine(run, lacks=(f"venv {run.VENV}", "virtualenv", own_pip))
    pip = run.make_venv(["python3"], machine)
    assert pip == ["python3", "-m", "pip", "--python", str(run.VENV_PYTHON)]
    assert f"python3 -m venv --without-pip {run.VENV}" in machine.commands


def test_virtualenv_will_do(run: ModuleType) -> None:
    machine = Machine(run, lacks=(f"-m venv {run.VENV}",))
    assert run.make_venv(["python3"], machine) == [str(run.VENV_PYTHON), "-m", "pip"]


def test_without_any_of_them_it_says_what_to_install(run: ModuleType) -> None:
    machine = Machine(run, lacks=(f"venv {run.VENV}", "virtualenv", "-m pip"))
    with pytest.raises(run.Stop) as stop:
        run.make_venv(["python3"], machine)
    assert "sudo apt install python3-venv" in stop.value.en
    assert "sudo apt install python3-venv" in stop.value.th
    assert not run.VENV.exists()


def test_an_environment_of_an_old_python_is_made_anew(run: ModuleType) -> None:
    run.make_venv(["python3"], Machine(run))
    (run.VENV / "old").touch()

    class Upgraded(Machine):
        def __call__(self, command: list[str], on_line: Callable[[str], None] | None) -> int:
            if command[0] == str(run.VENV_PYTHON) and (run.VENV / "old").exists():
                return 127  # its interpreter is gone
            return super().__call__(command, on_line)

    run.make_venv(["python3"], Upgraded(run))
    assert not (run.VENV / "old").exists()
    assert run.VENV_PYTHON.exists()


def test_too_little_disk_is_said_before_anything_is_downloaded(
    run: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    run.announce("demo", 73, 196, 10**12)
    assert "73 packages, 196 MB" in capsys.readouterr().out
    with pytest.raises(run.Stop, match="Not enough disk"):
        run.announce("demo", 73, 196, 500_000_000)


def test_the_checks_stop_at_the_first_that_fails(run: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(run, lacks=("mypy",))
    assert run.test(["-k", "x"], machine) == 1
    assert [c.split(" -m ")[1].split()[0] for c in machine.commands] == ["ruff", "ruff", "mypy"]
    assert "Failed at step 3/5 (types)" in capsys.readouterr().out
    good = Machine(run)
    assert run.test(["-k", "x"], good) == 0
    assert good.commands[-1].endswith("-m pytest -n 2 --dist loadfile --no-loadscope-reorder -k x")


def test_the_files_that_begin_first_are_there() -> None:
    there = {file.stem for file in Path(__file__).parent.rglob("test_*.py")}
    assert set(LONGEST_FIRST) <= there
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)


def test_words_after_the_command_go_on(run: ModuleType) -> None:
    assert run.parse(["test", "--", "-k", "x"]).rest == ["-k", "x"]
    assert run.parse(["demo", "--check"]).check is True
    with pytest.raises(SystemExit):
        run.parse(["reset", "--everything"])


@pytest.fixture
def state(run: ModuleType) -> Path:
    folder: Path = run.STATE
    (folder / "run").mkdir(parents=True)
    (folder / "catalogue.db").write_bytes(b"0" * 3_000_000)
    return folder


def no_answer(question: str) -> str:
    raise EOFError


@pytest.mark.parametrize("ask", [lambda q: "", lambda q: "n", no_answer], ids=["enter", "no", "no terminal"])
def test_reset_deletes_nothing_without_a_yes(
    run: ModuleType, state: Path, ask: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.reset(False, False, ask) == 0
    assert (state / "catalogue.db").exists()
    said = capsys.readouterr().out
    assert f"{state}  (3 MB)" in said
    assert "Nothing was deleted." in said


def test_reset_deletes_the_state_and_with_all_the_environment(run: ModuleType, state: Path) -> None:
    run.VENV.mkdir()
    assert run.reset(False, False, lambda q: "y") == 0
    assert not state.exists()
    assert run.VENV.exists()
    assert run.reset(True, True) == 0
    assert not run.VENV.exists()


def test_reset_refuses_while_a_demo_runs(run: ModuleType, state: Path) -> None:
    told = state / "run" / "up.json"
    told.write_text(json.dumps({"pid": os.getpid(), "url": "http://127.0.0.1:8080"}))
    with pytest.raises(run.Stop, match=re.escape("running at http://127.0.0.1:8080")):
        run.reset(False, True)
    assert state.exists()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    told.write_text(json.dumps({"pid": ended.pid, "url": "http://127.0.0.1:9"}))
    assert run.reset(False, True) == 0
    assert not state.exists()


def test_a_terminal_without_thai_gets_the_english(run: ModuleType) -> None:
    command = [sys.executable, "-c", "import run; run.say('ก', 'English')"]
    environ = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONPATH": ""}
    said = subprocess.run(command, cwd=run.ROOT, env=environ, capture_output=True, check=True).stdout
    assert said.split() == [b"English"]


def test_what_slows_or_mixes_up_python_reaches_no_program(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH"):
        monkeypatch.setenv(name, "1")
    said: list[str] = []
    asked = "import os, sys; print(sys.dont_write_bytecode, os.environ.get('PYTHONPATH'))"
    assert run.run_process([sys.executable, "-c", asked], said.append) == 0
    assert said == ["False None"]
