#!/usr/bin/env python3
"""The project's two commands, ``demo`` and ``test``, and ``drill`` and ``reset``, for any machine that has Python.

Uses the standard library alone. Makes ``.venv`` from the hash-locked lists, then hands over to the program in it.
Any Python from 3.8 on may start it: one that is too old or too new only looks for a better one.
docs/adr/0008-hash-locked-install.md says why it is made this way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    # Runs a command; its output goes line by line to the function, or to the terminal. Returns the exit status.
    Run = Callable[[list[str], Callable[[str], None] | None], int]

ROOT = Path(__file__).resolve().parent
STATE = ROOT / "var"
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
VENV_PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
UNFINISHED = VENV / "unfinished"

PYTHONS = ((3, 13), (3, 12), (3, 11))
LOCKS = {"demo": "requirements.lock", "test": "requirements-test.lock"}
# (packages, MB to download) of each list, the most over the Pythons; tests/test_lock.py compares them with uv.lock.
DOWNLOADS = {
    "Linux x86_64": {"demo": (92, 217), "test": (42, 96)},
    "Linux aarch64": {"demo": (91, 205), "test": (42, 94)},
    "Darwin arm64": {"demo": (91, 191), "test": (42, 88)},
    "Windows AMD64": {"demo": (92, 161), "test": (43, 79)},
}
TWO_AT_A_TIME = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")  # conftest.py: the longest files first
DISK_MB = {"demo": 750, "test": 350}  # measured on Linux x86-64, bytecode included; the other platforms need less
# The oldest systems that every wheel in the lists runs on: onnxruntime and pyarrow decide (tests/test_lock.py).
MIN_GLIBC, MIN_MACOS = (2, 28), (14, 0)


class Stop(Exception):
    """Ends the command with a message in Thai and English that says what to do."""

    def __init__(self, th: str, en: str) -> None:
        super().__init__(en)
        self.th, self.en = th, en


def say(th: str, en: str) -> None:
    """Print both languages; Thai is left out where the terminal cannot show it."""
    for text in (th, en):
        try:
            text.encode(sys.stdout.encoding or "ascii")
        except UnicodeEncodeError:
            if text == th:
                continue
        print(text, flush=True)


def child_environment() -> dict[str, str]:
    """The environment without what would mix another installation into ours, or make each start compile all."""
    left_out = ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__", "PYTHONDONTWRITEBYTECODE")
    environ = {k: v for k, v in os.environ.items() if k not in left_out}
    # `user = true` in somebody's pip.conf makes pip refuse to work in a virtual environment.
    return {**environ, "PIP_USER": "0", "PYTHONUTF8": "1"}


def run_process(command: list[str], on_line: Callable[[str], None] | None = None) -> int:
    """Exit status of a command run in the project folder (127: it does not exist)."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if on_line else {}
    try:
        with subprocess.Popen(command, cwd=str(ROOT), env=child_environment(), **pipes) as process:
            for line in process.stdout or ():
                on_line(line.decode("utf-8", "replace").rstrip())
        return process.returncode
    except OSError as error:
        if on_line is not None:
            on_line(str(error))
        return 127


# ---- which Python, which platform

PROBE = (
    "import platform, struct, sys, sysconfig; print(platform.python_implementation(), sys.version_info[0], "
    "sys.version_info[1], struct.calcsize('P') * 8, sysconfig.get_config_var('Py_GIL_DISABLED') or 0)"
)


def fits(answer: str) -> bool:
    """Whether the interpreter that answered PROBE so can run the project (64-bit CPython that is not free-threaded)."""
    words = answer.split()
    return len(words) == 5 and words[0] == "CPython" and words[3:] == ["64", "0"] and _pair(words[1:3]) in PYTHONS


def _pair(words: list[str]) -> tuple[int, ...]:
    return tuple(int(word) for word in words if word.isdigit())


def find_python(run: Run) -> list[str]:
    """Command of the first fitting interpreter: the running one, else from the PATH; raises ``Stop`` without one."""
    # In a virtual environment its base interpreter: the environment may be the one that is about to be replaced.
    candidates = [[getattr(sys, "_base_executable", None) or sys.executable]]
    for major, minor in PYTHONS:
        candidates += [[f"python{major}.{minor}"]] + ([["py", f"-{major}.{minor}"]] if WINDOWS else [])
    for candidate in candidates:
        lines = [""]
        if run([*candidate, "-c", PROBE], lines.append) == 0 and fits(lines[-1]):
            return candidate
    found = f"{platform.python_implementation()} {platform.python_version()}"
    raise Stop(
        f"ต้องใช้ Python 3.11 ถึง 3.13 แบบ 64 บิต (ขณะนี้คือ {found}) ติดตั้งได้จาก https://www.python.org/downloads/ "
        "หรือบน Debian/Ubuntu: sudo apt install python3 python3-venv แล้วสั่งใหม่อีกครั้ง",
        f"Python 3.11 to 3.13 (64-bit CPython) is needed; this is {found} and no other was found on the PATH. Get one "
        "from https://www.python.org/downloads/ or, on Debian or Ubuntu, sudo apt install python3 python3-venv; "
        "then run the same command again.",
    )


