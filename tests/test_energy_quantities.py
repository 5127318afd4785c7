"""The one check that every count of tokens passes."""

import numpy as np
import pytest

from energy.quantities import check_count
from workloads.errors import InputError


def test_ints_stay_exact_and_arrays_become_float64():
    assert check_count("tokens", 2**70) == 2**70
    array = check_count("tokens", [1, 2])
    assert (array.dtype, array.tolist()) == (np.float64, [1.0, 2.0])
    assert check_count("tokens", np.array([3.0])).tolist() == [3.0]
    assert check_count("tokens", np.array([])).size == 0


@pytest.mark.parametrize("tokens", [-1, 1.5, "512", True, None])
def test_a_single_count_is_whole_and_not_negative(tokens):
    with pytest.raises(InputError, match="tokens must be a non-negative int, not"):
        check_count("tokens", tokens)


@pytest.mark.parametrize(
    "tokens", [[-1, 2], [1.5], ["512"], [True], [float("nan")], [float("inf")], [None]]
)
def test_arrays_are_checked_as_well(tokens):
    with pytest.raises(InputError, match="tokens must be non-negative ints, not"):
        check_count("tokens", tokens)
