"""Reads uploaded files: from the outside, where nothing of a file is parsed.

A child process parses (child.py). It gets the bytes, not the server's secrets, and may use so much memory and time;
whatever it does, the server lives on and the uploader is told what to do. Tested by tests/test_workbook_reading.py and
tests/test_attack_files.py.
"""

import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
from threading import BoundedSemaphore
from typing import Any

from catalogue.errors import FileRefused, ReaderBusy
from catalogue.headers import all_titles
from catalogue.privacy import redacted
from catalogue.settings import PREFIX, ROOT
from catalogue.workbooks import limits
from catalogue.workbooks.refusals import refused
from catalogue.workbooks.table import Table, unpacked

log = logging.getLogger(__name__)
LONGEST_NAME = 100
_free = BoundedSemaphore(limits.READERS)


def read_tables(data: bytes, name: str) -> tuple[Table, ...]:
    """The tables of an XLSX, CSV, JSON or JSON Lines file, or of a pasted table.

    Args:
        data: The file, not larger than ``Settings.upload_mb``.
        name: Its name, or "" for a pasted table; shown, and never used as a path.

    Raises:
        FileRefused: It cannot be read or is not safe to read; the member ``code`` is a key of ``REFUSALS``.
        ReaderBusy: Other files are being read.
    """
    shown = display_name(name)
    return tuple(map(unpacked, json.loads(in_child({"name": shown}, data))))


def display_name(name: str) -> str:
    """The name of an upload as it may be kept and shown: its last part, nothing invisible, nothing personal."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(ch for ch in last if unicodedata.category(ch) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    stem, ending = os.path.splitext(" ".join(visible.split()))
    # First without the ending, which would pass for the end of an e-mail address.
    return redacted(redacted(stem) + ending)[-LONGEST_NAME:]


def in_child(request: dict[str, Any], data: bytes) -> bytes:
    """What the child process makes of the file; raises ``FileRefused`` or ``ReaderBusy``."""
    if not _free.acquire(timeout=limits.WAIT_S):
        raise ReaderBusy(
            "Other files are being read. Upload yours again in a few seconds.",
            "ระบบกำลังอ่านไฟล์อื่นอยู่ โปรดอัปโหลดใหม่ในอีกไม่กี่วินาที",
        )
    try:
        return _asked(json.dumps({**request, "titles": all_titles()}).encode() + b"\n" + data)
    finally:
        _free.release()


def _asked(message: bytes) -> bytes:
    # A file takes the answer, so that the child's limit on file sizes holds for it, however much it writes. The folder
    # takes what openpyxl puts beside, also when the child is killed.
    with tempfile.TemporaryDirectory(prefix="hackgo-") as folder, tempfile.TemporaryFile() as answer:
        child = subprocess.Popen(
            [sys.executable, "-m", "catalogue.workbooks.child"],
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=subprocess.DEVNULL,  # a trace may quote the file
            cwd=ROOT,
            env=_environment(folder),
        )
        try:
            child.communicate(message, timeout=limits.WALL_S)
        except subprocess.TimeoutExpired as error:
            child.kill()
            child.communicate()
            log.warning("workbook.reader_late")
            raise refused("too-heavy") from error
        answer.seek(0)
        return _made(child.returncode, answer.readline(), answer.read())


def _made(exit_code: int, first_line: bytes, rest: bytes) -> bytes:
    if exit_code != 0:
        log.warning("workbook.reader_failed", extra={"exit_code": exit_code})
        # A signal: it went beyond its time. Any other exit code: the file made it fail.
        raise refused("too-heavy" if exit_code < 0 or exit_code == limits.NO_MEMORY else "damaged")
    problem = json.loads(first_line)
    if problem:
        raise FileRefused(problem.pop("en"), problem.pop("th"), **problem)
    return rest


def _environment(folder: str) -> dict[str, str]:
    """The environment without our settings, some of which are secrets, and with a folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "PG"))}
    return kept | {"TMPDIR": folder, "TEMP": folder, "TMP": folder, "PYTHONUTF8": "1"}
