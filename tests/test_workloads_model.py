"""The model against a slow forward pass written from the published definitions, and itself."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import Oracle
from random_checkpoint import RandomCheckpoint

from workloads.checkpoint import SHIPPED, read_checkpoint
from workloads.engine.matmul import matmul_packed
from workloads.errors import InputError
from workloads.kernels import matmul_numpy, matmul_reference
from workloads.model import MatmulEvent, Model, load_model
from workloads.ternary import TernaryMatrix

LLAMA = {"family": "llama", "linear_class": "bitlinear", "activation": "silu"}


def build(tmp_path: Path, **sizes: Any) -> tuple[RandomCheckpoint, Model]:
    source = RandomCheckpoint(**sizes)
    quantize = "absmean" if source.mode == "unsaid" else None
    if source.family == "1bitLLM":
        quantize = None
    return source, Model(read_checkpoint(source.write(tmp_path), quantize=quantize))


def run(model: Model, tokens: list[int], *parts: int) -> tuple[np.ndarray, list[MatmulEvent]]:
    """Run `tokens` in passes of `parts` tokens; return all states and events."""
    cache = model.create_cache()
    events: list[MatmulEvent] = []
    states, start = [], 0
    for part in parts:
        states.append(model.forward(tokens[start : start + part], cache, events.append))
        start += part
    assert start == len(tokens) == cache.length
    return np.concatenate(states), events


@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"kv_heads": 4, "tied": False, "seed": 1},
        {"kv_heads": 1, "activation": "silu", "seed": 2},
        {"heads": 1, "kv_heads": 1, "head_dim": 2, "layers": 3, "intermediate": 5, "seed": 3},
        {"linear_class": "bitlinear", "seed": 4},
        {"mode": "online", "seed": 5},
        LLAMA | {"tied": False, "seed": 6},
        LLAMA | {"inner": "rms_norm", "seed": 7},
        {"family": "1bitLLM", "mode": "unsaid", "activation": "silu", "dtype": "F16", "seed": 8},
        LLAMA | {"mode": "unsaid", "dtype": "F32", "seed": 9},
        LLAMA | {"mode": "unsaid", "inner": "plain", "seed": 10},
    ],
)
def test_logits_and_every_integer_agree_with_the_oracle(
    tmp_path: Path, sizes: dict[str, Any]
) -> None:
    source, model = build(tmp_path, **sizes)
    tokens = np.random.default_rng(source.seed).integers(0, source.vocab, 11).tolist()
    oracle = Oracle(source)
    expected = oracle.logits(tokens)
    states, events = run(model, tokens, 11)
    np.testing.assert_allclose(model.logits(states), expected, rtol=1e-9, atol=1e-9)
    by_name: dict[str, list[list[int]]] = {}
    for name, row in oracle.inputs:
        by_name.setdefault(name, []).append(row)
    assert len(events) == source.layers * 7
    for event in events:
        assert event.x.tolist() == by_name[event.linear.tensor]


def test_prefill_and_decode_agree_bit_for_bit(tmp_path: Path) -> None:
    _, model = build(tmp_path)
    tokens = np.random.default_rng(5).integers(0, 256, 20).tolist()
    whole, whole_events = run(model, tokens, 20)
    for parts in ((1,) * 20, (7, 1, 1, 11), (19, 1)):
        states, events = run(model, tokens, *parts)
        assert np.array_equal(states, whole)
        for index, event in enumerate(whole_events):
            pieces = events[index :: len(whole_events)]
            assert np.array_equal(np.concatenate([piece.x for piece in pieces]), event.x)
            assert np.array_equal(np.concatenate([piece.y for piece in pieces]), event.y)


def test_any_backend_gives_the_same_bits(tmp_path: Path) -> None:
    _, model = build(tmp_path)
    tokens = list(range(30))

    def reference(weight: TernaryMatrix, x: np.ndarray) -> np.ndarray:
        return matmul_reference(x, weight.unpack())

    packed, _ = run(model, tokens, 25, 1, 1, 1, 1, 1)
    for matmul in (matmul_numpy, reference):
        other = Model(model.checkpoint, matmul=matmul)
        states, _ = run(other, tokens, 25, 1, 1, 1, 1, 1)
        assert np.array_equal(states, packed)
        assert np.array_equal(other.logits(states), model.logits(packed))


def test_events(tmp_path: Path) -> None:
    source, model = build(tmp_path)
    _, events = run(model, [1, 2, 3, 4, 5], 3, 1, 1)
    assert len(events) == 3 * source.layers * 7
    names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    assert [event.name for event in events] == names * (3 * source.layers)
    assert [event.layer for event in events[:14]] == [0] * 7 + [1] * 7
    steps = [(event.step, event.phase, event.position) for event in events[::14]]
    assert steps == [(0, "prefill", 0), (1, "decode", 3), (2, "decode", 4)]
    q, k, v, o, gate, up, _ = events[:7]
    assert q.x is k.x is v.x and gate.x is up.x and o.x is not v.x
    for event in events:
        assert np.array_equal(event.y, matmul_packed(event.linear.weight, event.x))
        assert event.scales.dtype == np.float32 and len(event.scales) == len(event.x)
        assert event.linear.tensor.endswith(f".{event.name}.weight")
        assert np.abs(event.x.astype(int)).max() == 127


def test_a_single_token_prompt_is_prefill(tmp_path: Path) -> None:
    _, model = build(tmp_path)
    _, events = run(model, [1, 2], 1, 1)
    assert [event.phase for event in events[::14]] == ["prefill", "decode"]


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([], "tokens must be a list of ints, not float64 (0,)"),
        ([1.5], "tokens must be a list of ints, not float64 (1,)"),
        ([[1]], "tokens must be a list of ints, not int64 (1, 1)"),
        ([3, -1], "tokens must be 0 to 257, not -1 to 3"),
        ([258], "tokens must be 0 to 257, not 258 to 258"),
        ([0] * 61, "tokens must fit in the 60 left of the context, not 61"),
    ],
)
def test_wrong_tokens(tmp_path: Path, tokens: list[Any], message: str) -> None:
    _, model = build(tmp_path)
    cache = model.create_cache()
    model.forward([0] * 4, cache)
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        model.forward(tokens, cache)
    assert (cache.length, cache.steps) == (4, 1)


def test_the_cache_grows_with_the_tokens(tmp_path: Path) -> None:
    _, model = build(tmp_path, context=300)
    tokens = np.random.default_rng(6).integers(0, 256, 300).tolist()
    whole, _ = run(model, tokens, 300)
    cache = model.create_cache()
    rooms, states = [], []
    for start, stop in ((0, 3), (3, 64), (64, 65), (65, 128), (128, 299), (299, 300)):
        states.append(model.forward(tokens[start:stop], cache))
        rooms.append(cache.keys.shape[2])
    assert rooms == [64, 64, 128, 128, 299, 300]
    assert np.array_equal(np.concatenate(states), whole)


def test_cache_capacity(tmp_path: Path) -> None:
    _, model = build(tmp_path)
    cache = model.create_cache(3)
    assert cache.keys.shape == (2, 2, 3, 8)
    with pytest.raises(InputError, match="tokens must fit in the 3 left of the context, not 4"):
        model.forward([1, 2, 3, 4], cache)
    with pytest.raises(InputError, match="capacity must be a positive int, not 0"):
        model.create_cache(0)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_models_agree_with_numpy(name: str) -> None:
    fast = load_model(name)
    slow = load_model(name, matmul=matmul_numpy)
    tokens = fast.tokenizer.encode("And it came to pass, that the king")
    states, _ = run(fast, tokens, len(tokens))
    others, _ = run(slow, tokens, len(tokens))
    assert np.array_equal(states, others)
