"""Numbers that are a single value or an array, and the one check that all of them pass."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from workloads.errors import InputError, require_int

# Counts of int tokens are exact ints. Arrays are float64: exact to 2**53, and without overflow.
Count: TypeAlias = int | NDArray[Any]
Energy: TypeAlias = float | NDArray[Any]


def check_count(name: str, value: Any) -> Count:
    """Return an int of at least 0 as it is, and an array of them as float64; raises InputError."""
    if not isinstance(value, np.ndarray | list | tuple):
        return require_int(name, value, minimum=0)
    numbers = np.asarray(value)
    whole = np.issubdtype(numbers.dtype, np.integer)
    if np.issubdtype(numbers.dtype, np.floating):
        whole = bool((numbers == np.floor(numbers)).all())  # NaN differs from itself
    if not whole or (numbers < 0).any() or not np.isfinite(numbers).all():
        raise InputError(f"{name} must be non-negative ints, not {value!r}")
    return numbers.astype(np.float64)
