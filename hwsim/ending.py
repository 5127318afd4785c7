"""Being told to end from outside, as by `kill` or `docker stop`: nothing is left behind.

A terminal sends Ctrl-C also to the compilers and provers that run; SIGTERM reaches this process
alone, so it is passed on to them.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """Raised in the main thread by a signal; no `except Exception` stops it.

    Attributes
    ----------
    status : what a shell reports of a process that the signal ended, 128 + its number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


def unwind_on_signals() -> None:
    """Have each of `SIGNALS` raise `Ended`; the same once more ends the process at once.

    A signal that is ignored, as under nohup, stays so.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def list_descendants(process: int) -> list[int]:
    """Return the processes that `process` began, after those that they began; Linux alone tells.

    In this order a compiler that is ended clears away what its passes wrote.
    """
    found = []
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # it has ended meanwhile
            for child in map(int, file.read_text(encoding="ascii").split()):
                found += [*list_descendants(child), child]
    return found


def _end(number: int, _frame: object) -> None:
    signal.signal(number, signal.SIG_DFL)
    for process in list_descendants(os.getpid()):
        with suppress(OSError):
            os.kill(process, number)
    raise Ended(number)
