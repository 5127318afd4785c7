"""The host's end of the serial line: frames under a window, which the board's credits refill."""

import time
from collections import deque
from typing import Protocol

from rtl.fpga.protocol import Reply
from rtl.fpga.slip import END, RESET_PAIR, decode_frame, encode_frame
from workloads.errors import ToolError

#: Seconds without a byte after which a board is given up.
PATIENCE_S = 5.0

_SMALLEST_WINDOW = 16


class BoardError(ToolError):
    """The board, or the line to it, broke the link's rules."""


class Port(Protocol):
    """What is used of `serial.Serial`, opened with a timeout of some milliseconds."""

    in_waiting: int

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, at least one unless the timeout passes."""

    def write(self, data: bytes, /) -> int | None:
        """Send `data`."""


class Line:
    """Frames to and from a board, never more bytes under way than its window.

    Parameters
    ----------
    port : the serial line.
    patience_s : seconds without a byte after which the board is given up.

    Attributes
    ----------
    window : int
        Bytes that may be under way; that of the smallest board until the board's own is set.
    sent, received : int
        Bytes so far.
    """

    window: int
    sent: int
    received: int

    def __init__(self, port: Port, patience_s: float) -> None:
        self._port = port
        self._patience_s = patience_s
        self._frames: deque[bytes] = deque()
        self._partial = b""
        self._under_way = 0
        self.window = _SMALLEST_WINDOW
        self.sent = self.received = 0

    def reset(self) -> None:
        """Bring the board to its initial state."""
        self._port.write(RESET_PAIR)

    def settle(self, under_way: int) -> None:
        """Set how many bytes are under way, after a reset."""
        self._under_way = under_way

    def forget(self) -> None:
        """Drop the frames that have come."""
        self._frames.clear()

    def send(self, content: bytes) -> None:
        """Send a frame, as far as the window lets it; frames that come meanwhile are kept."""
        waiting = encode_frame(content)
        while waiting:
            room = self.window - self._under_way
            if room:
                part, waiting = waiting[:room], waiting[room:]
                self._port.write(part)
                self.sent += len(part)
                self._under_way += len(part)
            self._take(wait=not room)

    def wait(self, kind: Reply) -> bytes:
        """Return the content of the next frame, which must be of `kind`; raises BoardError."""
        frame = self.next_frame()
        if frame[0] != kind:
            raise BoardError(f"the board must answer with a frame of kind {kind}, not {frame[0]}")
        return frame[1:]

    def next_frame(self) -> bytes:
        """Return the next frame, its kind first; raises BoardError if none comes."""
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
        self.received += len(data)
        *frames, self._partial = (self._partial + data).split(bytes([END]))
        for frame in map(decode_frame, frames):
            if frame[:1] == bytes([Reply.CREDIT]):
                self._under_way -= self.window // 4
            elif frame:
                self._frames.append(frame)
