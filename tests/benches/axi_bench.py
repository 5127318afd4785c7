"""cocotb bench of the AXI core, driven by the bus models of cocotbext-axi.

`tests/test_rtl_axi_core.py` builds the core and names its parameters in HWSIM_BENCH_SHAPE.
"""

import json
import os
import random
from collections.abc import Iterable, Iterator

import cocotb
import numpy as np
from benches.array_model import (
    Shape,
    activation_beats,
    collect_rows,
    read_result,
    weight_beats,
)
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiResp,
    AxiStreamBus,
    AxiStreamSink,
    AxiStreamSource,
)

SHAPE = Shape(**json.loads(os.environ["HWSIM_BENCH_SHAPE"]))
LIMIT = {"timeout_time": 0.2, "timeout_unit": "ms"}

#: Addresses as docs/how-to/axi.md has them.
CONTROL, STATUS, TOKENS, CYCLES_LOW, CYCLES_HIGH = 0x08, 0x0C, 0x10, 0x1C, 0x20
START, RESET, DISCARD = 1, 2, 4
BUSY, ILLEGAL_CODE, WEIGHTS_LENGTH, ACTIVATIONS_LENGTH, START_REFUSED = 1, 2, 4, 8, 16

Matmul = tuple[np.ndarray, np.ndarray]  # x[M, K], w[N, K]

#: Ragged in every dimension, one of everything, several blocks and strips.
SHAPES = (
    (1, 1, 1),
    (SHAPE.T + 1, SHAPE.D * SHAPE.C + 1, 2 * SHAPE.L + 1),
    (2 * SHAPE.T, SHAPE.C, 3 * SHAPE.L - 1),
)


