"""How many adds and multiplies a matmul takes, as BitNet (arXiv 2310.11453, eqs. 16 to 18) counts.

Every function takes tokens as an int or as an array of ints, and answers in kind.
"""

from typing import Any, NamedTuple

import numpy as np

from energy.quantities import Count, Energy, check_count
from workloads.errors import InputError, require_int


class Operations(NamedTuple):
    """Numbers of adds and multiplies: ints, averages where products are skipped, or arrays."""

    adds: Energy
    muls: Energy


def count_linear(tokens: Any, n: int, k: int, *, zero_fraction: float = 0.0) -> Operations:
    """Count a matmul (tokens, N, K): for each output K products and K - 1 adds (eqs. 16 and 17).

    A product with a zero weight is skipped together with its add: of K there remain
    (1 - zero_fraction) K on average, 0 at least.

    >>> count_linear(2, 3, 4)
    Operations(adds=18, muls=24)
    """
    if not 0 <= zero_fraction <= 1:
        raise InputError(f"zero_fraction must be from 0 to 1, not {zero_fraction!r}")
    outputs = check_count("tokens", tokens) * n
    if not zero_fraction:
        return Operations(adds=outputs * (k - 1), muls=outputs * k)
    products = k * (1 - zero_fraction)
    return Operations(adds=outputs * max(products - 1, 0.0), muls=outputs * products)


def count_scales(tokens: Any, n: int, k: int) -> Count:
    """Count the multiplies that scale a quantised matmul's inputs and outputs (eq. 18)."""
    return check_count("tokens", tokens) * (k + n)


def count_dequantized(tokens: Any, n: int, k: int) -> Count:
    """Count the multiplies that make floats of quantised weights: once a pass, none for none."""
    tokens = check_count("tokens", tokens)
    return (
        n * k * np.minimum(tokens, 1) if isinstance(tokens, np.ndarray) else n * k * min(tokens, 1)
    )


def count_attention(tokens: Any, context: Any, heads: int, head_dim: int) -> Operations:
    """Count one layer's two attention products, `tokens` queries over `context` positions each.

    The full square in a prefill, and head_dim - 1 adds in both products, as the papers have it.
    """
    pairs = check_count("tokens", tokens) * check_count("context", context)
    return Operations(adds=2 * pairs * heads * (head_dim - 1), muls=2 * pairs * heads * head_dim)


def accumulator_width(k: int, largest_product: int = 128) -> int:
    """Return the bits of an exact sum of `k` products.

    `largest_product` is 128 for int8 activations with ternary weights, 128^2 with int8 weights.

    >>> accumulator_width(6912), accumulator_width(8640)
    (21, 22)
    """
    return (largest_product * require_int("k", k)).bit_length() + 1
