"""The registers that software sees: one table for the gateware, the tests and the manual."""

from collections.abc import Callable
from dataclasses import dataclass

from rtl.config import PACKINGS, STYLES, ArrayConfig

#: "HWSM" in ASCII, and the version of this map: 16 bits each of what breaks it and what adds to it.
IDENTITY = 0x4857534D
VERSION = 0x0001_0000

ADDRESS_BITS = 7


@dataclass(frozen=True, kw_only=True)
class Register:
    """A word of 32 bits.

    Attributes
    ----------
    name : unique, as in C.
    offset : address, bytes.
    writable : else a write is answered by SLVERR.
    meaning : for the manual.
    """

    name: str
    offset: int
    writable: bool
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A bit of CONTROL or STATUS."""

    name: str
    bit: int
    meaning: str


CONTROL_FLAGS = (
    Flag(
        name="start",
        bit=0,
        meaning="writing 1 begins the matmul of TOKENS, COLUMN_TILES and LANE_TILES; reads as 0",
    ),
    Flag(
        name="reset",
        bit=1,
        meaning="writing 1 ends any matmul at once and clears STATUS; a packet of results that is "
        "under way gets one more beat, its last; reads as 0",
    ),
    Flag(
        name="discard",
        bit=2,
        meaning="while 1 and no matmul runs, beats of both input streams are taken and dropped; "
        "no matmul can be started",
    ),
)

STATUS_FLAGS = (
    Flag(name="busy", bit=0, meaning="a matmul runs"),
    Flag(
        name="illegal_code",
        bit=1,
        meaning="a weight code of the present or last matmul was illegal; its results are not to "
        "be used",
    ),
    Flag(
        name="weights_length",
        bit=2,
        meaning="a packet of weights did not end with the last beat of its matmul; that stream "
        "is held until a reset",
    ),
    Flag(name="activations_length", bit=3, meaning="the same of a packet of activations"),
    Flag(
        name="start_refused",
        bit=4,
        meaning="the last start found a matmul running, a length error, discard, or a size that "
        "is 0 or too large, and did nothing",
    ),
)

_PARAMETERS: dict[str, tuple[str, Callable[[ArrayConfig], int]]] = {
    "STYLE": (
        ", ".join(f"{i}: {name}" for i, name in enumerate(STYLES)),
        lambda c: STYLES.index(c.style),
    ),
    "PACKING": (
        ", ".join(f"{i}: {name}" for i, name in enumerate(PACKINGS)),
        lambda c: PACKINGS.index(c.packing),
    ),
    "LANES": ("L", lambda c: c.lanes),
    "COLUMNS": ("C", lambda c: c.columns),
    "TOKEN_DEPTH": ("T", lambda c: c.token_depth),
    "STRIP_DEPTH": ("D", lambda c: c.strip_depth),
    "GROUP": ("g", lambda c: c.group),
    "ACCUMULATOR_WIDTH": ("A", lambda c: c.accumulator_width),
    "WEIGHT_BUS_BITS": ("W", lambda c: c.weight_bus_bits),
    "TREE_REGISTERS": ("r", lambda c: c.tree_registers),
    "BEATS_PER_TILE": ("B", lambda c: c.beats_per_tile),
    "MAX_LANE_TILES": ("the most that LANE_TILES may be", lambda c: most_lane_tiles(c)),
}


def most_lane_tiles(config: ArrayConfig) -> int:
    """Return the lane tiles of the largest K that the accumulator takes, at most 65535."""
    return min(-(-config.max_reduction // config.lanes), 65535)


def list_constants(config: ArrayConfig) -> dict[str, int]:
    """Return what the registers that never change hold, by name."""
    parameters = {name: value(config) for name, (_, value) in _PARAMETERS.items()}
    return {"IDENTITY": IDENTITY, "VERSION": VERSION, **parameters}


def _list_registers() -> tuple[Register, ...]:
    words = [
        ("IDENTITY", False, f"0x{IDENTITY:08X}"),
        ("VERSION", False, f"0x{VERSION:08X}, of this map"),
        ("CONTROL", True, "see below"),
        ("STATUS", False, "see below"),
        ("TOKENS", True, "M, 16 bits; with the next two read by a start, free to be written after"),
        ("COLUMN_TILES", True, "ceil(N / C), 16 bits"),
        ("LANE_TILES", True, "ceil(K / L), 16 bits"),
        (
            "CYCLES_LOW",
            False,
            "cycles of the present or last matmul, low word; a read keeps the high one",
        ),
        ("CYCLES_HIGH", False, "bits 32 to 47, as kept by the last read of CYCLES_LOW"),
        *((name, False, f"constant: {meaning}") for name, (meaning, _) in _PARAMETERS.items()),
    ]
    return tuple(
        Register(name=name, offset=4 * i, writable=writable, meaning=meaning)
        for i, (name, writable, meaning) in enumerate(words)
    )


#: All registers, in the order of their addresses. Every other address is answered by SLVERR.
REGISTERS = _list_registers()


def describe_registers() -> str:
    """Return the map as Markdown tables, as docs/how-to/axi.md shows them."""
    lines = ["| offset | register | access | meaning |", "|---|---|---|---|"]
    for register in REGISTERS:
        access = "read, write" if register.writable else "read"
        lines.append(
            f"| 0x{register.offset:02X} | `{register.name}` | {access} | {register.meaning} |"
        )
    for name, flags in (("CONTROL", CONTROL_FLAGS), ("STATUS", STATUS_FLAGS)):
        lines += ["", f"| bit of `{name}` | name | meaning |", "|---|---|---|"]
        lines += [f"| {flag.bit} | `{flag.name}` | {flag.meaning} |" for flag in flags]
    return "\n".join(lines) + "\n"
