"""Tables of sums: written step by step for one token, looked up by all columns for another."""

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_, xor

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.adders import sum_bits
from rtl.config import ACTIVATION_BITS, ArrayConfig
from rtl.planes import add_memory
from rtl.table.codes import address_bits, plan_steps

#: Columns that share a copy of a table. LUT RAM has one or three read ports, and synthesis makes
#: copies by itself; but Yosys' search for them takes gigabytes when there are 16 readers.
_READERS = 6


class SumTables(wiring.Component):
    """For each group of lanes a table of the E sums that its columns look up, in two sets.

    One adder a group walks from entry to entry. An entry of the step of cycle t can be looked up
    from cycle t + 2; what is looked up in a cycle is there in the next.

    Parameters
    ----------
    config : L, C and g are used.

    Members
    -------
    lanes : In(8).array(L)
        The beat that is written; steady from its first step to the cycle of its last.
    write : In(1)
        A step is done.
    step : In(range(E))
        Its number.
    write_set : In(1)
        The set written.
    next_set : In(1)
        The set looked up in the next cycle.
    addresses : In(address_bits(g)).array(G, C)
        The place of each group's sum, by column.
    sums : Out(signed(sum_bits(g))).array(G, C)
        What was looked up in the cycle before.
    """

    lanes: list[Signal]
    write: Signal
    step: Signal
    write_set: Signal
    next_set: Signal
    addresses: list[list[Signal]]
    sums: list[list[Signal]]

    def __init__(self, *, config: ArrayConfig) -> None:
        self.config = config
        self._groups = -(-config.lanes // config.group)
        self._bits = address_bits(config.group)
        self._steps = plan_steps(config.group)
        shape = signed(sum_bits(config.group))
        super().__init__(
            {
                "lanes": In(ACTIVATION_BITS).array(config.lanes),
                "write": In(1),
                "step": In(range(len(self._steps))),
                "write_set": In(1),
                "next_set": In(1),
                "addresses": In(self._bits).array(self._groups, config.columns),
                "sums": Out(shape).array(self._groups, config.columns),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the walk through the entries, and what each column looks up."""
        m = Module()
        place = Signal(1 + self._bits, reset_less=True)  # of the entry that is written
        enable = Signal(reset_less=True)
        read_set = Signal(reset_less=True)
        m.d.sync += [
            place.eq(Cat(self._by_step(step.address for step in self._steps), self.write_set)),
            enable.eq(self.write),
            read_set.eq(self.next_set),
        ]
        for group, entry in enumerate(self._add_walk(m)):
            lowest = self._add_lowest_bits(m, group) if self.config.group == 2 else []
            stored = entry[1:] if lowest else entry
            for c, address in enumerate(self.addresses[group]):
                if c % _READERS == 0:
                    name = f"table{group}_{c // _READERS}"
                    memory = add_memory(m, name, columns=len(stored), depth=1 << len(place))
                    memory.write_port(domain="sync", addr=place, data=stored, en=enable)
                found = Signal(len(stored), name=f"found{group}_c{c}")
                memory.read_port(
                    domain="comb",
                    addr=Cat(address, read_set),
                    data=found,
                    en=Const(1),
                    transparent_for=(),
                )
                counted = [bit & address[lane] for lane, bit in enumerate(lowest)]
                parity = [reduce(xor, counted)] if counted else []
                looked_up = Signal(len(entry), name=f"sum{group}_c{c}", reset_less=True)
                m.d.sync += looked_up.eq(Cat(*parity, found))
                m.d.comb += self.sums[group][c].eq(looked_up)
        return m

    def _add_walk(self, m: Module) -> Iterator[Signal]:
        """Add an adder for each group; yield the entries, which come a cycle after their step."""
        lane = Signal(range(self.config.group))  # of the next step
        subtract = Signal()  # it is subtracted
        subtracts = Signal(reset_less=True)  # the lane of this step is
        m.d.comb += [
            lane.eq(self._by_step(step.lane for step in self._steps[1:])),
            subtract.eq(self._by_step(step.subtract for step in self._steps[1:])),
        ]
        m.d.sync += subtracts.eq(subtract)
        for group in range(self._groups):
            chosen = Signal(ACTIVATION_BITS, name=f"chosen{group}")
            term = Signal(signed(ACTIVATION_BITS), name=f"term{group}", reset_less=True)
            entry = Signal.like(self.sums[0][0], name=f"entry{group}", reset_less=True)
            # The lane is chosen, and inverted, in the cycle before it is added.
            m.d.comb += chosen.eq(self._choose(self._lanes_of(group), lane))
            m.d.sync += [
                term.eq(chosen ^ subtract.replicate(ACTIVATION_BITS)),
                entry.eq(entry + term + subtracts),
            ]
            with m.If(self.step == 0):
                m.d.sync += entry.eq(0)
            yield entry

    def _add_lowest_bits(self, m: Module, group: int) -> list[Signal]:
        """Add registers of the lanes' lowest bits, whose parity is the lowest bit of a sum.

        With g = 2 an address tells which lanes count. So that bit is a gate and not in the RAM,
        whose words then have eight bits: two of an FPGA's blocks of four.
        """
        wanted = []
        for number, lane in enumerate(self._lanes_of(group)):
            by_set = [
                Signal(name=f"lowest{group}_{number}_set{i}", reset_less=True) for i in range(2)
            ]
            with m.If(self.write):
                with m.If(self.write_set):
                    m.d.sync += by_set[1].eq(lane[0])
                with m.Else():
                    m.d.sync += by_set[0].eq(lane[0])
            lowest = Signal(name=f"lowest{group}_{number}", reset_less=True)
            m.d.sync += lowest.eq(Mux(self.next_set, by_set[1], by_set[0]))
            wanted.append(lowest)
        return wanted

    def _lanes_of(self, group: int) -> list[Signal]:
        return self.lanes[group * self.config.group : (group + 1) * self.config.group]

    def _by_step(self, values: Iterable[int]) -> Value:
        """Return the one of `values` that is numbered by the step."""
        matches = [
            Mux(self.step == number, value, 0) for number, value in enumerate(values) if value
        ]
        return reduce(or_, matches, Const(0))

    def _choose(self, lanes: list[Signal], lane: Signal) -> Value:
        chosen: Value = lanes[0]
        for number in range(1, self.config.group):
            value = lanes[number] if number < len(lanes) else 0  # behind lane L - 1
            chosen = Mux(lane == number, value, chosen)
        return chosen
