"""Makes a folder of sentence-transformers in 32-bit numbers from the model that ships.

    python -m catalogue.search.model.checkpoint FOLDER

What it is for: to prove that the two runtimes agree (tests/test_sentence_transformer.py), to compare their speed
(`hackgo bench embed`), and to fine-tune from. Wants the optional installation (docs/howto/another-model.md).
8-bit and 4-bit weights become the numbers that they stand for; activations, which our runtime rounds, are not rounded.
"""

import argparse
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalogue.search.embedding import MAX_TOKENS, MODEL_FOLDER, PASSAGE_PREFIX, QUERY_PREFIX, TOKENIZER, WEIGHTS

BLOCK = 32  # 4-bit numbers that share a scale (build.py)
Numbers = NDArray[np.float32]


def write_checkpoint(folder: Path) -> None:
    """Writes about 270 MB into a folder, made if need be: weights, tokenizer, mean pooling, length 1, prefixes."""
    from safetensors.numpy import save_file

    tensors = _read_tensors(MODEL_FOLDER / WEIGHTS)
    words = _of_blocks(tensors["word"].astype(np.int8), tensors["word.scale"])
    hidden, layers = words.shape[1], sum(name.endswith(".qkv.w") for name in tensors)
    weights = {
        "embeddings.word_embeddings.weight": words,
        # The vector of type 0 was added to the positions when the model was made.
        "embeddings.position_embeddings.weight": tensors["position"],
        "embeddings.token_type_embeddings.weight": np.zeros((1, hidden), np.float32),
        **_pair("embeddings.LayerNorm", tensors, "emb.ln"),
        # BERT's class has a pooler, which the mean does not ask.
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    for number in range(layers):
        weights |= _layer(tensors, f"l{number}", f"encoder.layer.{number}")
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: np.ascontiguousarray(value, np.float32) for name, value in weights.items()},
        folder / "model.safetensors",
        {"format": "pt"},
    )
    shutil.copyfile(MODEL_FOLDER / TOKENIZER, folder / TOKENIZER)
    for name, document in _documents(len(words), hidden, layers, weights).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(document, indent=2) + "\n", "utf-8", newline="\n")


def _read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    import onnx

    constants = onnx.load(str(path)).graph.initializer
    return {constant.name: onnx.numpy_helper.to_array(constant) for constant in constants}


def _layer(tensors: Mapping[str, NDArray[Any]], ours: str, theirs: str) -> dict[str, Numbers]:
    found = {
        **_pair(f"{theirs}.attention.output.LayerNorm", tensors, f"{ours}.aln"),
        **_pair(f"{theirs}.output.LayerNorm", tensors, f"{ours}.oln"),
    }
    biases = {f"{ours}.qkv": tensors[f"{ours}.qkv.b"]}
    products = {f"{ours}.qkv": _of_product(tensors, f"{ours}.qkv")}
    for part, name in enumerate(("query", "key", "value")):
        rows = len(biases[f"{ours}.qkv"]) // 3
        found[f"{theirs}.attention.self.{name}.weight"] = products[f"{ours}.qkv"][part * rows : (part + 1) * rows]
        found[f"{theirs}.attention.self.{name}.bias"] = biases[f"{ours}.qkv"][part * rows : (part + 1) * rows]
    for mine, name in (("attended", "attention.output"), ("wide", "intermediate"), ("narrow", "output")):
        found[f"{theirs}.{name}.dense.weight"] = _of_product(tensors, f"{ours}.{mine}")
        found[f"{theirs}.{name}.dense.bias"] = tensors[f"{ours}.{mine}.b"]
    return found


def _pair(theirs: str, tensors: Mapping[str, NDArray[Any]], ours: str) -> dict[str, Numbers]:
    """Scale and shift of a layer normalisation."""
    return {f"{theirs}.weight": tensors[f"{ours}.w"], f"{theirs}.bias": tensors[f"{ours}.b"]}


def _of_product(tensors: Mapping[str, NDArray[Any]], name: str) -> Numbers:
    """The weights of a product, shape (outputs, inputs), whether they are kept in 8 bits or in 4."""
    weights, scale = tensors[f"{name}.w"], tensors[f"{name}.scale"]
    if weights.dtype == np.int8:
        return np.asarray(weights.T * scale[:, None], np.float32)
    halves = np.stack([weights & 15, weights >> 4], axis=-1).reshape(len(weights), -1).astype(np.int8) - 8
    return _of_blocks(halves, scale.reshape(len(weights), -1))


def _of_blocks(numbers: NDArray[np.int8], scales: NDArray[Any]) -> Numbers:
    blocks = numbers.reshape(len(numbers), -1, BLOCK) * scales.astype(np.float32)[:, :, None]
    return np.asarray(blocks.reshape(len(numbers), -1), np.float32)


def _documents(vocabulary: int, hidden: int, layers: int, weights: Mapping[str, Numbers]) -> dict[str, Any]:
    """The files that tell sentence-transformers what the weights are."""
    home = "sentence_transformers.models"
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": vocabulary,
            "hidden_size": hidden,
            "num_hidden_layers": layers,
            "num_attention_heads": 12,
            "intermediate_size": len(weights["encoder.layer.0.intermediate.dense.bias"]),
            "hidden_act": "gelu",
            "layer_norm_eps": 1e-12,
            "max_position_embeddings": MAX_TOKENS,
            "type_vocab_size": 1,
            "pad_token_id": 1,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            "model_input_names": ["input_ids", "attention_mask"],
            "clean_up_tokenization_spaces": False,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{home}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{home}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{home}.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "config_sentence_transformers.json": {
            "prompts": {"query": QUERY_PREFIX, "passage": PASSAGE_PREFIX},
            "similarity_fn_name": "cosine",
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    write_checkpoint(parser.parse_args().folder)
