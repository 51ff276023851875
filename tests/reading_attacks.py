"""A process that reads the attack files as the server does: `python -m tests.reading_attacks FOLDER`.

Prints for each file the code of its refusal, "" where it was read, or the name of an exception that nobody should see;
and by how many megabytes the process grew at its largest, the files themselves included.
"""

import json
import sys
from pathlib import Path

from catalogue.errors import FileRefused
from catalogue.workbooks.reader import read_tables


def kibibytes(name: str) -> int:
    """A size from the kernel's account of this process. (What getrusage calls the largest is the parent's.)"""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:"))


def main(folder: Path) -> None:
    start = kibibytes("VmRSS")
    codes = {}
    for path in sorted(folder.iterdir()):
        try:
            read_tables(path.read_bytes(), path.name)
            codes[path.name] = ""
        except FileRefused as error:
            codes[path.name] = error.members["code"]
        except Exception as error:  # noqa: BLE001 - what it would be is the question
            codes[path.name] = type(error).__name__
    grown = kibibytes("VmHWM") - start
    print(json.dumps({"codes": codes, "grown_mb": grown / 1024}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
