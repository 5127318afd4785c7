"""`hwsim generate`: text from a model on the integer engine, or on the RTL."""

from typing import Any

import click

from hwsim.commands.model_options import checkpoint_option
from hwsim.commands.options import array_options, config_option, quantize_option, sampling_options
from hwsim.commands.refusal import refuse_given, refuse_idle_draws
from hwsim.console import json_option, print_json, progress


@click.command()
@checkpoint_option
@quantize_option
@click.option("--prompt", required=True, help="Text to continue.")
@click.option("--max-tokens", type=int, default=100, help="Tokens to produce.")
@sampling_options
@click.option("--seed", type=int, default=0, help="Of the draws.")
@click.option(
    "--backend",
    type=click.Choice(["engine", "rtl"]),
    default="engine",
    help="What runs the ternary matmuls: the integer engine, or the array's compiled RTL.",
)
@array_options
@config_option
@json_option
def generate(
    model: str,
    quantize: str | None,
    prompt: str,
    max_tokens: int,
    temperature: float,
    top_p: float,
    seed: int,
    backend: str,
    as_json: bool,
    **array: Any,
) -> None:
    """Continue a text with a ternary model.

    Every BitLinear is exact integer arithmetic. Both backends give the same tokens. The options of
    the array count for --backend rtl.

    \b
    Example: hwsim generate --model tiny --prompt "In the beginning" --max-tokens 60
    """
    from itertools import chain, islice
    from time import perf_counter

    from hwsim.modelling import choose_checkpoint
    from hwsim.prompts import require_prompt
    from workloads.generation import generate
    from workloads.model import load_model

    require_prompt(prompt)
    if backend != "rtl":
        refuse_given(array, " without --backend rtl")
    refuse_idle_draws(temperature)
    choose_checkpoint(model, quantize=quantize)
    rtl = None
    with progress("loading the model") as report:
        loaded = load_model(model, quantize=quantize)
        if backend == "rtl":
            from hwsim.configuration import configure_array
            from hwsim.rtl_backend import RtlBackend

            config = configure_array(loaded.shape.max_reduction, **array)
            loaded.matmul = rtl = RtlBackend(config, report)
        generation = generate(
            loaded, prompt, max_tokens, temperature=temperature, top_p=top_p, seed=seed
        )
        report(0.0, "reading the prompt")
        started = perf_counter()
        begun = list(islice(generation, 1))
        first, held = perf_counter(), len(generation.tokens)
    pieces: list[str] = []
    if not as_json:
        click.echo(prompt, nl=False)
    try:
        for piece in chain(begun, generation):
            pieces.append(piece)
            if not as_json:
                click.echo(piece, nl=False)
    except KeyboardInterrupt:
        click.echo(nl=not as_json)  # what is said of it is a line of its own
        raise
    ended = perf_counter()
    count = len(generation.tokens)
    # The first token carries the prefill and, in a fresh installation, compilation.
    # A token without text of its own, as of half a character, is `held` until another has some.
    rate = (count - held) / (ended - first) if count > held else count / (ended - started)
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
                "array_cycles": rtl and rtl.cycles,
            }
        )
        return
    click.echo()
    click.echo(
        f"{count} tokens, {rate:.1f} tokens/s{' after the first' if count > held else ''} "
        f"({first - started:.2f} s), stopped: {generation.stop_reason}",
        err=True,
    )
    if rtl is not None:
        click.echo(f"{rtl.matmuls:,} matmuls on the RTL, {rtl.cycles:,} cycles", err=True)
