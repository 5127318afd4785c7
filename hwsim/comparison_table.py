"""Published accelerators and the simulated array on a terminal."""

from hwsim.comparison import ComparedAccelerator, Comparison
from hwsim.console import console, print_table
from hwsim.display import TextTable, render_html

_HEADER = ("design", "model", "technology", "covers", "tokens/s", "power", "pJ/MAC", "to ours")


def print_comparison(comparison: Comparison) -> None:
    """Print one row a design, then what stands behind each row."""
    print_table(*tabulate_comparison(comparison))
    terminal = console()
    for line in list_remarks(comparison):
        terminal.print(line, markup=False)


def show_comparison(comparison: Comparison) -> str:
    """Return the same as HTML, for a notebook."""
    return render_html(tabulate_comparison(comparison), *list_remarks(comparison))


def tabulate_comparison(comparison: Comparison) -> TextTable:
    """Return one row a design, ours first."""
    rows: list[tuple[str, ...]] = [
        (
            "this array",
            row.model,
            f"{row.node_nm} nm, simulated",
            row.scope,
            f"{row.tokens_s:.1f}",
            f"{row.power_w:.3g} W",
            f"{row.energy_pj_mac:.3g}",
            "",
        )
        for row in comparison.simulated
    ]
    rows += [_make_row(compared) for compared in comparison.published]
    title = f"Decode at context {comparison.context}; 1 op = 1 MAC; n/r: not reported"
    return TextTable(title, _HEADER, rows)


def list_remarks(comparison: Comparison) -> list[str]:
    """Return what may be compared, and what stands behind each published design."""
    return [
        "A ratio to our core is given only where nothing differs; no node is scaled to another. "
        "Of this array leakage, clock tree and the time of attention are not counted.",
        *(_describe(compared) for compared in comparison.published),
    ]


def _make_row(compared: ComparedAccelerator) -> tuple[str, ...]:
    design = compared.published
    return (
        design.name,
        design.model or "n/r",
        ", ".join(filter(None, (_name_technology(compared), design.basis))),
        design.scope or "n/r",
        _format(design.decode_tokens_s),
        _format(design.power_w, " W"),
        _format(compared.energy_pj_mac),
        _format(compared.ratio, "x") if compared.ratio else "",
    )


def _name_technology(compared: ComparedAccelerator) -> str:
    design = compared.published
    if design.target == "fpga":
        return "FPGA"
    return f"{design.node_nm:g} nm" if design.node_nm else "ASIC, node n/r"


def _format(value: float | None, unit: str = "") -> str:
    if value is None:
        return "n/r"
    return f"{value:.0f}{unit}" if value >= 1000 else f"{value:.3g}{unit}"


def _describe(compared: ComparedAccelerator) -> str:
    design = compared.published
    parts = [
        f"differs in: {', '.join(compared.differs)}" if compared.differs else "nothing differs",
        f"pJ/MAC {compared.rule}" if compared.rule else "",
        design.note,
    ]
    return f"{design.name} ({design.source}): {'; '.join(filter(None, parts))}"
