"""The two papers' own comparisons: one operation, and the forward pass that Fig. 3 counts."""

import math
from dataclasses import replace

from energy.arithmetic import arithmetic_energy
from energy.technology import Technology
from workloads.shapes import ModelShape, find_preset

PAPER_TOKENS = 512


def paper_shape(shape: ModelShape) -> ModelShape:
    """Return `shape` as Fig. 3 counts it: 12 hidden^2 weights a layer, no shared key-value heads.

    Four hidden x hidden attention matrices and a plain FFN of 4 hidden. Where `heads` does not
    divide `hidden`, their greatest common divisor takes its place.
    """
    heads = math.gcd(shape.hidden, shape.heads)
    return replace(
        shape,
        intermediate=4 * shape.hidden,
        heads=heads,
        kv_heads=heads,
        head_dim=shape.hidden // heads,
        ffn_matrices=2,
    )


def operation_ratio(technology: Technology, accumulator: str = "int8") -> float:
    """Return FP16 multiply-add / integer add, the 71.4x of b1.58 at 7 nm.

    >>> from energy.technology import load_technology
    >>> round(operation_ratio(load_technology(7)), 1)
    71.4
    """
    fp16_pj = technology.add_pj("fp16") + technology.mul_pj("fp16")
    return fp16_pj / technology.add_pj(accumulator)


def paper_ratio(technology: Technology, shape: ModelShape | None = None) -> float:
    """Return FP16 / ternary energy as Fig. 3 of arXiv 2402.17764 counts it, at 512 tokens.

    `shape` is counted with the paper's 12 hidden^2 weights a layer; by default its own 3B.

    >>> from energy.technology import load_technology
    >>> round(paper_ratio(load_technology(7)), 1)
    21.7
    """
    counted = paper_shape(shape or find_preset("paper-3B"))
    fp16 = arithmetic_energy(counted, PAPER_TOKENS, technology, format="fp16")
    return float(fp16.total_pj / arithmetic_energy(counted, PAPER_TOKENS, technology).total_pj)
