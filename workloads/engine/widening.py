"""Floats of 16 bits widened to float32, exactly, as fast as they are read: 16 at a time."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types

from workloads.compilation import Array, kernel
from workloads.engine.lowering import INT64, Vector, intrinsic, point

_LANES = 16
_HALVES, _WORDS = Vector(_LANES, 16), Vector(_LANES, 32)
_FLOATS = ir.VectorType(ir.FloatType(), _LANES)
_REBIAS = (127 - 15) << 23  # of an exponent, from float16 to float32


@kernel
def widen_bfloats(stored: Array, widened: Array) -> None:
    """Bits of BF16, uint16[K], to float32[K]: its upper half is what they are."""
    bits = widened.view(np.uint32)
    for i in range(stored.size):
        bits[i] = np.uint32(stored[i]) << 16


@kernel
def widen_halves(stored: Array, widened: Array) -> None:
    """Bits of float16, uint16[K], to float32[K]."""
    whole = stored.size - stored.size % _LANES
    for at in range(0, whole, _LANES):
        _widen(stored, widened, at)
    if whole < stored.size:
        rest, last = np.zeros(_LANES, np.uint16), np.empty(_LANES, np.float32)
        rest[: stored.size - whole] = stored[whole:]
        _widen(rest, last, 0)
        widened[whole:] = last[: stored.size - whole]


@intrinsic
def _widen(typing_context: Any, stored: Any, widened: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        stored, widened, at = arguments
        offset = builder.mul(at, INT64(2))
        source = point(context, builder, signature.args[0], stored, offset, _HALVES.llvm)
        half = builder.zext(builder.load(source, align=2), _WORDS.llvm)
        exponent = builder.and_(half, _WORDS.splat(0x7C00))
        magnitude = builder.shl(builder.and_(half, _WORDS.splat(0x7FFF)), _WORDS.splat(13))
        normal = builder.add(magnitude, _WORDS.splat(_REBIAS))
        infinite = builder.icmp_unsigned("==", exponent, _WORDS.splat(0x7C00))  # or no number
        normal = builder.select(infinite, builder.add(normal, _WORDS.splat(_REBIAS)), normal)
        mantissa = builder.and_(half, _WORDS.splat(0x3FF))
        unit = ir.Constant(_FLOATS, [2.0**-24] * _LANES)
        subnormal = builder.fmul(builder.sitofp(mantissa, _FLOATS), unit)
        tiny = builder.icmp_unsigned("==", exponent, _WORDS.splat(0))
        bits = builder.select(tiny, builder.bitcast(subnormal, _WORDS.llvm), normal)
        sign = builder.shl(builder.and_(half, _WORDS.splat(0x8000)), _WORDS.splat(16))
        to = builder.mul(at, INT64(4))
        target = point(context, builder, signature.args[1], widened, to, _WORDS.llvm)
        builder.store(builder.or_(bits, sign), target, align=4)
        return context.get_dummy_value()

    return types.void(stored, widened, types.intp), generate
