"""The report of a run: one HTML file that needs neither network nor hwsim to be read.

`render_report` takes the dict of a run folder's run.json. The page carries plotly.js, its style
sheet and a few lines of script; everything from the record is escaped.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.notation import format_ratio, format_significant
from reports.records import Ledger, Record, check_run, find_phase
from reports.sources import link_citations, list_sources
from workloads.errors import InputError
from workloads.files import write_file

FOLDER = Path(__file__).parent
TEMPLATE = "template.html.j2"


def write_report(run: Mapping[str, Any], path: Path | str) -> None:
    """Write the report of `run` to the file `path`, which appears whole or not at all.

    Raises InputError if `run` is no record of a run, OSError if the folder is not writable.
    """
    page = render_report(run)
    with write_file(path) as aside:
        aside.write_text(page, encoding="utf-8")


def render_report(run: Mapping[str, Any]) -> str:
    """Return the report of `run` as HTML.

    Raises InputError if `run` is not a record of schema ``hwsim.run/1``, or lacks something.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup
    from plotly.offline import get_plotlyjs

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "cite": link_citations,
        "ratio": format_ratio,
        "significant": format_significant,
    }
    parts = {
        "style": (FOLDER / "style.css").read_text(encoding="utf-8"),
        "script": (FOLDER / "page.js").read_text(encoding="utf-8"),
        "plotly": get_plotlyjs(),
    }
    try:
        described = _describe(check_run(run))
    except KeyError as error:
        raise InputError(f"run must have the key {error}, which is missing") from None
    trusted = {name: Markup(text) for name, text in parts.items()}
    return environment.get_template(TEMPLATE).render(**trusted, **described)


def _describe(run: Record) -> dict[str, Any]:
    """Return what the template shows."""
    from reports import answer, cycle_figures, energy_figures, findings, roofline, run_tables
    from reports.scopes_figure import draw_scopes

    ledger, phases, array = Ledger(run["energy"]), run["phases"], run["array"]
    claims = run.get("claims") or []
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
        "cycle_figures": [cycle_figures.draw_cycles(phase) for phase in phases],
        "utilisation_figure": cycle_figures.draw_utilisation(phases),
        "roofline_figure": roofline.draw_roofline(phases, array),
        "phases_table": run_tables.tabulate_phases(phases),
        "scopes_table": run_tables.tabulate_scopes(ledger),
        "matmuls_table": run_tables.tabulate_matmuls(phases),
        "ledger_table": run_tables.tabulate_ledger(ledger),
        "claims_table": run_tables.tabulate_claims(claims) if claims else None,
        "claims_finding": findings.find_claims(claims) if claims else "",
        "not_counted": run.get("not_counted") or [],
        "records": {
            name: flatten(run.get(name) or {})
            for name in ("model", "array", "certificate", "provenance")
        },
        "sources": [
            (f"{n:,} rows of the ledger", s) for s, n in list_sources(run["energy"]).items()
        ],
    }


def flatten(record: Record, prefix: str = "") -> list[tuple[str, Any]]:
    """Return the record's leaves as (name, value); a nested name has its parents before it."""
    leaves: list[tuple[str, Any]] = []
    for name, value in record.items():
        if isinstance(value, Mapping):
            leaves += flatten(value, f"{prefix}{name} ")
        else:
            leaves.append((f"{prefix}{name}", "–" if value is None else value))
    return leaves
