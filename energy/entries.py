"""The elements of an account: a forward pass, and entries of energy with their prices."""

from dataclasses import dataclass
from typing import NamedTuple

from energy.activity import Activity
from energy.formats import NumberFormat
from energy.prices import OpEnergy
from energy.quantities import Count, Energy
from energy.technology import Technology
from workloads.errors import InputError
from workloads.shapes import ModelShape

FLOAT_SUMS = ("own", "fp32")
OTHER_BITS = 16


class Entry(NamedTuple):
    """Energy of one category in one number format.

    `part` is the base or part of the composition that it belongs to, `scaled` says what a measured
    rate did to it: a factor with its rule, ``unscaled``, or nothing where no rate was asked for.
    """

    part: str
    category: str
    pj: Energy
    counted: str
    prices: tuple[OpEnergy, ...]
    scaled: str = ""


@dataclass(frozen=True, kw_only=True)
class ForwardPass:
    """What an account is of.

    Attributes
    ----------
    tokens, context : tokens of the pass, and positions that each attends to; ints or arrays. A
        prefill of n tokens has n and n; a decode step at context c has 1 and c, itself included.
    dram : kind of DRAM in the memory table.
    float_sums : ``own`` or ``fp32``: the adds and partial sums of float baselines, except in the
        papers' own scopes.
    lm_head_tokens : tokens that pass the LM head; 1, the last, is what generation needs.
    zero_fraction : share of zero weights for the part ``zero-skip``.
    activity : rates for the part ``activity``.
    """

    shape: ModelShape
    technology: Technology
    tokens: Count
    context: Count
    dram: str = "hbm2"
    float_sums: str = "own"
    lm_head_tokens: Count = 1
    zero_fraction: float | None = None
    activity: Activity | None = None

    @property
    def key_value_bits(self) -> int:
        """Bits of the 16-bit keys and values that one token leaves in all layers."""
        return 2 * self.shape.kv_heads * self.shape.head_dim * self.shape.layers * OTHER_BITS

    def float_sum(self, numbers: NumberFormat) -> str:
        """Return the format of a float baseline's sums."""
        return numbers.sum if self.float_sums == "own" else self.float_sums

    def require_zero_fraction(self) -> float:
        """Return the zero fraction; raises InputError where none is known."""
        if self.zero_fraction is None:
            raise InputError(f"zero_fraction must be given: none is known of {self.shape.name}")
        return self.zero_fraction

    def require_activity(self) -> Activity:
        """Return the measured rates; raises InputError where there are none."""
        if self.activity is None:
            raise InputError("activity must come from a trace, not from a model alone")
        return self.activity


def name_phase(tokens: int, context: int) -> str:
    """Return a pass in words, for example ``decode at context 512``."""
    if tokens == context:
        return f"prefill of {tokens} tokens"
    if tokens == 1:
        return f"decode at context {context}"
    return f"{tokens} tokens at context {context}"
