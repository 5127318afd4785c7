"""What stands on a board: an array, its link and its serial port, behind two lines."""

from dataclasses import dataclass
from functools import cache

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from rtl.config import ArrayConfig
from rtl.fpga.link import LinkedArray
from rtl.fpga.protocol import Identity
from rtl.fpga.uart import MIN_DIVISOR, UartReceiver, UartTransmitter
from rtl.verilog import convert, write_header
from workloads.errors import InputError, require_int

BOARD_TOP = "ternary_board"

#: Two ends of a serial line may differ by this much: half a bit in the ten of a byte.
MAX_BAUD_ERROR = 0.02
#: Here a matmul of the shipped model takes minutes.
MIN_BAUD = 1200

_WAIVER = """\
/* verilator lint_off CASEOVERLAP */ /* a multiplexer of one-hot choices is written as a casez */
"""


@dataclass(frozen=True, kw_only=True)
class BoardConfig:
    """An array on a board.

    Attributes
    ----------
    array : the array; its clock is the board's.
    baud : bits a second of the serial line.
    window : bytes that the host may have under way.

    Raises
    ------
    InputError : a baud rate that the clock cannot make within 2 %.
    """

    array: ArrayConfig
    baud: int = 1_000_000
    window: int = 512

    def __post_init__(self) -> None:
        """Refuse what no board can keep; raises InputError."""
        require_int("baud", self.baud, MIN_BAUD)
        clock_hz = self.array.clock_mhz * 1e6
        divisor = max(self.divisor, MIN_DIVISOR)
        nearest = clock_hz / divisor
        if abs(nearest / self.baud - 1) > MAX_BAUD_ERROR:
            raise InputError(
                f"baud must be within {MAX_BAUD_ERROR:.0%} of the clock / n with n at least "
                f"{MIN_DIVISOR}, at {self.array.clock_mhz:g} MHz for example {nearest:.0f}, "
                f"not {self.baud}"
            )

    @property
    def divisor(self) -> int:
        """Clock cycles of a bit on the line."""
        return round(self.array.clock_mhz * 1e6 / self.baud)

    @property
    def identity(self) -> Identity:
        """What the board says it is."""
        return Identity(config=self.array, window=self.window)


class BoardCore(wiring.Component):
    """The link on a serial port.

    Parameters
    ----------
    config : the array and its line.

    Members
    -------
    rx : In(1)
        From the host; high when idle.
    tx : Out(1)
        To the host.
    busy, fault : Out(1)
        As in `LinkedArray`.
    """

    rx: Signal
    tx: Signal
    busy: Signal
    fault: Signal

    def __init__(self, *, config: BoardConfig) -> None:
        self.config = config
        super().__init__({"rx": In(1), "tx": Out(1), "busy": Out(1), "fault": Out(1)})

    def elaborate(self, platform: object) -> Module:
        """Connect the line's two ends to the link."""
        m = Module()
        divisor = self.config.divisor
        m.submodules.receiver = receiver = UartReceiver(divisor=divisor)
        m.submodules.link = link = LinkedArray(identity=self.config.identity)
        m.submodules.transmitter = transmitter = UartTransmitter(divisor=divisor)
        connect(m, receiver.bytes, link.received)
        connect(m, link.sent, transmitter.bytes)
        m.d.comb += [
            receiver.line.eq(self.rx),
            self.tx.eq(transmitter.line),
            self.busy.eq(link.busy),
            self.fault.eq(link.fault),
        ]
        return m


@cache
def emit_board(config: BoardConfig) -> str:
    """Return the Verilog of the board's core, top module `ternary_board`, without pins or PLL.

    Ports: `clk`, `rst` (high at one rising edge before anything else), `rx`, `tx`, `busy`, `fault`.
    """
    header = write_header(BOARD_TOP, config.array, "hold rst high", ignores=True) + _WAIVER
    return header + convert(BoardCore(config=config), BOARD_TOP) + "/* verilator lint_restore */\n"
