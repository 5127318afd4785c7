"""What the banks of the tile store hold: the weights of a strip, as places to look up."""

from collections.abc import Mapping

from amaranth.hdl import Cat, Mux, Signal, Value
from amaranth.utils import ceil_log2

from rtl.config import ArrayConfig
from rtl.proofs.decoder import decode_weights
from rtl.proofs.harness import Harness, implies
from rtl.table.codes import address_bits, list_codes


class StripModel:
    """The weights of a strip, of which lane k and column c have two bits: positive, negative.

    Both are set where the code was illegal.

    Attributes
    ----------
    tiles : of each tile its weights, lane by lane.
    size : how many of them there are.
    tile, beat : what comes next.
    ends_tile : that is the last beat of a tile.
    """

    def __init__(self, harness: Harness, config: ArrayConfig, name: str) -> None:
        self._module = harness.module
        self._config = config
        bits = 2 * config.lanes * config.columns
        depth, beats = config.strip_depth, config.beats_per_tile
        self.tiles = [Signal(bits, name=f"{name}{t}", reset_less=True) for t in range(depth)]
        self.size = Signal(range(depth + 1), name=f"{name}_size", reset_less=True)
        self.tile = Signal(range(depth + 1), name=f"{name}_tile")
        self.beat = Signal(range(beats + 1), name=f"{name}_beat")
        self.ends_tile: Value = self.beat == beats - 1

    def fill(self, accept: Value, payload: Value, complete: Value) -> None:
        """Take a beat when `accept` holds, the last of the strip when `complete` does."""
        m = self._module
        with m.If(accept):
            m.d.sync += self.beat.eq(self.beat + 1)
            for number, weights in enumerate(self.tiles):
                for beat in range(self._config.beats_per_tile):
                    with m.If((self.tile == number) & (self.beat == beat)):
                        m.d.sync += [
                            weights.word_select(place, 2).eq(weight)
                            for place, weight in decode_weights(payload, self._config, beat)
                        ]
        with m.If(accept & self.ends_tile):
            m.d.sync += [self.beat.eq(0), self.tile.eq(self.tile + 1)]
        with m.If(complete):
            m.d.sync += [self.tile.eq(0), self.size.eq(self.tile + 1)]


def claim_places(
    harness: Harness, config: ArrayConfig, when: Value, tile: Value, places: Mapping[int, Value]
) -> None:
    """Claim that the weights of groups are looked up where their product is, `when` they are known.

    `places` gives, of group i and column c under i C + c, the place and above it the sign.
    """
    columns, group = config.columns, config.group
    for number, place in places.items():
        row, column = divmod(number, columns)
        lanes = range(row * group, min(row * group + group, config.lanes))
        held = Cat(tile.word_select(k * columns + column, 2) for k in lanes)
        for code in list_codes(group):
            if not any(code.weights[len(lanes) :]):
                bits = sum((1 if w > 0 else 2) << 2 * k for k, w in enumerate(code.weights) if w)
                owed = code.address | code.negative << address_bits(group)
                harness.claim(implies(when & (held == bits), place == owed))


def claim_banks(
    harness: Harness,
    config: ArrayConfig,
    accept: Value,
    shadow: StripModel,
    shadow_full: Value,
    in_use: StripModel,
    active: Value,
) -> None:
    """Claim what the memories hold of the strips, but for what is in the stage before them."""
    count = -(-config.lanes // config.group) * config.columns
    by_beat = config.packing == "group"
    step = config.codes_per_beat if by_beat else count
    bits, place_bits = address_bits(config.group), ceil_log2(config.strip_depth)
    reads = harness.probe("dut.reads")
    at = harness.delay(shadow.tile)
    planes = [harness.probe(f"dut.stage.addresses__{bit}", step) for bit in range(bits)]
    planes.append(harness.probe("dut.stage.negative", step))
    for number, first in enumerate(range(0, count, step)):
        size = min(step, count - first)
        last = number if by_beat else config.beats_per_tile - 1
        taken = harness.delay(accept & (shadow.beat == last) & ~harness.reset)
        staged = {first + j: Cat(plane[j] for plane in planes) for j in range(size)}
        for t, (coming, used) in enumerate(zip(shadow.tiles, in_use.tiles, strict=True)):
            in_stage = taken & (at == t)
            claim_places(harness, config, in_stage, coming, staged)
            part = (shadow.tile > t) | ((shadow.tile == t) & (shadow.beat > last))
            came = Mux(shadow_full, shadow.size > t, part) & ~in_stage
            for bank in range(2):
                name = f"dut.part{number}[{t | bank << place_bits}]"
                word = harness.probe(name, size * (bits + 1))
                stored = {
                    first + j: Cat(word.word_select(j, bits), word[size * bits + j])
                    for j in range(size)
                }
                read = reads == bank
                claim_places(harness, config, came & ~read, coming, stored)
                claim_places(harness, config, active & read & (in_use.size > t), used, stored)


def claim_stage(harness: Harness, config: ArrayConfig, accept: Value, strip: StripModel) -> None:
    """Claim what the stage before the memories holds, and where that goes."""
    at = harness.delay(strip.tile)
    place = harness.probe("dut.place", ceil_log2(config.strip_depth) + 1)
    taken = harness.delay(accept & ~harness.reset)
    owed = Cat(at[: len(place) - 1], ~harness.probe("dut.reads"))
    harness.claim(implies(taken, place == owed))
    if config.packing == "group":
        return
    ended = harness.delay(accept & strip.ends_tile & ~harness.reset)
    for lane in range(config.lanes):
        planes = [
            harness.probe(f"dut.stage.{sign}{lane}", config.columns)
            for sign in ("positive", "negative")
        ]
        for column in range(config.columns):
            code = lane // config.code_lanes * config.columns + column
            came = strip.beat > code // config.codes_per_beat
            for t, tile in enumerate(strip.tiles):
                weight = tile.word_select(lane * config.columns + column, 2)
                there = ((strip.tile == t) & came) | (ended & (at == t))
                found = Cat(plane[column] for plane in planes)
                harness.claim(implies(there & (weight != 3), found == weight))
