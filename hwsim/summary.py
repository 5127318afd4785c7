"""A simulation on one screen of a terminal."""

from hwsim.console import console, print_table
from hwsim.phases import Phase
from hwsim.simulation import Simulation

_ENERGY_SCOPES = {
    "paper": "paper's accounting",
    "real-shape": "its own matrices",
    "true-accumulator": "exact accumulators",
    "array": "this array's adders",
    "+registers": "+ registers",
    "+sram": "+ SRAM",
    "+dram": "+ DRAM",
    "+lm-head": "+ LM head",
}


def print_summary(simulation: Simulation) -> None:
    """Print cycles, energy, ratios and the certificate of `simulation`."""
    terminal = console()
    shape, config = simulation.shape, simulation.config
    terminal.print(
        f"[bold]{shape.name}[/bold]: {shape.ternary_weights / 1e6:,.1f} M ternary weights, "
        f"{shape.layers} layers of {shape.hidden} / {shape.intermediate}"
    )
    terminal.print(
        f"[bold]array[/bold]: {config.style}, {config.lanes} lanes x {config.columns} columns, "
        f"{config.accumulator_width}-bit accumulators, {config.clock_mhz:g} MHz, "
        f"{config.memory_bandwidth_gb_s:g} GB/s of weights"
    )
    print_table(
        "Time of the ternary matmuls (attention and LM head run elsewhere)",
        ("", *(_name(phase) for phase in simulation.phases)),
        [
            ("cycles", *(f"{phase.cycles:,}" for phase in simulation.phases)),
            ("time", *(_time(phase.seconds) for phase in simulation.phases)),
            ("tokens/s", *(f"{phase.tokens_per_second:,.1f}" for phase in simulation.phases)),
            ("utilisation", *(f"{phase.utilisation:.1%}" for phase in simulation.phases)),
            ("waiting for weights", *(f"{phase.stall_share:.1%}" for phase in simulation.phases)),
            ("bound by", *(phase.bound for phase in simulation.phases)),
        ],
    )
    _print_energy(simulation)
    headline = simulation.headline
    terminal.print(
        f"Paper's accounting at {headline['node_nm']} nm (arXiv 2402.17764, Fig. 3): "
        f"[bold]{headline['operation_ratio']:.1f}x[/bold] for one operation, "
        f"[bold]{headline['paper_ratio']:.1f}x[/bold] for its 3B, "
        f"{headline['model_ratio']:.1f}x for this model and prefill. With everything "
        "counted: prefill "
        f"[bold]{headline['prefill_ratio']:.1f}x[/bold], decode "
        f"[bold]{headline['decode_ratio']:.1f}x[/bold]."
    )
    certificate = simulation.certificate
    if certificate is None:
        terminal.print("certificate: not asked for (--no-verify); cycles are the cycle model's")
        return
    verdict = "[green]passed[/green]" if certificate.passed else "[red]FAILED[/red]"
    terminal.print(f"certificate {verdict}: {certificate.scope}")
    terminal.print(f"  {certificate.sentence()}")


def _print_energy(simulation: Simulation) -> None:
    columns = [(p, t.node_nm) for p in simulation.phases for t in simulation.technologies]
    header = [f"{phase.name} {node_nm} nm" for phase, node_nm in columns]
    rows = []
    for scope, label in _ENERGY_SCOPES.items():
        totals = [simulation.find_total(scope, phase, node_nm) for phase, node_nm in columns]
        rows.append(
            (
                label,
                *(
                    f"{_energy(row.ternary_pj / phase.tokens)}  {row.ratio:5.1f}x"
                    for row, (phase, _) in zip(totals, columns, strict=True)
                ),
            )
        )
    print_table(
        "Energy a token, and how much less than the FP16 twin on the same account",
        ("counted", *header),
        rows,
    )


def _name(phase: Phase) -> str:
    if phase.name == "prefill":
        return f"prefill, {phase.tokens} tokens"
    return f"decode, a token at {phase.context}"


def _time(seconds: float) -> str:
    return _scale(seconds, ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")))


def _energy(energy_pj: float) -> str:
    return _scale(energy_pj * 1e-12, ((1.0, "J"), (1e-3, "mJ"), (1e-6, "uJ"), (1e-9, "nJ")))


def _scale(value: float, units: tuple[tuple[float, str], ...]) -> str:
    factor, unit = next((u for u in units if value >= u[0]), units[-1])
    return f"{value / factor:.3g} {unit}"
