"""Published accelerators and the simulated array on a terminal."""

from hwsim.comparison import ComparedAccelerator, Comparison
from hwsim.console import console, print_table

_HEADER = ("design", "model", "technology", "covers", "tokens/s", "power", "pJ/MAC", "to ours")


def print_comparison(comparison: Comparison) -> None:
    """Print one row a design, then what stands behind each row."""
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
    print_table(title, _HEADER, rows)
    terminal = console()
    terminal.print(
        "A ratio to our core is given only where nothing differs; no node is scaled to another. "
        "Of this array leakage, clock tree and the time of attention are not counted."
    )
    for compared in comparison.published:
        terminal.print(_describe(compared), markup=False)


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
