"""Published accelerators and the simulated array on a terminal."""

from hwsim.comparison import ComparedAccelerator, Comparison
from hwsim.console import console, print_table
from hwsim.display import TextTable, render_html
from hwsim.numerals import format_number, format_quantity, format_ratio

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
            format_number(row.tokens_s),
            format_quantity(row.power_w, "W"),
            format_number(row.energy_pj_mac),
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
        "n/r" if design.power_w is None else format_quantity(design.power_w, "W"),
        _format(compared.energy_pj_mac),
        format_ratio(compared.ratio) if compared.ratio else "",
    )


def _name_technology(compared: ComparedAccelerator) -> str:
    design = compared.published
    if design.target == "fpga":
        return "FPGA"
    return f"{design.node_nm:g} nm" if design.node_nm else "ASIC, node n/r"


def _format(value: float | None) -> str:
    return "n/r" if value is None else format_number(value)


def _describe(compared: ComparedAccelerator) -> str:
    design = compared.published
    parts = [
        f"differs in: {', '.join(compared.differs)}" if compared.differs else "nothing differs",
        f"pJ/MAC {compared.rule}" if compared.rule else "",
        design.note,
    ]
    return f"{design.name} ({design.source}): {'; '.join(filter(None, parts))}"
