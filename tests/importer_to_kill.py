"""Commits a workbook, for the drill that kills it: ``python -m tests.importer_to_kill URL FILE [STEP]``.

It says ``read`` when its rows are read and only the plan and the transaction are to come. With a step it dies there
(tests/steps.py); ``planned`` is one of them.
"""

import datetime
import sys
from contextlib import closing
from pathlib import Path

from catalogue import loading
from catalogue.imports import Plan
from catalogue.settings import SCHEMAS
from catalogue.store import Store
from catalogue.uploads import read_files, upload_of
from catalogue.vocabulary import Vocabulary, read_vocabulary
from tests.curating import OWNER
from tests.steps import Done, kill_at


def commit(store: Store, file: Path, vocabulary: Vocabulary, done: Done) -> dict[str, int]:
    """Import the file for an organisation, as ``hackgo import --as … --commit`` does."""
    rows, upload, now = read_files([file], vocabulary, {}).rows, upload_of([file]), datetime.datetime.now(datetime.UTC)
    done("read")
    made = loading.import_rows(
        rows, store, vocabulary, actor="cli", batch=upload.sha256, reason="import", at=now, owner=OWNER, upload=upload
    )
    return made.counts()


def _say(step: str) -> None:
    print(step, flush=True)


def _stop_at(step: str) -> Done:
    done, make_plan = kill_at(step), loading.make_plan

    def planned(*words: object, **more: object) -> Plan:
        made = make_plan(*words, **more)  # type: ignore[arg-type]
        done("planned")
        return made

    loading.make_plan = planned
    return done


if __name__ == "__main__":
    url, file, *steps = sys.argv[1:]
    with closing(Store.open(url)) as opened:
        commit(opened, Path(file), read_vocabulary(SCHEMAS), _stop_at(steps[0]) if steps else _say)
