"""OLMo's own layout: its keys and tensor names, matrices quantised whole and then cut."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_checkpoint import write_safetensors

from workloads.checkpoint import read_checkpoint
from workloads.config import read_config
from workloads.errors import InputError
from workloads.model import Model

HIDDEN, INTERMEDIATE, HEADS, VOCAB = 16, 20, 2, 40
CONFIG = {
    "model_type": "olmo",
    "ternary": True,
    "activation_type": "swiglu",
    "layer_norm_type": "rms",
    "rope": True,
    "d_model": HIDDEN,
    "n_heads": HEADS,
    "n_layers": 1,
    "mlp_hidden_size": 2 * INTERMEDIATE,
    "vocab_size": 37,
    "embedding_size": VOCAB,
    "max_sequence_length": 32,
    "weight_tying": False,
    "eos_token_id": 36,
}
MATRICES = {
    "att_proj": (3 * HIDDEN, HIDDEN),
    "attn_out": (HIDDEN, HIDDEN),
    "ff_proj": (2 * INTERMEDIATE, HIDDEN),
    "ff_out": (HIDDEN, INTERMEDIATE),
}


def write(folder: Path, affine: bool = True, **changes: Any) -> dict[str, np.ndarray]:
    """Write a random checkpoint; return its tensors without the common prefix."""
    rng = np.random.default_rng(0)
    sizes: dict[str, tuple[int, ...]] = {"wte": (VOCAB, HIDDEN), "ff_out": (VOCAB, HIDDEN)}
    sizes |= {f"blocks.0.{name}": shape for name, shape in MATRICES.items()}
    if affine:
        sizes |= {name: (HIDDEN,) for name in ("ln_f", "blocks.0.attn_norm", "blocks.0.ff_norm")}
    arrays = {name: rng.normal(0, 1, shape).astype("<f4") for name, shape in sizes.items()}
    named = {f"model.transformer.{name}.weight": ("F32", a) for name, a in arrays.items()}
    write_safetensors(folder / "model.safetensors", named)
    (folder / "config.json").write_text(json.dumps(CONFIG | changes))
    return arrays


@pytest.mark.parametrize("affine", [True, False])
def test_matrices_are_quantised_whole_and_cut(tmp_path: Path, affine: bool) -> None:
    arrays = write(tmp_path, affine)
    checkpoint = read_checkpoint(tmp_path)
    (layer,) = checkpoint.weights.layers
    assert list(layer.linears) == list(checkpoint.shape.projections)
    cuts = {
        "att_proj": ("q_proj", "k_proj", "v_proj"),
        "attn_out": ("o_proj",),
        "ff_proj": ("up_proj", "gate_proj"),
        "ff_out": ("down_proj",),
    }
    for name, parts in cuts.items():
        masters = arrays[f"blocks.0.{name}"].astype(np.float64)
        scale = np.abs(masters).mean()
        whole = np.rint(masters / scale).clip(-1, 1)
        for part, expected in zip(parts, np.split(whole, len(parts)), strict=True):
            linear = layer.linears[part]
            assert np.array_equal(linear.weight.unpack(), expected)
            assert linear.scale == pytest.approx(scale, rel=1e-7)
            assert linear.norm is not None and linear.norm.tolist() == [1] * expected.shape[1]
    assert len({linear.tensor for linear in checkpoint.linears}) == 7
    for norm, name in ((layer.input_norm, "attn_norm"), (layer.post_attention_norm, "ff_norm")):
        expected = arrays[f"blocks.0.{name}"] if affine else np.ones(HIDDEN)
        assert np.array_equal(norm, expected)  # type: ignore[arg-type]


def test_it_runs(tmp_path: Path) -> None:
    write(tmp_path)
    model = Model(read_checkpoint(tmp_path))
    events: list[Any] = []
    states = model.forward([1, 2, 3], model.create_cache(), events.append)
    assert np.isfinite(model.logits(states)).all()
    q, k, v, *_ = events
    assert q.x is k.x is v.x


def test_config(tmp_path: Path) -> None:
    write(tmp_path)
    config = read_config(tmp_path / "config.json")
    shape = config.shape
    assert (shape.hidden, shape.intermediate, shape.layers, shape.head_dim) == (16, 20, 1, 8)
    assert (shape.vocab, shape.tied, shape.kv_heads, config.context) == (VOCAB, False, HEADS, 32)
    assert (config.norm_epsilon, config.rope_theta, config.shape.activation) == (1e-5, 1e4, "silu")
    assert (config.begin_token, config.end_tokens) == (None, (36,))
    write(tmp_path, mlp_hidden_size=None, mlp_ratio=8)
    assert read_config(tmp_path / "config.json").shape.intermediate == 64
    for changes, expected in (({"n_kv_heads": 2}, 2), ({"multi_query_attention": True}, 1)):
        write(tmp_path, **changes)
        assert read_config(tmp_path / "config.json").shape.kv_heads == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"ternary": False},
            "ternary must be true in this olmo model, or --quantize absmean be given to make it so",
        ),
        (
            {"layer_norm_type": "default"},
            "layer_norm_type must be 'rms', not 'default'",
        ),
        ({"scale_logits": True}, "scale_logits must be False, not True"),
        ({"alibi": True}, "alibi must be False, not True"),
        ({"mlp_hidden_size": 41}, "mlp_hidden_size must be even for swiglu, not 41"),
        ({"d_model": "x"}, "d_model must be a positive int, not 'x'"),
    ],
)
def test_wrong_fields_are_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    write(tmp_path, **changes)
    path = tmp_path / "config.json"
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}: {message}')}$"):
        read_config(path)


def test_the_users_word(tmp_path: Path) -> None:
    write(tmp_path, ternary=None)
    assert read_checkpoint(tmp_path, quantize="absmean").quantize == "absmean"
