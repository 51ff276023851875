"""What all commands share: settings, words in both languages, progress, exit codes."""

import os
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from catalogue.errors import CatalogueError
from catalogue.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
# Exit codes: 0 well, 1 the answer is "no" (stale files, broken chain), 2 cannot be done, 3 rows were rejected.
NO, CANNOT, REJECTED = 1, 2, 3


def settings_of_environment() -> Settings:
    """What the environment says; raises ``SettingsInvalid``."""
    return Settings.from_env(os.environ)


def say(th: str, en: str) -> None:
    """One message, a line in each language."""
    print(f"{th}\n{en}", flush=True)


def fail(th: str, en: str) -> NoReturn:
    """End with what cannot be done, a line in each language."""
    print(f"{th}\n{en}", file=sys.stderr)
    sys.exit(CANNOT)


def run(command: Callable[[], object]) -> None:
    """Run a command of ours; errors that a person can act on are two lines, not a trace."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        command()
    except CatalogueError as error:
        fail(error.th, error.en)
    except OSError as error:
        where, why = error.filename or "", error.strerror or error
        fail(
            f"อ่านหรือเขียนไฟล์หรือโฟลเดอร์ไม่ได้: {where} ({why}) โปรดตรวจพื้นที่ว่างของดิสก์และสิทธิ์ของโฟลเดอร์",
            f"A file or folder cannot be read or written: {where} ({why}). Check the free disk space and the folder's "
            "permissions.",
        )


def progress(done: int, total: int) -> None:
    """Show how far long work is, on a terminal; elsewhere only its end."""
    if sys.stderr.isatty() or done == total:
        print(f"\r{done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def progress_of(what: str, done: int, total: int) -> None:
    """As :func:`progress`, for work of several kinds; elsewhere than on a terminal a line for each kind's end."""
    if sys.stderr.isatty() or done == total:
        print(f"\r{what} {done}/{total}\033[K", end="\n" if done == total else "", file=sys.stderr, flush=True)
