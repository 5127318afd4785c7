"""One kernel, many threads: whoever is free takes the next chunk.

A kernel's first argument is `counters`, int64: chunks taken and chunks done. It takes chunks until
none is left. The caller works too, and it waits for chunks, not for threads: helpers that the
system starts late find nothing to do. If the system stops one in the middle of a chunk, the caller
must wait for it; it then works alone for a while, so that a loaded machine does not slow it down.
"""

import os
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import numpy as np

_PATIENCE = 1000  # looks at the counter before the caller sleeps between two
_STALL_S = 1e-3  # a wait that is no chunk's
_REST_S = 0.1  # without helpers after a stall


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share(threads: int, chunks: int, kernel: Callable[..., None], *arguments: Any) -> None:
    """Run `kernel(counters, *arguments)` in up to `threads` threads until `chunks` are done."""
    counters = np.zeros(2, np.int64)
    helpers = min(threads, chunks) - 1
    if helpers <= 0 or time.perf_counter() < _helpers.rest_until:
        kernel(counters, *arguments)
        return
    failures: list[BaseException] = []
    _helpers.call(helpers, lambda: kernel(counters, *arguments), failures)
    kernel(counters, *arguments)
    started, looks = time.perf_counter(), 0
    while counters[1] < chunks:
        if failures:
            raise failures[0]
        time.sleep(0 if looks < _PATIENCE else 50e-6)
        looks += 1
    now = time.perf_counter()
    if now - started > _STALL_S:
        _helpers.rest_until = now + _REST_S


class _Helpers:
    """Threads that wait for calls; started when first needed, ended with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: SimpleQueue[tuple[Callable[[], None], list[BaseException]]] = SimpleQueue()
        self._count = 0
        self.rest_until = 0.0  # by time.perf_counter()

    def call(self, times: int, function: Callable[[], None], failures: list[BaseException]) -> None:
        """Have `function` called that many times; what it raises is added to `failures`."""
        if self._count < times:
            self._start(times)
        for _ in range(times):
            self._calls.put((function, failures))

    def _start(self, count: int) -> None:
        with self._lock:
            while self._count < count:
                name = f"hwsim-engine-{self._count}"
                threading.Thread(target=self._serve, name=name, daemon=True).start()
                self._count += 1

    def _serve(self) -> None:
        while True:
            function, failures = self._calls.get()
            try:
                function()
            except BaseException as error:  # the caller raises it
                failures.append(error)
            del function


_helpers = _Helpers()


def _forget_helpers() -> None:
    """Start anew in a forked process, which has no thread but one."""
    global _helpers
    _helpers = _Helpers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)
