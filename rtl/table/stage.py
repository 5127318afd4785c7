"""The stage before the tile store: codes are registered as they come, then recoded.

One class for each kind of packing, with the same members. A part of a tile is what is complete,
and written, at once: a beat of group codes; or the whole tile, whose groups come in several beats.
"""

from collections.abc import Iterator, Sequence

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.config import ArrayConfig
from rtl.decoder import CodeDecoder
from rtl.table.codes import address_bits
from rtl.table.recoder import Recoder


class Stage(wiring.Component):
    """Beats in, the places of a part's groups in their tables out, a cycle later.

    Parameters
    ----------
    config : L, C, g, W and the packing are used.

    Attributes
    ----------
    parts : of a tile, the first code and the end of each part; code i C + c is that of group i and
        column c.

    Members
    -------
    accept : In(1)
        A beat is taken.
    beat : In(range(B))
        Its number in its tile.
    payload : In(W)
        Its codes.
    complete : Out(parts)
        The beat taken in the cycle before has completed this part.
    addresses : Out(n).array(address_bits(g)), negative : Out(n)
        Of a complete part, as from `Recoder`.
    illegal : Out(1)
        A beat that is or was just taken has an illegal code.
    """

    parts: list[tuple[int, int]]
    accept: Signal
    beat: Signal
    payload: Signal
    complete: Signal
    addresses: list[Signal]
    negative: Signal
    illegal: Signal

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        self.groups = -(-config.lanes // config.group)
        self.parts = self._cut()
        size = max(end - first for first, end in self.parts)
        super().__init__(
            {
                "accept": In(1),
                "beat": In(range(config.beats_per_tile)),
                "payload": In(config.weight_bus_bits),
                "complete": Out(len(self.parts)),
                "addresses": Out(size).array(address_bits(config.group)),
                "negative": Out(size),
                "illegal": Out(1),
            }
        )

    def _cut(self) -> list[tuple[int, int]]:
        raise NotImplementedError

    def _add_recoder(self, m: Module, codes: Sequence[Value]) -> Recoder:
        m.submodules.recoder = recoder = Recoder(config=self.config, groups=len(self.negative))
        m.d.comb += [to.eq(of) for to, of in zip(recoder.codes, codes, strict=True)]
        m.d.comb += [to.eq(of) for to, of in zip(self.addresses, recoder.addresses, strict=True)]
        m.d.comb += self.negative.eq(recoder.negative)
        return recoder

    def _mask_illegal(self, illegal: Value, last_beat: Value) -> Value:
        """Return whether any code is illegal, but for those behind the last one of a tile."""
        beats, codes = self.config.beats_per_tile, self.config.codes_per_beat
        used = self.config.codes_per_tile - (beats - 1) * codes
        if used == codes:
            return illegal.any()
        return illegal[:used].any() | (illegal[used:].any() & ~last_beat)


class BeatStage(Stage):
    """For the packing `group`: a part of a tile is a beat."""

    def _cut(self) -> list[tuple[int, int]]:
        size, end = self.config.codes_per_beat, self.config.codes_per_tile
        return [(first, min(first + size, end)) for first in range(0, end, size)]

    def elaborate(self, platform: object) -> Module:
        """Build the register of a beat, and the recoder."""
        m = Module()
        size = len(self.negative)
        codes = [
            Signal(size, name=f"codes_b{bit}", reset_less=True)
            for bit in range(self.config.code_bits)
        ]
        recoder = self._add_recoder(m, codes)
        m.d.comb += self.illegal.eq(
            self.complete.any() & self._mask_illegal(recoder.illegal, self.complete[-1])
        )
        m.d.sync += self.complete.eq(0)
        with m.If(self.accept):
            for bit, plane in enumerate(codes):
                m.d.sync += plane.eq(self.payload.word_select(bit, self.config.codes_per_beat))
            for number, part in enumerate(self.complete):
                m.d.sync += part.eq(self.beat == number)
        return m


class TileStage(Stage):
    """For the other packings: the beats of a tile are decoded into a register of all of it."""

    def _cut(self) -> list[tuple[int, int]]:
        return [(0, self.groups * self.config.columns)]

    def elaborate(self, platform: object) -> Module:
        """Build the decoder, the register of a tile's weights, and the recoder."""
        m = Module()
        config = self.config
        m.submodules.decoder = decoder = CodeDecoder(config=config)
        m.d.comb += decoder.payload.eq(self.payload)
        last_beat = self.beat == config.beats_per_tile - 1
        illegal = self._mask_illegal(decoder.illegal_codes, last_beat)
        m.d.comb += self.illegal.eq(self.accept & illegal)
        m.d.sync += self.complete.eq(self.accept & last_beat)
        planes = []
        for sign, decoded in (("positive", decoder.positive), ("negative", decoder.negative)):
            lanes = [
                Signal(config.columns, name=f"{sign}{k}", reset_less=True)
                for k in range(config.lanes)
            ]
            self._register(m, lanes, decoded)
            padding = [Const(0, config.columns)] * (-config.lanes % config.group)
            padded = [*lanes, *padding]
            planes += [Cat(padded[i :: config.group]) for i in range(config.group)]
        self._add_recoder(m, planes)
        return m

    def _register(self, m: Module, lanes: list[Signal], decoded: list[Signal]) -> None:
        with m.If(self.accept), m.Switch(self.beat):
            for beat in range(self.config.beats_per_tile):
                with m.Case(beat):
                    for row, columns, places in self._locate(beat):
                        for trit, plane in enumerate(decoded):
                            lane = row * self.config.code_lanes + trit
                            if lane < self.config.lanes:
                                m.d.sync += lanes[lane][columns].eq(plane[places])

    def _locate(self, beat: int) -> Iterator[tuple[int, slice, slice]]:
        """Yield what a beat holds: a row of codes, the columns of those, their places in it."""
        codes, columns = self.config.codes_per_beat, self.config.columns
        first, end = beat * codes, min((beat + 1) * codes, self.config.codes_per_tile)
        for row in range(first // columns, -(-end // columns)):
            start, stop = max(first, row * columns), min(end, (row + 1) * columns)
            yield (
                row,
                slice(start - row * columns, stop - row * columns),
                slice(start - first, stop - first),
            )
