"""The memories of an array, and what each becomes on an FPGA: LUT RAM, block RAM or registers."""

from collections.abc import Iterator
from dataclasses import dataclass

from rtl.adders import sum_bits
from rtl.config import ArrayConfig
from rtl.table.codes import address_bits

#: Columns that share a copy of a table, as in `rtl.table.sums`.
_READERS = 6
#: A block RAM of iCE40 is 16 bits wide, and Yosys takes it for so many bits (seen with 0.70).
_BLOCK_WIDTH = 16
_BLOCK_BITS = 76


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Memories of one kind.

    Attributes
    ----------
    count : how many.
    words, width : of each, and bits of a word.
    readers : read ports of each.
    registered : what is read is registered, as block RAM does.
    """

    count: int
    words: int
    width: int
    readers: int = 1
    registered: bool = True

    @property
    def lut4_rams(self) -> int:
        """Blocks of LUT RAM where a LUT has 4 inputs: 16 words of 4 bits."""
        return self.count * self.readers * -(-self.words // 16) * -(-self.width // 4)

    @property
    def lut6_rams(self) -> int:
        """Blocks of four LUTs of 6 inputs: 32 words of 6 bits, or of 2 bits for three readers."""
        wide, deep = (6, 1) if self.readers == 1 else (2, -(-self.readers // 3))
        if self.words > 32:  # half as wide, 64 words
            wide, deep = wide // 2, deep * -(-self.words // 64)
        return self.count * deep * -(-self.width // wide)

    @property
    def block_rams(self) -> int:
        """Block RAMs, where there is no LUT RAM."""
        blocks = self.readers * -(-self.width // _BLOCK_WIDTH)
        if not self.registered or self.words * self.width < _BLOCK_BITS * blocks:
            return 0
        return self.count * blocks

    @property
    def register_bits(self) -> int:
        """Bits of registers, where there is no LUT RAM."""
        return 0 if self.block_rams else self.count * self.words * self.width


def list_memories(config: ArrayConfig) -> Iterator[Memory]:
    """Yield the memories of an array; of `tree` that on carry chains."""
    columns, width = config.columns, config.accumulator_width
    yield Memory(count=columns, words=config.partial_sums, width=width)
    yield Memory(count=width, words=config.result_depth, width=columns, registered=False)
    if config.style != "table":
        return
    groups = -(-config.lanes // config.group)
    place = address_bits(config.group)
    looked_up = sum_bits(config.group) - (config.group == 2)  # the lowest bit is a gate
    for first in range(0, columns, _READERS):
        readers = min(_READERS, columns - first)
        yield Memory(count=groups, words=2 << place, width=looked_up, readers=readers)
    beats = config.beats_per_tile if config.packing == "group" else 1
    yield Memory(
        count=beats,
        words=2 << (config.strip_depth - 1).bit_length(),
        width=groups * columns * (place + 1) // beats,
    )
