"""What each figure of a run shows, in a sentence or two.

Every number is computed from the record; nothing is typed. Plain text, escaped by the page.
"""

from collections.abc import Sequence
from itertools import pairwise

from reports.answer import name_prices
from reports.energy_groups import group_energy
from reports.notation import (
    compare,
    format_deviation,
    format_percent,
    format_quantity,
    format_ratio,
    format_significant,
)
from reports.records import Ledger, Record
from reports.scopes import name_scope


def find_paper(run: Record) -> str:
    """Return what the paper's own accounting of a whole forward pass gives."""
    numbers = run["headline"]
    paper, ours = format_ratio(numbers["paper_ratio"]), format_ratio(numbers["model_ratio"])
    prices = name_prices(run.get("settings", {}))
    own = "" if prices else " own"
    return (
        f"Before any hardware: the paper's{own} accounting of a forward pass (arXiv 2402.17764, "
        f"Fig. 3){prices} at {numbers['node_nm']} nm gives {paper} for its 3B with "
        f"512 tokens and {ours} for the model and prefill of this run."
    )


def find_scopes(ledger: Ledger, node_nm: int) -> str:
    """Return what becomes of the ratio from the first scope to the last, for every phase."""
    parts = []
    for phase in ledger.phases:
        totals = [(scope, ledger.find_total(phase, node_nm, scope)) for scope in ledger.scopes]
        ratios = [(scope, row["ratio"]) for scope, row in totals if row and row["ratio"]]
        if len(ratios) < 2:
            continue
        (first, claimed), (last, counted) = ratios[0], ratios[-1]
        low, lowest = min(ratios, key=lambda pair: pair[1])
        dip = "" if low == last else f", the least being {format_ratio(lowest)} ({name_scope(low)})"
        steps = [(a / b, scope) for (_, a), (scope, b) in pairwise(ratios)]
        fall, cause = max(steps)
        dip += f"; the largest fall, ÷{format_significant(fall)}, is at {name_scope(cause)}"
        parts.append(
            f"{phase.capitalize()}: from {format_ratio(claimed)} ({name_scope(first)}) to "
            f"{format_ratio(counted)} ({name_scope(last)}){dip}."
        )
    return " ".join(parts)


def find_energy(ledger: Ledger, phase: str, tokens: int) -> str:
    """Return where the energy of a phase goes, at the first node."""
    node_nm = ledger.nodes_nm[0]
    groups = group_energy(ledger.find_parts(phase, node_nm))
    twin = sum(group.fp16_pj for group in groups)
    ours = sum(group.ternary_pj for group in groups)
    if not ours or not twin:
        return ""
    most = max(groups, key=lambda group: group.ternary_pj)
    unit = "J a token" if tokens > 1 else "J"
    return (
        f"At {node_nm} nm the {phase} takes {format_quantity(ours * 1e-12 / tokens, unit)} against "
        f"{format_quantity(twin * 1e-12 / tokens, unit)} in FP16, {compare(twin / ours)} energy; "
        f"{format_percent(most.ternary_pj / ours)} of it goes to {most.name}."
    )


def find_cycles(phase: Record) -> str:
    """Return how a phase spends its cycles."""
    issue = format_percent(_share(phase, "issue_cycles"))
    stall = format_percent(_share(phase, "weight_stall_cycles"))
    edges = format_percent(_share(phase, "fill_cycles", "drain_cycles"))
    tables = ""
    if any(matmul.get("idle_cycles") for matmul in phase["matmuls"]):
        tables = f"waits for tables in {format_percent(_share(phase, 'idle_cycles'))}, "
    return (
        f"{phase['phase'].capitalize()}: {phase['cycles']:,} cycles. The array adds in {issue}, "
        f"waits for weights in {stall}, {tables}fills or drains in {edges}."
    )


def find_utilisation(phases: Sequence[Record]) -> str:
    """Return the range of the matmuls' utilisation in each phase."""
    parts = []
    for phase in phases:
        shares = {matmul["utilisation"]: matmul["name"] for matmul in phase["matmuls"]}
        low, high = format_percent(min(shares)), format_percent(max(shares))
        spread = f"all {low}"
        if low != high:
            spread = f"from {low} ({shares[min(shares)]}) to {high} ({shares[max(shares)]})"
        parts.append(f"{phase['phase'].capitalize()}: {spread}.")
    return " ".join(parts)


def find_roofline(phases: Sequence[Record], array: Record) -> str:
    """Return each phase's place under the roof, and how much of the roof's rate it reaches."""
    peak, bandwidth = array["peak_gops"] * 1e9, array["memory_bandwidth_gb_s"] * 1e9
    ridge = peak / bandwidth
    parts = []
    for phase in phases:
        operations = find_intensity(phase)
        side = "below" if operations < ridge else "not below"
        rate = operations * phase["weight_bytes"] / phase["cycles"] * array["clock_mhz"] * 1e6
        reached = rate / min(peak, operations * bandwidth)
        parts.append(
            f"{phase['phase'].capitalize()}: {format_significant(operations)} select-and-adds for "
            f"every weight byte, {side} the {format_significant(ridge)} that keep the array busy; "
            f"it reaches {format_percent(reached)} of the roof."
        )
    return " ".join(parts)


def find_claims(claims: Sequence[Record]) -> str:
    """Return how many published claims came out, by verdict."""
    verdicts = [claim["verdict"] for claim in claims]
    counts = [f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts)]
    drifted = sum(bool(claim["drifted"]) for claim in claims)
    held = "every value is within its tolerance" if not drifted else f"{drifted} out of tolerance"
    most = max(claims, key=lambda claim: abs(claim["deviation"] or 0))
    off = ""
    if most["deviation"]:
        off = (
            f" The largest deviation is {format_deviation(most['deviation'])}: {most['label']}, "
            f"printed as {most['printed']} {most['unit']}."
        )
    return f"Of {len(claims)} numbers, {', '.join(counts)}; {held}.{off}"


def find_intensity(phase: Record) -> float:
    """Return the select-and-adds of a phase for every byte of weights it moves."""
    operations = sum(m["count"] * m["lane_operations"] for m in phase["matmuls"])
    return float(operations / phase["weight_bytes"])


def _share(phase: Record, *fields: str) -> float:
    """Return the share of a phase's cycles that `fields` of its matmuls sum up to."""
    cycles = sum(m["count"] * m[field] for m in phase["matmuls"] for field in fields)
    return float(cycles / phase["cycles"])
