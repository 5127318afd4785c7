"""`hwsim simulate`: a model on an array: cycles, energy, certificate."""

from pathlib import Path
from typing import Any

import click

from hwsim.commands.model_options import model_option
from hwsim.commands.options import (
    array_options,
    config_option,
    note_unused,
    overwrite_option,
    quantize_option,
    technology_option,
    waves_options,
)
from hwsim.commands.refusal import refuse_given
from hwsim.console import json_option, print_json, progress
from hwsim.prompts import DEFAULT_PROMPT


@click.command()
@model_option
@click.option(
    "--tokens",
    type=int,
    help="Tokens of the prefill; by default 512, or the model's context if shorter.",
)
@click.option(
    "--node",
    "nodes",
    type=int,
    multiple=True,
    help="Technology node in nm, 7 or 45; may be repeated.  [default: 7 and 45]",
)
@technology_option
@array_options
@quantize_option
@click.option("--verify/--no-verify", default=True, help="Execute on the compiled RTL and compare.")
@click.option(
    "--rtl",
    "extent",
    type=click.Choice(["layer", "token", "full"]),
    default="layer",
    help="How much of a shape is executed: a layer of a decode token, all of the token, or the "
    "whole prefill. An interrupted run is resumed by the same command.",
)
@click.option(
    "--prompt",
    help="Text whose matmuls are executed (only for a model with weights); by default "
    f"{DEFAULT_PROMPT!r}",
)
@click.option(
    "--generate-tokens",
    type=int,
    default=4,
    help="Tokens generated after the prompt, executed too (only for a model with weights).",
)
@click.option("--seed", type=int, default=0, help="Of drawn weights.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="New folder for run.json, the tables and the report.",
)
@overwrite_option
@waves_options
@config_option
@json_option
def simulate(
    model: str,
    nodes: tuple[int, ...],
    tables: tuple[Path, ...],
    tokens: int | None,
    quantize: str | None,
    verify: bool,
    extent: str,
    prompt: str | None,
    generate_tokens: int,
    seed: int,
    out: Path | None,
    overwrite: bool,
    waves: Path | None,
    matmul: str | None,
    as_json: bool,
    **array: Any,
) -> int:
    """Simulate a model on the array: cycles, energy and a certificate.

    Exit status 1 if the RTL differs from the reference or from the cycle model.

    \b
    Example: hwsim simulate --model 3B --lanes 32 --bandwidth 100 --out run
    """
    from hwsim.configuration import configure_array
    from hwsim.modelling import choose_model
    from hwsim.simulation import NODES_NM, simulate

    if out is not None:
        from hwsim.runs.folder import check_run_folder

        check_run_folder(out, overwrite=overwrite)
    choice = choose_model(model, quantize=quantize)
    if choice.checkpoint is None:
        refuse_given(["generate_tokens"], f": {model} is only a shape, without weights")
    else:
        refuse_given(["seed"], f": no weights of {model} are drawn")
    config = configure_array(choice.shape.max_reduction, **array)
    recorded = None
    with progress("simulating") as report:
        if waves is not None:
            from hwsim.waves import record_model_waves

            recorded = record_model_waves(
                model,
                config,
                waves,
                matmul=matmul,
                quantize=quantize,
                prompt=prompt,
                generate_tokens=generate_tokens,
                seed=seed,
                overwrite=overwrite,
                report=report,
            )
        simulation = simulate(
            model,
            config,
            tokens=tokens,
            nodes_nm=nodes or NODES_NM,
            tables=tables,
            quantize=quantize,
            verify=verify,
            extent=extent,
            prompt=prompt,
            generate_tokens=generate_tokens,
            seed=seed,
            report=report,
        )
        if out is not None:
            from hwsim.runs.folder import write_run

            report(1.0, "writing the report")
            write_run(simulation, out, overwrite=overwrite)
    note_unused(tables, nodes or NODES_NM)
    if as_json:
        print_json(simulation.to_dict())
    else:
        from hwsim.summary import print_summary

        print_summary(simulation)
    if out is not None:
        click.echo(f"report: {out / 'report.html'}", err=True)
    if recorded is not None:
        click.echo(f"waves of {recorded.scope}", err=True)
    certificates = [c for c in (simulation.certificate, recorded) if c is not None]
    return 0 if all(certificate.passed for certificate in certificates) else 1
