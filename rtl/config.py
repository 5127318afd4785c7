"""The parameters of an array.

The one object from which the gateware, the cycle model and the energy ledger are built.
"""

from dataclasses import dataclass

from workloads.errors import require_choice, require_int, require_number

STYLES = ("tree",)

#: Amaranth refuses wider signals, and more bits in all inputs of a design together.
MAX_PORT_BITS = 65536
MAX_LANES = MAX_PORT_BITS // 16  # half of the inputs' bits are activations at the most
MAX_COLUMNS = MAX_PORT_BITS // 32  # a beat of results has up to 32 bits a column
MAX_TOKENS = 65535  # of a matmul, by the width of the command
_OTHER_INPUT_BITS = 64  # besides weights and activations


def accumulator_width_for(reduction: int) -> int:
    """Return the bits that hold every sum of `reduction` int8 activations with ternary weights.

    The largest sum is +128 * reduction (all activations -128, all weights -1).

    >>> accumulator_width_for(6912), accumulator_width_for(8640)
    (21, 22)

    Raises InputError if `reduction` is not a positive int.
    """
    return (128 * require_int("reduction", reduction)).bit_length() + 1


def widest_weight_bus(lanes: int, columns: int) -> int:
    """Return the most bits of a weight bus: a tile a beat, or what fits beside the activations."""
    return min(2 * lanes * columns, MAX_PORT_BITS - _OTHER_INPUT_BITS - 8 * lanes)


@dataclass(frozen=True, kw_only=True)
class ArrayConfig:
    """An array: L lanes x C columns of ternary weights, its buffers, its memory and its clock.

    Attributes
    ----------
    style : structure of the array, one of `STYLES`.
    lanes : L, input features (K) handled in a cycle.
    columns : C, output features (N) handled in a cycle.
    token_depth : T, tokens whose partial sums the array holds.
    accumulator_width : A, bits of a partial sum; enough for one tile, at most 32.
    weight_bus_bits : W, bits of packed weights the memory delivers in a cycle, at most a tile's.
    tree_registers : r, register ranks inside the compressor tree, in addition to the one at its
        output. None takes the least area and energy; the longest path is then the accumulator's,
        28 gate levels against the tree's 21 at 64 lanes (Yosys, abc).
    clock_mhz : clock frequency, MHz; scales times and powers, never the number of cycles.

    Raises
    ------
    InputError : a value that no array can have.
    """

    style: str = "tree"
    lanes: int = 64
    columns: int = 64
    token_depth: int = 64
    accumulator_width: int = 22
    weight_bus_bits: int = 2048
    tree_registers: int = 0
    clock_mhz: float = 1000.0

    def __post_init__(self) -> None:
        """Refuse impossible values; raises InputError."""
        require_choice("style", self.style, STYLES)
        lanes = require_int("lanes", self.lanes, 1, MAX_LANES)
        columns = require_int("columns", self.columns, 1, MAX_COLUMNS)
        require_int("token_depth", self.token_depth, 1, MAX_TOKENS)
        require_int("accumulator_width", self.accumulator_width, accumulator_width_for(lanes), 32)
        widest = widest_weight_bus(lanes, columns)
        require_int("weight_bus_bits", self.weight_bus_bits, 2, widest)
        require_int("tree_registers", self.tree_registers, 0, 16)
        require_number("clock_mhz", self.clock_mhz)

    @property
    def tile_bits(self) -> int:
        """Bits of a tile as the weight stream packs it, two a weight, without padding."""
        return 2 * self.lanes * self.columns

    @property
    def beats_per_tile(self) -> int:
        """B, weight beats of a tile; the last one may be padded."""
        return -(-self.tile_bits // self.weight_bus_bits)

    @property
    def max_reduction(self) -> int:
        """The largest K whose every sum fits the accumulator."""
        return int((2 ** (self.accumulator_width - 1) - 1) // 128)

    @property
    def result_depth(self) -> int:
        """Beats that the result queue holds: just enough that a ready consumer never delays."""
        return self.tree_registers + 3

    @property
    def memory_bandwidth_gb_s(self) -> float:
        """Bandwidth of the weight stream at one beat a cycle, GB/s (1e9 bytes)."""
        return self.weight_bus_bits * self.clock_mhz / 8000
