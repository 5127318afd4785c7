"""Counts over activations, by hand and in parts."""

import numpy as np
import pytest

from workloads.statistics import ActivationStatistics


def test_by_hand() -> None:
    counts = ActivationStatistics()
    counts.add(np.array([[0, -128], [-1, 0]], np.int8))  # 0 to -1: 8 bits; -128 to 0: 1 bit
    counts.add(np.array([[1, 127]], np.int8))  # -1 to 1: 7 bits; 0 to 127: 7 bits
    assert counts.tokens == 3
    assert counts.toggled_bits == 8 + 1 + 7 + 7
    assert {i - 128: int(n) for i, n in enumerate(counts.histogram) if n} == {
        -128: 1, -1: 1, 0: 2, 1: 1, 127: 1,
    }  # fmt: skip
    assert counts.zero_fraction == pytest.approx(2 / 6)


def test_parts_add_up() -> None:
    x = np.random.default_rng(0).integers(-128, 128, (11, 9), np.int8)
    whole, parts = ActivationStatistics(), ActivationStatistics()
    whole.add(x)
    for part in (x[:1], x[1:7], x[7:8], x[8:]):
        parts.add(part)
    assert np.array_equal(whole.histogram, parts.histogram)
    assert (whole.tokens, whole.toggled_bits) == (parts.tokens, parts.toggled_bits)
