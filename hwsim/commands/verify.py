"""`hwsim verify`: a trace on an array, every output and every cycle compared."""

from pathlib import Path
from typing import Any

import click

from hwsim.commands.options import array_options, config_option
from hwsim.console import json_option, print_json, progress


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
@array_options
@config_option
@json_option
def verify(trace: Path, as_json: bool, **array: Any) -> int:
    """Execute the trace folder TRACE on the compiled RTL and compare.

    Exit status 1 if an output or a cycle count differs.

    \b
    Example: hwsim verify run.trace --lanes 32 --columns 32
    """
    from hwsim.configuration import configure_array
    from hwsim.verification import verify_trace
    from workloads.synthetic_folder import read_synthetic_trace
    from workloads.trace import read_trace

    opened = read_synthetic_trace(trace) or read_trace(trace)
    config = configure_array(max(matmul.k for matmul in opened), **array)
    scope = f"every matmul of {trace.name}"
    with progress("verifying") as report:
        certificate = verify_trace(opened, config, scope=scope, report=report)
    if as_json:
        print_json(certificate.to_dict())
    else:
        verdict = "passed" if certificate.passed else "FAILED"
        click.echo(f"certificate {verdict}: {certificate.scope}\n  {certificate.sentence()}")
    return 0 if certificate.passed else 1
