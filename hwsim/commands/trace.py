"""`hwsim trace`: the ternary matmuls of a run, written to a folder."""

from pathlib import Path

import click

from hwsim.commands.options import model_option, quantize_option
from hwsim.console import json_option, print_json, progress


@click.command()
@model_option
@quantize_option
@click.option("--prompt", required=True, help="Text to continue.")
@click.option("--max-tokens", type=int, default=8, help="Tokens generated after it.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="New folder, for example run.trace.",
)
@click.option("--results", is_flag=True, help="Keep int32 results in full, not only checksums.")
@click.option("--overwrite", is_flag=True, help="Replace the folder of --out.")
@json_option
def trace(
    model: str,
    quantize: str | None,
    prompt: str,
    max_tokens: int,
    out: Path,
    results: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Record every BitLinear matmul of a run: shapes, weights' hashes, int8 inputs, results.

    The folder's manifest.json spells out every convention; nothing of hwsim is needed to read it.

    \b
    Example: hwsim trace --model tiny --prompt "In the beginning" --out run.trace
    """
    from workloads.files import check_folder
    from workloads.model import load_model
    from workloads.trace import record_trace

    check_folder(out, overwrite=overwrite)
    loaded = load_model(model, quantize=quantize)
    with progress("recording"):
        recorded = record_trace(
            loaded, out, prompt, max_tokens, results=results, overwrite=overwrite
        )
    summary = {
        "folder": str(out),
        "matmuls": len(recorded),
        "macs": sum(matmul.macs for matmul in recorded),
        "files": recorded.manifest["files"],
    }
    if as_json:
        print_json(summary)
        return
    size = sum(recorded.manifest["files"].values())
    click.echo(f"{out}: {len(recorded)} matmuls, {summary['macs']:,} MACs, {size / 1e6:.2f} MB")
