"""Scopes, composed: a base that stands alone, and parts that change or add to it.

``real-shape+true-accumulator+lm-head`` is a composition. The bases:

- ``paper``: the accounting of Fig. 3 of b1.58 (arXiv 2402.17764), 12 hidden^2 weights a layer.
- ``bitnet-2023``: the same with a bias for every output, as BitNet (arXiv 2310.11453) has it.
- ``real-shape``: the same with the model's own matrices (gated FFN, shared key-value heads).
- ``array``: the model's own matrices as an array does them: its full adders, selectors,
  look-ups and weight decoder in every cycle that it issues, padding of tiles included.

The parts, in the order in which a name lists them:

- ``true-accumulator``: integer adds as wide as an exact sum needs.
- ``zero-skip``: zero weights of a measured fraction cost no add; on an array, no selection.
- ``activity``: selectors and adders of an array scaled by operand toggles measured on a trace.
- ``registers``: the register bits that an array writes.
- ``sram``, ``dram``: bits moved to and from buffers and DRAM, as the cycle model counts them.
- ``lm-head``: the LM head's arithmetic and, together with ``dram``, its weights.
"""

from dataclasses import dataclass

from workloads.errors import InputError, require_choice

PAPERS = ("paper", "bitnet-2023")
PARTS = (
    "true-accumulator",
    "zero-skip",
    "activity",
    "registers",
    "sram",
    "dram",
    "lm-head",
)
# What each base takes. The papers' matrices are on no array; an array has its own accumulators.
_TAKES = {
    "paper": ("true-accumulator", "zero-skip", "lm-head"),
    "bitnet-2023": ("true-accumulator", "zero-skip", "lm-head"),
    "real-shape": ("true-accumulator", "zero-skip", "sram", "dram", "lm-head"),
    "array": ("zero-skip", "activity", "registers", "sram", "dram", "lm-head"),
}
BASES = tuple(_TAKES)


@dataclass(frozen=True, kw_only=True)
class Composition:
    """A base and its parts, in the order of `PARTS`."""

    base: str
    parts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse parts that the base cannot have; raises InputError."""
        require_choice("scope", self.base, BASES)
        for part in self.parts:
            if part not in PARTS:
                raise InputError(f"scope must have only the parts {', '.join(PARTS)}, not {part!r}")
            if part not in _TAKES[self.base]:
                takes = ", ".join(_TAKES[self.base])
                raise InputError(f"scope {self.base} takes the parts {takes}, not {part}")
            if self.parts.count(part) > 1:
                raise InputError(f"scope must name {part} once, not {self.parts.count(part)} times")
        if {"zero-skip", "activity"} <= set(self.parts):
            raise InputError(
                "scope must have zero-skip or activity, not both: toggles tell of zeros"
            )

    @property
    def name(self) -> str:
        """The composition as text; `parse_composition` reads it."""
        return "+".join((self.base, *self.parts))

    @property
    def needs_array(self) -> bool:
        """Whether the counts of an array are needed."""
        return self.base == "array" or "sram" in self.parts or "dram" in self.parts


def parse_composition(text: str) -> Composition:
    """Return the composition that `text` names, its parts in any order; raises InputError.

    >>> parse_composition("real-shape+lm-head+true-accumulator").name
    'real-shape+true-accumulator+lm-head'
    """
    base, *parts = text.split("+")
    composition = Composition(base=base, parts=tuple(parts))
    return Composition(base=base, parts=tuple(sorted(composition.parts, key=PARTS.index)))
