"""The first screen in words: the answer, the three numbers, what bounds it, the certificate.

Every number is computed from the record; nothing is typed. Plain text, escaped by the page.
"""

from collections.abc import Mapping
from typing import Any

from reports.notation import compare, format_percent, format_ratio, format_significant
from reports.records import Record, find_phase

# BitNet b1.58, arXiv 2402.17764, Fig. 3. From KEPT_SHARE of it on, the claim holds.
CLAIMED_RATIO = 71.4
KEPT_SHARE = 0.9
# What an array's arithmetic is made of, by style.
ARITHMETIC = {
    "tree": "adder trees of exact width, selectors",
    "table": "adders of exact width, table look-ups",
    "systolic": "adders of exact width, selectors",
}


def name_run(run: Record) -> str:
    """Return the run in a line: model, array, clock, memory, and technology tables of one's own."""
    array, own = run["array"], run.get("settings", {}).get("tables", [])
    tables = " and ".join(f"{table['file']} ({table['sha256'][:8]})" for table in own)
    return (
        f"{run['model']['name']} on the {array['style']} array, {array['lanes']} lanes × "
        f"{array['columns']} columns, "
        f"{array['clock_mhz']:g} MHz, {array['memory_bandwidth_gb_s']:g} GB/s"
        f"{', prices of ' if tables else ''}{tables}"
    )


def name_prices(settings: Mapping[str, Any]) -> str:
    """Return " with prices of" the technology tables in a run's settings; nothing without any.

    >>> name_prices({"tables": [{"file": "a.csv", "sha256": "..."}, {"file": "b.csv"}]})
    ' with prices of a.csv and b.csv'
    """
    files = [table["file"] for table in settings.get("tables", [])]
    return f" with prices of {' and '.join(files)}" if files else ""


def state_answer(run: Record) -> str:
    """Return the answer to "does it save 71.4x on hardware?" in one sentence."""
    numbers, decode = run["headline"], find_phase(run, "decode")
    prices = name_prices(run.get("settings", {}))
    claimed, counted = numbers["operation_ratio"], numbers["decode_ratio"]
    enough = KEPT_SHARE * CLAIMED_RATIO
    verdict = "One operation does, a model does not" if claimed >= enough else "No"
    return (
        f"{'Yes' if counted >= enough else verdict}: at {numbers['node_nm']} nm{prices} an INT8 "
        f"add takes {compare(claimed)} energy than an FP16 multiply-add, all arithmetic of "
        f"{run['model']['name']} on this array {compare(numbers['arithmetic_ratio'])}, and once "
        "registers, SRAM, DRAM and the LM head count, a token decoded at context "
        f"{decode['context']:,} takes {compare(counted)}."
    )


def list_numbers(run: Record) -> list[dict[str, Any]]:
    """Return the three ratios that matter, each with its name and scope."""
    numbers = run["headline"]
    node = f"{numbers['node_nm']} nm"
    claimed = numbers["operation_ratio"]
    prices = name_prices(run.get("settings", {}))
    claim = f"FP16 multiply-add / INT8 add at {node}{prices}: "
    if prices:
        claim += f"the paper's own number is {format_ratio(CLAIMED_RATIO)} at 7 nm"
    elif format_significant(claimed) == format_significant(CLAIMED_RATIO):
        claim += "the paper's number, reproduced"
    else:
        claim += f"the paper's {format_ratio(CLAIMED_RATIO)} is at 7 nm"
    arithmetic = f"{ARITHMETIC[run['array']['style']]}, FP16 scales and attention"
    whole = "with registers, SRAM, DRAM and LM head; prefill "
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
    """Return what sets the time of a phase's ternary matmuls, and how much."""
    if phase["bound"] == "tables":
        share = format_percent(phase["idle_share"])
        return f"ternary matmuls alone, bound by writing tables: {share} of the cycles wait"
    if phase["bound"] == "swap":
        share = format_percent(phase["stall_share"])
        return f"ternary matmuls alone, bound by the grid's weight swap: {share} of the cycles wait"
    if phase["bound"] == "memory":
        reason = f"waits for weights in {format_percent(phase['stall_share'])} of the cycles"
    else:
        reason = f"{format_percent(phase['utilisation'])} of the lanes' cycles are used"
    return f"ternary matmuls alone, {phase['bound']}-bound: {reason}"


def describe_certificate(certificate: Record | None) -> tuple[str, str]:
    """Return the badge (``passed``, ``failed`` or ``not run``) and the sentence beside it."""
    if certificate is None:
        return "not run", "Nothing was executed on the RTL: cycles are the cycle model's alone."
    predicted, simulated = certificate["predicted_cycles"], certificate["simulated_cycles"]
    relation = "=" if predicted == simulated else "≠"
    off = certificate["mismatched_cycles"]
    detail = f", {off:,} matmuls off" if off else ""
    sentence = (
        f"On the compiled RTL: {certificate['scope']}. {certificate['matmuls']:,} matmuls, "
        f"{certificate['outputs']:,} outputs, {certificate['mismatched_outputs']:,} mismatches; "
        f"predicted cycles {predicted:,} {relation} simulated cycles {simulated:,}{detail}."
    )
    return ("passed" if certificate["passed"] else "failed"), sentence
