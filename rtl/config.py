"""The parameters of an array.

The one object from which the gateware, the cycle model and the energy ledger are built.
"""

from dataclasses import dataclass

from workloads.errors import InputError, require_choice, require_int, require_number

STYLES = ("tree", "table", "systolic")
ADDERS = ("compressor", "carry")
PACKINGS = ("two-bit", "five-trit", "group")

ACTIVATION_BITS = 8

#: Amaranth refuses wider signals, and more bits in all inputs of a design together.
MAX_PORT_BITS = 65536
MAX_LANES = MAX_PORT_BITS // 16  # half of the inputs' bits are activations at the most
MAX_COLUMNS = MAX_PORT_BITS // 32  # a beat of results has up to 32 bits a column
MAX_TOKENS = 65535  # of a matmul, by the width of the command
MAX_PARTIAL_SUMS = 65536  # words of C sums
_OTHER_INPUT_BITS = 64  # besides weights and activations


def accumulator_width_for(reduction: int) -> int:
    """Return the bits that hold every sum of `reduction` int8 activations with ternary weights.

    The largest sum is +128 * reduction (all activations -128, all weights -1).

    >>> accumulator_width_for(6912), accumulator_width_for(8640)
    (21, 22)

    Raises InputError if `reduction` is not a positive int.
    """
    return (128 * require_int("reduction", reduction)).bit_length() + 1


