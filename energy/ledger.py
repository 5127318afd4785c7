"""The energy ledger: FP16 twin against ternary array, at widening scopes, side by side.

The first four scopes are accounts of arithmetic alone and need no array:

- ``paper-op``: one FP16 multiply-add against one INT8 add, the 71.4x.
- ``paper``: the accounting of Fig. 3 of arXiv 2402.17764 (21.7x for its 3B), see `arithmetic`.
- ``real-shape``: the same with the model's own matrices (gated FFN, shared key-value heads).
- ``true-accumulator``: the same with adds as wide as an exact sum needs.

With the counts of an array follow ``array``, which replaces the adds by the full adders and
selectors that the array uses, and ``+registers``, ``+sram``, ``+dram``, ``+lm-head``, each of which
adds to the total before it. Scales and attention are FP16 arithmetic in both models throughout.

The FP16 twin is a multiply-add array with as many lanes and columns, the same folds, the same
double-buffered weights and the same token blocks: every value moves as often, weights and
activations as 16 bits, sums in the format of its accumulator. FP16 sums are its cheapest choice
and do the claim no favour; `twin_accumulator="fp32"` is what GPUs do.

Activations stay on chip; DRAM carries the weights, and keys and values in FP16: written once,
and in a decode step read back for the whole context. `NOT_COUNTED` lists what no scope contains.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from energy.array_scopes import array_scopes
from energy.counts import ArrayCounts
from energy.scopes import TWIN_SUM_BITS, Entry, ForwardPass, arithmetic_scopes
from energy.technology import Technology
from workloads.errors import require_choice, require_int
from workloads.shapes import ModelShape

SCOPES = (
    "paper-op",
    "paper",
    "real-shape",
    "true-accumulator",
    "array",
    "+registers",
    "+sram",
    "+dram",
    "+lm-head",
)

NOT_COUNTED = (
    "leakage and idle cycles",
    "clock tree and clock gates (a register bit is priced in the cycles that write it)",
    "wires between buffers and array, control, stream queues, the decoder of packed weights",
    "norms, softmax, RoPE, activation function, the quantiser's maximum and rounding",
    "the embedding's row, and activations of attention beyond its arithmetic",
    "half the attention of a prefill that a causal mask can skip (the papers count all of it)",
    "zero weights: a selector that gives 0 is priced like any other",
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
    source : where the prices come from, and what was counted.
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
    twin_accumulator: str = "fp16",
) -> tuple[LedgerRow, ...]:
    """Return the ledger of one forward pass.

    Parameters
    ----------
    tokens, context : tokens of the pass and positions each attends to. A prefill of n tokens has
        ``tokens=n``; a decode step at context c has ``tokens=1, context=c``, itself included.
    counts : what the ternary matmuls of this pass cost on an array; without it the ledger ends
        before the scope ``array``.
    dram : kind of DRAM in the memory table.
    twin_accumulator : fp16 or fp32: the twin's adds and partial sums from ``true-accumulator`` on;
        the papers' scopes keep FP16.

    Raises InputError for bad arguments.
    """
    require_int("tokens", tokens)
    context = tokens if context is None else require_int("context", context, minimum=tokens)
    require_choice("twin_accumulator", twin_accumulator, TWIN_SUM_BITS)
    technology.dram_bit(dram)  # refuses a wrong name also where no scope needs it
    forward = ForwardPass(
        shape=shape,
        technology=technology,
        tokens=tokens,
        context=context,
        dram=dram,
        twin_accumulator=twin_accumulator,
    )
    scopes = list(arithmetic_scopes(forward))
    if counts is not None:
        scopes += array_scopes(forward, counts)
    rows: list[LedgerRow] = []
    running: list[Entry] = []
    for scope, entries in scopes:
        running = [*running, *entries] if scope.startswith("+") else entries
        shown = entries if scope == "paper-op" else [*entries, _add_up(running)]
        rows += [_make_row(scope, entry, forward) for entry in shown]
    return tuple(rows)


def _add_up(entries: Sequence[Entry]) -> Entry:
    return Entry(
        "total",
        sum(entry.fp16_pj for entry in entries),
        sum(entry.ternary_pj for entry in entries),
        "sum of " + ", ".join(entry.category for entry in entries),
        tuple(price for entry in entries for price in entry.prices),
    )


def _make_row(scope: str, entry: Entry, forward: ForwardPass) -> LedgerRow:
    kinds = {price.kind for price in entry.prices}
    sources = dict.fromkeys(price.source for price in entry.prices)
    return LedgerRow(
        scope=scope,
        category=entry.category,
        fp16_pj=entry.fp16_pj,
        ternary_pj=entry.ternary_pj,
        ratio=entry.fp16_pj / entry.ternary_pj if entry.ternary_pj else None,
        kind=kinds.pop() if len(kinds) == 1 else "derived",
        source="; ".join([entry.counted, *sources]),
        phase=_name_phase(forward.tokens, forward.context),
        node_nm=forward.technology.node_nm,
    )


def _name_phase(tokens: int, context: int) -> str:
    if tokens == context:
        return f"prefill of {tokens} tokens"
    if tokens == 1:
        return f"decode at context {context}"
    return f"{tokens} tokens at context {context}"
