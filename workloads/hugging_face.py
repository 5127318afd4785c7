"""The weights of a checkpoint folder whose tensors have the names of Hugging Face's Llama."""

from workloads.checkpoint_tensors import CheckpointTensors
from workloads.config import ModelConfig
from workloads.decoder_layer import (
    BitLinear,
    DecoderLayer,
    DecoderWeights,
    Floats,
    make_plain_norm,
)
from workloads.layouts import Layout
from workloads.weight_file import put_aside


def read_weights(tensors: CheckpointTensors, config: ModelConfig) -> DecoderWeights:
    """Read every tensor that `config` promises; raises InputError."""
    shape = config.shape
    layers = (_read_layer(tensors, config, f"model.layers.{i}.") for i in range(shape.layers))
    embedding = tensors.read_matrix("model.embed_tokens.weight", (shape.vocab, shape.hidden))
    head = embedding
    if not shape.tied:
        head = tensors.read_matrix("lm_head.weight", (shape.vocab, shape.hidden))
    return DecoderWeights(
        embedding=embedding,
        head=head,
        norm=tensors.read_norm("model.norm", shape.hidden),
        layers=tuple(layers if config.layout.packed else put_aside(layers, shape)),
    )


def _read_layer(tensors: CheckpointTensors, config: ModelConfig, prefix: str) -> DecoderLayer:
    shape, layout = config.shape, config.layout
    plain_norm = layout.by_flag and f"{prefix}input_layernorm.weight" not in tensors
    linears = {}
    for name, (n, k) in shape.projections.items():
        block = "self_attn" if name in ("q_proj", "k_proj", "v_proj", "o_proj") else "mlp"
        norm = make_plain_norm(k) if plain_norm else None
        linears[name] = _read_linear(tensors, layout, f"{prefix}{block}.{name}", n, k, norm)

    def read_norm(name: str | None, size: int) -> Floats | None:
        return None if name is None else tensors.read_norm(prefix + name, size)

    width = shape.heads * shape.head_dim
    attention_norm = layout.attention_norm and f"self_attn.{layout.attention_norm}"
    return DecoderLayer(
        linears=linears,
        input_norm=read_norm(None if plain_norm else "input_layernorm", shape.hidden),
        post_attention_norm=read_norm("post_attention_layernorm", shape.hidden),
        attention_norm=read_norm(attention_norm, width),
        ffn_norm=read_norm(layout.ffn_norm and f"mlp.{layout.ffn_norm}", shape.intermediate),
    )


def _read_linear(
    tensors: CheckpointTensors, layout: Layout, name: str, n: int, k: int, norm: Floats | None
) -> BitLinear:
    if layout.inner_norm is not None:
        norm = tensors.read_norm(f"{name}.{layout.inner_norm}", k)
    tensor = f"{name}.weight"
    if not layout.packed:
        weight, scale = tensors.read_masters(tensor, (n, k))
        return BitLinear(tensor=tensor, weight=weight, scale=scale, norm=norm)
    weight = tensors.read_packed(tensor, n, k)
    stored = tensors.read_scale(f"{tensor}_scale")
    scale = 1 / stored if layout.scale == "divide" else stored
    return BitLinear(tensor=tensor, weight=weight, scale=scale, norm=norm)
