"""Commits a workbook, for the drill that kills it: ``python -m tests.importer_to_kill URL FILE``.

It says "reading", then "writing" when its rows are read and only the plan and the transaction are to come.
"""

import datetime
import sys
from contextlib import closing
from pathlib import Path

from catalogue.loading import import_rows
from catalogue.settings import SCHEMAS
from catalogue.store import Store
from catalogue.uploads import read_files, upload_of
from catalogue.vocabulary import Vocabulary, read_vocabulary


def commit(store: Store, file: Path, vocabulary: Vocabulary) -> dict[str, int]:
    """Import the file, as ``hackgo import --commit`` does."""
    print("reading", flush=True)
    rows, upload, now = read_files([file], vocabulary, {}).rows, upload_of([file]), datetime.datetime.now(datetime.UTC)
    print("writing", flush=True)
    made = import_rows(
        rows, store, vocabulary, actor="cli", batch=upload.sha256, reason="import", at=now, upload=upload
    )
    return made.counts()


if __name__ == "__main__":
    with closing(Store.open(sys.argv[1])) as opened:
        commit(opened, Path(sys.argv[2]), read_vocabulary(SCHEMAS))
