"""The ratio FP16 / ternary from scope to scope, as the steps of a waterfall."""

from typing import TypeAlias

from reports.notation import format_ratio, format_significant
from reports.records import Ledger

# A step closer to 1 than this is none.
SAME = 5e-3

Ratios: TypeAlias = list[float | None]


def list_ratios(ledger: Ledger, phase: str, node_nm: int) -> Ratios:
    """Return the ratio at every scope, and the last one again as the total."""
    rows = [ledger.find_total(phase, node_nm, scope) for scope in ledger.scopes]
    ratios = [row["ratio"] if row else None for row in rows]
    return [*ratios, ratios[-1]]


def list_steps(ratios: Ratios, low: float) -> list[tuple[float, float] | None]:
    """Return where each bar begins and ends: the first and the total at `low`, steps between.

    >>> list_steps([70.0, 20.0, None, 30.0, 30.0], 1.0)
    [(1.0, 70.0), (70.0, 20.0), None, (20.0, 30.0), (1.0, 30.0)]
    """
    steps: list[tuple[float, float] | None] = []
    before = low
    for index, ratio in enumerate(ratios):
        if ratio is None:
            steps.append(None)
            continue
        steps.append((low if index == len(ratios) - 1 else before, ratio))
        before = ratio
    return steps


def label_step(ratio: float | None, before: float | None) -> str:
    """Return a ratio and what the step to it divided or multiplied by, if anything.

    >>> label_step(20.0, 70.0), label_step(30.0, 20.0), label_step(30.0, 30.0)
    ('20.0×  ÷3.50', '30.0×  ×1.50', '30.0×')
    """
    if not ratio or not before or abs(ratio / before - 1) < SAME:
        return format_ratio(ratio)
    sign, factor = ("÷", before / ratio) if ratio < before else ("×", ratio / before)
    return f"{format_ratio(ratio)}  {sign}{format_significant(factor)}"
