"""What an index was made by. Reader and writer compare it: an index with another fingerprint is rebuilt."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from catalogue import fields
from catalogue.entries import KINDS
from catalogue.search import centres, document
from catalogue.search.analysis import ANALYSIS_VERSION
from catalogue.search.embedded.files import FORMAT
from catalogue.search.embedding import Embedder

LENGTH = 16  # hexadecimal digits, 64 bits: it is a folder's name, and paths are short on Windows


def fingerprint(embedder: Embedder) -> str:
    """The fingerprint of the indexes that this version builds with this embedder: 16 hexadecimal digits."""
    return fingerprint_with(embedder.fingerprint)


@lru_cache(maxsize=8)
def fingerprint_with(model: str) -> str:
    """The same for an embedder that is not loaded, by its own fingerprint."""
    made_by = {
        "mapping": fields.index_mapping(KINDS),
        "kinds": document.SEARCHED_KINDS,
        "analysis": ANALYSIS_VERSION,
        "model": model,
        "centres": centres.bank_version(),
        "format": FORMAT,
        # What goes into a document and how centres are drawn are decided by these two files and by nothing else.
        # Their own text is the version, so that nobody can forget to raise one.
        "code": [_digest(Path(module.__file__)) for module in (document, centres) if module.__file__],
    }
    text = json.dumps(made_by, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
