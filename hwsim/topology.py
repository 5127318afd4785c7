"""The matmuls of a file on the array, beside textbook systolic arrays with as many lanes."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from hwsim.cycles import MatmulCycles, count_cycles
from hwsim.systolic import count_systolic_cycles
from rtl.config import ArrayConfig
from workloads.shapes import Matmul


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
            **{
                dataflow.replace("-", "_"): count_systolic_cycles(
                    dataflow,
                    *(matmul.m, matmul.n, matmul.k),
                    rows=config.lanes,
                    columns=config.columns,
                )
                for dataflow in ("output-stationary", "weight-stationary")
            },
        )
        for matmul in matmuls
    ]
