"""Rates of a trace: their range, and what they scale."""

import pytest

from energy.activity import Activity
from workloads.errors import InputError

RATES = {
    "zero_weights": 0.4,
    "zero_activations": 0.1,
    "input_toggle_rate": 0.5,
    "operand_toggle_rate": 0.2,
}


def test_logic_is_scaled_against_random_bits():
    assert Activity(**RATES, source="made up").logic_scale == 0.4


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_is_from_0_to_1(name, rate):
    with pytest.raises(InputError, match=f"{name} must be from 0 to 1, not {rate}"):
        Activity(**(RATES | {name: rate}), source="made up")
