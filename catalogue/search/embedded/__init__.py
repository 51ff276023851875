"""The engine that needs no server: tantivy for terms, a vector file scanned exactly, an entry log.

FOLDER/live.json               names the live generation; replaced by os.replace, which is the promotion
FOLDER/<name>/header.json      format, fingerprint, centres; written once
              entries.jsonl    what each slot holds, deletions; append only
              vectors.f32      one row per slot, centred; append only
              terms/           tantivy: terms and filters of each slot, and the commit record

One write appends to entries.jsonl and vectors.f32, forces them to disk, and then commits tantivy with a commit record:
how many bytes, slots and which revision count. That commit alone makes a write visible, so a process may be killed
anywhere: bytes beyond the record are never read, and the next write lays its own over them. Readers are other
processes: they look at two file times per request and extend what they hold by the new records.
Only importer of tantivy.
"""

from catalogue.search.embedded.reader import EmbeddedReader
from catalogue.search.embedded.writer import EmbeddedWriter

__all__ = ["EmbeddedReader", "EmbeddedWriter"]
