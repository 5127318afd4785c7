"""Bytes that a decoded token reads from memory, by number format and packing of the weights.

Counted from the model's record alone: the ternary matrices once, the LM head, and the keys and
values that the token reads. The last two are FP16 in every format.
"""

from dataclasses import dataclass, replace

from energy.counts import WEIGHT_BITS
from energy.formats import BASELINES, FORMATS
from reports.records import Record, find_phase

FLOAT_BYTES = 2
PACKINGS = {2.0: "ternary, 2 bits", 1.6: "ternary, five trits a byte"}


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Bytes from memory for a decoded token, with the linear layers' weights in `weight_bits`."""

    name: str
    weight_bits: float
    linear_bytes: float
    head_bytes: float
    cache_bytes: float

    @property
    def parts(self) -> tuple[float, float, float]:
        """The three parts, in the order of their declaration."""
        return self.linear_bytes, self.head_bytes, self.cache_bytes

    @property
    def total_bytes(self) -> float:
        """All of it."""
        return sum(self.parts)


def count_traffic(model: Record, context: int) -> list[Traffic]:
    """Return the traffic of a token at `context` in every format, most bits first."""
    bits = {FORMATS[name].title: FORMATS[name].weight_bits for name in BASELINES}
    # Two names of one width are one bar: FP16 and BF16.
    joined: dict[float, str] = {}
    for title, width in bits.items():
        joined[width] = f"{joined[width]}, {title}" if width in joined else title
    joined |= {width: PACKINGS[width] for width in WEIGHT_BITS}
    positions = context * model["layers"] * model["kv_heads"] * model["head_dim"]
    return [
        Traffic(
            name=name,
            weight_bits=width,
            linear_bytes=model["ternary_weights"] * width / 8,
            head_bytes=model["vocab"] * model["hidden"] * FLOAT_BYTES,
            cache_bytes=2 * positions * FLOAT_BYTES,
        )
        for width, name in sorted(joined.items(), reverse=True)
    ]


def count_run(run: Record) -> Traffic:
    """Return the traffic of the run's decoded token: its weights as the array streams them."""
    decode, model = find_phase(run, "decode"), run["model"]
    packed = count_traffic(model, decode["context"])[-1]
    streamed = decode["weight_bytes"] / decode["tokens"]
    return replace(
        packed,
        name=f"this run, {run['array']['packing']}",
        weight_bits=8 * streamed / model["ternary_weights"],
        linear_bytes=streamed,
    )
