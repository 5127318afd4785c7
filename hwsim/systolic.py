"""Textbook cycles of a systolic array, to compare with: what SCALE-Sim counts.

Folds run one after the other, operands enter skewed at the edges, memory never stalls. SCALE-Sim
3.0.0 numbers cycles from 0 and reports the number of the last one: one less than is counted here.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from hwsim.cycles import MatmulCycles, count_cycles
from rtl.config import ArrayConfig
from workloads.errors import require_choice, require_int
from workloads.shapes import Matmul

DATAFLOWS = ("output-stationary", "weight-stationary")


def count_systolic_cycles(dataflow: str, m: int, n: int, k: int, *, rows: int, columns: int) -> int:
    """Return the cycles of y[M, N] = x[M, K] @ w[N, K].T on a `rows` x `columns` systolic array.

    Output-stationary, rows hold tokens: ceil(M / R) ceil(N / C) (K + R + C - 2).
    Weight-stationary, rows hold input features: ceil(K / R) ceil(N / C) (M + 2 R + C - 2).

    >>> count_systolic_cycles("output-stationary", 4, 16, 32, rows=8, columns=8)
    92
    >>> count_systolic_cycles("weight-stationary", 4, 16, 32, rows=8, columns=8)
    208

    Raises InputError if `dataflow` is none of `DATAFLOWS`, or a size is not a positive int.
    """
    require_choice("dataflow", dataflow, DATAFLOWS)
    for name, value in (("m", m), ("n", n), ("k", k), ("rows", rows), ("columns", columns)):
        require_int(name, value)
    if dataflow == "output-stationary":
        return -(-m // rows) * -(-n // columns) * (k + rows + columns - 2)
    return -(-k // rows) * -(-n // columns) * (m + 2 * rows + columns - 2)


@dataclass(frozen=True, kw_only=True)
class ComparedMatmul:
    """A matmul's cycles here and on a systolic array of `lanes` rows and `columns` columns.

    Attributes
    ----------
    ours : on the array, waiting for weights included.
    output_stationary, weight_stationary : textbook cycles, with memory that never stalls.
    """

    matmul: Matmul
    ours: MatmulCycles
    output_stationary: int
    weight_stationary: int

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return asdict(self)


def compare_systolic(config: ArrayConfig, matmuls: Iterable[Matmul]) -> list[ComparedMatmul]:
    """Return the cycles of each matmul; raises InputError if a K is beyond the accumulator."""
    return [
        ComparedMatmul(
            matmul=matmul,
            ours=count_cycles(config, matmul.m, matmul.n, matmul.k),
            output_stationary=_count(DATAFLOWS[0], config, matmul),
            weight_stationary=_count(DATAFLOWS[1], config, matmul),
        )
        for matmul in matmuls
    ]


def _count(dataflow: str, config: ArrayConfig, matmul: Matmul) -> int:
    return count_systolic_cycles(
        dataflow, matmul.m, matmul.n, matmul.k, rows=config.lanes, columns=config.columns
    )
