"""Place and route by family: how nextpnr is called, and what makes a bitstream of its result.

# Ref: nextpnr's and the packers' own `--help`; Project Apicula's README for Gowin's families.
"""

from dataclasses import dataclass
from math import inf

#: Files of a build's folder that routers and packers name.
PINS = "pins.txt"
ROUTED = "routed.txt"


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """How nextpnr works on designs up to a size.

    Attributes
    ----------
    goal_mhz : a clock to work towards where none is asked for.
    options : of nextpnr.
    most_luts : lookup tables of the largest such design.
    """

    goal_mhz: float
    options: tuple[str, ...] = ()
    most_luts: float = inf


@dataclass(frozen=True, kw_only=True)
class Router:
    """Place and route of a family.

    Attributes
    ----------
    name : the family, as nextpnr is called.
    pins, result : options that name the file of pins and the file that is written.
    tunings : by rising size; the last one is for any.
    packer : program from the result to the bitstream, with its options.
    bitstream : name of the bitstream's file.
    frame : pins of the frame around an array that is measured, where they may not be left open.
    """

    name: str
    pins: tuple[str, ...]
    result: tuple[str, ...]
    packer: tuple[str, ...]
    bitstream: str
    tunings: tuple[Tuning, ...]
    frame: str = ""

    @property
    def program(self) -> str:
        """Name of the program in `rtl.fpga.tools`."""
        return f"nextpnr-{self.name}"

    def choose_tuning(self, luts: int) -> Tuning:
        """Return the tuning for a design of `luts` lookup tables."""
        return next(tuning for tuning in self.tunings if luts <= tuning.most_luts)


#: `--tmg-ripup` has the default router lay what is late anew, fifty times: at 24 x 24 without gain,
#: and at 32 x 32 without any in the first sixteen, a minute each. The default placer begins with
#: all cells in one point: with more than 20,000 lookup tables its first round takes a quarter of an
#: hour; then the default router takes hours. The other one takes minutes, but with `--tmg-ripup` it
#: goes on until the clock is reached: its goal is a clock that the largest designs reach, and not
#: one beyond what any does.
_ECP5_TUNINGS = (
    Tuning(goal_mhz=400.0, options=("--tmg-ripup",), most_luts=8_000),
    Tuning(goal_mhz=400.0, most_luts=20_000),
    Tuning(goal_mhz=60.0, options=("--placer", "static", "--router", "router2", "--tmg-ripup")),
)

ECP5 = Router(
    name="ecp5",
    pins=("--lpf", PINS),
    result=("--textcfg", ROUTED),
    packer=("ecppack", "--compress", ROUTED, "bitstream.bit"),
    bitstream="bitstream.bit",
    tunings=_ECP5_TUNINGS,
)
ICE40 = Router(
    name="ice40",
    pins=("--pcf", PINS),
    result=("--asc", ROUTED),
    packer=("icepack", ROUTED, "bitstream.bin"),
    bitstream="bitstream.bin",
    tunings=(Tuning(goal_mhz=100.0),),
)
GOWIN = Router(
    name="himbaechel-gowin",
    pins=("--vopt", f"cst={PINS}"),
    result=("--write", ROUTED),
    packer=("gowin_pack", "-d", "GW1N-9C", "-o", "bitstream.fs", ROUTED),
    bitstream="bitstream.fs",
    tunings=(Tuning(goal_mhz=150.0),),
    frame='IO_LOC "clk" 52;\nIO_LOC "rst" 10;\nIO_LOC "in" 18;\nIO_LOC "out" 17;\n',
)
