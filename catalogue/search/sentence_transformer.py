"""Any model that sentence-transformers loads, behind the port `Embedder`. The only home of that library.

It is an optional installation (docs/howto/another-model.md) and is imported when such a model is loaded. Once the
model's files are on the machine nothing is asked of the network.
"""

import hashlib
import json
import re
import threading
from collections.abc import Sequence
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalogue.errors import ModelUnavailable
from catalogue.search.embedding import PASSAGE_PREFIX, QUERY_PREFIX, Words, readable

CONFIG: Final = "config_sentence_transformers.json"
INSTALL: Final = "pip install --require-hashes -r requirements-sentence-transformers.lock"
AUTO: Final = "auto"
BATCH: Final = 32
# Part of the fingerprint: raise it when the code below makes other vectors from the same files.
RUNTIME_VERSION: Final = 1
# Names under which models keep what stands before a query and before a passage.
QUERY_PROMPTS: Final = ("query", "search_query", "s2p_query")
PASSAGE_PROMPTS: Final = ("passage", "document", "search_document", "corpus")
# E5 was trained with prefixes that most of its models do not write down; those that follow instructions do.
E5: Final = re.compile(r"(?:^|[-_/\\])e5(?:[-_]|$)", re.IGNORECASE)
MODEL_ID: Final = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)?")
# Other forms of the same weights, and what is no part of a model.
OTHER_FORMS: Final = ("onnx/*", "openvino/*", "*.onnx", "*.h5", "*.msgpack", "*.ot", "*.tflite", "*.md", ".*")


class Prefixes(NamedTuple):
    """What stands before a query and before a passage."""

    query: str
    passage: str


