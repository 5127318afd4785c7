"""The weights of a checkpoint folder whose tensors have OLMo's own names."""

import numpy as np

from workloads.checkpoint_tensors import CheckpointTensors
from workloads.config import ModelConfig
from workloads.decoder_layer import (
    BitLinear,
    DecoderLayer,
    DecoderWeights,
    Floats,
    make_plain_norm,
)
from workloads.ternary import TernaryMatrix
from workloads.weight_file import put_aside

_PREFIX = "model.transformer."


def read_weights(tensors: CheckpointTensors, config: ModelConfig) -> DecoderWeights:
    """Read every tensor that `config` promises; raises InputError."""
    shape = config.shape
    layers = (
        _read_layer(tensors, config, f"{_PREFIX}blocks.{index}.") for index in range(shape.layers)
    )
    embedding = tensors.read_matrix(f"{_PREFIX}wte.weight", (shape.vocab, shape.hidden))
    head = embedding
    if not shape.tied:
        head = tensors.read_matrix(f"{_PREFIX}ff_out.weight", (shape.vocab, shape.hidden))
    return DecoderWeights(
        embedding=embedding,
        head=head,
        norm=_read_norm(tensors, f"{_PREFIX}ln_f", shape.hidden),
        layers=tuple(put_aside(layers, shape)),
    )


def _read_layer(tensors: CheckpointTensors, config: ModelConfig, prefix: str) -> DecoderLayer:
    # SwiGLU of OLMo's code: the first half of ff_proj's rows is up, the second is gate.
    groups = {
        "att_proj": ("q_proj", "k_proj", "v_proj"),
        "attn_out": ("o_proj",),
        "ff_proj": ("up_proj", "gate_proj"),
        "ff_out": ("down_proj",),
    }
    linears: dict[str, BitLinear] = {}
    for tensor, names in groups.items():
        linears |= _read_linears(tensors, config, f"{prefix}{tensor}.weight", names)
    hidden = config.shape.hidden
    return DecoderLayer(
        linears={name: linears[name] for name in config.shape.projections},
        input_norm=_read_norm(tensors, f"{prefix}attn_norm", hidden),
        post_attention_norm=_read_norm(tensors, f"{prefix}ff_norm", hidden),
    )


def _read_linears(
    tensors: CheckpointTensors, config: ModelConfig, tensor: str, names: tuple[str, ...]
) -> dict[str, BitLinear]:
    """Read one matrix and cut it into the projections whose rows it holds, in this order."""
    sizes = [config.shape.projections[name] for name in names]
    k = sizes[0][1]
    whole, scale = tensors.read_masters(tensor, (sum(n for n, _ in sizes), k))
    norm = make_plain_norm(k)
    if len(names) == 1:
        return {names[0]: BitLinear(tensor=tensor, weight=whole, scale=scale, norm=norm)}
    parts = np.split(whole.unpack(), np.cumsum([n for n, _ in sizes])[:-1])
    return {
        name: BitLinear(
            tensor=f"{tensor}[{name}]",
            weight=TernaryMatrix.from_ternary(part),
            scale=scale,
            norm=norm,
        )
        for name, part in zip(names, parts, strict=True)
    }


def _read_norm(tensors: CheckpointTensors, name: str, size: int) -> Floats:
    """Return a norm's weights; OLMo may have them left out, which stands for ones."""
    if f"{name}.weight" in tensors:
        return tensors.read_norm(name, size)
    return make_plain_norm(size)
