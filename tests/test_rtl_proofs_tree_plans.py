"""rtl.proofs.tree.plans: plans keep their sums, and broken ones are found out."""

from dataclasses import replace

import pytest

from rtl.proofs.tree.plans import PlanError, check_plan, check_plans, check_range
from rtl.tree.compressor import AdderPlan, plan_accumulation, plan_compression, plan_tree


@pytest.mark.parametrize("lanes", [1, 2, 3, 16, 31, 64, 100, 256, 4096])
def test_plans_keep_the_sum(lanes: int) -> None:
    check_plans(lanes, 32)


def break_plan(plan: AdderPlan, **changes: object) -> AdderPlan:
    first, *rest = plan.stages[0]
    return replace(plan, stages=((replace(first, **changes), *rest), *plan.stages[1:]))


def test_broken_plans() -> None:
    plan = plan_tree(8)
    adder = plan.stages[0][0]
    a, b, *_ = adder.inputs
    breaks = {
        "which is not in its column": {"inputs": (a, a, b)},
        "drops a carry that is worth less than 2": {"carry": None},
        "comes twice": {"sum": plan.inputs[0][-1]},
        "neither a full adder nor a half adder": {"inputs": (a,)},
        "has other bits than its stage leaves": {"inputs": (a, b)},
    }
    for message, changes in breaks.items():
        with pytest.raises(PlanError, match=message):
            check_plan(break_plan(plan, **changes))
    with pytest.raises(PlanError, match="which is not in its column"):
        check_plan(break_plan(plan, column=adder.column + 1))


def test_a_plan_that_wraps() -> None:
    plan = plan_compression([3, 3], 2)
    check_plan(plan)
    with pytest.raises(PlanError, match="inputs worth 9 do not fit 2 columns"):
        check_range(plan)
    for wrapping in plan_accumulation(8, 12):
        check_plan(wrapping)
