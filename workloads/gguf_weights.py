"""The weights of a GGUF file of the architectures that gguf_config.py knows."""

import numpy as np

from workloads.config import ModelConfig
from workloads.decoder_layer import BitLinear, DecoderLayer, DecoderWeights, Floats
from workloads.gguf_config import INTERLEAVED
from workloads.gguf_tensors import GgufTensors, Order
from workloads.weight_file import put_aside

_NAMES = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}


def read_weights(tensors: GgufTensors, config: ModelConfig) -> DecoderWeights:
    """Read every tensor that `config` promises; raises InputError."""
    shape = config.shape
    layers = (_read_layer(tensors, config, f"blk.{index}.") for index in range(shape.layers))
    embedding = tensors.read_matrix("token_embd.weight", (shape.vocab, shape.hidden))
    head = embedding
    if not shape.tied:
        head = tensors.read_matrix("output.weight", (shape.vocab, shape.hidden))
    return DecoderWeights(
        embedding=embedding,
        head=head,
        norm=tensors.read_norm("output_norm", shape.hidden),
        layers=tuple(put_aside(layers, shape)),
    )


def _read_layer(tensors: GgufTensors, config: ModelConfig, prefix: str) -> DecoderLayer:
    shape, layout = config.shape, config.layout
    linears = {}
    for name, size in shape.projections.items():
        tensor = prefix + _NAMES[name]
        order: Order = slice(None)
        if layout.name == INTERLEAVED and name in ("q_proj", "k_proj"):
            tensors.check(f"{tensor}.weight", size)  # else the file says how long the order is
            order = undo_interleaving(size[0], shape.head_dim)
        weight, scale = tensors.read_ternary(tensor, size, order, quantize=not layout.packed)
        linears[name] = BitLinear(tensor=f"{tensor}.weight", weight=weight, scale=scale)

    def read_norm(name: str | None, size: int) -> Floats | None:
        return None if name is None else tensors.read_norm(prefix + name, size)

    return DecoderLayer(
        linears=linears,
        input_norm=read_norm("attn_norm", shape.hidden),
        post_attention_norm=read_norm("ffn_norm", shape.hidden),
        attention_norm=read_norm(layout.attention_norm, shape.heads * shape.head_dim),
        ffn_norm=read_norm(layout.ffn_norm, shape.intermediate),
    )


def undo_interleaving(rows: int, head_dim: int) -> Order:
    """Return where the file has each row: a head's rows i and i + D/2 stand side by side there."""
    return np.arange(rows).reshape(-1, head_dim // 2, 2).swapaxes(1, 2).reshape(-1)
