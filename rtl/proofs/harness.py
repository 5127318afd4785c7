"""A design under proof: free inputs, looks inside, what is assumed and what is claimed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from amaranth.back import rtlil  # type: ignore[attr-defined]
from amaranth.hdl import Assert, Assume, ClockDomain, Module, Mux, ShapeLike, Signal, Value

from rtl.config import STYLES


class Harness:
    """A module that drives components with any inputs and claims what they then do.

    Reset is free as well: it holds in the first cycle, and may come back in any later one. Claims
    are owed from the second cycle on.

    Attributes
    ----------
    module : the module; components and a model of what they owe are added to it.
    reset : of all components and the model.
    probes : for each port that looks inside, the hierarchical name of the signal it shows.
    outputs : the names of the outputs.
    """

    def __init__(self) -> None:
        self.module = Module()
        self.probes: dict[str, str] = {}
        self.outputs: list[str] = []
        self.module.domains.sync = domain = ClockDomain()
        self.reset: Signal = domain.rst  # type: ignore[attr-defined]
        # Without a direction, a port is an input if nothing drives it.
        self._ports: dict[str, tuple[Signal, None]] = {
            "clk": (domain.clk, None),  # type: ignore[attr-defined]
            "rst": (self.reset, None),
        }

    def free(self, name: str, shape: ShapeLike = 1) -> Signal:
        """Return an input that has any value in any cycle."""
        unique = name if name not in self._ports else f"{name}_{len(self._ports)}"
        signal = Signal(shape, name=unique)
        self._ports[unique] = (signal, None)
        return signal

    def show(self, name: str, value: Value) -> None:
        """Make `value` an output."""
        signal = Signal(len(value), name=name)
        self.module.d.comb += signal.eq(value)
        self.outputs.append(name)
        self._ports[name] = (signal, None)

    def probe(self, path: str, shape: ShapeLike = 1) -> Signal:
        """Return the signal `path` inside a component, such as `dut.folds.running`.

        Word i of a memory is `path[i]`.
        """
        signal = self.free(f"probe{len(self.probes)}", shape)
        self.probes[signal.name] = path
        return signal

    def assume(self, condition: Value) -> None:
        """Consider only inputs with which `condition` holds in every cycle."""
        self.module.d.comb += Assume(condition)  # type: ignore[call-arg]

    def claim(self, condition: Value) -> None:
        """Owe that `condition` holds in every cycle."""
        self.module.d.comb += Assert(condition)  # type: ignore[call-arg]

    def delay(self, value: Value, cycles: int = 1) -> Value:
        """Return what `value` was `cycles` ago, whatever reset does; anything at the start."""
        for _ in range(cycles):
            past = Signal(len(value), name="past", reset_less=True)
            self.module.d.sync += past.eq(value)
            value = past
        return value

    def carry(self, value: Value, name: str) -> Signal:
        """Return what `value` was a cycle ago, 0 after a reset."""
        carried = Signal(name=name)
        self.module.d.sync += carried.eq(value)
        return carried

    def count_since(self, event: Value, limit: int) -> Signal:
        """Return the cycles since the last `event`, up to `limit`; `limit` without one."""
        since = Signal(range(limit + 1), name="since", init=limit)
        self.module.d.sync += since.eq(Mux(event, 1, since + (since != limit)))
        self.claim(since != 0)
        return since

    def age(self, limit: int) -> Signal:
        """Return the cycles since the last one of reset, up to `limit`."""
        age = Signal(range(limit + 1), name="age")
        with self.module.If(age != limit):
            self.module.d.sync += age.eq(age + 1)
        return age

    def claim_stays(self, valid: Value, ready: Value, *payloads: Value) -> None:
        """Owe that what is offered and not taken is offered again, unchanged, but after a reset."""
        waits = self.delay(valid & ~ready & ~self.reset) & ~self.delay(self.reset)
        self.claim(implies(waits, valid))
        for payload in payloads:
            self.claim(implies(waits, payload == self.delay(payload)))

    def convert(self) -> str:
        """Return the design as RTLIL, top module `proof`; once only."""
        text = rtlil.convert(self.module, name="proof", ports=self._ports, emit_src=False)
        return str(text)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Something that is owed, and how it is proved.

    Attributes
    ----------
    name : of the proof, unique.
    claim : what holds, in one sentence.
    build : makes the harness.
    method : "induction" over the cycles, of the harness's claims; or "structure": no output that
        the harness shows depends on an input within the cycle, for no gates lead there.
    steps : the longest induction tried, and the longest counterexample looked for, cycles.
    styles : of the arrays that have what it is about, of `rtl.config.STYLES`.
    """

    name: str
    claim: str
    build: Callable[[], Harness]
    method: Literal["induction", "structure"] = "induction"
    steps: int = 12
    styles: tuple[str, ...] = STYLES


def implies(condition: Value, consequence: Value) -> Value:
    """Return whether `consequence` holds if `condition` does."""
    return ~condition.bool() | consequence.bool()
