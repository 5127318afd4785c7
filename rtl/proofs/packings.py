"""What codes stand for, by the specification's table."""

from itertools import product

from rtl.config import ArrayConfig

#: Of every legal code the weights of its lanes, lowest lane first.
Codes = dict[int, tuple[int, ...]]


def list_legal_codes(config: ArrayConfig) -> Codes:
    """Return the codes of the packing; every other one is illegal."""
    codes: Codes = {}
    for weights in product((-1, 0, 1), repeat=config.code_lanes):
        if config.packing == "group":
            value = sum(w * 3**i for i, w in enumerate(weights))
            code = abs(value) + (1 << (config.code_bits - 1) if value < 0 else 0)
        else:
            code = sum((w + 1) * 3**i for i, w in enumerate(weights))
        codes[code] = weights
    return codes
