"""Commits a workbook again and again, for the drill that kills it: ``python -m tests.importer_to_kill URL FILE``.

Its rows are read once, so that a run is work on the store from its first millisecond; it says ``began`` then, and
``planned`` when it has planned them.
"""

import datetime
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from catalogue import loading
from catalogue.imports import Plan, Row
from catalogue.loading import Upload
from catalogue.settings import SCHEMAS
from catalogue.store import Store
from catalogue.uploads import read_files, upload_of
from catalogue.vocabulary import Vocabulary, read_vocabulary
from tests.curating import OWNER
from tests.steps import Done, serve


def commit(store: Store, rows: Sequence[Row], upload: Upload, vocabulary: Vocabulary) -> dict[str, int]:
    """Import the rows for an organisation, as ``hackgo import --as … --commit`` does."""
    now = datetime.datetime.now(datetime.UTC)
    made = loading.import_rows(
        rows, store, vocabulary, actor="cli", batch=upload.sha256, reason="import", at=now, owner=OWNER, upload=upload
    )
    return made.counts()


def main(url: str, file: Path) -> None:
    vocabulary = read_vocabulary(SCHEMAS)
    rows, upload = read_files([file], vocabulary, {}).rows, upload_of([file])

    def work(_name: str, done: Done, watch: Callable[[], None]) -> None:
        with closing(Store.open(url)) as store:
            watch()
            make_plan = loading.make_plan

            def planned(*words: Any, **more: Any) -> Plan:
                made = make_plan(*words, **more)
                done("planned")
                return made

            loading.make_plan = planned
            done("began")
            commit(store, rows, upload, vocabulary)

    serve(work)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
