"""The rules for prices that no paper prints, on numbers made up for them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.derivations import derive_add_pj, derive_sram_pj


def test_adders_lie_on_straight_lines_and_in_proportion_outside():
    widths, energies = (8, 16, 32), (1.0, 3.0, 4.0)
    given_widths = {4: 0.5, 8: 1.0, 12: 2.0, 16: 3.0, 24: 3.5, 32: 4.0, 64: 8.0}
    for width, energy_pj in given_widths.items():
        assert derive_add_pj(width, widths, energies) == pytest.approx(energy_pj, rel=1e-15)
    assert derive_add_pj(12, (8,), (1.0,)) == 1.5


def test_srams_lie_on_log_log_lines_and_continue_beyond():
    # twice the energy for four times the size, then five times for 32 times
    sizes, energies = (8, 32, 1024), (10, 20, 100)
    expected = {2: 5, 8: 10, 16: 10 * 2**0.5, 32: 20, 1024: 100, 32 * 1024: 500}
    for size, energy_pj in expected.items():
        assert derive_sram_pj(size, sizes, energies) == pytest.approx(energy_pj, rel=1e-12)
    array = derive_sram_pj(np.array(list(expected)), sizes, energies)
    assert array == pytest.approx(list(expected.values()), rel=1e-12)


def test_a_published_size_has_its_published_energy_to_the_last_bit():
    sizes, energies = (8, 32, 1024), (7.5, 8.5, 14)
    assert [derive_sram_pj(size, sizes, energies) for size in sizes] == [7.5, 8.5, 14]
    assert derive_sram_pj(np.array(sizes), sizes, energies).tolist() == [7.5, 8.5, 14]


@given(st.floats(0.001, 1e8), st.floats(1.001, 100))
def test_a_larger_sram_costs_more(size, factor):
    small, large = (derive_sram_pj(s, (8, 32), (7.5, 8.5)) for s in (size, size * factor))
    assert small < large
