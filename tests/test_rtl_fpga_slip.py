"""rtl.fpga.slip: frames and escapes, in Python and in gates."""

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib.wiring import connect
from benches.clocked import collect_frames, simulate
from hypothesis import given
from hypothesis import strategies as st

from rtl.fpga.slip import (
    END,
    ESCAPE,
    RESET_PAIR,
    FrameDecoder,
    FrameEncoder,
    decode_frame,
    encode_frame,
)

AWKWARD = bytes([END, ESCAPE, 0xDC, 0xDD, 1, ESCAPE, END, END])


@given(st.binary(max_size=40) | st.text("\xc0\xdb\xdc\xdd", max_size=20).map(str.encode))
def test_a_frame_comes_back(content: bytes) -> None:
    travelled = encode_frame(content)
    assert travelled.count(END) == 1 and travelled[-1] == END
    assert RESET_PAIR not in travelled
    assert decode_frame(travelled[:-1]) == content


@pytest.mark.parametrize("seed", [0, 1])
def test_the_gates_decode_what_they_encode(seed: int) -> None:
    contents = [AWKWARD, b"\x05", bytes(range(256))]
    m = Module()
    m.submodules.encoder = encoder = FrameEncoder()
    m.submodules.decoder = decoder = FrameDecoder()
    connect(m, encoder.bytes, decoder.bytes)
    came: list[bytes] = []
    rng = np.random.default_rng(seed)

    async def send(ctx) -> None:
        for content in contents:
            for byte, end in [*((byte, 0) for byte in content), (0, 1)]:
                ctx.set(encoder.items.payload, {"byte": byte, "end": end})
                ctx.set(encoder.items.valid, 1)
                await ctx.tick().until(encoder.items.ready)
                ctx.set(encoder.items.valid, 0)
                if rng.random() < 0.2:
                    await ctx.tick()

    async def receive(ctx) -> None:
        await collect_frames(ctx, decoder.items, came, len(contents), rng, 0.7)

    simulate(m, send, receive)
    assert came == contents
