"""What the cores have in common that hold a tile of weights while tokens pass."""

from abc import abstractmethod

from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import connect, flipped

from rtl.accumulator import Accumulator
from rtl.core import Core
from rtl.delay import delay
from rtl.intake import ActivationIntake
from rtl.loader import WeightLoader
from rtl.tree.accumulator import Accumulator as CompressingAccumulator


class HeldTileCore(Core):
    """L x C weights a cycle: the loader's tile times the intake's beat, to the accumulator.

    A beat issued in cycle t is added to the partial sums in cycle t + lambda. Never stops between.
    """

    def elaborate(self, platform: object) -> Module:
        """Connect loader, intake and the style's datapath; issue is decided here."""
        m = Module()
        m.submodules.loader = loader = WeightLoader(config=self.config)
        m.submodules.intake = intake = ActivationIntake(config=self.config)
        accumulator = self.add_datapath(m, loader, intake)
        connect(m, flipped(self.weights), loader.weights)
        connect(m, flipped(self.activations), intake.activations)

        issue = intake.issue
        has_place = self.next_free | ~intake.next_last
        m.d.comb += [
            intake.next_issue.eq(loader.next_active & has_place),
            loader.next_retire.eq(intake.next_ends_fold & has_place),
            self.reserve.eq(issue & intake.last),
            self.complete.eq(accumulator.complete),
            self.pending.eq(intake.pending),
        ]
        illegal = delay(m, loader.illegal, 1, "illegal", reset_less=False)
        m.d.comb += self.illegal.eq(illegal)
        m.d.comb += [to.eq(of) for to, of in zip(self.sums, accumulator.sums, strict=True)]
        m.d.comb += [intake.start.eq(self.start), intake.nest.eq(self.nest)]
        m.d.comb += loader.start.eq(self.start)
        for name in ("pending", "last_fold", "next_last_fold"):
            m.d.comb += getattr(loader, name).eq(getattr(intake, name))
        issued = Signal()  # in the cycle before, and the token that was
        issued_token = Signal.like(intake.token, reset_less=True)
        again = Signal()
        stored = Signal()
        m.d.sync += [issued.eq(issue), issued_token.eq(intake.token)]
        m.d.comb += [
            again.eq(issue & ~intake.first & issued & (issued_token == intake.token)),
            stored.eq(issue & ~intake.first & ~again),
        ]
        for name, flag in {
            "valid": issue,
            "token": intake.token,
            "again": again,
            "stored": stored,
            "last": intake.last,
        }.items():
            cycles = self.config.latency_cycles - 1 - accumulator.latency
            late = delay(m, flag, cycles, f"{name}_way", reset_less=name != "valid")
            m.d.comb += getattr(accumulator, f"next_{name}").eq(late)
        return m

    @abstractmethod
    def add_datapath(
        self, m: Module, loader: WeightLoader, intake: ActivationIntake
    ) -> Accumulator | CompressingAccumulator:
        """Add what multiplies the intake's lanes by the loader's tile, and return its accumulator.

        The accumulator's members other than those called `next` are connected here.
        """


def add_active_tile(m: Module, loader: WeightLoader) -> tuple[list[Signal], list[Signal]]:
    """Add the registers of the active tile, copied at once in its swap; return its planes.

    They copy whenever they are vacant, which is one register's word for all of them.
    """
    positive, negative = (
        [Signal.like(plane, name=f"{sign}{k}", reset_less=True) for k, plane in enumerate(tile)]
        for sign, tile in (("positive", loader.tile_positive), ("negative", loader.tile_negative))
    )
    with m.If(loader.vacant):
        for tile, held in ((loader.tile_positive, positive), (loader.tile_negative, negative)):
            m.d.sync += [to.eq(of) for to, of in zip(held, tile, strict=True)]
    return positive, negative
