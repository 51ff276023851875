"""`hackgo bench import`: what planning and committing a long workbook takes, on a store of its own."""

import datetime
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from catalogue.languages import buddhist_year
from catalogue.loading import Upload, dry_run, import_rows, load_sample
from catalogue.settings import SCHEMAS
from catalogue.store.store import Store
from catalogue.uploads import read_upload
from catalogue.vocabulary import read_vocabulary
from catalogue.workbooks.sized import sized_workbook

NAME = "bench.xlsx"


def bench_import(rows: int, owner: str) -> dict[str, Any]:
    """Make a workbook and import it beside the sample catalogue, in a throw-away SQLite database.

    Returns:
        ``rows`` and ``workbook_kb``; ``plan_s``: from the file's bytes to the plan; ``commit_s``: from the bytes to the
        end of the transaction; ``again_s``: the same file once more, which changes nothing; all in seconds of clock.
    """
    vocabulary, at = read_vocabulary(SCHEMAS), datetime.datetime.now(datetime.UTC)
    data = sized_workbook(rows, vocabulary)
    with (
        tempfile.TemporaryDirectory(prefix="hackgo-bench-") as state,
        closing(Store.open(f"sqlite:///{(Path(state) / 'catalogue.db').as_posix()}")) as store,
    ):
        load_sample(store, vocabulary, at)

        def plan() -> dict[str, int]:
            found = read_upload(data, NAME, vocabulary, {})
            return dry_run(found.rows, store, vocabulary, buddhist_year(at), owner).counts()

        def commit() -> dict[str, int]:
            found = read_upload(data, NAME, vocabulary, {})
            upload = Upload(NAME, "0" * 64)
            made = import_rows(
                found.rows,
                store,
                vocabulary,
                actor="bench",
                batch=upload.sha256,
                reason="bench",
                at=at,
                owner=owner,
                upload=upload,
            )
            return made.counts()

        planned, plan_s = _timed(plan)
        written, commit_s = _timed(commit)
        again, again_s = _timed(commit)
    none = {"update": 0, "rejected": 0}
    assert planned == written == {"create": rows, "unchanged": 0, **none}, planned
    assert again == {"create": 0, "unchanged": rows, **none}, again
    return {
        "rows": rows,
        "workbook_kb": round(len(data) / 1024),
        "plan_s": round(plan_s, 2),
        "commit_s": round(commit_s, 2),
        "again_s": round(again_s, 2),
    }


def _timed(work: Callable[[], dict[str, int]]) -> tuple[dict[str, int], float]:
    started = time.perf_counter()
    counts = work()
    return counts, time.perf_counter() - started
