"""A simulation on one screen of a terminal."""

import re

from rich.markup import escape

from hwsim.configuration import describe_array
from hwsim.console import console, print_table
from hwsim.display import TextTable, render_html
from hwsim.numerals import format_number, format_percent, format_quantity, format_ratio
from hwsim.padding import describe_padding
from hwsim.phases import Phase
from hwsim.result import Simulation
from reports.answer import CLAIMED_RATIO, name_prices
from reports.scopes import LADDER, name_scope

NO_CERTIFICATE = "certificate: not asked for (--no-verify); cycles are the cycle model's"


def print_summary(simulation: Simulation) -> None:
    """Print cycles, energy, ratios and the certificate of `simulation`."""
    terminal = console()
    for line in describe_subject(simulation):
        name, _, rest = line.partition(":")
        terminal.print(f"[bold]{escape(name)}[/bold]:{escape(rest)}")
    print_table(*tabulate_time(simulation))
    print_table(*tabulate_energy(simulation))
    terminal.print(re.sub(r"\b([\d.]+x)", r"[bold]\1[/bold]", describe_ratios(simulation)))
    certificate = simulation.certificate
    if certificate is None:
        terminal.print(NO_CERTIFICATE)
        return
    verdict = "[green]passed[/green]" if certificate.passed else "[red]FAILED[/red]"
    terminal.print(f"certificate {verdict}: {escape(certificate.scope)}")
    terminal.print(f"  {certificate.sentence()}")


def show_summary(simulation: Simulation) -> str:
    """Return the same as HTML, for a notebook."""
    certificate = simulation.certificate
    return render_html(
        *describe_subject(simulation),
        tabulate_time(simulation),
        tabulate_energy(simulation),
        describe_ratios(simulation),
        *([NO_CERTIFICATE] if certificate is None else certificate.lines()),
    )


def describe_subject(simulation: Simulation) -> tuple[str, ...]:
    """Return the model and the array, a line each, and a hint if padding costs it much."""
    shape, hint = simulation.shape, describe_padding(simulation.config)
    return (
        f"{shape.name}: {shape.ternary_weights / 1e6:,.1f} M ternary weights, "
        f"{shape.layers} layers of {shape.hidden} / {shape.intermediate}",
        f"array: {describe_array(simulation.config)}",
        *([f"note: {hint}"] if hint else []),
    )


def tabulate_time(simulation: Simulation) -> TextTable:
    """Return cycles, time and what bounds it, a column a phase."""
    phases = simulation.phases
    return TextTable(
        "Time of the ternary matmuls (attention and LM head run elsewhere)",
        ("", *(_name(phase) for phase in phases)),
        [
            ("cycles", *(f"{phase.cycles:,}" for phase in phases)),
            ("time", *(format_quantity(phase.seconds, "s") for phase in phases)),
            ("tokens/s", *(format_number(phase.tokens_per_second) for phase in phases)),
            ("utilisation", *(format_percent(phase.utilisation) for phase in phases)),
            ("waiting for weights", *(format_percent(phase.stall_share) for phase in phases)),
            *(
                [("slots too short", *(format_percent(phase.idle_share) for phase in phases))]
                if simulation.config.style == "table"
                else []
            ),
            ("bound by", *(phase.bound for phase in phases)),
        ],
    )


def tabulate_energy(simulation: Simulation) -> TextTable:
    """Return the energy of a token at widening scopes, a column a phase and node."""
    columns = [(p, t.node_nm) for p in simulation.phases for t in simulation.technologies]
    rows = []
    for scope in (scope for scope, composition in LADDER.items() if composition):
        totals = [simulation.find_total(scope, phase, node_nm) for phase, node_nm in columns]
        cells = (
            f"{format_quantity(row.ternary_pj / phase.tokens * 1e-12, 'J')}  "
            f"{format_ratio(row.ratio):>6}"
            for row, (phase, _) in zip(totals, columns, strict=True)
        )
        rows.append((name_scope(scope), *cells))
    return TextTable(
        "Energy a token, and how much less than the FP16 twin on the same account",
        ("counted", *(f"{phase.name} {node_nm} nm" for phase, node_nm in columns)),
        rows,
    )


def describe_ratios(simulation: Simulation) -> str:
    """Return the ratios that answer the question, in two sentences."""
    headline, prices = simulation.headline, name_prices(simulation.settings)
    figure = "arXiv 2402.17764, Fig. 3"
    if prices:
        figure += f", whose own number is {CLAIMED_RATIO:g}x at 7 nm"
    return (
        f"Paper's accounting{prices} at {headline['node_nm']} nm ({figure}): "
        f"{format_ratio(headline['operation_ratio'])} for one operation, "
        f"{format_ratio(headline['paper_ratio'])} for its 3B, "
        f"{format_ratio(headline['model_ratio'])} for this model and prefill. With everything "
        f"counted: prefill {format_ratio(headline['prefill_ratio'])}, decode "
        f"{format_ratio(headline['decode_ratio'])}."
    )


def _name(phase: Phase) -> str:
    if phase.name == "prefill":
        return f"prefill, {phase.tokens} tokens"
    return f"decode, a token at {phase.context}"
