"""`hwsim verify`: a trace on an array, every output and every cycle compared."""

from pathlib import Path
from typing import Any

import click

from hwsim.commands.options import array_options, config_option, overwrite_option, waves_options
from hwsim.console import json_option, print_json, progress


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
@waves_options
@overwrite_option
@array_options
@config_option
@json_option
def verify(
    trace: Path,
    waves: Path | None,
    matmul: str | None,
    overwrite: bool,
    as_json: bool,
    **array: Any,
) -> int:
    """Execute the trace folder TRACE on the compiled RTL and compare.

    Exit status 1 if an output or a cycle count differs. An interrupted run is resumed by the same
    command. With --waves only one matmul is executed, and all signals are recorded.

    \b
    Example: hwsim verify run.trace --lanes 32 --columns 32
    """
    from hwsim.configuration import configure_array
    from hwsim.journal import open_journal
    from hwsim.verification import describe_source, verify_trace
    from hwsim.waves import record_waves
    from workloads.errors import InputError
    from workloads.synthetic_folder import read_synthetic_trace
    from workloads.trace import read_trace
    from workloads.trace_format import MANIFEST

    if not (trace / MANIFEST).is_file():
        raise InputError(f"trace must be a folder that `hwsim trace` wrote, not {trace}")
    opened = read_synthetic_trace(trace) or read_trace(trace)
    config = configure_array(max(matmul.k for matmul in opened), **array)
    scope = f"every matmul of {trace.name}{describe_source(opened)}"
    with progress("verifying") as report:
        if waves is not None:
            certificate = record_waves(
                opened, config, waves, matmul=matmul, overwrite=overwrite, report=report
            )
        else:
            journal = open_journal(trace, config, report)
            certificate = verify_trace(opened, config, scope=scope, journal=journal, report=report)
    if as_json:
        print_json(certificate.to_dict())
    else:
        click.echo("\n  ".join(certificate.lines()))
    return 0 if certificate.passed else 1
