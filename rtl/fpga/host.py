"""The host's end of the link: an array on a board, used as if it were here."""

import binascii
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtl.beats import cut_folds, join_results
from rtl.config import ArrayConfig
from rtl.fpga.line import PATIENCE_S, BoardError, Line, Port
from rtl.fpga.protocol import (
    FLAGS,
    STATUS_FIELDS,
    Identity,
    Reply,
    Request,
    decode_fields,
    decode_identity,
)
from rtl.fpga.slip import encode_frame
from rtl.tiling import require_matrix
from workloads.errors import InputError, require_int


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
        self._line = Line(port, patience_s)
        identity = self._reset()
        self.config, self._line.window = identity.config, identity.window

    def run(self, x: NDArray[np.int8], w: NDArray[np.int8]) -> BoardRun:
        """Run y[M, N] = x[M, K] @ w[N, K].T, w in {-1, 0, +1}.

        Raises
        ------
        InputError : operands that do not fit each other or the array.
        BoardError : bytes were lost or changed, or the board fell silent.
        """
        counts = self._check(x, w)
        line = self._line
        begin, sent, received = time.monotonic(), line.sent, line.received
        line.forget()
        check = 0
        for frame in _list_requests(x, w, counts, self.config):
            check = binascii.crc_hqx(frame, check)
            line.send(frame)
        beats = [line.wait(Reply.RESULTS) for _ in range(len(x) * counts[0])]
        seconds = time.monotonic() - begin
        replies = b"".join(beats)
        sent, received = line.sent - sent, line.received - received
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
            bytes_sent=sent,
            bytes_received=received,
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
        self._line.reset()
        request = bytes([Request.IDENTITY])
        self._line.send(request)
        while (frame := self._line.next_frame())[0] != Reply.IDENTITY:
            pass  # from before the reset
        self._line.settle(len(encode_frame(request)))
        identity = decode_identity(frame[1:])
        self._ask_status()  # from here on both sides count the same bytes
        return identity

    def _ask_status(self) -> dict[str, int]:
        self._line.send(bytes([Request.STATUS]))
        status = decode_fields(self._line.wait(Reply.STATUS), STATUS_FIELDS)
        for name in ("malformed", "overrun"):
            if status["flags"] >> FLAGS.index(name) & 1:
                raise BoardError(f"the board says {name}: bytes were lost on the way to it")
        return status


def _list_requests(
    x: NDArray[np.int8], w: NDArray[np.int8], counts: tuple[int, int], config: ArrayConfig
) -> Iterator[bytes]:
    """Yield the frames of a matmul in an order in which the array always takes the next beat."""
    shape = b"".join(count.to_bytes(2, "little") for count in (len(x), *counts))
    yield bytes([Request.COMMAND]) + shape
    for fold in cut_folds(x, w, config):
        yield bytes([Request.WEIGHTS]) + fold.weights.tobytes()
        yield bytes([Request.ACTIVATIONS]) + fold.activations.tobytes()
