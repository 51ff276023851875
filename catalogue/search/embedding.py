"""Texts to vectors. The only home of onnxruntime and tokenizers; both are imported when a model is loaded.

`Embedder` is the port. `E5AndUse` is the model that ships in ``catalogue/search/model`` (see MODEL_CARD.md there):
it needs no network, no compiler and no GPU. The other runtime is in sentence_transformer.py; models.py chooses.
"""

import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from catalogue.errors import ModelDamaged
from catalogue.search.index import THREADS

MODEL_FOLDER: Final = Path(__file__).parent / "model"
WEIGHTS: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
USE_WEIGHTS: Final = "use.onnx"
USE_TOKENIZER: Final = "use.json"
JOINT: Final = "joint.onnx"
MANIFEST: Final = "SHA256SUMS"

# The model has 512 positions, <s> and </s> included. A longer passage is read in parts, a longer query to there.
MAX_TOKENS: Final = 512
BLANKS: Final = re.compile(r"\s+")
# E5 was trained with these two words in front (intfloat/multilingual-e5-small, model card).
QUERY_PREFIX: Final = "query: "
PASSAGE_PREFIX: Final = "passage: "
WORD_BEGINS: Final = "\u2581"  # how the tokenizer writes the space before a word
LEAST_STEM: Final = 3
# Of English words, as the tokenizer cuts them off.
ENDINGS: Final = re.compile(
    "e|e?s|ed|[eo]rs?|[tnrl]?ing|(al)?ly|y|it(y|ies)|(i?c|ic?al|ial)s?|t?ive|ative|([st]|at)?ions?|ians?|ments?|ness|i?ous"
    "|[ai]ble|full?|less|ists?|ism|[ao]ry|[ae]n(ce|t)|ate[sd]?|i[sz]ed?|ship|hood|ward|man"
)
# Part of the fingerprint: raise it when the code below makes other vectors from the same files.
EMBEDDING_VERSION: Final = 3


class Embedder(Protocol):
    """Turns queries and passages into vectors whose dot product is their likeness.

    The same text gives the same vector, whatever else is in the call (what ships bit for bit, others ±1e-5). Two
    embedders with the same ``fingerprint`` make the same vectors; another one means that the index must be rebuilt.
    """

    @property
    def model_id(self) -> str:
        """Name of the model, for people."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides the vectors: hexadecimal, 64 characters."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32, shape (len(texts), dimensions), rows of length 1 (±1e-3), in input order; no texts, no rows."""

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `queries`, for the texts that are searched."""


class LoadedModel(Embedder, Protocol):
    """An embedder of ours, with what is told of it to people and asked of its tokenizer."""

    @property
    def runs_on(self) -> str:
        """Runtime, device and threads, in words."""

    @property
    def prefixes(self) -> tuple[str, str]:
        """What stands before a query and before a passage."""

    @property
    def weighs(self) -> int:
        """Bytes of its files."""

    def token_ids(self, text: str) -> list[int]:
        """What the model reads for a text whose prefix stands before it, the ends included."""

    def is_word(self, word: str) -> bool:
        """Is it a common word in some language? Says little about rare words."""


class Words:
    """Common words, as the tokenizer that ships knows them, whichever model embeds."""

    def __init__(self, folder: Path = MODEL_FOLDER) -> None:
        self._folder = folder

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer, loaded when it is first asked for; it cuts what is beyond `MAX_TOKENS`."""
        return _tokenizer(self._folder / TOKENIZER)

    def is_word(self, word: str) -> bool:
        """Is it so common in some language that the model reads it in one piece, or in one and an English ending?

        Of English words with two entries of the golden set or more 86 % are, of those with one 62 %, of misspelt ones
        3 in a hundred (measured once, November 2026).
        """
        first, *rest = self.tokenizer.encode(word, add_special_tokens=False).tokens or [""]
        stem, ending = first.removeprefix(WORD_BEGINS), "".join(rest)
        if stem == first or len(stem) < LEAST_STEM or len(rest) > 1:
            return False
        return not rest or (len(stem) > len(ending) and bool(ENDINGS.fullmatch(ending)))


