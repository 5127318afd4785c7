"""What padding takes of the gain of five-trit codes, and the arrays that have none of it.

A column's lanes fill whole codes of five weights, and a tile's codes fill whole beats.
"""

from math import gcd

from rtl.config import MAX_LANES, ArrayConfig


def describe_padding(config: ArrayConfig) -> str | None:
    """Return a hint where five-trit codes take as many beats a tile as two bits, else None.

    >>> from hwsim.configuration import configure_array
    >>> describe_padding(configure_array(8640, packing="five-trit"))
    'padding takes what five-trit saves: 4 beats a tile, as two-bit has; 60 or 80 lanes pad nothing'
    """
    if config.packing != "five-trit":
        return None
    weights_per_beat = config.weight_bus_bits // 2
    two_bit_beats = -(-config.lanes * config.columns // weights_per_beat)
    beats = config.beats_per_tile
    if beats < two_bit_beats:
        return None
    compared = "as two-bit has" if beats == two_bit_beats else f"{two_bit_beats} with two-bit"
    whole = " or ".join(map(str, list_whole_lanes(config)))
    return (
        f"padding takes what five-trit saves: {beats} beat{'s' if beats > 1 else ''} a tile, "
        f"{compared}; {f'{whole} lanes pad' if whole else 'at this bandwidth no lanes pad'} nothing"
    )


def list_whole_lanes(config: ArrayConfig) -> list[int]:
    """Return the numbers of lanes next to `config.lanes` whose tiles fill their beats with codes.

    Columns, packing and bandwidth stay; at most one number below and one above.
    """
    per_beat = config.codes_per_beat
    step = config.code_lanes * per_beat // gcd(per_beat, config.columns)
    below = config.lanes // step * step
    return [lanes for lanes in dict.fromkeys((below, below + step)) if 0 < lanes <= MAX_LANES]
