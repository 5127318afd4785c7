"""Textbook cycles of a systolic array, to compare with: the closed forms behind SCALE-Sim.

A. Samajdar et al., "A systematic methodology for characterizing scalability of DNN accelerators
using SCALE-Sim", ISPASS 2020, Sec. III: folds one after the other, operands skewed at the edges,
memory that never stalls. SCALE-Sim numbers cycles from 0 and reports the last one's number, one
less than what is counted here.
"""

from workloads.errors import require_choice, require_int

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