def check_platform(system: str, machine: str, libc: tuple[str, str], macos: str) -> str:
    """Name of a supported platform, a key of DOWNLOADS; raises ``Stop`` saying what is not supported."""
    name = f"{system} {machine}"
    lacking = ""
    if name not in DOWNLOADS:
        lacking = name
    elif system == "Linux" and libc[0] != "glibc":
        lacking = "Linux without glibc (Alpine and other musl systems)"
    elif system == "Linux" and _pair(libc[1].split(".")) < MIN_GLIBC:
        lacking = "glibc " + libc[1]
    elif system == "Darwin" and _pair(macos.split(".")) < MIN_MACOS:
        lacking = "macOS " + macos
    if not lacking:
        return name
    raise Stop(
        f"ไม่รองรับ {lacking} ระบบที่รองรับ: Linux x86-64 และ arm64 (glibc 2.28 ขึ้นไป), "
        "macOS 14 ขึ้นไปบน Apple silicon, Windows x64",
        f"Not supported: {lacking}. Supported: Linux x86-64 and arm64 (glibc 2.28 or newer: Debian 10, Ubuntu 20.04, "
        "RHEL 8), macOS 14 or newer on Apple silicon with an arm64 Python, Windows x64.",
    )


# ---- the virtual environment


def fingerprint(part: str) -> str:
    """What the stamp of an installed part must say: changes with its list, the project, the folder and the Python."""
    digest = hashlib.sha256(str(ROOT).encode())
    for path in (ROOT / LOCKS[part], ROOT / "pyproject.toml", VENV / "pyvenv.cfg"):
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


def is_installed(part: str) -> bool:
    """Whether the stamp, written last, is the one of what should be there."""
    stamp = VENV / f"installed-{part}"
    return not UNFINISHED.exists() and stamp.exists() and stamp.read_text() == fingerprint(part)


def make_venv(python: list[str], run: Run) -> list[str]:
    """Make ``.venv`` unless a usable one is there; returns the command of a pip that installs into it."""
    answer = [""]
    usable = not UNFINISHED.exists() and run([str(VENV_PYTHON), "-c", PROBE], answer.append) == 0 and fits(answer[-1])
    pips = ([str(VENV_PYTHON), "-m", "pip"], [*python, "-m", "pip", "--python", str(VENV_PYTHON)])
    # Debian's python3 comes without ensurepip (python3-venv): virtualenv, or the system's pip from outside, do as well.
    ways = [["venv"], ["virtualenv"], ["venv", "--without-pip"]]
    log = [""]
    for way in [[], *ways] if usable else ways:
        if way:
            shutil.rmtree(str(VENV), ignore_errors=True)
            if run([*python, "-m", *way, str(VENV)], log.append) != 0:
                continue
        for pip in pips:
            if run([*pip, "--version"], log.append) == 0:
                return pip
    shutil.rmtree(str(VENV), ignore_errors=True)
    raise Stop(
        "สร้าง .venv ไม่ได้ เพราะ Python นี้ไม่มี venv หรือ ensurepip: บน Debian/Ubuntu สั่ง sudo apt install python3-venv "
        "บนระบบอื่นให้ติดตั้ง Python จาก https://www.python.org/downloads/ แล้วสั่งใหม่อีกครั้ง",
        "Could not make .venv: this Python has no working venv with ensurepip, no virtualenv and no pip. On Debian or "
        "Ubuntu: sudo apt install python3-venv; elsewhere install Python from https://www.python.org/downloads/. "
        f"Then run the same command again. Last words: {log[-1]}",
    )


class Progress:
    """Shows which package pip is at, and keeps what pip says for the case that it fails."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.lines = total, 0, [""]

    def __call__(self, line: str) -> None:
        """Take one line of pip's output; a terminal sees one line change, a log every twentieth package."""
        self.lines.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            self.done += 1
            name = line.split(": ")[-1].replace("Collecting ", "").split(" ")[0]
            if sys.stdout.isatty():
                print(f"\r  {f'[{self.done}/{self.total}] {name}'[:70]:70}", end="", flush=True)
            elif self.done % 20 == 0:
                print(f"  [{self.done}/{self.total}] {name}", flush=True)
        elif line.startswith("Installing collected packages") and "," in line:
            print(f"\r{'  Installing ...':72}" if sys.stdout.isatty() else "  Installing ...", flush=True)


