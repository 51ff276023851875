"""Both engines over the sample and real articles: the same totals, facets and first pages?

    python3 run.py drill agree articles.jsonl.gz --articles 3000

The file has one article a line (``lang``, ``title``, ``text``). Both indexes are made and compared by the product's own
commands, with every vector compared and with the graph. Articles are embedded whole, 17 a second; HACKGO_VECTOR_CACHE
keeps their vectors.
"""

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from catalogue.articles import rows
from catalogue.loading import import_rows, load_sample
from catalogue.settings import ROOT, SCHEMAS
from catalogue.store import Store
from catalogue.vocabulary import read_vocabulary
from tests.drills.kill import servers
from tests.opensearch import node

GOLDEN = ROOT / "tests" / "golden" / "queries.jsonl"


def drill(environ: dict[str, str], database_url: str, file: Path, articles: int) -> bool:
    """Print what agrees; True where `hackgo-index compare` is content both times."""
    vocabulary, now = read_vocabulary(SCHEMAS), datetime.datetime.now(datetime.UTC)
    with closing(Store.open(database_url)) as store:
        load_sample(store, vocabulary, now)
        found = list(rows(file, 0, articles))
        import_rows(found, store, vocabulary, actor="drill", batch="articles", reason="drill", at=now)

    def indexer(engine: str, *words: str) -> int:
        command = [sys.executable, "-m", "indexer.cli", *words]
        return subprocess.run(command, env=environ | {"HACKGO_ENGINE": engine}, cwd=ROOT, check=False).returncode

    for engine in ("embedded", "opensearch"):
        assert indexer(engine, "rebuild") == 0
    asked = ("compare", "embedded", "opensearch", "--queries", str(GOLDEN))
    # Both are asked, whatever the first one says.
    return [indexer("opensearch", *asked), indexer("opensearch", *asked, "--graph")] == [0, 0]


def main(words: list[str]) -> int:
    """0 where the engines agree."""
    parser = argparse.ArgumentParser(prog="run.py drill agree", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--articles", type=int, default=3000)
    asked = parser.parse_args(words)
    kept = {name: os.environ[name] for name in ("HACKGO_VECTOR_CACHE",) if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="hackgo-drill-") as folder:
        try:
            with servers("opensearch", "sqlite", Path(folder)) as (environ, url):
                return 0 if drill(environ | kept, url, asked.file, asked.articles) else 1
        except node.Absent as absent:
            print(f"not installed: {absent}", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
