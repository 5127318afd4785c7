"""The tile store: beats of codes in, two banks of strips, a tile of places to look up out."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from rtl.config import ArrayConfig
from rtl.delay import delay
from rtl.planes import add_memory
from rtl.sequencer import NEST_LAYOUT, FoldCounter
from rtl.table.codes import address_bits
from rtl.table.stage import BeatStage, Stage, TileStage


class TileStore(wiring.Component):
    """Two banks of D tiles in RAM: one fills from the stream while the other is read.

    A fold's tiles take B beats each; it is active from the second cycle after its last beat at the
    earliest.

    Parameters
    ----------
    config : L, C, D, g, W, B, T and the packing are used.

    Members
    -------
    start, nest : In
        As in `FoldCounter`. What is left of the matmul before is dropped.
    weights : In(stream.Signature(W))
        The tiles of every fold's strip, one after the other, B beats each.
    active : Out(1)
        There is an active fold.
    next_active : Out(1)
        There is one in the next cycle.
    retire : In(1)
        The active fold is used for the last time in this cycle; only while `active`.
    illegal : Out(1)
        A beat taken before has an illegal code.
    read : In(1)
        Read a tile of the active fold.
    tile : In(ceil_log2(D))
        Which one of its strip.
    addresses : Out(address_bits(g)).array(G, C)
        Of the tile read in the cycle before: the place of each group's sum in its table.
    negative : Out(C).array(G)
        The sum there is to be negated. Like `addresses` it stays when nothing is read.
    """

    start: Signal
    nest: data.View
    weights: stream.Interface
    active: Signal
    next_active: Signal
    retire: Signal
    illegal: Signal
    read: Signal
    tile: Signal
    addresses: list[list[Signal]]
    negative: list[Signal]

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        self.groups = -(-config.lanes // config.group)
        super().__init__(
            {
                "start": In(1),
                "nest": In(NEST_LAYOUT),
                "weights": In(stream.Signature(config.weight_bus_bits)),
                "active": Out(1),
                "next_active": Out(1),
                "retire": In(1),
                "illegal": Out(1),
                "read": In(1),
                "tile": In(ceil_log2(config.strip_depth)),
                "addresses": Out(address_bits(config.group)).array(self.groups, config.columns),
                "negative": Out(config.columns).array(self.groups),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the counters, the state of the banks, and a memory for each part of a tile."""
        m = Module()
        m.submodules.folds = folds = FoldCounter(config=self.config)
        kind = BeatStage if self.config.packing == "group" else TileStage
        m.submodules.stage = stage = kind(config=self.config)
        beat = Signal(range(self.config.beats_per_tile))
        tile = Signal(range(self.config.strip_depth), name="coming")
        fills = Signal()  # the bank that fills
        reads = Signal(init=1)  # the bank that is read
        full = Signal()
        more = Signal()  # beats are to come
        swap = Signal()
        accept = Signal()
        ends_tile = Signal()
        complete = Signal()
        begins = Signal()  # the matmul, in the cycle before
        completed = Signal()  # in the cycle before; only now the counter goes on
        ends_strip: Value = tile == Mux(completed, folds.next_strip_end, folds.strip_end)
        if self.config.strip_depth > 1:
            ends_strip = Mux(begins, self.nest.last_column_tile == 0, ends_strip)
            if self.config.beats_per_tile > 1:  # known in the cycle before its last beat
                ends_strip = delay(m, ends_strip, 1, "ends_strip")
        m.d.sync += [begins.eq(self.start), completed.eq(complete)]
        m.d.comb += [
            folds.start.eq(self.start),
            folds.nest.eq(self.nest),
            folds.advance.eq(completed),
            more.eq(folds.running & ~(completed & folds.last_fold)),
            swap.eq(full & (~self.active | self.retire)),
            self.weights.ready.eq(more & (~full | swap)),
            accept.eq(self.weights.valid & self.weights.ready),
            ends_tile.eq(accept & (beat == self.config.beats_per_tile - 1)),
            complete.eq(ends_tile & ends_strip),
            stage.accept.eq(accept),
            stage.beat.eq(beat),
            stage.payload.eq(self.weights.payload),
            self.illegal.eq(stage.illegal),
        ]
        with m.If(accept):
            m.d.sync += beat.eq(beat + 1)
        with m.If(ends_tile):
            m.d.sync += [beat.eq(0), tile.eq(tile + 1)]
        with m.If(complete):
            m.d.sync += [tile.eq(0), fills.eq(~fills), full.eq(1)]
        with m.Elif(swap):
            m.d.sync += full.eq(0)
        with m.If(swap):
            m.d.sync += reads.eq(~reads)
        m.d.comb += self.next_active.eq(~self.start & (full | (self.active & ~self.retire)))
        m.d.sync += self.active.eq(self.next_active)

        place = Signal(1 + len(self.tile), reset_less=True)  # of the tile in the stage
        with m.If(accept):
            m.d.sync += place.eq(Cat(tile, fills))
        self._add_memories(m, stage, place, Cat(self.tile, reads))
        return m

    def _add_memories(self, m: Module, stage: Stage, place: Value, wanted: Value) -> None:
        # One memory for each part of a tile, of which a beat writes one and `read` reads all.
        bits = address_bits(self.config.group)
        words = []
        for number, (first, end) in enumerate(stage.parts):
            size = end - first
            stored = Signal(size * (bits + 1), name=f"stored{number}")
            memory = add_memory(m, f"part{number}", columns=len(stored), depth=2 << len(self.tile))
            codes = (Cat(plane[j] for plane in stage.addresses) for j in range(size))
            memory.write_port(
                domain="sync",
                addr=place,
                data=Cat(*codes, stage.negative[:size]),
                en=stage.complete[number],
            )
            memory.read_port(
                domain="sync", addr=wanted, data=stored, en=self.read, transparent_for=()
            )
            words.append(stored)
        addresses = [
            word.word_select(j, bits) for word in words for j in range(len(word) // (bits + 1))
        ]
        signs = Cat(word[len(word) // (bits + 1) * bits :] for word in words)
        columns = self.config.columns
        for i in range(self.groups):
            row = addresses[i * columns : (i + 1) * columns]
            m.d.comb += [to.eq(of) for to, of in zip(self.addresses[i], row, strict=True)]
            m.d.comb += self.negative[i].eq(signs.word_select(i, columns))
