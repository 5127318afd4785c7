"""What a GGUF file's metadata says of its model."""

from typing import Any

import numpy as np

from workloads.config import ModelConfig, parse_config
from workloads.errors import InputError, require_choice
from workloads.gguf_file import GgufFile
from workloads.layouts import QUANTIZERS, Layout

# architecture -> its gate and whether it has norms before attn_output and ffn_down. What llama.cpp
# and its forks compute for it, as the file does not say. llama interleaves the pairs of rotary
# positions, so that the rows of its q and k stand in another order.
_ARCHITECTURES = {
    "llama": ("silu", False),
    "bitnet": ("silu", True),
    "bitnet-b1.58": ("relu2", True),
    "bitnet-25": ("relu2", True),  # what the first files of bitnet-b1.58-2B-4T call it
}
INTERLEAVED = "llama gguf"
_KEYS = {
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "num_hidden_layers": "block_count",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
    "head_dim": "attention.key_length",
    "max_position_embeddings": "context_length",
    "rms_norm_eps": "attention.layer_norm_rms_epsilon",
}


# key -> the only value, beside 0 for none, that is computed here
_FIXED = {"expert_count": 0, "rope.scaling.factor": 1, "attention.sliding_window": 0}


def parse_metadata(file: GgufFile, quantize: str | None) -> ModelConfig:
    """Return the model's settings; raises InputError, in one line that names file and key."""
    try:
        return _parse(file, quantize)
    except InputError as error:
        raise InputError(f"{file.path}: {error}") from None


def _parse(file: GgufFile, quantize: str | None) -> ModelConfig:
    def find(key: str, default: Any = None) -> Any:
        value = file.metadata.get(key, default)
        if isinstance(value, np.ndarray | list):
            raise InputError(f"{key} must be one value, not an array of {len(value)}")
        return value

    kind = require_choice("general.architecture", find("general.architecture"), _ARCHITECTURES)
    if quantize is not None:
        require_choice("quantize", quantize, QUANTIZERS)
    activation, sub_norms = _ARCHITECTURES[kind]
    for key, value in _FIXED.items():
        if (given := find(f"{kind}.{key}", value)) not in (0, value):
            raise InputError(f"{kind}.{key} must be {value}, not {given!r}")
    fields: dict[str, Any] = {ours: find(f"{kind}.{theirs}") for ours, theirs in _KEYS.items()}
    fields |= {
        "hidden_act": activation,
        "rope_theta": find(f"{kind}.rope.freq_base", 10000.0),  # llama.cpp's default
        "bos_token_id": find("tokenizer.ggml.bos_token_id"),
        "eos_token_id": find("tokenizer.ggml.eos_token_id"),
        "vocab_size": file.tensors["token_embd.weight"].shape[0]
        if "token_embd.weight" in file
        else find(f"{kind}.vocab_size"),
        "tie_word_embeddings": "output.weight" not in file,
    }
    layout = Layout(
        name=f"{kind} gguf",
        packed=quantize is None,
        attention_norm="attn_sub_norm" if sub_norms else None,
        ffn_norm="ffn_sub_norm" if sub_norms else None,
    )
    config = parse_config(fields, file.path.stem, layout)
    rotated = find(f"{kind}.rope.dimension_count", config.shape.head_dim)
    if rotated != config.shape.head_dim:
        raise InputError(
            f"{kind}.rope.dimension_count must be head_dim = {config.shape.head_dim}, not {rotated}"
        )
    return config
