"""rtl.fpga.replies: frames to the host, at any rate at which their bytes are taken."""

from binascii import crc_hqx

import numpy as np
import pytest
from benches.clocked import collect_frames, simulate

from rtl.config import ArrayConfig
from rtl.fpga.protocol import STATUS_FIELDS, Identity, Reply, decode_fields
from rtl.fpga.replies import LinkReplies

IDENTITY = Identity(
    config=ArrayConfig(
        lanes=2, columns=5, token_depth=1, accumulator_width=15, weight_bus_bits=10, clock_mhz=12.0
    ),
    window=64,
)
BITS = 5 * 15


@pytest.mark.parametrize("readiness", [1.0, 0.5, 0.1])
def test_frames_arrive_whole_at_any_rate(readiness: float) -> None:
    rng = np.random.default_rng(0)
    beats = [int.from_bytes(rng.bytes(10), "little") % 2**BITS for _ in range(4)]
    contents = [beat.to_bytes(-(-BITS // 8), "little") for beat in beats]
    dut = LinkReplies(identity=IDENTITY)
    frames: list[bytes] = []

    async def ask(ctx) -> None:
        ctx.set(dut.identity_asked, 1)
        ctx.set(dut.credit, 1)
        await ctx.tick()
        ctx.set(dut.identity_asked, 0)
        ctx.set(dut.credit, 0)
        for beat in beats:
            ctx.set(dut.results.payload, beat)
            ctx.set(dut.results.valid, 1)
            await ctx.tick().until(dut.results.ready)
        ctx.set(dut.results.valid, 0)
        await ctx.tick().until(dut.items.valid & dut.items.ready & dut.items.payload.end)
        for name, value in (("flags", 0b1010), ("cycles", 2**48 - 3), ("received_crc", 0xC0DB)):
            ctx.set(getattr(dut, name), value)
        ctx.set(dut.status, 1)
        await ctx.tick()
        ctx.set(dut.status, 0)

    async def take(ctx) -> None:
        await collect_frames(ctx, dut.items, frames, 8, rng, readiness)

    simulate(dut, ask, take)
    first, *told = frames
    assert first == b""  # the end after the reset
    assert told[:-1] == [
        bytes([Reply.CREDIT]),
        bytes([Reply.IDENTITY]) + IDENTITY.encode(),
        *(bytes([Reply.RESULTS]) + content for content in contents),
    ]
    assert told[-1][0] == Reply.STATUS
    assert decode_fields(told[-1][1:], STATUS_FIELDS) == {
        "flags": 0b1010,
        "cycles": 2**48 - 3,
        "received_crc": 0xC0DB,
        "sent_crc": crc_hqx(b"".join(contents), 0),
    }