def explain_failure(lines: list[str]) -> Stop:
    """What to do about a pip that failed, from what it said."""
    said = "\n".join(lines)
    tail = "\n".join("    " + line for line in lines[-6:])
    if "DO NOT MATCH THE HASHES" in said:
        return Stop(
            "ไฟล์ที่ดาวน์โหลดมาไม่ตรงกับรายการที่ล็อกไว้ จึงไม่ติดตั้ง สั่งใหม่อีกครั้ง หากยังเป็นอยู่โปรดแจ้งตาม SECURITY.md",
            "A downloaded file is not the one in the locked list, so it was not installed. Run the same command again; "
            f"if it happens again, tell us as SECURITY.md says.\n{tail}",
        )
    return Stop(
        "ติดตั้งไม่สำเร็จ ตรวจการเชื่อมต่ออินเทอร์เน็ต (พร็อกซี: HTTPS_PROXY) และพื้นที่ดิสก์ แล้วสั่งใหม่อีกครั้ง",
        "The installation did not finish. Check the network (behind a proxy set HTTPS_PROXY) and the disk, and run the "
        f"same command again: what is half done is made anew. What pip said last:\n{tail}",
    )


def announce(part: str, count: int, download_mb: int, free_bytes: int) -> None:
    """Say what will be downloaded and what disk it takes; raises ``Stop`` where that much is not free."""
    say(
        f"เตรียม .venv ({part}): ดาวน์โหลดไม่เกิน {count} แพ็กเกจ {download_mb} MB ใช้ดิสก์ราว {DISK_MB[part]} MB",
        f"Setting up .venv ({part}): downloads up to {count} packages, {download_mb} MB; "
        f"takes about {DISK_MB[part]} MB of disk.",
    )
    need_mb, free_mb = DISK_MB[part] + download_mb, free_bytes // 1_000_000
    if free_mb < need_mb:
        raise Stop(
            f"พื้นที่ดิสก์ไม่พอ: ต้องการ {need_mb} MB แต่เหลือ {free_mb} MB ที่ {ROOT}",
            f"Not enough disk: {need_mb} MB are needed while it installs and {free_mb} MB are free at {ROOT}. "
            "Make room and run the same command again.",
        )


