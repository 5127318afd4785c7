"""`hwsim cycles`: a SCALE-Sim GEMM topology on the array."""

from pathlib import Path
from typing import Any

import click

from hwsim.commands.options import array_options, config_option
from hwsim.console import json_option, print_json, print_table


@click.command()
@click.argument("topology", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@array_options
@config_option
@json_option
def cycles(topology: Path, as_json: bool, **array: Any) -> None:
    """Count the cycles of a SCALE-Sim GEMM topology on the array.

    Of every GEMM of the file TOPOLOGY. Beside them: textbook systolic arrays of --lanes rows and
    --columns columns whose memory never stalls. SCALE-Sim itself reports one cycle less than the
    textbook.

    \b
    Example: hwsim cycles gemm.csv --lanes 32 --columns 32
    """
    from dataclasses import asdict

    from hwsim.configuration import configure_array
    from hwsim.exchange.scale_sim import read_topology
    from hwsim.numerals import format_percent
    from hwsim.systolic import compare_systolic

    matmuls = read_topology(topology)
    # An accumulator holds at least the sum of one tile.
    reduction = max(matmul.k for matmul in matmuls)
    config = configure_array(reduction, **array)
    compared = compare_systolic(config, matmuls)
    if as_json:
        print_json({"array": asdict(config), "matmuls": [row.to_dict() for row in compared]})
        return
    rows = [
        (
            row.matmul.name,
            f"{row.matmul.m:,}",
            f"{row.matmul.n:,}",
            f"{row.matmul.k:,}",
            f"{row.ours.cycles:,}",
            format_percent(row.ours.utilisation),
            f"{row.output_stationary:,}",
            f"{row.weight_stationary:,}",
        )
        for row in compared
    ]
    sums = (
        sum(row.ours.cycles for row in compared),
        sum(row.output_stationary for row in compared),
        sum(row.weight_stationary for row in compared),
    )
    rows.append(("all", "", "", "", f"{sums[0]:,}", "", f"{sums[1]:,}", f"{sums[2]:,}"))
    header = ("layer", "M", "N", "K", "cycles", "utilisation", "systolic, OS", "systolic, WS")
    size = f"{config.lanes} lanes x {config.columns} columns"
    print_table(f"{topology.name} on {config.style}, {size}", header, rows)
