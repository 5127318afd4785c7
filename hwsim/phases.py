"""A model on the array: the cycles of every matmul of a prefill or of a decode step."""

from dataclasses import asdict, dataclass
from typing import Any

from hwsim.cycles import MatmulCycles, count_cycles
from hwsim.display import TextTable, render_html
from hwsim.numerals import format_percent
from rtl.config import ArrayConfig
from workloads.shapes import Matmul, ModelShape


@dataclass(frozen=True, kw_only=True)
class Phase:
    """All ternary matmuls of one pass over `tokens` tokens, one after the other on one array.

    Attributes
    ----------
    name : ``prefill`` or ``decode``.
    tokens : M, the tokens handled at once.
    context : tokens that attention sees at the end of the pass.
    matmuls : each distinct matmul with its cycles; a matmul's `count` repeats it.
    """

    name: str
    tokens: int
    context: int
    config: ArrayConfig
    matmuls: tuple[tuple[Matmul, MatmulCycles], ...]

    def total(self, quantity: str) -> int:
        """Return the sum of a field of `MatmulCycles` over all matmuls, repeats included."""
        return sum(matmul.count * getattr(cycles, quantity) for matmul, cycles in self.matmuls)

    @property
    def cycles(self) -> int:
        """Cycles of the pass: the ternary matmuls, each begun when the one before has ended."""
        return self.total("cycles")

    @property
    def seconds(self) -> float:
        """Time of the pass at the array's clock."""
        return self.cycles / (self.config.clock_mhz * 1e6)

    @property
    def tokens_per_second(self) -> float:
        """Tokens a second through the ternary matmuls."""
        return self.tokens / self.seconds

    @property
    def utilisation(self) -> float:
        """Busy lane-cycles / (lanes x cycles), 0 to 1."""
        lanes = self.config.lanes * self.config.columns
        return self.total("lane_operations") / (lanes * self.cycles)

    @property
    def stall_share(self) -> float:
        """Share of the cycles in which the datapath waits for weights, 0 to 1."""
        return self.total("weight_stall_cycles") / self.cycles

    @property
    def idle_share(self) -> float:
        """Share of the cycles in which tables are written and no tile is left to issue, 0 to 1."""
        return self.total("idle_cycles") / self.cycles

    @property
    def bound(self) -> str:
        """What sets the time of most cycles: ``memory``, ``swap``, ``tables`` or ``compute``.

        ``swap``: a fold's weights wait longer for those before to move through a `systolic` grid
        than they take to arrive, so that more bandwidth would gain little. ``tables``: the array
        waits for sums to be written to them, as strips are too short for it.
        """
        if 2 * self.total("idle_cycles") > self.cycles:
            return "tables"
        waiting = sum(m.count * c.cycles for m, c in self.matmuls if c.memory_bound)
        if 2 * waiting <= self.cycles:
            return "compute"
        return "swap" if self.config.hold_cycles > self.config.beats_per_tile else "memory"

    def _repr_html_(self) -> str:
        rows = [
            (
                f"{matmul.name} x {matmul.count}",
                *(f"{size:,}" for size in (matmul.m, matmul.n, matmul.k, cycles.cycles)),
                format_percent(cycles.utilisation),
                format_percent(cycles.weight_stall_cycles / cycles.cycles),
            )
            for matmul, cycles in self.matmuls
        ]
        header = ("matmul", "M", "N", "K", "cycles", "utilisation", "waiting for weights")
        title = f"{self.name}: {self.cycles:,} cycles, {self.bound}-bound"
        return render_html(TextTable(title, header, rows))

    def to_dict(self) -> dict[str, object]:
        """Return the phase as plain data, one entry a distinct matmul."""
        return {
            "phase": self.name,
            "tokens": self.tokens,
            "context": self.context,
            "cycles": self.cycles,
            "seconds": self.seconds,
            "tokens_per_second": self.tokens_per_second,
            "utilisation": self.utilisation,
            "stall_share": self.stall_share,
            "idle_share": self.idle_share,
            "bound": self.bound,
            "weight_bytes": self.total("weight_bits") / 8,
            "matmuls": self.matmul_records(),
        }

    def matmul_records(self) -> list[dict[str, Any]]:
        """Return one record a distinct matmul: its shape and its `MatmulCycles`."""
        return [asdict(matmul) | cycles.to_dict() for matmul, cycles in self.matmuls]


def run_phase(
    config: ArrayConfig, shape: ModelShape, name: str, tokens: int, context: int
) -> Phase:
    """Return the cycles of one pass of `shape` over `tokens` tokens on the array `config`."""
    matmuls = tuple((m, count_cycles(config, m.m, m.n, m.k)) for m in shape.matmuls(tokens))
    return Phase(name=name, tokens=tokens, context=context, config=config, matmuls=matmuls)