class System:
    """Software, two memories and a consumer around the core.

    Parameters
    ----------
    pause : probability, of every channel on its own, that it waits in a cycle.
    """

    def __init__(self, dut, pause: float = 0.0) -> None:
        self.dut = dut
        clock, reset = dut.aclk, dut.aresetn
        self.lite = AxiLiteMaster(
            AxiLiteBus.from_prefix(dut, "s_axi"), clock, reset, reset_active_level=False
        )
        self.weights, self.activations = (
            AxiStreamSource(
                AxiStreamBus.from_prefix(dut, f"s_axis_{name}"),
                clock,
                reset,
                reset_active_level=False,
            )
            for name in ("weights", "activations")
        )
        self.results = AxiStreamSink(
            AxiStreamBus.from_prefix(dut, "m_axis_results"),
            clock,
            reset,
            reset_active_level=False,
        )
        write, read = self.lite.write_if, self.lite.read_if
        channels = [write.aw_channel, write.w_channel, write.b_channel]
        channels += [read.ar_channel, read.r_channel, self.weights, self.activations, self.results]
        for seed, channel in enumerate(channels):
            if pause:
                channel.set_pause_generator(pauses(pause, seed))

    async def reset(self) -> None:
        self.dut.aresetn.value = 0
        Clock(self.dut.aclk, 10, unit="ns").start()
        for _ in range(3):
            await RisingEdge(self.dut.aclk)
        self.dut.aresetn.value = 1
        await RisingEdge(self.dut.aclk)

    async def write(self, address: int, value: int) -> AxiResp:
        return (await self.lite.write(address, value.to_bytes(4, "little"))).resp

    async def read(self, address: int) -> int:
        response = await self.lite.read(address, 4)
        assert response.resp == AxiResp.OKAY
        return int.from_bytes(response.data, "little")

    async def start(self, matmul: Matmul) -> None:
        x, w = matmul
        for i, size in enumerate(SHAPE.tiles(len(x), len(w), x.shape[1])):
            assert await self.write(TOKENS + 4 * i, size) == AxiResp.OKAY
        assert await self.write(CONTROL, START) == AxiResp.OKAY

    async def finish(self) -> int:
        """Wait until no matmul runs; return STATUS."""
        while (status := await self.read(STATUS)) & BUSY:
            pass
        return status

    async def count_cycles(self) -> int:
        return await self.read(CYCLES_LOW) + (await self.read(CYCLES_HIGH) << 32)

    def offer(self, matmul: Matmul) -> None:
        self.weights.send_nowait(weight_packet(matmul))
        self.activations.send_nowait(activation_packet(matmul))

    async def check(self, matmul: Matmul) -> None:
        """Receive a packet of results and compare it with x @ w.T."""
        x, w = matmul
        frame = await self.results.recv()
        size = -(-SHAPE.A * SHAPE.C // 8)
        beats = [frame.tdata[i : i + size] for i in range(0, len(frame.tdata), size)]
        rows = [read_result(SHAPE, int.from_bytes(bytes(beat), "little")) for beat in beats]
        assert len(rows) == len(x) * SHAPE.tiles(len(x), len(w), 1)[1]
        found = collect_rows(SHAPE, iter(rows), len(x), len(w))
        assert np.array_equal(found, x.astype(np.int64) @ w.T.astype(np.int64))

    async def recover(self) -> None:
        """What software does after an error: reset, drop what the memories still send."""
        assert await self.write(CONTROL, RESET | DISCARD) == AxiResp.OKAY
        while not (self.weights.idle() and self.activations.idle()):
            await RisingEdge(self.dut.aclk)
        while not self.results.idle():
            await RisingEdge(self.dut.aclk)
        self.results.clear()
        assert await self.read(STATUS) == 0
        assert await self.write(CONTROL, 0) == AxiResp.OKAY

    async def run(self, matmul: Matmul) -> None:
        """A matmul from beginning to end."""
        self.offer(matmul)
        await self.start(matmul)
        await self.check(matmul)
        assert await self.finish() == 0


def pauses(probability: float, seed: int) -> Iterator[bool]:
    draw = random.Random(seed)
    while True:
        yield draw.random() < probability


def pack(beats: Iterable[int], bits: int) -> bytes:
    return b"".join(beat.to_bytes(-(-bits // 8), "little") for beat in beats)


def weight_packet(matmul: Matmul) -> bytes:
    return pack(weight_beats(SHAPE, len(matmul[0]), matmul[1]), SHAPE.W)


def activation_packet(matmul: Matmul) -> bytes:
    x, w = matmul
    return pack(activation_beats(SHAPE, x, SHAPE.tiles(1, len(w), 1)[1]), 8 * SHAPE.L)


def draw_matmul(shape: tuple[int, int, int], seed: int = 0) -> Matmul:
    draw = np.random.default_rng(seed)
    m, n, k = shape
    return draw.integers(-128, 128, (m, k)), draw.integers(-1, 2, (n, k))


@cocotb.test(**LIMIT)
async def registers_answer(dut) -> None:
    system = System(dut)
    await system.reset()
    constants = json.loads(os.environ["HWSIM_BENCH_CONSTANTS"])
    for address, value in constants.items():
        assert await system.read(int(address)) == value
        assert await system.write(int(address), 1) == AxiResp.SLVERR
        assert await system.read(int(address)) == value
    after = 4 + max(int(address) for address in constants)
    assert (await system.lite.read(after, 4)).resp == AxiResp.SLVERR
    assert await system.write(after, 0) == AxiResp.SLVERR
    for i in range(3):
        address = TOKENS + 4 * i
        await system.write(address, 0xFFFF1234 + i)
        assert await system.read(address) == 0x1234 + i
        await system.lite.write(address + 1, b"\xab")
        assert await system.read(address) == 0xAB34 + i
    assert await system.read(STATUS) == 0


@cocotb.test(**LIMIT)
async def streams_that_never_wait_take_the_specified_cycles(dut) -> None:
    system = System(dut)
    await system.reset()
    for seed, shape in enumerate(SHAPES):
        matmul = draw_matmul(shape, seed)
        await system.run(matmul)
        assert await system.count_cycles() == SHAPE.cycles(*SHAPE.tiles(*shape))


@cocotb.test(**LIMIT)
@cocotb.parametrize(pause=[0.3, 0.7])
async def matmuls_back_to_back_with_pauses_on_every_channel(dut, pause: float) -> None:
    system = System(dut, pause)
    await system.reset()
    matmuls = [draw_matmul(shape, seed) for seed, shape in enumerate(2 * SHAPES)]
    for matmul in matmuls:
        system.offer(matmul)
    for matmul in matmuls:
        await system.start(matmul)
        assert await system.finish() == 0
    for matmul in matmuls:
        await system.check(matmul)
    assert system.results.empty()


@cocotb.test(**LIMIT)
@cocotb.parametrize(cycles=[0, 7, 20, 55])
async def a_reset_in_the_middle_leaves_nothing_behind(dut, cycles: int) -> None:
    system = System(dut, pause=0.2)
    await system.reset()
    matmul = draw_matmul((4 * SHAPE.T, 2 * SHAPE.D * SHAPE.C, 3 * SHAPE.L))
    system.offer(matmul)
    await system.start(matmul)
    for _ in range(cycles):
        await RisingEdge(dut.aclk)
    assert await system.read(STATUS) == BUSY
    await system.recover()
    for seed, shape in enumerate(SHAPES):
        await system.run(draw_matmul(shape, seed))


@cocotb.test(**LIMIT)
@cocotb.parametrize(stream=["weights", "activations"], extra=[-1, 1])
async def a_packet_of_the_wrong_length_is_an_error(dut, stream: str, extra: int) -> None:
    system = System(dut, pause=0.2)
    await system.reset()
    matmul = draw_matmul(SHAPES[1])
    packets = {"weights": weight_packet(matmul), "activations": activation_packet(matmul)}
    bits = {"weights": SHAPE.W, "activations": 8 * SHAPE.L}[stream]
    size = -(-bits // 8)
    right = packets[stream]
    packets[stream] = right + bytes(size) if extra > 0 else right[:-size]
    for name, packet in packets.items():
        getattr(system, name).send_nowait(packet)
    await system.start(matmul)
    flag = {"weights": WEIGHTS_LENGTH, "activations": ACTIVATIONS_LENGTH}[stream]
    while not (status := await system.read(STATUS)) & flag:
        pass
    if extra > 0:  # all that the matmul needs came before
        await system.check(matmul)
        assert await system.finish() == flag
    else:
        assert status == flag | BUSY
    await system.start(matmul)
    assert await system.read(STATUS) & ~BUSY == flag | START_REFUSED
    await system.recover()
    await system.run(matmul)


@cocotb.test(**LIMIT)
async def a_start_that_cannot_be_is_refused(dut) -> None:
    system = System(dut)
    await system.reset()
    most = -(-((2 ** (SHAPE.A - 1) - 1) // 128) // SHAPE.L)
    for sizes in ((0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, most + 1)):
        for i, size in enumerate(sizes):
            await system.write(TOKENS + 4 * i, size)
        await system.write(CONTROL, START)
        assert await system.read(STATUS) == START_REFUSED
    matmul = draw_matmul(SHAPES[1])
    await system.start(matmul)
    assert await system.read(STATUS) == BUSY
    await system.write(CONTROL, START)
    assert await system.read(STATUS) == BUSY | START_REFUSED
    system.offer(matmul)
    await system.check(matmul)
    await system.write(CONTROL, DISCARD)
    assert await system.read(CONTROL) == DISCARD
    await system.write(CONTROL, DISCARD | START)
    assert await system.read(STATUS) == START_REFUSED
    await system.write(CONTROL, 0)
    await system.run(matmul)


@cocotb.test(**LIMIT)
async def an_illegal_code_is_seen(dut) -> None:
    system = System(dut)
    await system.reset()
    x, w = draw_matmul(SHAPES[1])
    illegal = w.copy()
    illegal[-1, -1] = 2
    system.offer((x, illegal))
    await system.start((x, w))
    assert await system.finish() == ILLEGAL_CODE
    await system.results.recv()
    await system.run((x, w))
