"""The host's end of the link: an array on a board, used as if it were here."""

import binascii
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rtl.beats import cut_folds, join_results
from rtl.config import ArrayConfig
from rtl.fpga.protocol import (
    FLAGS,
    STATUS_FIELDS,
    Identity,
    Reply,
    Request,
    decode_fields,
    decode_identity,
)
from rtl.fpga.slip import END, RESET_PAIR, decode_frame, encode_frame
from rtl.tiling import require_matrix
from workloads.errors import InputError, ToolError, require_int

#: Seconds without a byte after which a board is given up.
PATIENCE_S = 5.0


class BoardError(ToolError):
    """The board, or the line to it, broke the link's rules."""


class Port(Protocol):
    """What is used of `serial.Serial`, opened with a timeout of some milliseconds."""

    in_waiting: int

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, at least one unless the timeout passes."""

    def write(self, data: bytes, /) -> int | None:
        """Send `data`."""


@dataclass(frozen=True, kw_only=True)
class BoardRun:
    """What the board made of one matmul.

    Attributes
    ----------
    y : int32 [M, N].
    cycles : from the command to the last result; the line's waits are among them.
    error : a tile had an illegal weight code.
    seconds : from the first byte to the last.
    bytes_sent, bytes_received : on the line, of this matmul.
    """

    y: NDArray[np.int32]
    cycles: int
    error: bool
    seconds: float
    bytes_sent: int
    bytes_received: int


class RemoteArray:
    """The array of a board, reset and asked what it is.

    Parameters
    ----------
    port : the serial line; it stays the caller's to close.
    patience_s : seconds without a byte after which the board is given up.

    Attributes
    ----------
    config : ArrayConfig
        Of the array, its clock included.

    Raises
    ------
    BoardError : nothing that speaks the link's protocol answers.
    """

    config: ArrayConfig

    def __init__(self, port: Port, *, patience_s: float = PATIENCE_S) -> None:
        self._port = port
        self._patience_s = patience_s
        self._frames: deque[bytes] = deque()
        self._partial = b""
        self._window = 16  # of the smallest board, until its own is known
        self._under_way = 0
        self._sent = self._received = 0
        identity = self._reset()
        self.config, self._window = identity.config, identity.window

    def run(self, x: NDArray[np.int8], w: NDArray[np.int8]) -> BoardRun:
        """Run y[M, N] = x[M, K] @ w[N, K].T, w in {-1, 0, +1}.

        Raises
        ------
        InputError : operands that do not fit each other or the array.
        BoardError : bytes were lost or changed, or the board fell silent.
        """
        counts = self._check(x, w)
        begin, sent, received = time.monotonic(), self._sent, self._received
        self._frames.clear()
        check = 0
        for frame in _list_requests(x, w, counts, self.config):
            check = binascii.crc_hqx(frame, check)
            self._send(frame)
        beats = [self._wait(Reply.RESULTS) for _ in range(len(x) * counts[0])]
        seconds = time.monotonic() - begin
        replies = b"".join(beats)
        traffic = self._sent - sent, self._received - received
        status = self._ask_status()
        checks = {"received_crc": check, "sent_crc": binascii.crc_hqx(replies, 0)}
        for name, expected in checks.items():
            if status[name] != expected:
                raise BoardError(f"the line changed bytes: {name} of the board is another")
        raw = np.frombuffer(replies, np.uint8).reshape(len(beats), -1)
        return BoardRun(
            y=join_results(raw, len(x), len(w), self.config),
            cycles=status["cycles"],
            error=bool(status["flags"] >> FLAGS.index("error") & 1),
            seconds=seconds,
            bytes_sent=traffic[0],
            bytes_received=traffic[1],
        )

    def _check(self, x: NDArray[np.int8], w: NDArray[np.int8]) -> tuple[int, int]:
        """Return (Nt, Kt) of a matmul that the array can take; raises InputError."""
        require_matrix("x", x, np.int8)
        require_matrix("w", w, np.int8)
        if x.shape[1] != w.shape[1]:
            raise InputError(f"x and w must have the same K, not {x.shape[1]} and {w.shape[1]}")
        if np.abs(w.astype(np.int16)).max() > 1:
            raise InputError(f"w must be -1, 0 or 1, not {w.min()} to {w.max()}")
        require_int("K", x.shape[1], 1, self.config.max_reduction)
        counts = -(-len(w) // self.config.columns), -(-x.shape[1] // self.config.lanes)
        for name, count in zip(("M", "column tiles", "lane tiles"), (len(x), *counts), strict=True):
            require_int(name, count, 1, 2**16 - 1)
        return counts

    def _reset(self) -> Identity:
        self._port.write(RESET_PAIR)
        request = bytes([Request.IDENTITY])
        self._send(request)
        while (frame := self._next_frame())[0] != Reply.IDENTITY:
            pass  # from before the reset
        self._under_way = len(encode_frame(request))
        identity = decode_identity(frame[1:])
        self._ask_status()  # from here on both sides count the same bytes
        return identity

    def _ask_status(self) -> dict[str, int]:
        self._send(bytes([Request.STATUS]))
        status = decode_fields(self._wait(Reply.STATUS), STATUS_FIELDS)
        for name in ("malformed", "overrun"):
            if status["flags"] >> FLAGS.index(name) & 1:
                raise BoardError(f"the board says {name}: bytes were lost on the way to it")
        return status

    def _send(self, content: bytes) -> None:
        """Send a frame, as far as the window lets it; frames that come meanwhile are kept."""
        waiting = encode_frame(content)
        while waiting:
            room = self._window - self._under_way
            if room:
                part, waiting = waiting[:room], waiting[room:]
                self._port.write(part)
                self._sent += len(part)
                self._under_way += len(part)
            self._take(wait=not room)

    def _wait(self, kind: Reply) -> bytes:
        """Return the content of the next frame, which must be of `kind`."""
        frame = self._next_frame()
        if frame[0] != kind:
            raise BoardError(f"the board must answer with a frame of kind {kind}, not {frame[0]}")
        return frame[1:]

    def _next_frame(self) -> bytes:
        while not self._frames:
            self._take(wait=True)
        return self._frames.popleft()

    def _take(self, *, wait: bool) -> None:
        """Read what has come, or `wait` for something; credits are taken, other frames kept."""
        begin = time.monotonic()
        while not (data := self._port.read(self._port.in_waiting or wait)) and wait:
            if time.monotonic() - begin > self._patience_s:
                raise BoardError(
                    f"the board must answer within {self._patience_s:g} s, not stay silent: "
                    "is it configured, and is the baud rate its own?"
                )
        self._received += len(data)
        *frames, self._partial = (self._partial + data).split(bytes([END]))
        for frame in map(decode_frame, frames):
            if frame[:1] == bytes([Reply.CREDIT]):
                self._under_way -= self._window // 4
            elif frame:
                self._frames.append(frame)


def _list_requests(
    x: NDArray[np.int8], w: NDArray[np.int8], counts: tuple[int, int], config: ArrayConfig
) -> Iterator[bytes]:
    """Yield the frames of a matmul in an order in which the array always takes the next beat."""
    shape = b"".join(count.to_bytes(2, "little") for count in (len(x), *counts))
    yield bytes([Request.COMMAND]) + shape
    for fold in cut_folds(x, w, config):
        yield bytes([Request.WEIGHTS]) + fold.weights.tobytes()
        yield bytes([Request.ACTIVATIONS]) + fold.activations.tobytes()
