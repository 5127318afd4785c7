"""The stated rules for prices that no paper prints; every number they give is marked ``derived``.

- An integer adder of any width: straight lines between the published widths; in proportion to the
  bits below the narrowest and above the widest. (INT16 at 7 nm, 21-bit accumulators.)
- An SRAM of any size: straight lines in log(size), log(energy per access) through the published
  sizes, continued beyond them.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np

from energy.quantities import Energy


def derive_add_pj(width: int, widths: Sequence[int], energies_pj: Sequence[float]) -> float:
    """Return the energy of an integer add of `width` bits from those of `widths`, ascending.

    >>> derive_add_pj(16, (8, 32), (0.007, 0.03))  # 0.007 + 8 * 0.023 / 24
    0.014666666666666666
    """
    if width < widths[0]:
        return energies_pj[0] * width / widths[0]
    if width > widths[-1]:
        return energies_pj[-1] * width / widths[-1]
    right = max(bisect_left(widths, width), 1)
    slope = (energies_pj[right] - energies_pj[right - 1]) / (widths[right] - widths[right - 1])
    return energies_pj[right - 1] + slope * (width - widths[right - 1])


def derive_sram_pj(
    capacity_kib: Any, capacities_kib: Sequence[float], energies_pj: Sequence[float]
) -> Energy:
    """Return the energy of an access to SRAMs of `capacity_kib`, a number or an array.

    `capacities_kib` ascend and are two at least; at each of them the result is its own energy.
    """
    sizes, energies = np.log(capacities_kib), np.log(energies_pj)
    asked = np.log(capacity_kib)
    right = np.clip(np.searchsorted(sizes, asked), 1, len(sizes) - 1)
    slope = (energies[right] - energies[right - 1]) / (sizes[right] - sizes[right - 1])
    derived = np.exp(energies[right - 1] + slope * (asked - sizes[right - 1]))
    for size, energy_pj in zip(capacities_kib, energies_pj, strict=True):
        derived = np.where(capacity_kib == size, energy_pj, derived)
    return derived if derived.ndim else float(derived)
