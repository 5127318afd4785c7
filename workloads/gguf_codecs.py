"""The ternary encodings of GGUF, decoded to codes w + 1 and the scales of their blocks.

Source: `ggml-quants.c` of llama.cpp (TQ1_0, TQ2_0) and `ggml-bitnet-mad.cpp` of bitnet.cpp (I2_S,
in its layout for x86; the one for ARM has the same type id and cannot be told from it).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

BLOCK = 256
Codes = NDArray[np.uint8]
Scales = NDArray[np.float16]


def decode_tq2_0(data: Codes) -> tuple[Codes, Scales]:
    """Decode uint8[..., B * 66] to (codes uint8[..., B * 256], scales float16[..., B]).

    Byte j + m of a block, j = 0 or 32 and m < 32, holds elements 4 j + m + 32 l in bits 2 l.
    """
    blocks = data.reshape(*data.shape[:-1], -1, 66)
    quads = blocks[..., :64].reshape(*blocks.shape[:-1], 2, 1, 32)
    codes: Codes = quads >> np.array([[0], [2], [4], [6]], np.uint8) & np.uint8(3)
    return codes.reshape(*data.shape[:-1], -1), _take_scales(blocks, 64)


def decode_tq1_0(data: Codes) -> tuple[Codes, Scales]:
    """Decode uint8[..., B * 54] to (codes uint8[..., B * 256], scales float16[..., B]).

    A byte holds five trits, or four in the last four bytes, as a fraction of 256 in base 3.
    """
    blocks = data.reshape(*data.shape[:-1], -1, 54)
    parts = [
        _take_trits(blocks[..., first:last], trits)
        for first, last, trits in ((0, 32, 5), (32, 48, 5), (48, 52, 4))
    ]
    codes = np.concatenate(parts, axis=-1)
    return codes.reshape(*data.shape[:-1], -1), _take_scales(blocks, 52)


def decode_i2_s(data: Codes) -> tuple[Codes, NDArray[np.float32]]:
    """Decode uint8[B * 32 + 32] to (codes uint8[B * 128], scale float32[1]).

    Byte p of a block holds elements p, p + 32, p + 64, p + 96 in bits 7-6, 5-4, 3-2, 1-0.
    """
    quads = data[:-32].reshape(-1, 1, 32)
    codes: Codes = quads >> np.array([[6], [4], [2], [0]], np.uint8) & np.uint8(3)
    return codes.reshape(-1), data[-32:-28].copy().view("<f4")


BLOCK_DECODERS: dict[str, Callable[[Codes], tuple[Codes, Scales]]] = {
    "TQ1_0": decode_tq1_0,
    "TQ2_0": decode_tq2_0,
}


def _take_trits(data: Codes, trits: int) -> Codes:
    powers = 3 ** np.arange(trits, dtype=np.uint8)
    shifted = data[..., None, :] * powers[:, None]  # modulo 256
    codes = (shifted.astype(np.uint16) * 3 >> 8).astype(np.uint8)
    return codes.reshape(*data.shape[:-1], -1)


def _take_scales(blocks: Codes, at: int) -> Scales:
    return np.ascontiguousarray(blocks[..., at : at + 2]).view("<f2")[..., 0]
