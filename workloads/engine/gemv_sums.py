"""Lanes of four vectors added up at once, for the kernels that take four rows of w together."""

from typing import Any

from llvmlite import ir
from numba.core import types

from workloads.engine.lowering import intrinsic

_FOUR = types.UniTuple(types.int32, 4)  # type: ignore[attr-defined]


@intrinsic
def add_lanes(typing_context: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Return the sum of the lanes of each of four vectors of int32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b, c, d = arguments
        left, right = _add_halves(builder, a, b, 1), _add_halves(builder, c, d, 1)
        sums = _add_halves(builder, left, right, 2)  # groups of four lanes: of a, b, c and d
        lanes = sums.type.count
        while lanes > 4:
            lanes //= 2
            halves = (range(lanes), range(lanes, 2 * lanes))
            sums = builder.add(*(_choose(builder, sums, sums, half) for half in halves))
        numbers = [builder.extract_element(sums, ir.IntType(32)(lane)) for lane in range(4)]
        return context.make_tuple(builder, signature.return_type, numbers)

    return _FOUR(a, b, c, d), generate


def _add_halves(builder: Any, left: Any, right: Any, run: int) -> Any:
    """In each group of four lanes, add the first to the last half: runs of left's, then right's."""
    count = left.type.count
    first: list[int] = []
    last: list[int] = []
    for group in range(0, count, 4):
        for at in range(group, group + 2, run):
            for vector in (0, count):
                first += range(vector + at, vector + at + run)
                last += range(vector + at + 2, vector + at + 2 + run)
    return builder.add(_choose(builder, left, right, first), _choose(builder, left, right, last))


def _choose(builder: Any, left: Any, right: Any, lanes: Any) -> Any:
    kind = ir.VectorType(ir.IntType(32), len(lanes))
    return builder.shuffle_vector(left, right, ir.Constant(kind, list(lanes)))
