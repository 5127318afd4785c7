"""What a run says, in sentences: the answer, and a finding for every figure.

Every number in them is computed from the record; nothing is typed. Plain text, escaped by the page.
"""

from collections.abc import Sequence
from typing import Any

from reports.energy_groups import group_energy
from reports.notation import (
    format_count,
    format_percent,
    format_quantity,
    format_ratio,
    format_significant,
)
from reports.records import Ledger, Record, find_phase, name_scope

# From here on a ratio is as good as the claim.
KEPT_SHARE = 0.9
# BitNet b1.58, arXiv 2402.17764, Fig. 3.
CLAIMED_RATIO = 71.4


def compare(ratio: float) -> str:
    """Return an FP16 / ternary ratio in words.

    >>> compare(5.8), compare(0.5)
    ('5.80× less', '2.00× more')
    """
    return f"{format_ratio(1 / ratio)} more" if 0 < ratio < 1 else f"{format_ratio(ratio)} less"


def name_run(run: Record) -> str:
    """Return the run in a line: model, array, clock, memory."""
    array = run["array"]
    return (
        f"{run['model']['name']} on {array['lanes']} × {array['columns']} ternary lanes, "
        f"{format_significant(array['clock_mhz'])} MHz, "
        f"{format_significant(array['memory_bandwidth_gb_s'])} GB/s"
    )


def answer(run: Record) -> str:
    """Return the answer to "does it save 71.4x on hardware?" in one sentence."""
    numbers, decode = run["headline"], find_phase(run, "decode")
    claimed, counted = numbers["operation_ratio"], numbers["decode_ratio"]
    kept = counted >= KEPT_SHARE * CLAIMED_RATIO
    return (
        f"{'Yes' if kept else 'One operation does, a model does not'}: at {numbers['node_nm']} nm "
        f"an INT8 add takes {compare(claimed)} energy than an FP16 multiply-add, all arithmetic of "
        f"{run['model']['name']} on this array {compare(numbers['arithmetic_ratio'])}, and once "
        f"registers, buffers, DRAM and the LM head count, a token decoded at context "
        f"{decode['context']:,} takes {compare(counted)}."
    )


def list_numbers(run: Record) -> list[dict[str, Any]]:
    """Return the three ratios that matter, each with its name and scope."""
    numbers = run["headline"]
    node = f"{numbers['node_nm']} nm"
    claimed = numbers["operation_ratio"]
    claim = f"FP16 multiply-add / INT8 add at {node}: "
    if format_significant(claimed) == format_significant(CLAIMED_RATIO):
        claim += "the paper’s number, reproduced"
    else:
        claim += f"the paper’s {format_ratio(CLAIMED_RATIO)} is at 7 nm"
    arithmetic = "adder trees of exact width, selectors, FP16 scales and attention"
    whole = "and registers, buffers, DRAM and LM head; prefill "
    return [
        {"value": claimed, "name": "one operation", "scope": claim},
        {
            "value": numbers["arithmetic_ratio"],
            "name": "all arithmetic, on this array",
            "scope": f"{arithmetic}; prefill, {node}",
        },
        {
            "value": numbers["decode_ratio"],
            "name": "a decoded token, with memory",
            "scope": f"{whole}{format_ratio(numbers['prefill_ratio'])}, {node}",
        },
    ]


def describe_bound(phase: Record) -> str:
    """Return what a phase waits for, with its utilisation."""
    if phase["bound"] == "memory":
        stalled = format_percent(phase["stall_share"])
        return f"memory-bound: waits for weights in {stalled} of the cycles"
    return f"compute-bound: {format_percent(phase['utilisation'])} of the lanes' cycles are used"


def describe_certificate(certificate: Record | None) -> tuple[str, str]:
    """Return the badge (``passed``, ``failed`` or ``not run``) and the sentence beside it."""
    if certificate is None:
        return "not run", "Nothing was executed on the RTL: cycles are the cycle model's alone."
    predicted, simulated = certificate["predicted_cycles"], certificate["simulated_cycles"]
    relation = "=" if predicted == simulated else "≠"
    sentence = (
        f"On the compiled RTL: {certificate['scope']}. {certificate['matmuls']:,} matmuls, "
        f"{certificate['outputs']:,} outputs, {certificate['mismatched_outputs']:,} mismatches; "
        f"predicted cycles {predicted:,} {relation} simulated cycles {simulated:,}."
    )
    return ("passed" if certificate["passed"] else "failed"), sentence


def find_paper(run: Record) -> str:
    """Return what the paper's own accounting of a whole forward pass gives."""
    numbers = run["headline"]
    paper, ours = format_ratio(numbers["paper_ratio"]), format_ratio(numbers["model_ratio"])
    return (
        "Before any hardware: the paper's own accounting of a forward pass (arXiv 2402.17764, "
        f"Fig. 3, 512 tokens) at {numbers['node_nm']} nm gives {paper} for its 3B and {ours} for "
        "the model of this run."
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


def find_cycles(phases: Sequence[Record]) -> str:
    """Return how each phase spends its cycles."""
    return " ".join(
        f"{phase['phase'].capitalize()}: {format_count(phase['cycles'])} cycles, of which the "
        f"array issues in {format_percent(_share(phase, 'issue_cycles'))}, waits for weights in "
        f"{format_percent(_share(phase, 'weight_stall_cycles'))} and fills or drains in "
        f"{format_percent(_share(phase, 'fill_cycles') + _share(phase, 'drain_cycles'))}."
        for phase in phases
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
    """Return each phase's place under the roof."""
    ridge = array["peak_gops"] / array["memory_bandwidth_gb_s"]
    parts = []
    for phase in phases:
        operations = find_intensity(phase)
        side = "below" if operations < ridge else "not below"
        parts.append(
            f"{phase['phase'].capitalize()}: {format_significant(operations)} select-and-adds for "
            f"every weight byte, {side} the {format_significant(ridge)} that keep the array busy."
        )
    return " ".join(parts)


def find_claims(claims: Sequence[Record]) -> str:
    """Return how many published claims came out, by verdict."""
    verdicts = [claim["verdict"] for claim in claims]
    counts = [f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts)]
    drifted = sum(bool(claim["drifted"]) for claim in claims)
    held = "every value is within its tolerance" if not drifted else f"{drifted} out of tolerance"
    return f"Of {len(claims)} numbers, {', '.join(counts)}; {held}."


def find_intensity(phase: Record) -> float:
    """Return the select-and-adds of a phase for every byte of weights it moves."""
    operations = sum(m["count"] * m["lane_operations"] for m in phase["matmuls"])
    return float(operations / phase["weight_bytes"])


def _share(phase: Record, field: str) -> float:
    return float(sum(m["count"] * m[field] for m in phase["matmuls"]) / phase["cycles"])
