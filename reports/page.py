"""The report of a run: one HTML file that needs neither network nor hwsim to be read.

`render_report` takes the dict of a run folder's run.json. The page carries plotly.js, its style
sheet and a few lines of script; everything from the record is escaped.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.facts import list_facts
from reports.records import Ledger, Record, check_run, find_phase
from reports.rendering import render_template
from reports.sources import list_sources
from workloads.errors import InputError
from workloads.files import write_file

TEMPLATE = "run.html.j2"


def write_report(run: Mapping[str, Any], path: Path | str, *, overwrite: bool = False) -> None:
    """Write the report of `run` to the file `path`, which appears whole or not at all.

    Raises InputError if `run` is no record of a run, the file exists and not `overwrite`, or its
    folder cannot be written.
    """
    page = render_report(run)
    with write_file(path, overwrite=overwrite) as aside:
        aside.write_text(page, encoding="utf-8")


def render_report(run: Mapping[str, Any]) -> str:
    """Return the report of `run` as HTML.

    Raises InputError if `run` is not a record of schema ``hwsim.run/1``, or lacks something.
    """
    try:
        described = _describe(check_run(run))
    except KeyError as error:
        raise InputError(f"run must have the key {error}, which is missing") from None
    return render_template(TEMPLATE, described)


def _describe(run: Record) -> dict[str, Any]:
    """Return what the template shows."""
    from reports import (
        accelerators,
        accelerators_table,
        answer,
        claims_figure,
        claims_table,
        cycle_figures,
        energy_figures,
        findings,
        fold_figure,
        operation_figure,
        packing,
        roofline,
        run_tables,
        scaling,
        scaling_table,
        timeline,
        traffic,
    )
    from reports.heat_map import draw_utilisation
    from reports.scopes_figure import draw_scopes

    ledger, phases, array = Ledger(run["energy"]), run["phases"], run["array"]
    claims, points = run.get("claims") or [], run.get("scaling") or []
    hardware, folds = run.get("accelerators"), run.get("folds") or []
    operations = run.get("operations") or []
    formats = traffic.count_traffic(run["model"], find_phase(run, "decode")["context"])
    own = traffic.count_run(run)
    modelled = any(claim["deviation"] is not None for claim in claims)
    tokens = {phase["phase"]: phase["tokens"] for phase in phases}
    badge, certificate = answer.describe_certificate(run.get("certificate"))
    return {
        "version": run["provenance"]["hwsim"],
        "title": answer.name_run(run),
        "answer": answer.state_answer(run),
        "numbers": answer.list_numbers(run),
        "prefill": find_phase(run, "prefill"),
        "decode": find_phase(run, "decode"),
        "describe_bound": answer.describe_bound,
        "badge": badge,
        "certificate": certificate,
        "paper_finding": findings.find_paper(run),
        "scopes_figure": draw_scopes(ledger),
        "energy_figures": [
            energy_figures.draw_energy(ledger, phase, tokens.get(phase.split()[0], 1))
            for phase in ledger.phases
        ],
        "energy_table": energy_figures.tabulate_energy(ledger, tokens),
        "operation_figures": [
            operation_figure.draw_operations(rows, phase)
            for phase in phases
            if (rows := [row for row in operations if row["phase"] == phase["phase"]])
        ],
        "operations_table": operation_figure.tabulate_operations(operations, phases)
        if operations
        else None,
        "timeline_figures": [
            *(timeline.draw_timeline(phase) for phase in phases),
            *(
                fold_figure.draw_folds(first, phase)
                for phase in phases
                if (first := [fold for fold in folds if fold["phase"] == phase["phase"]])
            ),
        ],
        "folds_table": fold_figure.tabulate_folds(folds) if folds else None,
        "cycle_figures": [cycle_figures.draw_cycles(phase) for phase in phases],
        "utilisation_figure": draw_utilisation(phases),
        "packing_figure": packing.draw_packing(formats, own),
        "packing_table": packing.tabulate_packing([*formats, own], array["memory_bandwidth_gb_s"]),
        "hardware_figure": accelerators.draw_accelerators(hardware) if hardware else None,
        "hardware_table": accelerators_table.tabulate_accelerators(hardware) if hardware else None,
        "scaling_figures": [
            scaling.draw_scaling(points, quantity) for quantity in scaling.QUANTITIES if points
        ],
        "scaling_table": scaling_table.tabulate_scaling(points) if points else None,
        "roofline_figure": roofline.draw_roofline(phases, array),
        "phases_table": run_tables.tabulate_phases(phases),
        "scopes_table": run_tables.tabulate_scopes(ledger),
        "matmuls_table": run_tables.tabulate_matmuls(phases, array["clock_mhz"]),
        "ledger_table": run_tables.tabulate_ledger(ledger),
        "claims_table": claims_table.tabulate_claims(claims) if claims else None,
        "claims_figure": claims_figure.draw_claims(claims) if modelled else None,
        "not_counted": run.get("not_counted") or [],
        "records": list_facts(run),
        "sources": [
            (f"{n:,} rows of the ledger", s) for s, n in list_sources(run["energy"]).items()
        ],
    }
