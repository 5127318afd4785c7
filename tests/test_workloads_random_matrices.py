"""Random operands: reproducible and of the promised statistics."""

import hashlib
import json
import re
from functools import partial
from typing import Any

import numpy as np
import pytest

from workloads.errors import InputError
from workloads.random_matrices import (
    HISTOGRAMS_JSON,
    _fill_from_table,
    _fill_ternary,
    _mix,
    random_activations,
    random_ternary,
    random_weights,
)
from workloads.shapes import ACTIVATIONS


def split_mix_64(key: int, index: int) -> int:
    mask = 2**64 - 1
    z = (key + (index + 1) * 0x9E3779B97F4A7C15) & mask
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
    return z ^ z >> 31


def test_the_generator_is_split_mix_64() -> None:
    # First outputs for the state 1234567, as published with the reference implementation.
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [split_mix_64(1234567, i) for i in range(3)] == published
    for kernel in (_mix, _mix.py_func):
        with np.errstate(over="ignore"):
            assert [int(kernel(np.uint64(1234567), i)) for i in range(3)] == published


@pytest.mark.parametrize("kernel", [_fill_ternary, _fill_ternary.py_func])
def test_ternary_kernel(kernel: Any) -> None:
    packed = np.empty(50, np.uint8)
    with np.errstate(over="ignore"):
        kernel(packed, np.uint64(99), 20000, 40000)
    for i, byte in enumerate(packed):
        for slot in range(4):
            draw = split_mix_64(99, i) >> 16 * slot & 0xFFFF
            code = 1 if draw < 20000 else 0 if draw < 40000 else 2
            assert byte >> 2 * slot & 3 == code


@pytest.mark.parametrize("kernel", [_fill_from_table, _fill_from_table.py_func])
def test_activation_kernel(kernel: Any) -> None:
    x, table = np.empty(30, np.int8), np.arange(65536).astype(np.int8)
    with np.errstate(over="ignore"):
        kernel(x, np.uint64(5), table)
    expected = [split_mix_64(5, i // 4) >> 16 * (i % 4) & 0xFF for i in range(30)]
    assert (x.view(np.uint8) == expected).all()


def test_weights_are_reproducible() -> None:
    w = random_ternary(70, 90, 0.4, seed=3)
    assert w.dtype == np.int8
    assert np.array_equal(w, random_weights(70, 90, 0.4, seed=3).unpack())
    assert not np.array_equal(w, random_ternary(70, 90, 0.4, seed=4))
    digest = hashlib.sha256(w.tobytes()).hexdigest()
    assert digest == "352209d6660e887b17a2bc2602b49d22f0a0f26604828193b6c31bcee381b6f6"


@pytest.mark.parametrize("fraction", [0.0, 0.366, 0.422, 1.0])
def test_weights_have_the_zero_fraction(fraction: float) -> None:
    w = random_ternary(1000, 1003, fraction, seed=1)
    spread = 5 / np.sqrt(w.size)
    for value, share in ((0, fraction), (-1, (1 - fraction) / 2), (1, (1 - fraction) / 2)):
        assert abs((w == value).mean() - share) <= spread * (0 < share < 1)


def test_weights_are_not_correlated() -> None:
    w = random_ternary(1000, 1000, 0.4, seed=2).astype(float)
    for a, b in ((w[:-1], w[1:]), (w[:, :-1], w[:, 1:]), (w[:250], w[250:500]), (w[:250], w[750:])):
        assert abs((a * b).mean()) < 5 * 0.6 / np.sqrt(a.size)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_are_distributed_as_measured(activation: str) -> None:
    histograms = json.loads(HISTOGRAMS_JSON.read_text())["models"][activation]["histograms"]
    draw = partial(random_activations, activation=activation)
    for name, same in (("q_proj", "v_proj"), ("o_proj", "o_proj"), ("gate_proj", "up_proj"),
                       ("down_proj", "down_proj")):  # fmt: skip
        x = draw(500, 600, same, seed=7)
        assert x.shape == (500, 600)
        shares = np.array(histograms[name]) / np.sum(histograms[name])
        drawn = np.bincount(x.ravel().astype(int) + 128, minlength=256) / x.size
        assert np.abs(drawn - shares).max() < 5 * np.sqrt(shares.max() / x.size) + 2**-16
        assert np.array_equal(x, draw(500, 600, name, seed=7))
    assert not np.array_equal(x, draw(500, 600, "down_proj", seed=8))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random_ternary(0, 3, 0.4, seed=0), "n must be a positive int, not 0"),
        (lambda: random_ternary(3, 0, 0.4, seed=0), "k must be a positive int, not 0"),
        (lambda: random_ternary(3, 3, 1.1, seed=0), "zero_fraction must be from 0 to 1, not 1.1"),
        (lambda: random_ternary(3, 3, None, seed=0), "zero_fraction must be from 0 to 1, not None"),
        (lambda: random_ternary(3, 3, 0.4, seed=-1), "seed must be a non-negative int, not -1"),
        (lambda: random_activations(0, 3, "q_proj", seed=0), "m must be a positive int, not 0"),
        (
            lambda: random_activations(1, 3, "lm_head", seed=0),
            "projection must be one of q_proj, o_proj, gate_proj, down_proj, not 'lm_head'",
        ),
        (
            lambda: random_activations(1, 3, "q_proj", seed=0, activation="gelu"),
            "activation must be one of relu2, silu, not 'gelu'",
        ),
    ],
)
def test_arguments_are_checked(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        call()
