"""Threads that help: outside Python, so that no chunk waits for another's turn in it.

Helpers look for chunks for a millisecond after the last one, and sleep only then: the next matmul
of a model comes sooner, and waking a thread takes as long as a small matmul. The caller works too,
and it waits for chunks, not for threads: helpers that the system starts late find nothing to do. If
the system stops one in the middle of a chunk, the caller must wait for it; it then works alone for
a while, so that a loaded machine does not slow it down.

Chunks are counted down. Who is told a number above zero owns that chunk, and what describes the
call stays as it is until all chunks are done.
"""

import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.compilation import Array, kernel
from workloads.engine.lowering import (
    add_atomically,
    give_way,
    pause,
    read_atomically,
    set_atomically,
)
from workloads.engine.tasks import CHUNKS, HELPERS, WORDS, Argument, Task, describe, run_chunk

_LINE = 8  # int64 in a cache line
_LEFT, _UNFINISHED = 0, _LINE  # counters of chunks: not taken, not done
_LOOKS = 20_000  # of a helper before it sleeps: about a millisecond
_TURN = 50  # looks, before another thread may have the core
_WAITS = 500  # looks of the caller before it sleeps: as long as some small chunks
_STALL_S = 1e-3  # a wait that is no chunk's
_REST_S = 0.1  # without helpers, after the caller has waited for longer than it worked


def _nap() -> None:
    time.sleep(50e-6)


class _Helper:
    """A thread that does chunks of the helpers' calls, once it has been woken; worker `number`."""

    def __init__(self, number: int, call: NDArray[np.int64], counters: NDArray[np.int64]) -> None:
        self._alarm = threading.Event()
        self._awake = np.zeros(1, np.int64)
        arguments = number, call, counters, self._awake
        name = f"hwsim-engine-{number}"
        threading.Thread(target=self._serve, args=arguments, name=name, daemon=True).start()

    @property
    def awake(self) -> bool:
        """Whether it looks for chunks."""
        return bool(self._awake[0])

    def wake(self) -> None:
        """Have it look for chunks, if it does not."""
        if not self._awake[0]:
            self._alarm.set()

    def _serve(self, *arguments: Any) -> None:
        while True:
            self._alarm.wait()
            self._alarm.clear()
            _look(*arguments)


class Helpers:
    """Helpers, started when first needed, ended with the process; one call at a time has them."""

    def __init__(self) -> None:
        self.helpers: list[_Helper] = []
        self._call = np.zeros(WORDS, np.int64)
        self._counters = np.zeros(2 * _LINE, np.int64)
        self._taken = threading.Lock()
        self._arguments: Sequence[Argument] = ()  # kept while helpers work on them
        self.rest_until = 0.0  # by time.perf_counter()

    def share(self, helpers: int, chunks: int, task: Task, arguments: Sequence[Argument]) -> bool:
        """Run a task with that many helpers; return False if they are not to be had now."""
        if time.perf_counter() < self.rest_until or not self._taken.acquire(blocking=False):
            return False
        try:
            self._finish()  # of a call that was interrupted
            while len(self.helpers) < helpers:
                number = len(self.helpers) + 1
                self.helpers.append(_Helper(number, self._call, self._counters))
            self._arguments = arguments
            _begin(self._call, self._counters, task().address, chunks, helpers, arguments)
            for helper in self.helpers[:helpers]:
                helper.wake()
            self._finish()
            self._arguments = ()
        finally:
            self._taken.release()
        return True

    def _finish(self) -> None:
        started = time.perf_counter()
        if _work_and_wait(self._call, self._counters):
            return
        worked = time.perf_counter() - started
        while not _work_and_wait(self._call, self._counters):
            _nap()
        now = time.perf_counter()
        if now - started > 2 * worked + _STALL_S:
            self.rest_until = now + _REST_S


@kernel
def _begin(
    call: Array, counters: Array, address: int, chunks: int, helpers: int, arguments: Any
) -> None:
    """Let chunks of a call be taken, now that none of the one before is left."""
    describe(call, address, chunks, helpers, arguments)
    counters[_UNFINISHED] = chunks
    set_atomically(counters, _LEFT, chunks)


@kernel
def _work(worker: int, call: Array, counters: Array) -> None:
    """Do chunks until none is left.

    The next is taken before one is done: so the call cannot end, and begin anew, in between.
    """
    left = add_atomically(counters, _LEFT, -1)
    while left > 0:
        run_chunk(call, worker, call[CHUNKS] - left)
        left = add_atomically(counters, _LEFT, -1)
        add_atomically(counters, _UNFINISHED, -1)


@kernel
def _work_and_wait(call: Array, counters: Array) -> bool:
    """Do chunks, as the caller, and wait for the others; return whether all are done."""
    _work(0, call, counters)
    for _ in range(_WAITS):
        if read_atomically(counters, _UNFINISHED) == 0:
            return True
        pause()
    return False


@kernel
def _look(worker: int, call: Array, counters: Array, awake: Array) -> None:
    """Do chunks as they come, until none has come for a while."""
    set_atomically(awake, 0, 1)
    looks = 0
    while True:
        if read_atomically(counters, _LEFT) > 0 and worker <= call[HELPERS]:
            _work(worker, call, counters)
            looks = 0
        elif looks < _LOOKS:
            pause()
            looks += 1
            if looks % _TURN == 0:
                give_way()
        else:
            set_atomically(awake, 0, 0)
            # A caller who has not seen that, published before.
            if read_atomically(counters, _LEFT) <= 0 or worker > call[HELPERS]:
                return
            set_atomically(awake, 0, 1)
            looks = 0
