"""Plans of addition keep the sum of their bits: an exact check of any plan.

Induction over the adders. The live bits are worth, in all, the sum of 2**column of those that are
one. An adder that takes live bits of one column, each once, and gives a sum bit there and a carry
in the next column keeps that worth, for `rtl.proofs.dot.state_adders` proves its bits to be equal
to theirs. A carry may be dropped only out of the last column; that takes a multiple of 2**width
away.
"""

from rtl.tree.compressor import AdderPlan, Columns, plan_accumulation, plan_tree


class PlanError(Exception):
    """A plan does not keep the sum of its bits; the message names the adder."""


def check_plans(lanes: int, width: int) -> None:
    """Raise PlanError unless the plans for so many lanes and accumulator bits keep their sums."""
    check_range(plan_tree(lanes))
    for plan in plan_accumulation(lanes, width):
        check_plan(plan)


def check_plan(plan: AdderPlan) -> None:
    """Raise PlanError unless `plan` keeps the sum of its bits modulo 2**width, level by level."""
    width = len(plan.inputs)
    live = _locate(plan.inputs)
    for level, stage in enumerate(plan.stages, start=1):
        for adder in stage:
            if len(adder.inputs) not in (2, 3):
                raise PlanError(f"{adder} is neither a full adder nor a half adder")
            for bit in adder.inputs:
                if live.pop(bit, None) != adder.column:
                    raise PlanError(f"{adder} takes bit {bit}, which is not in its column")
            _add(live, adder.sum, adder.column)
            if adder.carry is not None:
                _add(live, adder.carry, adder.column + 1)
            elif adder.column + 1 != width:
                raise PlanError(f"{adder} drops a carry that is worth less than 2**{width}")
        if live != _locate(plan.levels[level]):
            raise PlanError(f"level {level} has other bits than its stage leaves")


def check_range(plan: AdderPlan) -> None:
    """Raise PlanError unless the sum is kept as it is, not only modulo 2**width.

    If all inputs together are worth less than 2**width, a dropped carry is always zero: were it
    one, the bits left would be worth less than nothing.
    """
    check_plan(plan)
    largest = sum(len(column) << place for place, column in enumerate(plan.inputs))
    if largest >= 1 << len(plan.inputs):
        raise PlanError(f"inputs worth {largest} do not fit {len(plan.inputs)} columns")


def _add(live: dict[int, int], bit: int, column: int) -> None:
    if bit in live:
        raise PlanError(f"bit {bit} comes twice")
    live[bit] = column


def _locate(columns: Columns) -> dict[int, int]:
    live: dict[int, int] = {}
    for place, bits in enumerate(columns):
        for bit in bits:
            _add(live, bit, place)
    return live
