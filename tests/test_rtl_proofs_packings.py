"""rtl.proofs.packings: decoders are proved for the very codes that tiles are packed with."""

import numpy as np
import pytest

from rtl.config import ArrayConfig, code_size
from rtl.proofs.packings import list_legal_codes
from rtl.tiling import pack_weights


@pytest.mark.parametrize(
    ("packing", "group", "count"),
    [("two-bit", 1, 3), ("five-trit", 1, 243), ("group", 2, 9), ("group", 3, 27)],
)
def test_every_code_is_what_is_packed(packing: str, group: int, count: int) -> None:
    lanes, bits = code_size(packing, group)
    config = ArrayConfig(
        style="table" if packing == "group" else "tree",
        group=group,
        lanes=lanes,
        columns=1,
        weight_bus_bits=bits,
        packing=packing,
    )
    codes = list_legal_codes(config)
    assert len(codes) == count
    assert all(0 <= code < 1 << bits for code in codes)
    tiles = pack_weights(np.array(list(codes.values()), np.int8), config)  # one code a tile
    assert tiles.words.reshape(-1).tolist() == list(codes)