def widest_weight_bus(lanes: int, columns: int, packing: str = "two-bit", group: int = 1) -> int:
    """Return the most bits of a weight bus: a tile a beat, or what fits beside the activations."""
    code_lanes, code_bits = code_size(packing, group)
    tile_bits = -(-lanes // code_lanes) * columns * code_bits
    return min(tile_bits, MAX_PORT_BITS - _OTHER_INPUT_BITS - ACTIVATION_BITS * lanes)


def code_size(packing: str, group: int = 1) -> tuple[int, int]:
    """Return (h, b): the weights that a code of `packing` holds, and its bits."""
    sizes = {"two-bit": (1, 2), "five-trit": (5, 8), "group": (group, group + 2)}
    return sizes[packing]


@dataclass(frozen=True, kw_only=True)
class ArrayConfig:
    """An array: L lanes x C columns of ternary weights, its buffers, its memory and its clock.

    Attributes
    ----------
    style : structure of the array, one of `STYLES`.
    lanes : L, input features (K) handled in a cycle.
    columns : C, output features (N) handled in a cycle.
    token_depth : T, tokens whose partial sums the array holds.
    strip_depth : D, column tiles whose weights and partial sums the array holds; 1 unless `table`.
    group : g, lanes of a table: 2 or 3 for `table`, 1 for the others.
    accumulator_width : A, bits of a partial sum; enough for one tile, at most 32.
    weight_bus_bits : W, bits of packed weights the memory delivers in a cycle, at most a tile's.
    packing : how the weight stream codes weights, one of `PACKINGS`; `group` only for `table`.
    adders : how `tree` adds: by a `compressor` tree, or on `carry` chains, which cost an FPGA
        less; `compressor` for the others, which have no choice.
    tree_registers : r, register ranks inside the adder tree, in addition to the one at its
        output; 0 for `systolic`. For `tree` none takes the least area and energy; the longest path
        is then the accumulator's, 28 gate levels against the tree's 21 at 64 lanes (Yosys, abc).
    clock_mhz : clock frequency, MHz; scales times and powers, never the number of cycles.

    Raises
    ------
    InputError : a value that no array can have.
    """

    style: str = "tree"
    lanes: int = 64
    columns: int = 64
    token_depth: int = 64
    strip_depth: int = 1
    group: int = 1
    accumulator_width: int = 22
    weight_bus_bits: int = 2048
    packing: str = "two-bit"
    adders: str = "compressor"
    tree_registers: int = 0
    clock_mhz: float = 1000.0

    def __post_init__(self) -> None:
        """Refuse impossible values; raises InputError."""
        require_choice("style", self.style, STYLES)
        table = self.style == "table"
        lanes = require_int("lanes", self.lanes, 1, MAX_LANES)
        columns = require_int("columns", self.columns, 1, MAX_COLUMNS)
        require_int("token_depth", self.token_depth, 1, MAX_TOKENS)
        self._require_style_int("strip_depth", 1, MAX_PARTIAL_SUMS if table else 1)
        if self.partial_sums > MAX_PARTIAL_SUMS:
            raise InputError(
                f"token_depth * strip_depth must be at most {MAX_PARTIAL_SUMS}, "
                f"not {self.partial_sums}"
            )
        self._require_style_int("group", *((2, 3) if table else (1, 1)))
        self._require_style_int("tree_registers", 0, 0 if self.style == "systolic" else 16)
        require_choice("adders", self.adders, ADDERS)
        if self.style != "tree" and self.adders != ADDERS[0]:
            raise InputError(
                f"adders must be {ADDERS[0]!r} for style = {self.style!r}, which has no choice, "
                f"not {self.adders!r}"
            )
        packings = PACKINGS if table else PACKINGS[:2]
        if self.packing not in packings:
            raise InputError(
                f"packing must be one of {', '.join(packings)} for style = {self.style!r}, "
                f"not {self.packing!r}"
            )
        require_int("accumulator_width", self.accumulator_width, accumulator_width_for(lanes), 32)
        widest = widest_weight_bus(lanes, columns, self.packing, self.group)
        require_int("weight_bus_bits", self.weight_bus_bits, self.code_bits, widest)
        require_number("clock_mhz", self.clock_mhz)

    def _require_style_int(self, name: str, low: int, high: int) -> None:
        value = getattr(self, name)
        if type(value) is not int or not low <= value <= high:
            wanted = f"{low}" if low == high else f"an int from {low} to {high}"
            raise InputError(f"{name} must be {wanted} for style = {self.style!r}, not {value!r}")

    @property
    def code_bits(self) -> int:
        """Bits of a code of the packing (b)."""
        return code_size(self.packing, self.group)[1]

    @property
    def code_lanes(self) -> int:
        """Lanes whose weights a code holds (h)."""
        return code_size(self.packing, self.group)[0]

    @property
    def codes_per_beat(self) -> int:
        """Codes that a beat of weights carries (q)."""
        return self.weight_bus_bits // self.code_bits

    @property
    def codes_per_tile(self) -> int:
        """Codes of a tile (S), those of lanes beyond L included."""
        return -(-self.lanes // self.code_lanes) * self.columns

    @property
    def tile_bits(self) -> int:
        """Bits of a tile's codes."""
        return self.codes_per_tile * self.code_bits

    @property
    def beats_per_tile(self) -> int:
        """Weight beats of a tile (B); the last one may be padded."""
        return -(-self.codes_per_tile // self.codes_per_beat)

    @property
    def partial_sums(self) -> int:
        """Words of partial sums that a column holds: of every token and tile of a strip."""
        return self.token_depth * self.strip_depth

    @property
    def max_reduction(self) -> int:
        """The largest K whose every sum fits the accumulator."""
        return int((2 ** (self.accumulator_width - 1) - 1) // 128)

    @property
    def latency_cycles(self) -> int:
        """Cycles from an issue to the addition to the partial sum (lambda)."""
        if self.style == "systolic":
            return self.lanes + self.columns - 1
        return self.tree_registers + (2 if self.style == "table" else 1)

    @property
    def hold_cycles(self) -> int:
        """Cycles from a swap to the first weight beat of the next fold (delta)."""
        return self.lanes + self.columns - 2 if self.style == "systolic" else 0

    @property
    def result_depth(self) -> int:
        """Beats that the result queue holds: just enough that a ready consumer never delays."""
        return self.latency_cycles + 2

    @property
    def memory_bandwidth_gb_s(self) -> float:
        """Bandwidth of the weight stream at one beat a cycle, GB/s (1e9 bytes)."""
        return self.weight_bus_bits * self.clock_mhz / 8000

    @property
    def peak_gops(self) -> float:
        """Select-and-adds a second while every lane of every column works, in units of 1e9."""
        return self.lanes * self.columns * self.clock_mhz / 1000
