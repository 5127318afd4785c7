"""Place and route by family: how nextpnr is called, and what makes a bitstream of its result.

# Ref: nextpnr's and the packers' own `--help`; Project Apicula's README for Gowin's families.
"""

from dataclasses import dataclass

#: Files of a build's folder that routers and packers name.
PINS = "pins.txt"
ROUTED = "routed.txt"


#: Lookup tables beyond which nextpnr's default placer, which begins with all of them in one point,
#: took a quarter of an hour for its first round.
LARGE = 20_000


@dataclass(frozen=True, kw_only=True)
class Router:
    """Place and route of a family.

    Attributes
    ----------
    name : the family, as nextpnr is called.
    pins, result : options that name the file of pins and the file that is written.
    tuning : options that make its clock faster.
    spreading : options instead for a design of more than `LARGE` lookup tables.
    frame : pins of the frame around an array that is measured, where they may not be left open.
    packer : program from the result to the bitstream, with its options.
    bitstream : name of the bitstream's file.
    goal_mhz : a clock beyond what any array reaches, to work towards.
    """

    name: str
    pins: tuple[str, ...]
    result: tuple[str, ...]
    packer: tuple[str, ...]
    bitstream: str
    goal_mhz: float
    tuning: tuple[str, ...] = ()
    spreading: tuple[str, ...] = ()
    frame: str = ""

    @property
    def program(self) -> str:
        """Name of the program in `rtl.fpga.tools`."""
        return f"nextpnr-{self.name}"


ECP5 = Router(
    name="ecp5",
    pins=("--lpf", PINS),
    result=("--textcfg", ROUTED),
    packer=("ecppack", "--compress", ROUTED, "bitstream.bit"),
    bitstream="bitstream.bit",
    goal_mhz=400.0,
    tuning=("--tmg-ripup",),
    spreading=("--placer", "static"),
)
ICE40 = Router(
    name="ice40",
    pins=("--pcf", PINS),
    result=("--asc", ROUTED),
    packer=("icepack", ROUTED, "bitstream.bin"),
    bitstream="bitstream.bin",
    goal_mhz=100.0,
)
GOWIN = Router(
    name="himbaechel-gowin",
    pins=("--vopt", f"cst={PINS}"),
    result=("--write", ROUTED),
    packer=("gowin_pack", "-d", "GW1N-9C", "-o", "bitstream.fs", ROUTED),
    bitstream="bitstream.fs",
    goal_mhz=150.0,
    frame='IO_LOC "clk" 52;\nIO_LOC "rst" 10;\nIO_LOC "in" 18;\nIO_LOC "out" 17;\n',
)
