"""`hwsim trace`: the ternary matmuls of a run, written to a folder."""

from pathlib import Path

import click

from hwsim.commands.model_options import traced_option
from hwsim.commands.options import overwrite_option, quantize_option, sampling_options
from hwsim.commands.refusal import refuse_given, refuse_idle_draws
from hwsim.console import json_option, print_json, progress


@click.command()
@traced_option
@quantize_option
@click.option(
    "--prompt", help="Text to continue; needed for a model with weights, not for a shape."
)
@click.option("--tokens", type=int, default=512, help="Tokens of the prefill of a shape.")
@click.option("--values", is_flag=True, help="Write a shape's drawn weights and inputs too.")
@click.option("--max-tokens", type=int, default=8, help="Tokens generated after it.")
@sampling_options
@click.option(
    "--seed", type=int, default=0, help="Of the draws, or of a shape's drawn weights and inputs."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="New folder, for example run.trace.",
)
@click.option("--results", is_flag=True, help="Keep int32 results in full, not only checksums.")
@overwrite_option
@json_option
def trace(
    model: str,
    quantize: str | None,
    prompt: str | None,
    tokens: int,
    values: bool,
    max_tokens: int,
    temperature: float,
    top_p: float,
    seed: int,
    out: Path,
    results: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Record the ternary matmuls of a run.

    Shapes, hashes of weights, int8 inputs, checksums of results. For a preset, which has no
    weights: the shapes of a prefill and of the tokens after it, and with --values drawn weights and
    inputs. The folder's manifest.json spells out every convention; nothing of hwsim is needed to
    read it.

    \b
    Example: hwsim trace --model tiny --prompt "In the beginning" --out run.trace
    """
    from hwsim.modelling import choose_model
    from hwsim.tracing import trace_checkpoint, trace_shape
    from workloads.errors import InputError
    from workloads.files import check_folder

    check_folder(out, overwrite=overwrite)
    choice = choose_model(model, quantize=quantize)
    with progress("recording"):
        if choice.checkpoint is None:
            refuse_given(
                ["prompt", "temperature", "top_p", "results"], f": {model} is only a shape"
            )
            summary = trace_shape(
                choice.shape,
                out,
                tokens=tokens,
                max_tokens=max_tokens,
                values=values,
                seed=seed,
                overwrite=overwrite,
            )
        else:
            refuse_given(["values", "tokens"], f": {model} has weights and inputs")
            refuse_idle_draws(temperature)
            if prompt is None:
                raise InputError(f"prompt must be given for {model}, which has weights")
            summary = trace_checkpoint(
                choice.checkpoint,
                out,
                prompt,
                max_tokens,
                temperature=temperature,
                top_p=top_p,
                seed=seed,
                quantize=quantize,
                results=results,
                overwrite=overwrite,
            )
    if as_json:
        print_json(summary)
        return
    size = sum(summary["files"].values())
    click.echo(
        f"{out}: {summary['matmuls']} matmuls, {summary['macs']:,} MACs, {size / 1e6:.2f} MB"
    )
