"""`hwsim models`: the shapes that --model knows."""

import click

from hwsim.console import json_option, print_json, print_table


@click.command()
@json_option
def models(as_json: bool) -> None:
    """List the models that --model knows, with their sizes.

    \b
    Example: hwsim models --json
    """
    from dataclasses import asdict

    from hwsim.modelling import list_models

    shapes = list_models()
    if as_json:
        return print_json([asdict(s) | {"ternary_weights": s.ternary_weights} for s in shapes])
    rows = [
        (
            shape.name,
            f"{shape.hidden}/{shape.intermediate}/{shape.layers}",
            f"{shape.heads}/{shape.kv_heads} ({shape.head_dim})",
            f"{shape.vocab}",
            f"{shape.ternary_weights / 1e6:,.1f}",
            f"{shape.ternary_weights / 4e6:,.1f}",
            "" if shape.zero_fraction is None else f"{shape.zero_fraction:.1%}",
        )
        for shape in shapes
    ]
    header = ("model", "hidden/FFN/layers", "heads/kv (dim)", "vocab.")
    units = ("weights, M", "2-bit MB", "zeros")
    print_table(
        "Models, with their ternary weights in millions and in 2-bit megabytes",
        header + units,
        rows,
    )
