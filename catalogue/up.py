"""Keeps the web server, the indexer and the sender of notices running: `hackgo up`.

One supervisor per state folder. Children that end are started again with growing pauses; all end with the
supervisor, however that one ends (leash.py).
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, TextIO

from catalogue.errors import SettingsInvalid
from catalogue.locks import exclusive
from catalogue.settings import ROOT, Settings

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
HEALTHY_AFTER_S = 60.0  # a child that ran this long is not crashing in a loop
READY_WITHIN_S = 120.0
# A cluster that hangs is given up after 10.5 s (opensearch.cluster.SEARCH_TIMEOUTS_S), then the fallback answers.
ANSWERS_WITHIN_S = 15.0
PORTS_TRIED = 50
LOCK, ADDRESS = "up.lock", "up.json"  # of one supervisor, in the folder of what runs; run.py reads the second too

Say = Callable[[str, str], None]
"""Tells a person something in (Thai, English)."""


@dataclass
class Child:
    """One program that is kept running."""

    name: str
    arguments: Sequence[str]
    environ: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    restart_at: float = 0.0

    def start(self) -> None:
        """Start the program on a leash, its output appended to its log file."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "catalogue.leash", *self.arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=self.environ,
                start_new_session=os.name == "posix",  # Ctrl-C reaches the supervisor alone
            )
        self.started_at = time.monotonic()

    def keep_running(self, say: Say) -> None:
        """Start the program again, after a pause that grows, if it has ended."""
        if self.process is not None and self.process.poll() is not None:
            self._let_go()
            now = time.monotonic()
            if now - self.started_at > HEALTHY_AFTER_S:
                self.pause_s = FIRST_PAUSE_S
            say(
                f"{self.name} หยุดทำงาน จะเริ่มใหม่ใน {self.pause_s:.0f} วินาที (ดู {self.log})",
                f"{self.name} stopped; starting it again in {self.pause_s:.0f} s (see {self.log})",
            )
            self.restart_at, self.process = now + self.pause_s, None
            self.pause_s = min(self.pause_s * 2, LONGEST_PAUSE_S)
        if self.process is None and time.monotonic() >= self.restart_at:
            self.start()

    def stop(self) -> None:
        """End the program: ask, then insist."""
        if self.process is None:
            return
        self._let_go()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _let_go(self) -> None:
        """Close the leash."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()


def free_port(host: str, first: int) -> int:
    """The first port from ``first`` on that nobody listens on; raises ``SettingsInvalid`` where none can be opened."""
    last = min(first + PORTS_TRIED - 1, 65535)
    for port in range(first, last + 1):
        with socket.socket() as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise SettingsInvalid(
        f"No port from {first} to {last} can be opened at {host}. Check HACKGO_HOST, an address of this machine, and "
        "HACKGO_PORT.",
        f"เปิดพอร์ต {first} ถึง {last} ที่ {host} ไม่ได้ โปรดตรวจ HACKGO_HOST ซึ่งต้องเป็นที่อยู่ของเครื่องนี้ และ HACKGO_PORT",
    )


@dataclass
class Running:
    """A supervised product; ``url`` answers once :meth:`wait_ready` returned."""

    settings: Settings
    say: Say
    environ: dict[str, str]
    url: str = ""
    children: list[Child] = field(default_factory=list)

    def start(self) -> None:
        """Start the web server; the others are started by :meth:`follow`."""
        port = free_port(self.settings.host, self.settings.port)
        self.url = f"http://{self.settings.host}:{port}"
        environ = self.environ | {"HACKGO_PORT": str(port)}
        logs = self.settings.run_dir
        self.children = [
            Child("web", ["catalogue.cli", "serve"], environ, logs / "web.log"),
            Child("indexer", ["indexer.cli", "sync", "--follow"], environ, logs / "indexer.log"),
            Child("notices", ["catalogue.cli", "tick", "--follow"], environ, logs / "notices.log"),
        ]
        self.children[0].start()

    def wait_ready(self) -> None:
        """Return when searches are answered; raises TimeoutError, or ``web`` failed with its log's end."""
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            web = self.children[0]
            if is_ready(self.url):
                return
            if web.process is not None and web.process.poll() is not None:
                tail = web.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
                raise ChildProcessError("\n".join(tail))
            time.sleep(0.1)
        raise TimeoutError(f"not ready after {READY_WITHIN_S:.0f} s; see {self.settings.run_dir / 'web.log'}")

    def follow(self) -> None:
        """Start the others: when the index stands, for before that the indexer would wait for its turn."""
        for child in self.children[1:]:
            child.start()

    def keep(self) -> None:
        """Keep the children running until interrupted."""
        while True:
            for child in self.children:
                child.keep_running(self.say)
            time.sleep(0.5)

    def stop(self) -> None:
        """End the children, newest first."""
        for child in reversed(self.children):
            child.stop()


