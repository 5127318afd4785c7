"""A board that is not there: its Verilog, compiled, behind a pseudo-terminal.

The gateware, the serial lines' bits included, runs cycle by cycle; a host opens the terminal as it
would open the board's serial port.
"""

import ctypes
import os
import select
import threading
import tty
from pathlib import Path
from types import TracebackType
from typing import Self

from rtl.cache import find_file
from rtl.fpga.board import BoardConfig, emit_board
from rtl.toolchain import build_library, describe_tools

_DRIVER = Path(__file__).with_name("board_driver.cpp")
_CYCLES = 20_000  # simulated at a time while there is traffic
_BYTES = 1 << 16


class _Traffic(ctypes.Structure):
    _fields_ = (
        ("sent", ctypes.c_char_p),
        ("sent_count", ctypes.c_uint64),
        ("received", ctypes.c_void_p),
        ("received_count", ctypes.c_uint64),
    )


def find_board_library(config: BoardConfig) -> Path:
    """Return the shared library of the board of `config`, from the cache if it is there."""
    verilog, driver = emit_board(config), _DRIVER.read_text(encoding="utf-8")
    defines = {"BIT_CYCLES": config.divisor}
    return find_file(
        (verilog, driver, defines, describe_tools()),
        ".so",
        lambda path: build_library(verilog, driver, defines, path),
    )


class SimulatedBoard:
    """The board of `config`, running in a thread until it is closed.

    Attributes
    ----------
    port : str
        The terminal, to be opened like a serial port; any baud rate will do.
    cycles : int
        Clock cycles simulated so far. The clock stands while nothing happens on the line.

    Raises
    ------
    InputError : no C++ compiler, or a cache folder that cannot be written.
    """

    port: str
    cycles: int

    def __init__(self, config: BoardConfig) -> None:
        self._library = ctypes.CDLL(str(find_board_library(config)))
        self._library.board_create.restype = ctypes.c_void_p
        self._library.board_run.argtypes = [
            ctypes.c_void_p,
            ctypes.POINTER(_Traffic),
            ctypes.c_uint64,
        ]
        self._library.board_destroy.argtypes = [ctypes.c_void_p]
        self.cycles = 0
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        self.port = os.ttyname(self._far)
        self._closing, self._bell = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the simulation; a second call does nothing."""
        if self._thread.is_alive():
            os.write(self._bell, b"x")
            self._thread.join()
            for handle in (self._near, self._far, self._closing, self._bell):
                os.close(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> None:
        board = self._library.board_create()
        out = ctypes.create_string_buffer(_BYTES)
        waiting = b""
        while True:
            readable, _, _ = select.select([self._near, self._closing], [], [], None)
            if self._closing in readable:
                break
            quiet = False
            while not quiet:
                if select.select([self._near], [], [], 0)[0]:
                    waiting += os.read(self._near, _BYTES)
                traffic = _Traffic(waiting, len(waiting), ctypes.addressof(out), _BYTES)
                self._library.board_run(board, traffic, _CYCLES)
                self.cycles += _CYCLES
                quiet = not (traffic.sent_count or traffic.received_count)
                waiting = waiting[traffic.sent_count :]
                if traffic.received_count:
                    os.write(self._near, out.raw[: traffic.received_count])
        self._library.board_destroy(board)
