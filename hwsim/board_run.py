"""The matmuls of a trace on the array of a board, compared with the trace."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hwsim.configuration import describe_array
from hwsim.cycles import count_cycles
from rtl.config import ArrayConfig
from rtl.fpga.board import MIN_BAUD
from rtl.fpga.host import RemoteArray
from rtl.fpga.line import Port
from workloads.engine.matmul import matmul_packed
from workloads.errors import InputError, require_int
from workloads.progress import Report, report_nothing
from workloads.trace import Trace

_TIMEOUT_S = 0.05  # of a read; RemoteArray has patience of its own


@dataclass(frozen=True, kw_only=True)
class BoardResult:
    """What a board made of a trace.

    Attributes
    ----------
    config : the array, as the board says.
    matmuls, outputs, mismatches : run, compared, different.
    operations : select-and-adds.
    cycles : of the board's clock, while matmuls ran.
    array_cycles : of them, those that the array alone needs, by the cycle model.
    seconds, line_bytes : on the line.
    """

    config: ArrayConfig
    matmuls: int
    outputs: int
    mismatches: int
    operations: int
    cycles: int
    array_cycles: int
    seconds: float
    line_bytes: int

    @property
    def passed(self) -> bool:
        """Something ran and nothing differs."""
        return self.outputs > 0 and not self.mismatches

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data."""
        plain = {name: value for name, value in vars(self).items() if name != "config"}
        return {"array": asdict(self.config), **plain, "passed": self.passed}

    def describe(self) -> str:
        """Return the result in words."""
        verdict = "passed" if self.passed else "FAILED"
        return (
            f"{verdict}: {self.matmuls} matmuls on {describe_array(self.config)}\n"
            f"  {self.outputs:,} outputs, {self.mismatches:,} mismatches\n"
            f"  {self.cycles:,} cycles, of which the array needs {self.array_cycles:,} and waits "
            f"for the line and the host in the others\n"
            f"  {self.seconds:.1f} s, {self.line_bytes:,} bytes on the line, "
            f"{self.operations / self.seconds / 1e6:.2f} M select-and-adds/s"
        )


@contextmanager
def open_port(port: str, baud: int) -> Iterator[Port]:
    """Yield the serial port `port` at `baud` bits a second; raises InputError if it cannot be."""
    require_int("baud", baud, MIN_BAUD)
    try:
        import serial
    except ImportError:
        raise InputError("a board's port needs pyserial: pip install 'hwsim[board]'") from None
    try:
        line = serial.Serial(port, baud, timeout=_TIMEOUT_S, exclusive=True)
    except (serial.SerialException, ValueError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number else error
        if number in (errno.EAGAIN, errno.EBUSY):
            reason = "another program uses it"
        raise InputError(
            f"port must be a serial port that can be opened, not {port} ({reason})"
        ) from None
    with line:
        yield line


def run_trace(
    trace: Trace, port: Port, matmuls: int | None = None, report: Report = report_nothing
) -> BoardResult:
    """Run the first `matmuls` of `trace`, or all, on the board at `port`.

    Raises
    ------
    InputError : a trace that is damaged, or that the array cannot take; no positive `matmuls`.
    BoardError : the board or its line failed.
    """
    if matmuls is not None:
        require_int("matmuls", matmuls)
    array = RemoteArray(port)
    chosen = list(trace)[:matmuls]
    total = sum(matmul.macs for matmul in chosen)
    sums = dict.fromkeys(
        ("outputs", "mismatches", "operations", "cycles", "array_cycles", "line_bytes"), 0
    )
    seconds = 0.0
    for matmul in chosen:
        report(sums["operations"] / total, f"{matmul.name}")
        x, weight = trace.read_input(matmul), trace.read_weight(matmul)
        expected = trace.read_result(matmul)
        expected = matmul_packed(weight, x) if expected is None else expected
        run = array.run(x, weight.unpack())
        sums["outputs"] += expected.size
        sums["mismatches"] += int(np.count_nonzero(run.y != expected)) or int(run.error)
        sums["operations"] += matmul.macs
        sums["cycles"] += run.cycles
        sums["array_cycles"] += count_cycles(array.config, len(x), *weight.shape).cycles
        sums["line_bytes"] += run.bytes_sent + run.bytes_received
        seconds += run.seconds
    return BoardResult(config=array.config, matmuls=len(chosen), seconds=seconds, **sums)
