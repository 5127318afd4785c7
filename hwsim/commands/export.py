"""`hwsim export`: a model's matmuls for SCALE-Sim, ZigZag, Timeloop or ONNX."""

from pathlib import Path

import click

from hwsim.commands.model_options import subject_option
from hwsim.commands.options import overwrite_option, quantize_option
from hwsim.commands.refusal import refuse_given
from hwsim.console import json_option, print_json, progress
from hwsim.exchange import FORMATS


@click.command()
@subject_option
@quantize_option
@click.option("--format", "format_name", type=click.Choice(FORMATS), required=True, help="Tool.")
@click.option(
    "--phase",
    type=click.Choice(["prefill", "decode"]),
    help="prefill has M = --tokens, decode M = 1.  [default: prefill, or all that a trace has]",
)
@click.option("--tokens", type=int, default=512, help="Tokens of the prefill (M).")
@click.option("--every-layer", is_flag=True, help="A row an occurrence, not a distinct matmul.")
@click.option("--matmul", help="The one to export, for example q_proj; needed by timeloop, onnx.")
@click.option("--layer", type=int, default=0, help="Layer whose weights an ONNX model holds.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; needed by onnx."
)
@overwrite_option
@json_option
def export(
    model: str,
    quantize: str | None,
    format_name: str,
    phase: str | None,
    tokens: int,
    every_layer: bool,
    matmul: str | None,
    layer: int,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Write a model's matmuls as another simulator's workload.

    To stdout, or to --out. scale-sim: GEMM topology CSV. zigzag: workload YAML. timeloop: problem
    YAML. onnx: one MatMulInteger, with the weights of a checkpoint or trace, else with w as an
    input.

    \b
    Example: hwsim export --model 3B --phase decode --format scale-sim --out 3B.csv
    """
    from hwsim.exchange.exports import export_matmuls
    from workloads.files import check_file, write_file

    if phase == "decode":
        refuse_given(["tokens"], " with --phase decode, where M is 1")
    if format_name != "onnx":
        refuse_given(["layer"], f" with --format {format_name}: only onnx holds weights")
    if out is not None:
        check_file(out, overwrite=overwrite)
    with progress("exporting"):
        content, matmuls = export_matmuls(
            model,
            format_name,
            phase=phase,
            tokens=tokens,
            every_layer=every_layer,
            only=matmul,
            layer=layer,
            quantize=quantize,
        )
    if isinstance(content, bytes) and out is None:
        raise click.UsageError("--format onnx needs --out FILE")
    if out is not None:
        with write_file(out, overwrite=overwrite) as aside:
            aside.write_bytes(content if isinstance(content, bytes) else content.encode())
    if as_json:
        from dataclasses import asdict

        print_json(
            {
                "format": format_name,
                "file": None if out is None else str(out),
                "matmuls": [asdict(matmul) for matmul in matmuls],
            }
        )
    elif out is None:
        click.echo(content, nl=False)
    else:
        click.echo(f"{out}: {len(matmuls)} matmuls for {format_name}", err=True)
