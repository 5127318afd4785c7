"""Folds as the control sees them: any sequence of them that a loop nest can have.

A proof of the whole array needs no sizes. It assumes of the array's fold counters what
`rtl.proofs.sequencer` claims of them, but for the sizes: that they show the folds in their order.
That the counters are driven as that proof assumes is claimed in turn.
"""

from typing import Any

from amaranth.hdl import Cat, Mux, Signal, Value

from rtl.proofs.harness import Harness, implies

_AHEAD = 4  # folds that are looked at, the present one included


class FoldWindow:
    """The folds of a matmul that are not used up, the oldest first, from the cycle after `start`.

    Of each is known whether it completes the sums of its strip, and whether it is the matmul's
    last, which then completes some.

    Attributes
    ----------
    settled : not in the cycle after `start`, in which fold counters do not yet show the first one.
    """

    def __init__(self, harness: Harness, start: Value, retire: Value) -> None:
        m = harness.module
        self._harness = harness
        self._start, self._retire = start, retire
        self._running = running = Signal(name="folds_left")
        self._completes = completes = Signal(_AHEAD, name="folds_complete")
        self._final = final = Signal(_AHEAD, name="folds_final")
        self.settled = Signal(name="folds_settled", init=1)
        any_final = harness.free("any_final", _AHEAD)
        any_completes = harness.free("any_completes", _AHEAD) | any_final
        m.d.sync += self.settled.eq(~start)
        with m.If(start):
            m.d.sync += [running.eq(1), final.eq(any_final), completes.eq(any_completes)]
        with m.Elif(retire):
            m.d.sync += [
                running.eq(running & ~final[0]),
                final.eq(Cat(final[1:], any_final[0])),
                completes.eq(Cat(completes[1:], any_completes[0])),
            ]
        harness.claim((final & ~completes) == 0)

    def exists(self, place: Value | int) -> Value:
        """Return whether there is a fold at `place`, counted from the oldest."""
        return self._running & ~Cat(self._final[i] & (place > i) for i in range(_AHEAD)).any()

    def completes(self, place: Value | int) -> Value:
        """Return whether the fold at `place` completes the sums of its strip."""
        return self._completes.bit_select(place, 1)

    def is_final(self, place: Value | int) -> Value:
        """Return whether the fold at `place` is the matmul's last."""
        return self._final.bit_select(place, 1)

    def tell(self, dut: Any) -> None:
        """Drive the members of `dut` that tell of the oldest fold, and of the one after it."""
        for name, told in self._describe(0).items():
            if hasattr(dut, name):
                # In the cycle after a start they may tell anything.
                value = Mux(self.settled, told, self._harness.free(f"unsettled_{name}"))
                self._harness.module.d.comb += getattr(dut, name).eq(value)
        self._harness.module.d.comb += dut.pending.eq(self.exists(0))

    def follow(self, path: str) -> Value:
        """Assume that the `FoldCounter` at `path` shows these folds; return its place among them.

        Claimed is that it advances only as it may.
        """
        harness, m = self._harness, self._harness.module
        advance = harness.probe(f"{path}.advance")
        place = Signal(range(_AHEAD), name="place")
        m.d.sync += place.eq(Mux(self._start, 0, place + advance - self._retire))
        harness.claim(implies(advance, self.exists(place) & self.settled & ~self._start))
        harness.claim(place < _AHEAD - 1)
        harness.assume(harness.probe(f"{path}.running") == self.exists(place))
        for name, told in self._describe(place).items():
            there = self.settled & self.exists(place + 1 if name.startswith("next") else place)
            harness.assume(implies(there, harness.probe(f"{path}.{name}") == told))
        return place

    def _describe(self, place: Value | int) -> dict[str, Value]:
        return {
            "last_tile": self.completes(place),
            "next_last_tile": self.completes(place + 1),
            "last_fold": self.is_final(place),
            "next_last_fold": self.is_final(place + 1),
        }
