"""The page of two runs: what differs in their settings, and what follows in their results.

Takes the records of both runs and what `hwsim compare RUN1 RUN2 --json` prints. A ratio is always
second / first.
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from reports.difference_cycles import draw_cycles
from reports.difference_figures import draw_ratios, find_node
from reports.difference_table import tabulate_differences
from reports.notation import format_quantity, format_ratio, format_significant
from reports.records import Ledger, Record, check_run, find_phase
from reports.rendering import render_template
from workloads.errors import InputError

TEMPLATE = "difference.html.j2"


def render_difference(comparison: Record, first: Record, second: Record) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    comparison : ``runs``, ``settings``, ``results``, ``equal_results``.
    first, second : content of the runs' run.json.

    Raises InputError if a record is no run.
    """
    names = name_runs(comparison["runs"])
    try:
        values = _describe(comparison, names, (check_run(first), check_run(second)))
    except KeyError as error:
        raise InputError(f"run must have the key {error}, which is missing") from None
    return render_template(TEMPLATE, values)


def name_runs(paths: Sequence[str]) -> tuple[str, str]:
    """Return short names of two folders: their last parts, or all if these are equal.

    >>> name_runs(["out/narrow", "out/wide"]), name_runs(["a/run", "b/run"])
    (('narrow', 'wide'), ('a/run', 'b/run'))
    """
    first, second = paths
    short = PurePath(first).name, PurePath(second).name
    return short if short[0] != short[1] and all(short) else (first, second)


def list_ratios(runs: tuple[Record, Record]) -> list[dict[str, Any]]:
    """Return second / first of speed and energy: value, name, and what it compares.

    Energies are of the first node that both runs have; without one there is no such ratio.
    """
    numbers = []
    for name in ("decode", "prefill"):
        speeds = [find_phase(run, name)["tokens_per_second"] for run in runs]
        numbers.append(
            {
                "value": speeds[1] / speeds[0],
                "name": f"the speed of {name}",
                "scope": f"tokens/s through the ternary matmuls: {_round(speeds[0])} and "
                f"{_round(speeds[1])}",
            }
        )
    if (node := find_node(runs)) is None:
        return numbers
    energies = [_count_token(run, node) for run in runs]
    numbers.append(
        {
            "value": energies[1] / energies[0],
            "name": "the energy of a decoded token",
            "scope": f"everything counted, at {node} nm: "
            + " and ".join(format_quantity(energy_pj * 1e-12, "J") for energy_pj in energies),
        }
    )
    return numbers


def state_difference(names: tuple[str, str], numbers: Sequence[Record], settings: int) -> str:
    """Return what the change of settings does, in a sentence or two."""
    *most, last = (f"{format_ratio(number['value'])} {number['name']}" for number in numbers)
    count = {0: "no setting differs", 1: "one setting differs"}.get(
        settings, f"{settings} settings differ"
    )
    return (
        f"Between {names[0]} and {names[1]}, {count}. {names[1]} has {', '.join(most)} and {last}."
    )


def _describe(
    comparison: Record, names: tuple[str, str], runs: tuple[Record, Record]
) -> dict[str, Any]:
    numbers = list_ratios(runs)
    settings, results = comparison["settings"], comparison["results"]
    return {
        "version": runs[1]["provenance"]["hwsim"],
        "title": f"{names[0]} and {names[1]}; ratios are {names[1]} / {names[0]}",
        "answer": state_difference(names, numbers, len(settings)),
        "numbers": numbers,
        "settings_table": tabulate_differences("settings", names, settings) if settings else None,
        "results_table": tabulate_differences("results", names, results) if results else None,
        "equal": f"{comparison['equal_results']:,} results are the same, {len(results):,} differ.",
        "ratios_figure": draw_ratios(names, runs),
        "cycles_figure": draw_cycles(names, runs),
    }


def _round(speed: float) -> str:
    """Return 4 significant digits, never in scientific notation."""
    digits = format_significant(float(f"{speed:.4g}"), 4)
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _count_token(run: Record, node_nm: int) -> float:
    """Return the energy of the decode step in pJ, in the widest scope at `node_nm`."""
    ledger = Ledger(run["energy"])
    phase = next(phase for phase in ledger.phases if phase.startswith("decode"))
    total = ledger.find_total(phase, node_nm, ledger.scopes[-1])
    return float((total or {"ternary_pj": 0.0})["ternary_pj"])
