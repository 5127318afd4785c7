"""`hwsim evaluate`: bits per byte of a model on a text."""

from pathlib import Path

import click

from hwsim.commands.model_options import checkpoint_option
from hwsim.commands.options import quantize_option
from hwsim.console import json_option, print_json, progress


@click.command()
@checkpoint_option
@quantize_option
@click.option(
    "--text",
    type=click.Path(path_type=Path),
    help="UTF-8 text file; by default the sample that the shipped models never saw.",
)
@click.option(
    "--lines",
    is_flag=True,
    help="Take every line as a prompt of its own; blank ones are left out.",
)
@click.option("--context", type=int, help="Tokens in a window; by default the model's context.")
@json_option
def evaluate(
    model: str,
    quantize: str | None,
    text: Path | None,
    lines: bool,
    context: int | None,
    as_json: bool,
) -> None:
    """Tell how well a model predicts a text, in bits per byte.

    The text is cut into windows of the context's length that do not overlap; every byte counts.

    \b
    Example: hwsim evaluate --model tiny --text book.txt
    """
    from dataclasses import asdict
    from math import isfinite

    from hwsim.modelling import choose_checkpoint
    from workloads.checkpoint import find_checkpoint
    from workloads.errors import InputError
    from workloads.evaluation import evaluate_texts, sum_evaluations
    from workloads.model import load_model

    path = text or find_checkpoint("tiny") / "heldout.txt"
    try:
        content = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise InputError(f"text must be UTF-8, not {path} (byte {error.start})") from None
    except OSError as error:
        raise InputError(f"text must be a file, not {path} ({error.strerror})") from None
    texts = [line for line in content.split("\n") if line.strip()] if lines else [content]
    if not texts:
        raise InputError(f"text must have a line that is not blank, not {path}")
    choose_checkpoint(model, quantize=quantize)
    with progress("loading the model") as report:
        loaded = load_model(model, quantize=quantize)
        parts = evaluate_texts(
            loaded,
            texts,
            context=context,
            progress=lambda done, windows: report(done / windows, f"window {done}"),
        )
    result = sum_evaluations(parts)
    if as_json:
        keys = ("tokens", "text_bytes", "nats")
        derived = {
            "bits_per_byte": result.bits_per_byte,
            "perplexity": result.perplexity if isfinite(result.perplexity) else None,
            "lines": [{key: getattr(part, key) for key in keys} for part in parts]
            if lines
            else None,
        }
        print_json({"model": model, "text": path.name} | asdict(result) | derived)
        return
    batch = f"{len(parts)} lines, " if lines else ""
    click.echo(
        f"{result.bits_per_byte:.4f} bits per byte on {path.name} ({batch}"
        f"{result.text_bytes} bytes, {result.tokens} tokens, windows of {result.context}, "
        f"token perplexity {result.perplexity:.2f})"
    )
