"""Settings: what they refuse; the rest is tested where they are used."""

import pytest

from hwsim.accounting.settings import EnergySettings
from workloads.errors import InputError
from workloads.shapes import find_preset


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"float_sums": "fp16"}, "float_sums must be one of own, fp32, not 'fp16'"),
        ({"lm_head_tokens": -1}, "lm_head_tokens must be a non-negative int, not -1"),
        ({"zero_fraction": 1.5}, "zero_fraction must be from 0 to 1, not 1.5"),
        ({"zero_fraction": float("nan")}, "zero_fraction must be from 0 to 1, not nan"),
    ],
)
def test_bad_settings(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        EnergySettings(**arguments)


def test_a_wrong_dram_is_refused_before_any_scope_needs_it() -> None:
    with pytest.raises(InputError, match=r"dram must be one of .* at 7 nm, not 'ddr9'"):
        EnergySettings(dram="ddr9").load_technology(7)


def test_the_array_fits_the_model_unless_it_is_given() -> None:
    assert EnergySettings().choose_array(find_preset("3B")).accumulator_width == 22
    config = EnergySettings().choose_array(find_preset("700M"))
    assert EnergySettings(config=config).choose_array(find_preset("3B")) is config
