"""Plans of carry-save addition: which full and half adders turn many rows of bits into two, or one.

A column of bits, each worth 2**column, is reduced by full adders (three bits to a sum in the column
and a carry in the next) and half adders (two bits). Pure planning: `rtl.planes` builds the gates,
the energy ledger takes the counts. All is for one output feature; an array has C of them.

# Ref: L. Dadda, "Some schemes for parallel multipliers", Alta Frequenza 34 (1965), 349-356.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import count

from rtl.config import ACTIVATION_BITS

#: A tree's value exceeds the dot product by 2**EXCESS_BITS = 128 for each lane.
EXCESS_BITS = ACTIVATION_BITS - 1

#: Numbers of the bits of each column, least significant column first.
Columns = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Adder:
    """A full adder (three inputs) or a half adder (two).

    Attributes
    ----------
    column : weight of the inputs and of the sum is 2**column.
    inputs : numbers of the bits added.
    sum : number of the sum bit.
    carry : number of the carry bit, or None where the carry is dropped.
    """

    column: int
    inputs: tuple[int, ...]
    sum: int
    carry: int | None


@dataclass(frozen=True, kw_only=True)
class AdderPlan:
    """Adders that reduce columns of bits without changing their sum modulo 2**width.

    Attributes
    ----------
    levels : the bits alive before the first stage, and after each stage.
    stages : the adders of each stage, every one after those whose bits it takes.
    """

    levels: tuple[Columns, ...]
    stages: tuple[tuple[Adder, ...], ...]

    @property
    def inputs(self) -> Columns:
        """The bits that are added."""
        return self.levels[0]

    @property
    def outputs(self) -> Columns:
        """The bits that remain."""
        return self.levels[-1]

    @cached_property
    def full_adders(self) -> int:
        """Adders of three bits."""
        return self._count_adders(3)

    @cached_property
    def half_adders(self) -> int:
        """Adders of two bits."""
        return self._count_adders(2)

    def _count_adders(self, inputs: int) -> int:
        return sum(len(adder.inputs) == inputs for stage in self.stages for adder in stage)


def count_bits(columns: Columns) -> int:
    """Return the number of bits in all columns."""
    return sum(map(len, columns))


@cache
def plan_tree(lanes: int) -> AdderPlan:
    """Return the tree that sums `lanes` selected activations to two rows.

    Each lane gives the eight bits of +a, -a - 1 or 0, the topmost inverted, and a ninth, worth 1,
    that completes -a. Inverting the sign bit adds 128, so the tree's value is the dot product plus
    128 * lanes, from 0 to 256 * lanes: it needs no sign extension. Column 0 holds the low bits of
    all lanes, then the completing ones.

    >>> plan = plan_tree(32)
    >>> plan.full_adders, plan.half_adders, len(plan.stages)
    (263, 19, 9)
    """
    heights = [2 * lanes] + [lanes] * (ACTIVATION_BITS - 1)
    return plan_compression(heights, width=(256 * lanes).bit_length())


@cache
def plan_accumulation(lanes: int, width: int) -> tuple[AdderPlan, AdderPlan]:
    """Return how the tree's two rows are added to a partial sum of `width` bits, modulo 2**width.

    The first plan makes two rows of the three, the second adds these. A column of the first plan
    holds the tree's bits, then the partial sum's.
    """
    rows = plan_tree(lanes).outputs
    heights = [len(column) + 1 for column in rows] + [1] * (width - len(rows))
    compression = plan_compression(heights, width)
    return compression, plan_ripple([len(column) for column in compression.outputs], width)


def plan_compression(heights: Sequence[int], width: int) -> AdderPlan:
    """Return Dadda's reduction of columns of `heights` bits to at most two bits each.

    The stages reach the heights ..., 13, 9, 6, 4, 3, 2, beginning with the lowest that every column
    can reach in one stage. Carries out of the last of `width` columns are dropped.
    """
    targets: list[int] = []
    while (plan := _try_targets(heights, width, reversed(targets))) is None:
        targets.append(targets[-1] * 3 // 2 if targets else 2)
    return plan


def plan_ripple(heights: Sequence[int], width: int) -> AdderPlan:
    """Return the carry-propagate addition of columns of at most two bits: one stage, one chain."""
    numbers = count()
    columns = _number_bits(heights, numbers, width)
    adders: list[Adder] = []
    outputs: list[tuple[int, ...]] = []
    carries: tuple[int, ...] = ()
    for column, bits in enumerate(columns):
        inputs = (*bits, *carries)
        carries = ()
        if len(inputs) > 1:
            adder = _make_adder(column, inputs, numbers, width)
            adders.append(adder)
            inputs = (adder.sum,)
            carries = _carry_of(adder)
        outputs.append(inputs)
    return AdderPlan(levels=(columns, tuple(outputs)), stages=(tuple(adders),))


def place_registers(plan: AdderPlan, ranks: int) -> list[int]:
    """Return the levels of `plan` that are registered: its outputs, and `ranks` before them.

    They are evenly spaced, the selection before the first level counting as a stage. A level that
    comes twice is registered twice.

    >>> place_registers(plan_tree(32), 2)
    [3, 6, 9]
    """
    stages = len(plan.stages) + 1
    return [-(-rank * stages // (ranks + 1)) - 1 for rank in range(1, ranks + 2)]


def _try_targets(heights: Sequence[int], width: int, targets: Iterable[int]) -> AdderPlan | None:
    numbers = count()
    levels = [_number_bits(heights, numbers, width)]
    stages = []
    for target in targets:
        adders = _plan_stage(levels[-1], target, numbers, width)
        if adders is None:
            return None
        stages.append(adders)
        levels.append(_apply_stage(levels[-1], adders))
    if max(map(len, levels[-1])) > 2:
        return None
    return AdderPlan(levels=tuple(levels), stages=tuple(stages))


def _plan_stage(
    columns: Columns, target: int, numbers: "count[int]", width: int
) -> tuple[Adder, ...] | None:
    adders: list[Adder] = []
    carries = 0
    for column, bits in enumerate(columns):
        excess = max(0, len(bits) + carries - target)
        sizes = [3] * (excess // 2) + [2] * (excess % 2)
        if sum(sizes) > len(bits):
            return None  # a stage adds only bits that exist before it
        waiting = iter(bits)
        for size in sizes:
            inputs = tuple(next(waiting) for _ in range(size))
            adders.append(_make_adder(column, inputs, numbers, width))
        carries = len(sizes)
    return tuple(adders)


def _apply_stage(columns: Columns, adders: Sequence[Adder]) -> Columns:
    # The bits that waited come first: they arrive earliest, so the next stage takes them first.
    taken = {bit for adder in adders for bit in adder.inputs}
    after = [[bit for bit in bits if bit not in taken] for bits in columns]
    for adder in adders:
        after[adder.column].append(adder.sum)
    for adder in adders:
        if adder.carry is not None:
            after[adder.column + 1].append(adder.carry)
    return tuple(map(tuple, after))


def _make_adder(column: int, inputs: tuple[int, ...], numbers: "count[int]", width: int) -> Adder:
    total = next(numbers)
    carry = next(numbers) if column + 1 < width else None
    return Adder(column=column, inputs=inputs, sum=total, carry=carry)


def _carry_of(adder: Adder) -> tuple[int, ...]:
    return () if adder.carry is None else (adder.carry,)


def _number_bits(heights: Sequence[int], numbers: "count[int]", width: int) -> Columns:
    padded = [*heights, *[0] * (width - len(heights))]
    return tuple(tuple(next(numbers) for _ in range(height)) for height in padded)
