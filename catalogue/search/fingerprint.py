"""What an index was made by. Reader and writer compare it: an index with another fingerprint is rebuilt."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from catalogue import fields
from catalogue.entries import KINDS
from catalogue.errors import IndexNotReady
from catalogue.search import centres, document, excerpts
from catalogue.search.analysis import ANALYSIS_VERSION
from catalogue.search.embedded.files import FORMAT
from catalogue.search.embedding import Embedder
from catalogue.search.index import IndexInfo

LENGTH = 16  # hexadecimal digits, 64 bits: it is a folder's name, and paths are short on Windows
OF_MODEL = 6  # the first of them tell the model alone: vectors of two models cannot be compared


def fingerprint(embedder: Embedder) -> str:
    """The fingerprint of the indexes that this version builds with this embedder: 16 hexadecimal digits."""
    return fingerprint_with(embedder.fingerprint)


def fingerprint_with(model: str) -> str:
    """The same for an embedder that is not loaded, by its own fingerprint."""
    return _of_model(model) + _of_the_rest()


def require_model(info: IndexInfo, model: str) -> None:
    """Raise IndexNotReady unless the index holds vectors of the model with this fingerprint."""
    if not info.fingerprint.startswith(_of_model(model)):
        raise IndexNotReady(
            "The live index was built with another embedding model. Run `hackgo-index rebuild` with the same "
            "HACKGO_MODEL as the web server, or start the web server again with that of the index.",
            "ดัชนีที่ใช้อยู่สร้างด้วยแบบจำลองภาษาอื่น โปรดสั่ง `hackgo-index rebuild` โดยตั้งค่า HACKGO_MODEL ให้ตรงกับเว็บเซิร์ฟเวอร์ "
            "หรือเริ่มเว็บเซิร์ฟเวอร์ใหม่ด้วยค่าเดียวกับดัชนี",
        )


def _of_model(model: str) -> str:
    return hashlib.sha256(model.encode()).hexdigest()[:OF_MODEL]


@lru_cache(maxsize=1)
def _of_the_rest() -> str:
    made_by = {
        "mapping": fields.index_mapping(KINDS),
        "kinds": document.SEARCHED_KINDS,
        "analysis": ANALYSIS_VERSION,
        "centres": centres.bank_version(),
        "format": FORMAT,
        # What goes into a document, how long texts are read and how centres are drawn are decided by these three files
        # and by nothing else.
        # Their own text is the version, so that nobody can forget to raise one.
        "code": [_digest(Path(module.__file__)) for module in (document, excerpts, centres) if module.__file__],
    }
    text = json.dumps(made_by, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[: LENGTH - OF_MODEL]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