def readable(text: str) -> str:
    """The text without halves of surrogate pairs: a query may hold one ("\\ud800" in JSON), and none can be encoded."""
    return text.encode("utf-8", "replace").decode("utf-8")


class E5Small(Words):
    """multilingual-e5-small in 8 bits (its word table in 4), cut to Thai and Latin pieces, on onnxruntime.

    Safe to share between threads. The first text loads it: less than half a second, about 190 MB of memory.

    Args:
        threads: Texts that one call embeds at a time, a core each. Vectors do not depend on it.
        folder: Where the model's files lie; every file is checked against the manifest beside it.

    Raises:
        ModelDamaged: A file is missing, or is not the one in the manifest.
    """

    model_id = "multilingual-e5-small-th-en-int8"
    dimensions = 384
    prefixes = (QUERY_PREFIX, PASSAGE_PREFIX)
    files: tuple[str, ...] = (WEIGHTS, TOKENIZER)

    def __init__(self, threads: int = 2, folder: Path = MODEL_FOLDER) -> None:
        self.fingerprint = verify_model(folder, self.files)
        super().__init__(folder)
        self.threads = threads
        self.weighs = sum((folder / name).stat().st_size for name in self.files)

    @property
    def runs_on(self) -> str:
        """As `LoadedModel.runs_on`."""
        import onnxruntime

        return f"onnxruntime {onnxruntime.__version__}, cpu, {self.threads} threads"

    @cached_property
    def _session(self) -> Any:
        return open_session(self._folder / WEIGHTS)

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of what people ask; see `Embedder.queries`."""
        return self._embed(QUERY_PREFIX, texts)

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of what is searched; see `Embedder.passages`. Of a long one, the mean direction of its parts."""
        return self._embed(PASSAGE_PREFIX, texts)

    def parts(self, text: str) -> list[str]:
        """A passage cut into what the model reads at once, at blanks where the last third of a part has any."""
        parts = []
        while text:
            read = self.tokenizer.encode(readable(PASSAGE_PREFIX + text))
            end = len(text)
            if read.overflowing:
                end = max(1, read.offsets[-2][1] - len(PASSAGE_PREFIX))  # of the last token but the end mark
                end = max((blank.end() for blank in BLANKS.finditer(text, end * 2 // 3, end)), default=end)
            parts.append(text[:end])
            text = text[end:]
        return parts

    def token_ids(self, text: str) -> list[int]:
        """What the model reads for a text, prefix and all: at most `MAX_TOKENS` ids, `<s>` and `</s>` included."""
        ids: list[int] = self.tokenizer.encode(readable(text)).ids
        return ids

    def _embed(self, prefix: str, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        if len(texts) == 1:
            return self._read(prefix, texts[0].strip())
        self._load()  # before several threads ask for it
        # One text a run, never a padded batch: neighbours could change a vector, and on a CPU a batch is no faster.
        # Several runs at a time keep every core busy where one run has only single-threaded work.
        with ThreadPoolExecutor(self.threads, thread_name_prefix="embed") as pool:
            return np.concatenate(list(pool.map(lambda text: self._read(prefix, text.strip()), texts)))

    def _load(self) -> None:
        _ = self.tokenizer, self._session

    def _read(self, prefix: str, text: str) -> NDArray[np.float32]:
        parts = self.parts(text) if prefix == PASSAGE_PREFIX else ()
        if len(parts) <= 1:
            return self._embed_one(prefix, text)
        rows = np.concatenate([self._embed_one(prefix, part.strip()) for part in parts])
        mean = np.average(rows, axis=0, weights=[len(part) for part in parts])
        return np.asarray(mean / np.linalg.norm(mean), np.float32)[None]

    def _embed_one(self, prefix: str, text: str) -> NDArray[np.float32]:
        ids = np.array([self.token_ids(prefix + text)], np.int64)
        vector: NDArray[np.float32] = self._session.run(None, {"input_ids": ids})[0]
        return vector


class E5AndUse(E5Small):
    """The model that ships: E5 and Google's universal sentence encoder in one vector, as long as E5's alone.

    ADR 23 has what the second one brings and costs. Args and errors as of `E5Small`; about 260 MB of memory.
    """

    model_id = "e5-small-and-use-th-en-int8"
    files = (WEIGHTS, TOKENIZER, USE_WEIGHTS, USE_TOKENIZER, JOINT)

    @cached_property
    def _use_tokenizer(self) -> Any:
        return _tokenizer(self._folder / USE_TOKENIZER)

    @cached_property
    def _use_session(self) -> Any:
        return open_session(self._folder / USE_WEIGHTS)

    @cached_property
    def _joint(self) -> Any:
        return open_session(self._folder / JOINT)

    @cached_property
    def _aside(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(THREADS, "use")

    def _load(self) -> None:
        super()._load()
        _ = self._use_tokenizer, self._use_session, self._joint, self._aside

    def both(self, prefix: str, text: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The vectors of the two models, shapes (1, 384) and (1, 512), before they are joined."""
        self._load()
        use = self._aside.submit(self._use, text)  # E5 takes long enough to hide it on a second core
        return super()._embed_one(prefix, text), use.result()

    def _embed_one(self, prefix: str, text: str) -> NDArray[np.float32]:
        e5, use = self.both(prefix, text)
        vector: NDArray[np.float32] = self._joint.run(None, {"e5": e5, "use": use})[0]
        return vector

    def _use(self, text: str) -> NDArray[np.float32]:
        ids = np.array([self._use_tokenizer.encode(readable(text)).ids], np.int64)
        vector: NDArray[np.float32] = self._use_session.run(None, {"input_ids": ids})[0]
        return vector


def _tokenizer(file: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def open_session(weights: Path) -> Any:
    """A model of onnxruntime on one core."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One core a run: the engine, which looks for a query's words meanwhile, wants one too, and threads that wait for
    # work spin. docs/adr/0005-embedding-model.md
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])


def verify_model(folder: Path = MODEL_FOLDER, files: tuple[str, ...] = E5AndUse.files) -> str:
    """Fingerprint of these files of the model, after each was hashed and found to be the one in the manifest.

    Raises:
        ModelDamaged: A file is missing or differs; the message names it and the command that repairs it.
    """
    expected = {name: digest for name, digest in _read_manifest(folder).items() if name in files}
    for name, digest in expected.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            raise _damaged(name, "is missing or cannot be read", "หายไปหรืออ่านไม่ได้") from None
        if found != digest:
            raise _damaged(name, "is not the file that we ship", "ไม่ตรงกับไฟล์ต้นฉบับ")
    parts = [f"{name} {digest}" for name, digest in sorted(expected.items())]
    parts += [f"{QUERY_PREFIX}|{PASSAGE_PREFIX}|{MAX_TOKENS}|{EMBEDDING_VERSION}"]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _read_manifest(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / MANIFEST).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise _damaged(MANIFEST, "is missing or cannot be read", "หายไปหรืออ่านไม่ได้") from None
    expected = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    if set(expected) != set(E5AndUse.files):
        raise _damaged(MANIFEST, "is not the file that we ship", "ไม่ตรงกับไฟล์ต้นฉบับ")
    return expected


def _damaged(name: str, en: str, th: str) -> ModelDamaged:
    repair = "git checkout -- catalogue/search/model"
    return ModelDamaged(
        f"The embedding model cannot be loaded: {name} {en}. Repair it with `{repair}`, "
        "or get the project again (clone it or unpack it once more).",
        f"โหลดแบบจำลองภาษาไม่ได้: {name} {th} ให้ซ่อมด้วยคำสั่ง `{repair}` หรือดาวน์โหลดโครงการใหม่ทั้งชุด",
        file=name,
    )
