"""The energy ledger: FP16 twin against ternary array, at widening scopes, side by side.

The first four scopes are accounts of arithmetic alone and need no array:

- ``paper-op``: one FP16 multiply-add against one INT8 add, the 71.4x.
- ``paper``, ``real-shape``, ``true-accumulator``: see `energy.compositions`; the last keeps the
  model's own matrices.

With the counts of an array follow ``array`` and ``+registers``, ``+sram``, ``+dram``, ``+lm-head``,
each of which adds to the total before it. `NOT_COUNTED` lists what no scope contains.

The FP16 twin is a multiply-add array with as many lanes and columns, the same folds, the same
double-buffered weights and the same token blocks. FP16 sums are its cheapest choice and do the
claim no favour; `float_sums="fp32"` is what GPUs do. Activations stay on chip; DRAM carries the
weights, and keys and values in FP16: written once, and in a decode step read back.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from energy.accounts import open_account, sum_pj
from energy.compositions import Composition, parse_composition
from energy.counts import ArrayCounts
from energy.entries import FLOAT_SUMS, Entry, ForwardPass, name_phase
from energy.formats import FORMATS, TERNARY
from energy.technology import Technology
from workloads.errors import require_choice, require_int
from workloads.shapes import ModelShape

_ARITHMETIC = {
    "paper": "paper",
    "real-shape": "real-shape",
    "true-accumulator": "real-shape+true-accumulator",
}
_ON_ARRAY = {
    "array": "array",
    "+registers": "array+registers",
    "+sram": "array+registers+sram",
    "+dram": "array+registers+sram+dram",
    "+lm-head": "array+registers+sram+dram+lm-head",
}
_STANDALONE = (*_ARITHMETIC, "array")
SCOPES = ("paper-op", *_ARITHMETIC, *_ON_ARRAY)
TOTAL = "total"

NOT_COUNTED = (
    "leakage and idle cycles",
    "clock tree and clock gates (a register bit is priced in the cycles that write it)",
    "wires between buffers and array, control, stream queues, flags of illegal codes",
    "word lines of tables and of stores of several tiles, and copies of tables for more readers",
    "norms, softmax, RoPE, activation function, the quantiser's maximum and rounding",
    "the embedding's row, and activations of attention beyond its arithmetic",
    "the saving of a causal mask: half a prefill's attention, counted whole, as in papers",
    "the saving of zero weights, unless a scope says zero-skip: a selector giving 0 has a price",
)


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """One line of the ledger.

    Attributes
    ----------
    scope, category : one of `SCOPES`; what is counted, or ``total`` of the scope.
    fp16_pj, ternary_pj : energy of the whole forward pass in pJ (``paper-op``: of one operation).
    ratio : fp16_pj / ternary_pj; None where the ternary side spends nothing.
    kind : published if every price is, otherwise derived (or the kind of the user's own prices).
    source : what was counted, and where the prices come from.
    phase, node_nm : forward pass and technology node that the row belongs to.
    """

    scope: str
    category: str
    fp16_pj: float
    ternary_pj: float
    ratio: float | None
    kind: str
    source: str
    phase: str
    node_nm: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a plain dict, for JSON or a table."""
        return asdict(self)


def build_ledger(
    shape: ModelShape,
    technology: Technology,
    *,
    tokens: int,
    context: int | None = None,
    counts: ArrayCounts | None = None,
    dram: str = "hbm2",
    float_sums: str = "own",
) -> tuple[LedgerRow, ...]:
    """Return the ledger of one forward pass; parameters as in `energy.entries.ForwardPass`.

    `counts` is what the ternary matmuls of this pass cost on an array; without it the ledger ends
    before the scope ``array``. Raises InputError for bad arguments.
    """
    require_int("tokens", tokens)
    context = tokens if context is None else require_int("context", context, minimum=tokens)
    require_choice("float_sums", float_sums, FLOAT_SUMS)
    technology.dram_bit(dram)  # refuses a wrong name also where no scope needs it
    forward = ForwardPass(
        shape=shape,
        technology=technology,
        tokens=tokens,
        context=context,
        dram=dram,
        float_sums=float_sums,
    )
    rows = [_compare_operation(forward)]
    for scope, name in (_ARITHMETIC | (_ON_ARRAY if counts else {})).items():
        rows += _compare(scope, parse_composition(name), forward, counts)
    return tuple(rows)


def _compare(
    scope: str, composition: Composition, forward: ForwardPass, counts: ArrayCounts | None
) -> Iterator[LedgerRow]:
    """Yield the rows that a scope has of its own, then the total of everything it contains."""
    sides = [
        open_account(forward, numbers, composition, counts)
        for numbers in (FORMATS["fp16"], TERNARY)
    ]
    fp16, ternary = (
        {entry.category: entry for entry in entries if scope in (f"+{entry.part}", *_STANDALONE)}
        for entries in sides
    )
    for category in ternary | fp16:
        yield _make_row(scope, category, fp16.get(category), ternary.get(category), forward)
    yield _make_row(scope, TOTAL, _add_up(sides[0]), _add_up(sides[1]), forward)


def _compare_operation(forward: ForwardPass) -> LedgerRow:
    technology = forward.technology
    mul, add, int8 = technology.mul("fp16"), technology.add("fp16"), technology.add("int8")
    fp16 = Entry("paper-op", "multiply-add", mul.pj + add.pj, "one operation", (mul, add))
    ternary = Entry("paper-op", "multiply-add", int8.pj, "one operation", (int8,))
    return _make_row("paper-op", "multiply-add", fp16, ternary, forward)


def _add_up(entries: list[Entry]) -> Entry:
    counted = "sum of " + ", ".join(entry.category for entry in entries)
    prices = tuple(price for entry in entries for price in entry.prices)
    return Entry("", TOTAL, sum_pj(entries), counted, prices)


def _make_row(
    scope: str, category: str, fp16: Entry | None, ternary: Entry | None, forward: ForwardPass
) -> LedgerRow:
    entries = [entry for entry in (fp16, ternary) if entry]
    prices = [price for entry in entries for price in entry.prices]
    kinds = {price.kind for price in prices}
    source = dict.fromkeys([e.counted for e in entries] + [price.source for price in prices])
    fp16_pj, ternary_pj = (float(entry.pj) if entry else 0.0 for entry in (fp16, ternary))
    return LedgerRow(
        scope=scope,
        category=category,
        fp16_pj=fp16_pj,
        ternary_pj=ternary_pj,
        ratio=fp16_pj / ternary_pj if ternary_pj else None,
        kind=kinds.pop() if len(kinds) == 1 else "derived",
        source="; ".join(source),
        phase=name_phase(int(forward.tokens), int(forward.context)),
        node_nm=forward.technology.node_nm,
    )
