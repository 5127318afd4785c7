"""Cells as sums over an array's parts: fitted to measurements, tested on others.

One fit for each FPGA, style and kind of cell, by least squares of relative errors. What a part
costs by its construction enters as a measurement of little weight, so that terms that the measured
arrays do not tell apart stay near what is plausible.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtl.config import ArrayConfig
from rtl.fpga.devices import find_device
from rtl.fpga.measurements import Measurement
from rtl.fpga.parts import count_parts

_NOISE = 0.02  # of a measured array; it weighs as much as a factor off by its doubt

#: Of each kind of cell its terms, attributes of `Parts`: the expected factor, and the doubt of it.
_TERMS: dict[str, dict[str, tuple[float, float]]] = {
    "luts": {
        "adders": (1, 0.5),
        "choices": (1, 4),
        "weights": (2, 2),
        "sums": (1, 1),
        "bus": (1, 1),
        "control": (400, 200),
    },
    "flip_flops": {
        "registers": (1, 0.05),
        "delays": (0, 1),
        "sums": (0, 1),
        "bus": (0, 1),
        "control": (200, 100),
    },
    "sites": {
        "adders": (1, 0.5),
        "choices": (1, 4),
        "weights": (2, 2),
        "registers": (0.7, 0.5),
        "sums": (1, 1),
        "bus": (1, 1),
        "control": (600, 300),
    },
    "ram_luts": {},
    "block_rams": {},
}
#: The same for what memories become: LUT RAM by the inputs of a LUT, or block RAM and registers.
_LUT_RAM: dict[int, dict[str, dict[str, tuple[float, float]]]] = {
    4: {
        "luts": {"lut4_rams": (6, 4)},
        "sites": {"lut4_rams": (6, 4)},
        "ram_luts": {"lut4_rams": (6, 6), "control": (0, 10)},
    },
    6: {
        "luts": {"lut6_rams": (4, 4)},
        "ram_luts": {"lut6_rams": (4, 4), "control": (0, 10)},
    },
}
_NO_LUT_RAM: dict[str, dict[str, tuple[float, float]]] = {
    "luts": {"ram_registers": (1, 0.2), "block_rams": (0, 10)},
    "sites": {"ram_registers": (2, 0.4), "block_rams": (0, 20)},
    "flip_flops": {"ram_registers": (1, 0.1), "block_rams": (0, 20)},
    "block_rams": {"block_rams": (1, 0.1)},
}


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The cells of one kind of one style on one FPGA.

    Attributes
    ----------
    kind : of the cells, a key of `rtl.fpga.cells.KINDS`.
    factors : of its terms, by the name of the part.
    """

    kind: str
    factors: dict[str, float]

    def predict(self, config: ArrayConfig) -> float:
        """Return the cells of `config`."""
        return float(np.dot(_describe(config, self.factors), list(self.factors.values())))

    def find_error(self, rows: Sequence[Measurement]) -> float:
        """Return the largest relative error on `rows`, 0 to 1."""
        return max(abs(self.predict(row.config) / _count(self.kind, row) - 1) for row in rows)


def fit_all(rows: Sequence[Measurement]) -> dict[str, Fit]:
    """Return the fit to `rows` of each kind of cell that they have.

    Sites are left out where they are the LUTs.
    """
    kinds = [kind for kind in _TERMS if any(getattr(row, kind) for row in rows)]
    if all(row.sites == row.luts for row in rows):
        kinds.remove("sites")
    return {kind: fit_cells(kind, rows) for kind in kinds}


def fit_cells(kind: str, rows: Sequence[Measurement]) -> Fit:
    """Return the fit to `rows`, all of one FPGA and style."""
    device = find_device(rows[0].target)
    ram = _LUT_RAM[device.lut_inputs] if device.ram_luts else _NO_LUT_RAM
    terms = _TERMS[kind] | ram.get(kind, {})
    counts = np.array([_count(kind, row) for row in rows], np.float64)
    parts = np.array([_describe(row.config, terms) for row in rows])
    expected, doubt = (np.array(column) for column in zip(*terms.values(), strict=True))
    matrix = np.vstack([parts / counts[:, None] / _NOISE, np.diag(1 / doubt)])
    aim = np.concatenate([np.full(len(rows), 1 / _NOISE), expected / doubt])
    factors, *_ = np.linalg.lstsq(matrix, aim, rcond=None)
    return Fit(kind=kind, factors=dict(zip(terms, factors.tolist(), strict=True)))


def leave_one_out(kind: str, rows: Sequence[Measurement]) -> float:
    """Return the largest relative error on a row that was left out of the fit to the others."""
    return max(
        fit_cells(kind, [other for other in rows if other is not row]).find_error([row])
        for row in rows
    )


def _count(kind: str, row: Measurement) -> int:
    count: int = getattr(row, kind)
    return max(count, 1)


def _describe(config: ArrayConfig, terms: Iterable[str]) -> NDArray[np.float64]:
    parts = count_parts(config)
    return np.array([getattr(parts, term) for term in terms], np.float64)