def install(parts: list[str], run: Run, platform_name: str) -> None:
    """Bring ``.venv`` to what the lists say; a part whose stamp is current costs nothing. Stamps are written last."""
    missing = [part for part in parts if not is_installed(part)]
    if not missing:
        return
    started = time.monotonic()
    python = find_python(run)
    for part in missing:
        count, download_mb = DOWNLOADS[platform_name][part]
        announce(part, count, download_mb, shutil.disk_usage(str(ROOT)).free)
        pip = [*make_venv(python, run), "install", "--no-input", "--disable-pip-version-check"]
        UNFINISHED.write_text("An installation did not end here: run.py makes this folder anew.\n")
        progress = Progress(count)
        # Bytecode is written when a module is first used: compiling all of it now costs 13 s and 120 MB.
        locked = [*pip, "--require-hashes", "--only-binary", ":all:", "--no-compile", "--progress-bar", "off"]
        ours = [*pip, "--no-index", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
        if run([*locked, "-r", LOCKS[part]], progress) or (part == "demo" and run(ours, progress)):
            raise explain_failure(progress.lines)
        (VENV / f"installed-{part}").write_text(fingerprint(part))
        UNFINISHED.unlink()
    seconds = time.monotonic() - started
    say(f"พร้อมแล้วใน {seconds:.0f} วินาที", f"Set up in {seconds:.0f} s.")


# ---- the commands


def demo(check: bool, rest: list[str], started_at: float) -> int:
    """Hand over to the program, which serves until Ctrl-C, or with ``check`` asks itself one search and ends."""
    checking = ["--check", "--started-at", f"{started_at:.3f}"] if check else []
    command = [str(VENV_PYTHON), "-m", "catalogue.cli", "up", "--demo", *checking, *rest]
    sys.stdout.flush()
    if WINDOWS:
        return run_process(command)
    os.chdir(str(ROOT))
    os.execve(command[0], command, child_environment())


def test(rest: list[str], run: Run) -> int:
    """Run the checks in order and stop at the first that fails; ``rest`` goes to pytest."""
    steps = {
        "lint": ["ruff", "check", "."],
        "format": ["ruff", "format", "--check", "."],
        "types": ["mypy"],
        "generated files": ["catalogue.cli", "schemas", "--check"],
        "tests": ["pytest", *TWO_AT_A_TIME, *rest],
    }
    for number, (name, words) in enumerate(steps.items(), 1):
        print(f"== {number}/{len(steps)} {name}: {' '.join(words)}", flush=True)
        status = run([str(VENV_PYTHON), "-m", *words], None)
        if status != 0:
            step = f"{number}/{len(steps)} ({name})"
            say(f"ไม่ผ่านที่ขั้น {step}", f"Failed at step {step}, exit status {status}.")
            return status
    say(f"ผ่านครบ {len(steps)} ขั้น", f"All {len(steps)} steps are good.")
    return 0


def running_at() -> str:
    """Address of a demo that runs in this folder, or an empty text."""
    try:
        told = json.loads((STATE / "run" / "up.json").read_text(encoding="utf-8"))
        url, pid = str(told["url"]), int(told["pid"])
        if WINDOWS:  # os.kill(pid, 0) would end the process there
            address = urlsplit(url)
            socket.create_connection((address.hostname or "127.0.0.1", address.port or 80), timeout=1).close()
        else:
            os.kill(pid, 0)
    except PermissionError:  # it is there and belongs to somebody else
        return url
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return url


def reset(everything: bool, yes: bool, ask: Callable[[str], str] = input) -> int:
    """Delete ``var`` (with ``everything`` also ``.venv``) after a yes; refuse while a demo uses it."""
    url = running_at()
    if url:
        raise Stop(
            f"เดโมกำลังทำงานที่ {url} กด Ctrl-C ในหน้าต่างนั้นก่อน แล้วสั่งใหม่",
            f"A demo is running at {url}. Stop it with Ctrl-C in its window, then run reset again.",
        )
    folders = [f for f in ([STATE, VENV] if everything else [STATE]) if f.is_dir() and not f.is_symlink()]
    if not folders:
        say("ไม่มีอะไรให้ลบ", "Nothing to delete.")
        return 0
    for folder in folders:
        size = sum(f.lstat().st_size for f in folder.rglob("*") if not f.is_dir())
        print(f"  {folder}  ({size / 1_000_000:.0f} MB)")
    say(
        "โฟลเดอร์ข้างต้นจะถูกลบและกู้คืนไม่ได้ รวมทั้งรายการที่นำเข้าเอง",
        "These folders, with every entry that you imported, will be deleted for good.",
    )
    try:
        answer = "y" if yes else ask("Delete? / ลบหรือไม่ [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        say("ไม่ได้ลบอะไร", "Nothing was deleted.")
        return 0
    for folder in folders:
        shutil.rmtree(str(folder))
    say("ลบแล้ว", "Deleted.")
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line; what is not ours is in ``rest``."""
    parser = argparse.ArgumentParser(prog="run.py", description="hack.go.th: run it, test it, reset it.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="demo | test | drill | reset")
    one = commands.add_parser("demo", help="set up, load the sample catalogue, serve it on this machine until Ctrl-C")
    one.add_argument("--check", action="store_true", help="ask one search, print the state of the index, and end")
    commands.add_parser("test", help="set up, then lint, types, generated files and tests; the rest goes to pytest")
    commands.add_parser("drill", help="set up, then break things on purpose: `drill kill --times 20`")
    two = commands.add_parser("reset", help="delete ./var (the demo's data) after asking")
    two.add_argument("--all", action="store_true", help="delete .venv too")
    two.add_argument("--yes", action="store_true", help="do not ask")
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command == "reset":
        parser.error("unknown: " + " ".join(rest))
    options.rest = [word for word in rest if word != "--"]
    return options


def main(arguments: list[str], run: Run = run_process) -> int:
    """Exit status of the command given."""
    started_at = time.time()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    options = parse(arguments)
    try:
        if options.command == "reset":
            return reset(options.all, options.yes)
        name = check_platform(platform.system(), platform.machine(), platform.libc_ver(), platform.mac_ver()[0])
        install(["demo"] if options.command == "demo" else ["demo", "test"], run, name)
        if options.command == "drill":
            return run([str(VENV_PYTHON), "-m", "tests.drills", *options.rest], None)
        return test(options.rest, run) if options.command == "test" else demo(options.check, options.rest, started_at)
    except Stop as stop:
        say(stop.th, stop.en)
        return 2
    except KeyboardInterrupt:
        say("หยุดแล้ว", "Stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
