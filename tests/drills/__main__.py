"""Runs the drill that is named first; the other words are its own."""

import importlib
import sys
from pathlib import Path

NAMES = sorted(file.stem.replace("_", "-") for file in Path(__file__).parent.glob("[a-z]*.py"))


def main(words: list[str]) -> int:
    if not words or words[0] not in NAMES:
        print(f"usage: python3 run.py drill {' | '.join(NAMES)} [--help]", file=sys.stderr)
        return 2
    drill = importlib.import_module(f"tests.drills.{words[0].replace('-', '_')}")
    return int(drill.main(words[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