def is_ready(url: str) -> bool:
    """Does the server at this address answer searches?"""
    # httpx reads certificates first, 30 ms each time.
    asked = HTTPConnection(url.removeprefix("http://"), timeout=ANSWERS_WITHIN_S)
    try:
        asked.request("GET", "/readyz")
        return asked.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        asked.close()


def up(
    settings: Settings,
    say: Say,
    prepare: Callable[[], None],
    after_ready: Callable[[str], int] | None,
) -> int:
    """Run the product until Ctrl-C; returns the exit code.

    Args:
        settings: Where the state lies and where to listen.
        say: Tells the person at the terminal what happens.
        prepare: Fills the store and brings the index up to date; runs while the web server starts.
        after_ready: Called with the address, its result is the exit code; None: keep running.
    """
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    address = settings.run_dir / ADDRESS
    with exclusive(settings.run_dir / LOCK) as lock:
        if lock is None:
            return _already_running(address, say, after_ready)
        running = Running(settings, say, environ=os.environ | {"PYTHONUNBUFFERED": "1"})
        _stop_on_signals()
        try:
            running.start()  # it loads dictionary and model while the index is brought up to date
            prepare()
            running.wait_ready()
            running.follow()
            address.write_text(json.dumps({"pid": os.getpid(), "url": running.url}), encoding="utf-8")
            if after_ready:
                return after_ready(running.url)
            say(f"เปิดใช้งานได้ที่ {running.url}  (กด Ctrl-C เพื่อหยุด)", f"Ready at {running.url}  (Ctrl-C stops it)")
            _open_browser(running.url)
            running.keep()
        except KeyboardInterrupt:
            say("กำลังหยุด", "Stopping")
        except (ChildProcessError, TimeoutError) as error:
            say("เริ่มเว็บไม่สำเร็จ:", f"The web server did not start:\n{error}")
            return 1
        finally:
            running.stop()
            address.unlink(missing_ok=True)
    return 0


def running_at(settings: Settings) -> str:
    """The address at which ``up`` serves this state folder now; empty where it does not."""
    address = settings.run_dir / ADDRESS
    with contextlib.suppress(OSError, ValueError, KeyError):  # it begins or ends at this moment, or is somebody else's
        if address.exists():
            with exclusive(settings.run_dir / LOCK) as lock:
                return "" if lock else str(json.loads(address.read_text(encoding="utf-8"))["url"])
    return ""


def _already_running(address: Path, say: Say, after_ready: Callable[[str], int] | None) -> int:
    for _ in range(int(READY_WITHIN_S / 0.2)):  # the other one may still be starting
        try:
            known: dict[str, Any] = json.loads(address.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            time.sleep(0.2)
            continue
        say(f"เปิดอยู่แล้วที่ {known['url']}", f"Already running at {known['url']}")
        return after_ready(known["url"]) if after_ready else 0
    say("มีโปรแกรมอื่นใช้โฟลเดอร์นี้อยู่แต่ยังไม่พร้อม", "Another one holds this state folder but is not ready")
    return 1


def _stop_on_signals() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def _open_browser(url: str, output: TextIO = sys.stdout) -> None:
    """Open a browser where a person sits at a screen, nowhere else."""
    screen = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if screen and output.isatty():
        webbrowser.open(url)