class SentenceTransformerEmbedder(Words):
    """A model of sentence-transformers in 32-bit numbers, on the GPU if there is one. Safe to share between threads.

    In 32 bits everywhere, so that an indexer with a GPU and a web server without one make the same vectors.

    Args:
        model: A folder, or an id that is fetched once and then taken from the cache (``HF_HOME``).
        query_prefix: What stands before a query; "auto": what the model says, else E5's where it is one, else nothing.
        passage_prefix: The same before a passage.
        threads: Cores on which it computes where there is no GPU.

    Raises:
        ModelUnavailable: The library or the model is missing, or the folder holds none.
    """

    def __init__(self, model: str, query_prefix: str = AUTO, passage_prefix: str = AUTO, threads: int = 2) -> None:
        if find_spec("sentence_transformers") is None:
            raise _unavailable(
                f"sentence-transformers is not installed. Install it with `{INSTALL}`, or unset HACKGO_MODEL.",
                f"ยังไม่ได้ติดตั้ง sentence-transformers ให้ติดตั้งด้วย `{INSTALL}` หรือเลิกตั้งค่า HACKGO_MODEL",
            )
        folder = locate(model)
        self.prefixes = prefixes_of(model, folder, query_prefix, passage_prefix)
        self.fingerprint = fingerprint_of(folder, self.prefixes)
        import sentence_transformers
        import torch
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        super().__init__()
        self._turn = threading.Lock()
        torch.set_num_threads(threads)
        try:
            self._model: Any = sentence_transformers.SentenceTransformer(
                str(folder), local_files_only=True, model_kwargs={"dtype": torch.float32}
            )
            first = self._embed(["x"], self.prefixes.query)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError) as error:
            raise _no_model() from error
        self._model.eval()
        self.model_id = Path(model).name if Path(model).is_dir() else model
        self.dimensions = int(first.shape[1])
        device = self._model.device.type
        self.runs_on = f"sentence-transformers {sentence_transformers.__version__}, {device}" + (
            f", {threads} threads" if device == "cpu" else ""
        )
        self.weighs = sum(path.stat().st_size for path in _files(folder))

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of what people ask; see `Embedder.queries`."""
        return self._embed(texts, self.prefixes.query)

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of what is searched; see `Embedder.passages`."""
        return self._embed(texts, self.prefixes.passage)

    def token_ids(self, text: str) -> list[int]:
        """What the model reads for a text whose prefix stands before it, the ends included."""
        with self._turn:
            ids = self._model.tokenizer(readable(text), truncation=True, max_length=self._model.max_seq_length)
        return list(ids["input_ids"])

    def _embed(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        with self._turn:  # its tokenizer cannot be asked by two threads at once, and one call uses every core
            rows = self._model.encode(
                [readable(text).strip() for text in texts],
                prompt=prefix,  # not written before the text: some models leave it out of the mean
                batch_size=BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(rows, np.float32)


def locate(model: str) -> Path:
    """The folder that holds a model: the one named, or that of an id in the cache, fetched there if need be.

    Raises ModelUnavailable where it is neither.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        if not any((folder / name).is_file() for name in ("modules.json", "config.json")):
            raise _no_model()
        return folder
    if not MODEL_ID.fullmatch(model):
        raise _unavailable(
            "there is no such folder. Check HACKGO_MODEL: a folder of sentence-transformers, or an id such as "
            "intfloat/multilingual-e5-base.",
            "ไม่พบโฟลเดอร์นี้ โปรดตรวจสอบ HACKGO_MODEL: ต้องเป็นโฟลเดอร์ของ sentence-transformers หรือรหัสแบบจำลอง เช่น "
            "intfloat/multilingual-e5-base",
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    ignored = list(OTHER_FORMS)
    try:
        return Path(snapshot_download(model, local_files_only=True, ignore_patterns=ignored))
    except LocalEntryNotFoundError:
        pass
    try:
        return Path(snapshot_download(model, ignore_patterns=ignored))
    except (OSError, ValueError) as error:
        raise _unavailable(
            "it is no folder, is not in the cache, and could not be fetched. Fetch it where there is a network and "
            "name its folder in HACKGO_MODEL.",
            "ไม่ใช่โฟลเดอร์ ไม่มีในแคช และดาวน์โหลดไม่ได้ โปรดดาวน์โหลดจากเครื่องที่มีเครือข่าย แล้วระบุโฟลเดอร์ใน HACKGO_MODEL",
        ) from error


def prefixes_of(model: str, folder: Path, query: str = AUTO, passage: str = AUTO) -> Prefixes:
    """What stands before texts: what is given, else what the folder says, else E5's where the name says so, else ""."""
    try:
        prompts = json.loads((folder / CONFIG).read_text("utf-8")).get("prompts") or {}
    except FileNotFoundError:
        prompts = {}
    except (OSError, ValueError, AttributeError):
        raise _no_model() from None
    if not any(prompts.values()) and E5.search(model) and "instruct" not in model.lower():
        prompts = {"query": QUERY_PREFIX, "passage": PASSAGE_PREFIX}

    def own(names: Sequence[str]) -> str:
        return next((str(prompts[name]) for name in names if prompts.get(name)), "")

    return Prefixes(
        own(QUERY_PROMPTS) if query == AUTO else query, own(PASSAGE_PROMPTS) if passage == AUTO else passage
    )


def fingerprint_of(folder: Path, prefixes: Prefixes) -> str:
    """Hash of a model's files and prefixes: what `Embedder.fingerprint` is, without loading it."""
    parts = [f"sentence-transformers {RUNTIME_VERSION}", json.dumps(prefixes)]
    for path in _files(folder):
        with path.open("rb") as file:
            parts.append(f"{path.relative_to(folder).as_posix()} {hashlib.file_digest(file, 'sha256').hexdigest()}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _files(folder: Path) -> list[Path]:
    """The files that make a model, in the order of their names; of weights in two forms the one that is loaded."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        unread = path.suffix == ".bin" and any(path.parent.glob("*.safetensors"))
        if path.is_file() and not hidden and not unread and not any(fnmatch(name.as_posix(), f) for f in OTHER_FORMS):
            found.append(path)
    return found


def _no_model() -> ModelUnavailable:
    return _unavailable(
        "its folder holds no model that sentence-transformers can load without code of the model's own.",
        "โฟลเดอร์ไม่มีแบบจำลองที่ sentence-transformers โหลดได้โดยไม่ใช้โค้ดของแบบจำลองเอง",
    )


def _unavailable(en: str, th: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The embedding model of HACKGO_MODEL cannot be used: {en}", f"ใช้แบบจำลองใน HACKGO_MODEL ไม่ได้: {th}"
    )
