"""The entries of a table: the sums of a group's activations, from the steps of the walk alone."""

from amaranth.hdl import Const, Signal, Value, signed

from rtl.table.codes import plan_steps


def list_entries(group: int) -> list[tuple[int, tuple[int, ...]]]:
    """Return address and weights of each entry, in the order of the steps, from its steps alone."""
    weights = [0] * group
    entries = []
    for number, step in enumerate(plan_steps(group)):
        if number:
            weights[step.lane] += -1 if step.subtract else 1
        entries.append((step.address, tuple(weights)))
    return entries


def multiply(lanes: list[Signal], weights: tuple[int, ...]) -> Value:
    """Return the sum of weights times lanes, exact."""
    products = (
        lane.as_signed() if weight == 1 else -lane.as_signed() if weight else Const(0)
        for lane, weight in zip(lanes, weights, strict=True)
    )
    return sum(products, Const(0, signed(2)))
