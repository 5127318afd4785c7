"""Random operands of ternary matmuls, seeded, with the statistics of real ones.

Weights are independent, with a given share of zeros and as many -1 as +1. Activations are
independent draws from what those of the shipped model with the same FFN activation were measured to
be, by projection; unlike real ones they do not resemble those of the token before. Every value
depends only on the seed and on where it stands, not on the order of computation.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.compilation import Array, kernel
from workloads.errors import InputError, require_choice, require_int
from workloads.ternary import CODES_PER_BYTE, TernaryMatrix

HISTOGRAMS_JSON = Path(__file__).with_name("activation_histograms.json")
INPUT_OF = {"k_proj": "q_proj", "v_proj": "q_proj", "up_proj": "gate_proj"}
_DRAWS = 1 << 16  # a draw is 16 bits: probabilities are exact to 2**-17


def random_weights(n: int, k: int, zero_fraction: float | None, *, seed: int) -> TernaryMatrix:
    """Return a random w[N, K], packed, each weight zero with probability `zero_fraction`, 0 to 1.

    Raises InputError.
    """
    require_int("n", n)
    require_int("k", k)
    if zero_fraction is None or not 0 <= zero_fraction <= 1:
        raise InputError(f"zero_fraction must be from 0 to 1, not {zero_fraction!r}")
    zeros = round(zero_fraction * _DRAWS)
    packed = np.empty((-(-n // CODES_PER_BYTE), k), np.uint8)
    _fill_ternary(packed.reshape(-1), _make_key(seed), zeros, zeros + (_DRAWS - zeros) // 2)
    return TernaryMatrix(packed=packed, rows=n)


def random_ternary(n: int, k: int, zero_fraction: float | None, *, seed: int) -> NDArray[np.int8]:
    """Return what `random_weights` holds, as int8[N, K] in {-1, 0, +1}; raises InputError."""
    return random_weights(n, k, zero_fraction, seed=seed).unpack()


def random_activations(
    m: int, k: int, projection: str, *, seed: int, activation: str = "silu"
) -> NDArray[np.int8]:
    """Return random x int8[M, K], distributed as a shipped model's inputs of `projection`.

    `projection` is ``q_proj``, ``down_proj`` and so on; `activation`, one of
    `workloads.shapes.ACTIVATIONS`, says which model. Raises InputError.
    """
    x = np.empty(require_int("m", m) * require_int("k", k), np.int8)
    table = _load_table(activation, INPUT_OF.get(projection, projection))
    _fill_from_table(x, _make_key(seed), table)
    return x.reshape(m, k)


def derive_seed(*path: int) -> int:
    """Return a seed from 0 to 2**64 - 1 for each path of non-negative ints."""
    return int(np.random.SeedSequence(path).generate_state(1, np.uint64)[0])


def _make_key(seed: int) -> Any:
    return np.uint64(derive_seed(require_int("seed", seed, 0)))


@cache
def _load_table(activation: str, projection: str) -> NDArray[np.int8]:
    """int8[65536] in which each value stands as often as the histogram says."""
    models = json.loads(HISTOGRAMS_JSON.read_text(encoding="utf-8"))["models"]
    histograms = models[require_choice("activation", activation, models)]["histograms"]
    require_choice("projection", projection, histograms)
    shares = np.cumsum(histograms[projection]) / np.sum(histograms[projection])
    middles = (np.arange(_DRAWS) + 0.5) / _DRAWS
    return (np.searchsorted(shares, middles) - 128).astype(np.int8)


@kernel
def _mix(key: Any, index: int) -> Any:
    """64 random bits for each index: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    z = np.uint64(key) + (np.uint64(index) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def _fill_ternary(packed: Array, key: Any, zeros: int, negatives: int) -> None:
    """packed uint8[R * K]: draws below `zeros` give 0, then below `negatives` -1, else +1."""
    zero, negative = np.uint32(zeros), np.uint32(negatives)
    for i in range(packed.size):
        bits = _mix(key, i)
        byte = np.uint32(0)
        for slot in range(4):
            draw = np.uint32(bits >> np.uint64(16 * slot)) & np.uint32(0xFFFF)
            sign = np.uint32(2) if draw >= negative else np.uint32(0)
            code = np.uint32(1) if draw < zero else sign
            byte |= code << np.uint32(2 * slot)
        packed[i] = byte


@kernel
def _fill_from_table(x: Array, key: Any, table: Array) -> None:
    """x int8[n]: each of four values takes 16 bits of one 64-bit draw."""
    for i in range(x.size):
        bits = _mix(key, i >> 2)
        x[i] = table[(bits >> np.uint64(16 * (i & 3))) & np.uint64(0xFFFF)]
