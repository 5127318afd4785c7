"""Where `gemm_tables` finds the sums for four codes: base-3 numbers, of 32 at a time."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types

from workloads.compilation import Array, kernel
from workloads.engine.gemm_sums import ENTRY_BYTES
from workloads.engine.lowering import INT64, Vector, intrinsic, point

TABLES = 4  # that are used at once
BLOCK = 224  # columns
_STEP = 32  # columns
_BYTES = Vector(_STEP, 8)
_PLACES, _LANES = Vector(TABLES, 16), ir.VectorType(ir.IntType(32), TABLES)


@kernel
def find_places(packed: Array, first: int, last: int, k: int, quarter: int, places: Array) -> None:
    """Where tables hold the sums for columns k + i, k + i + quarter, and so on, i below `quarter`.

    places[i // 4, slot rows / 4 + r - first, i % 4], in bytes, for row r + slot R of w.
    """
    rows, size = places.shape[1], packed.shape[1]
    line = np.zeros(BLOCK + _STEP, np.uint8)
    for r in range(first, last):
        for at in range(0, quarter, _STEP):
            groups = min(_STEP // TABLES, (quarter - at) // TABLES)
            to = at // TABLES * rows + r - first
            if k + 3 * quarter + at + _STEP <= size:
                _find_rows(packed, r * size + k + at, quarter, places, to, rows, groups)
            else:  # the row may end before what is read does
                for i in range(min(BLOCK, size - k)):
                    line[i] = packed[r, k + i]
                _find_rows(line, at, quarter, places, to, rows, groups)


@intrinsic
def _find_rows(
    typing_context: Any,
    packed: Any,
    at: Any,
    quarter: Any,
    places: Any,
    to: Any,
    rows: Any,
    groups: Any,
) -> Any:
    """Places for 32 columns from byte `at` on, of four rows of w, for so many groups of tables."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        packed, at, quarter, places, to, rows, groups = arguments
        codes = []
        for part in range(4):
            offset = builder.add(at, builder.mul(quarter, INT64(part)))
            source = point(context, builder, signature.args[0], packed, offset, _BYTES.llvm)
            codes.append(builder.load(source, align=1))
        slot_rows = builder.lshr(rows, INT64(2))
        for slot in range(4):
            index = _BYTES.splat(0)
            for code in reversed(codes):
                shifted = builder.lshr(code, _BYTES.splat(2 * slot))
                digit = builder.and_(shifted, _BYTES.splat(3))
                index = builder.add(builder.mul(index, _BYTES.splat(3)), digit)
            row = builder.add(to, builder.mul(slot_rows, INT64(slot)))
            for group in range(_STEP // TABLES):
                wanted = builder.icmp_signed("<", INT64(group), groups)
                with builder.if_then(wanted, likely=True):
                    lanes = [TABLES * group + lane for lane in range(TABLES)]
                    chosen = builder.shuffle_vector(index, index, ir.Constant(_LANES, lanes))
                    wide = builder.zext(chosen, _PLACES.llvm)
                    place = builder.mul(wide, _PLACES.splat(ENTRY_BYTES))
                    number = builder.add(row, builder.mul(rows, INT64(group)))
                    to_byte = builder.mul(number, INT64(2 * TABLES))
                    array = signature.args[3]
                    target = point(context, builder, array, places, to_byte, _PLACES.llvm)
                    builder.store(place, target, align=2)
        return context.get_dummy_value()

    numbers = types.intp, types.intp
    return types.void(packed, *numbers, places, *numbers, types.intp), generate
