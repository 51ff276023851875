"""What the scripts that make the model's files share: a graph that grows, 8-bit products, files of the same bytes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

MICROSOFT = "com.microsoft"  # domain of onnxruntime's own operators
# Weights from -63 to 63: two of them times an unsigned 8-bit activation make 2 * 63 * 255 = 32,130, which a 16-bit sum
# holds, so that processors without VNNI (AVX2) do not saturate.
WEIGHT_LIMIT = 63

Numbers = NDArray[np.float32]


class Graph:
    """The nodes and constants of a model while it grows. Methods return the name of what they add."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: Any) -> str:
        """A constant tensor."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: Sequence[str], *outputs: str, domain: str = "", **attributes: Any) -> str:
        """An operator; the first output's name is its own."""
        self.nodes.append(helper.make_node(operator, inputs, outputs, name=outputs[0], domain=domain, **attributes))
        return outputs[0]

    def table(self, halves: NDArray[Any], scale: Numbers, output: str, block: int) -> str:
        """The rows that `input_ids` names of a table in 4 bits: numbers -8 to 7, shape (rows, columns), and a scale for
        each ``block`` of them.
        """
        signed = (halves & 15).astype(np.uint8)  # two's complement
        word = TensorProto(name="word", data_type=TensorProto.INT4, dims=signed.shape)
        word.raw_data = (signed[:, 0::2] | (signed[:, 1::2] << 4)).tobytes()
        self.constants.append(word)
        return self.node(
            "GatherBlockQuantized", ["word", "input_ids", self.constant("word.scale", scale)], output,
            domain=MICROSOFT, block_size=block, gather_axis=0, quantize_axis=1,
        )  # fmt: skip

    def rounded_product(self, x: str, output: str, weights: Numbers, bias: Numbers | None = None) -> str:
        """x times 8-bit weights, shape (inputs, outputs), plus a bias; activations rounded per text."""
        scale = np.abs(weights).max(axis=0) / WEIGHT_LIMIT
        rounded = np.round(weights / scale).astype(np.int8)
        inputs = [x, self.constant(f"{output}.w", rounded), self.constant(f"{output}.scale", scale), ""]
        if bias is not None:
            inputs.append(self.constant(f"{output}.b", bias))
        return self.node("DynamicQuantizeMatMul", inputs, output, domain=MICROSOFT)

    def write(self, path: Path, name: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Writes the model, the same bytes each time."""
        body = helper.make_graph(self.nodes, name, inputs, outputs, self.constants)
        operators = [helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(body, opset_imports=operators, ir_version=10)
        path.write_bytes(model.SerializeToString(deterministic=True))


def tensor(name: str, kind: int, *shape: int | str) -> Any:
    """An input or output of a model."""
    return helper.make_tensor_value_info(name, kind, shape)


def write_tokenizer_file(tokenizer: Any, path: Path) -> None:
    """Writes a tokenizer, the same bytes each time."""
    document = json.loads(tokenizer.to_str(pretty=False))
    path.write_bytes(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))
