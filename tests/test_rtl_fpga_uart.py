# amaranth: UnusedElaboratable=no
"""rtl.fpga.uart: bits on a line."""

import pytest
from benches.clocked import simulate

from rtl.fpga.uart import UartReceiver, UartTransmitter
from workloads.errors import InputError

BYTES = [0x00, 0xFF, 0x55, 0xA3, 0x01]


def test_the_divisor_is_checked() -> None:
    for kind in (UartReceiver, UartTransmitter):
        with pytest.raises(InputError, match=r"^divisor must be an int of at least 4, not 3$"):
            kind(divisor=3)


@pytest.mark.parametrize("divisor", [4, 5, 13])
def test_the_transmitter_sends_frames_back_to_back(divisor: int) -> None:
    sender = UartTransmitter(divisor=divisor)
    bits = []

    async def feed(ctx) -> None:
        ctx.set(sender.bytes.valid, 1)
        for byte in BYTES:
            ctx.set(sender.bytes.payload, byte)
            await ctx.tick().until(sender.bytes.ready)
        ctx.set(sender.bytes.valid, 0)

    async def watch(ctx) -> None:
        for _ in range((10 * len(BYTES) + 2) * divisor + len(BYTES)):
            bits.append(ctx.get(sender.line))
            await ctx.tick()

    simulate(sender, feed, watch)
    first = bits.index(0)
    expected = []
    for byte in BYTES:
        expected += [0, *(byte >> bit & 1 for bit in range(8)), 1]
    places = [first]
    for _ in range(len(BYTES) - 1):
        after = places[-1] + 10 * divisor
        assert after <= bits.index(0, after - 1) <= after + 1  # an idle cycle at the most
        places.append(bits.index(0, after - 1))
    seen = [bits[place + bit * divisor + divisor // 2] for place in places for bit in range(10)]
    assert seen == expected
    assert bits[-divisor:] == [1] * divisor


@pytest.mark.parametrize("divisor", [4, 13])
@pytest.mark.parametrize("error", [-0.03, 0.0, 0.03])
def test_the_receiver_hears_a_line_that_is_a_little_fast_or_slow(
    divisor: int, error: float
) -> None:
    receiver = UartReceiver(divisor=divisor)
    heard = []
    line = [1] * 3 * divisor
    time = float(len(line))
    for byte in BYTES:
        for bit in (0, *(byte >> bit & 1 for bit in range(8)), 1, 1):
            time += divisor * (1 + error)
            line += [bit] * (round(time) - len(line))
    line += [1] * 2 * divisor

    async def drive(ctx) -> None:
        for level in line:
            ctx.set(receiver.line, level)
            await ctx.tick()
            if ctx.get(receiver.bytes.valid):
                heard.append(ctx.get(receiver.bytes.payload))

    simulate(receiver, drive)
    assert heard == BYTES


def test_a_frame_without_a_stop_bit_is_dropped() -> None:
    receiver = UartReceiver(divisor=4)
    heard = []

    async def drive(ctx) -> None:
        for level in [1] * 8 + [0] * 60 + [1] * 60:
            ctx.set(receiver.line, level)
            await ctx.tick()
            heard.append(ctx.get(receiver.bytes.valid))

    simulate(receiver, drive)
    # A line that stays low gives nothing; when it rises a frame may end in its idle level.
    assert sum(heard) <= 1
