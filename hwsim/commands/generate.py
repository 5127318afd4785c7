"""`hwsim generate`: text from a model on the integer engine."""

from typing import Any

import click

from hwsim.commands.options import model_option, quantize_option
from hwsim.console import json_option, print_json


@click.command()
@model_option
@quantize_option
@click.option("--prompt", required=True, help="Text to continue.")
@click.option("--max-tokens", type=int, default=100, help="Tokens to produce.")
@click.option("--temperature", type=float, default=0.0, help="0 takes the likeliest token.")
@click.option("--top-p", type=float, default=1.0, help="Probability mass to draw from.")
@click.option("--seed", type=int, default=0, help="Of the draws.")
@json_option
def generate(
    model: str, quantize: str | None, prompt: str, max_tokens: int, as_json: bool, **sampling: Any
) -> None:
    """Continue a text with a ternary model; every BitLinear is exact integer arithmetic.

    \b
    Example: hwsim generate --model tiny --prompt "In the beginning" --max-tokens 60
    """
    from time import perf_counter

    from workloads.generation import generate
    from workloads.model import load_model

    generation = generate(load_model(model, quantize=quantize), prompt, max_tokens, **sampling)
    pieces: list[str] = []
    if not as_json:
        click.echo(prompt, nl=False)
    started = first = perf_counter()
    for piece in generation:
        first = perf_counter() if not pieces else first
        pieces.append(piece)
        if not as_json:
            click.echo(piece, nl=False)
    ended = perf_counter()
    count = len(generation.tokens)
    # The first token carries the prefill and, in a fresh installation, compilation.
    rate = (count - 1) / (ended - first) if count > 1 else count / (ended - started)
    if as_json:
        print_json(
            {
                "model": model,
                "prompt": prompt,
                "text": "".join(pieces),
                "prompt_tokens": len(generation.prompt_tokens),
                "tokens": generation.tokens,
                "stop_reason": generation.stop_reason,
                "tokens_per_second": rate,
            }
        )
        return
    click.echo()
    click.echo(
        f"{count} tokens, {rate:.1f} tokens/s after the first "
        f"({first - started:.2f} s), stopped: {generation.stop_reason}",
        err=True,
    )
