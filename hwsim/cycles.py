"""The cycle model: how long the array takes for a matmul, without running it.

Written from docs/specification.md alone; the compiled RTL must agree to the cycle. A closed form,
so a whole model costs microseconds.
"""

from dataclasses import asdict, dataclass

from rtl.config import MAX_TOKENS, ArrayConfig
from workloads.errors import InputError, require_int

MAX_TILES = 65535  # column or lane tiles of a matmul, by the width of the command


@dataclass(frozen=True, kw_only=True)
class MatmulCycles:
    """Cycles and traffic of one matmul (M, N, K) on an array.

    Attributes
    ----------
    cycles : from the transfer of the command to that of the last result, as the RTL's counter.
    issue_cycles : cycles in which a beat of activations enters the datapath.
    weight_stall_cycles : cycles after the first tile in which the datapath waits for weights.
    fill_cycles, drain_cycles : before the first issue, after the last one.
    folds : tiles loaded; tiles of later token blocks are loaded again.
    weight_bits : bits moved from the memory, padding included.
    activation_bytes : int8 activations read from the buffer, padding included.
    partial_sum_reads, partial_sum_writes : words of `columns` sums read and written.
    lane_operations : M N K select-and-adds that the matmul needs.
    utilisation : lane_operations / (lanes * columns * cycles), 0 to 1.
    memory_bound : True if the weight stream, not the datapath, sets the time of most folds.
    """

    cycles: int
    issue_cycles: int
    weight_stall_cycles: int
    fill_cycles: int
    drain_cycles: int
    folds: int
    weight_bits: int
    activation_bytes: int
    partial_sum_reads: int
    partial_sum_writes: int
    lane_operations: int
    utilisation: float
    memory_bound: bool

    def to_dict(self) -> dict[str, int | float | bool]:
        """Return the fields as a plain dictionary."""
        return asdict(self)


def count_cycles(config: ArrayConfig, m: int, n: int, k: int) -> MatmulCycles:
    """Return the cycles of y[M, N] = x[M, K] @ w[N, K].T on the array `config`.

    Raises InputError if a dimension is not a positive int, or too large for the array's command or
    accumulator.
    """
    require_int("m", m, 1, MAX_TOKENS)
    require_int("n", n, 1, MAX_TILES * config.columns)
    require_int("k", k, 1, MAX_TILES * config.lanes)
    if k > config.max_reduction:
        raise InputError(
            f"k must be at most {config.max_reduction} for accumulator_width = "
            f"{config.accumulator_width}, not {k}"
        )
    beats = config.beats_per_tile
    column_tiles, lane_tiles = -(-n // config.columns), -(-k // config.lanes)
    tiles = column_tiles * lane_tiles
    full_blocks, rest = divmod(m, config.token_depth)
    last_block = rest or min(m, config.token_depth)

    blocks = full_blocks + (rest > 0)
    folds = blocks * tiles
    periods = tiles * full_blocks * max(config.token_depth, beats)
    periods += tiles * max(rest, beats) if rest else 0
    periods += last_block - max(last_block, beats)  # nothing waits behind the last fold

    fill, drain = beats + 1, config.tree_registers + 2
    issues = tiles * m
    cycles = fill + periods + drain
    return MatmulCycles(
        cycles=cycles,
        issue_cycles=issues,
        weight_stall_cycles=periods - issues,
        fill_cycles=fill,
        drain_cycles=drain,
        folds=folds,
        weight_bits=folds * beats * config.weight_bus_bits,
        activation_bytes=issues * config.lanes,
        partial_sum_reads=column_tiles * (lane_tiles - 1) * m,
        partial_sum_writes=column_tiles * (lane_tiles - 1) * m,
        lane_operations=m * n * k,
        utilisation=m * n * k / (config.lanes * config.columns * cycles),
        memory_bound=beats > min(m, config.token_depth),
    )
