"""What host and board say to each other, shared by the gateware and the driver.

Both directions carry frames (`rtl/fpga/slip.py`): a byte that tells the kind, then its content,
lowest byte first. The host may have `window` bytes under way, escapes and ends included; the board
gives back each quarter of them as it consumes it, in a frame `CREDIT`. Only the pair
`slip.RESET_PAIR` needs no credit: it clears the array and the link, and the window is whole again.
"""

from dataclasses import dataclass
from enum import IntEnum

from rtl.config import ADDERS, PACKINGS, STYLES, ArrayConfig
from workloads.errors import InputError

VERSION = 1


class Request(IntEnum):
    """Kinds of frames from the host."""

    COMMAND = 1  # a payload of the array's command stream
    WEIGHTS = 2  # whole beats, ceil(W / 8) bytes each
    ACTIVATIONS = 3  # whole beats, L bytes each
    STATUS = 4  # nothing; asks for a reply of this kind
    IDENTITY = 5  # nothing; asks for a reply of this kind


class Reply(IntEnum):
    """Kinds of frames from the board."""

    CREDIT = 0x40  # nothing
    RESULTS = 0x41  # one beat, ceil(A C / 8) bytes
    STATUS = 0x42  # `STATUS_FIELDS`
    IDENTITY = 0x43  # `IDENTITY_FIELDS`


#: Fields of a reply and their bytes, in order.
STATUS_FIELDS = {
    "flags": 1,  # see `FLAGS`
    "cycles": 6,  # of the present or last matmul
    "received_crc": 2,  # of frames from the host since the last status request or reset
    "sent_crc": 2,  # of result frames since then
}
IDENTITY_FIELDS = {
    "version": 1,
    "style": 1,  # place in rtl.config.STYLES
    "packing": 1,  # place in rtl.config.PACKINGS
    "adders": 1,  # place in rtl.config.ADDERS
    "group": 1,
    "accumulator_width": 1,
    "tree_registers": 1,
    "lanes": 2,
    "columns": 2,
    "token_depth": 3,
    "strip_depth": 3,
    "weight_bus_bits": 3,
    "clock_khz": 3,
    "window": 2,
}

#: Bits of `flags`, lowest first.
FLAGS = (
    "busy",  # a matmul runs
    "error",  # an illegal weight code was used
    "malformed",  # a frame was of no kind or length that is known, since the reset
    "overrun",  # the host sent more than the window, since the reset
)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a board says it is.

    Attributes
    ----------
    config : its array.
    window : bytes that the host may have under way, a multiple of 4.
    """

    config: ArrayConfig
    window: int

    def encode(self) -> bytes:
        """Return the content of the reply, without its kind."""
        config = self.config
        special = {
            "version": VERSION,
            "style": STYLES.index(config.style),
            "packing": PACKINGS.index(config.packing),
            "adders": ADDERS.index(config.adders),
            "clock_khz": round(config.clock_mhz * 1000),
            "window": self.window,
        }
        return b"".join(
            (special[name] if name in special else getattr(config, name)).to_bytes(size, "little")
            for name, size in IDENTITY_FIELDS.items()
        )


def decode_identity(content: bytes) -> Identity:
    """Return the identity in a reply's content; raises InputError if it is none we know."""
    fields = decode_fields(content, IDENTITY_FIELDS)
    if fields.pop("version") != VERSION:
        raise InputError(f"the board must speak version {VERSION} of the link, not {content[0]}")
    names = {"style": STYLES, "packing": PACKINGS, "adders": ADDERS}
    words = {name: known[fields.pop(name)] for name, known in names.items()}
    window, clock_khz = fields.pop("window"), fields.pop("clock_khz")
    config = ArrayConfig(**words, clock_mhz=clock_khz / 1000, **fields)  # type: ignore[arg-type]
    return Identity(config=config, window=window)


def decode_fields(content: bytes, sizes: dict[str, int]) -> dict[str, int]:
    """Return the numbers in `content`; raises InputError if its length is another."""
    if len(content) != sum(sizes.values()):
        raise InputError(f"a reply must have {sum(sizes.values())} bytes, not {len(content)}")
    fields, place = {}, 0
    for name, size in sizes.items():
        fields[name] = int.from_bytes(content[place : place + size], "little")
        place += size
    return fields
