"""A real spreadsheet program, which opens what we write."""

import csv
import shutil
import subprocess
from pathlib import Path

from tests.conftest import absent


def opened(data: bytes, folder: Path) -> dict[str, list[list[str]]]:
    """What LibreOffice shows in each sheet of a workbook; skips, or fails where it is required, without it."""
    program = shutil.which("soffice")
    if program is None:
        absent("libreoffice", "install LibreOffice Calc so that soffice is on the PATH")
    (folder / "book.xlsx").write_bytes(data)
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, "--headless", profile, "--convert-to", every_sheet, "--outdir", str(folder), "book.xlsx"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=600)
    shown = {}
    for path in folder.glob("book-*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            shown[path.stem.removeprefix("book-")] = list(csv.reader(lines))
    return shown
