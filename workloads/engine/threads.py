"""One task, many threads: whoever is free takes the next chunk."""

import os
from typing import Any

import numpy as np

from workloads.compilation import kernel
from workloads.engine.helpers import Helpers
from workloads.engine.tasks import WORDS, Argument, Task, describe, run_chunk


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share(threads: int, chunks: int, task: Task, *arguments: Argument) -> None:
    """Run a task for every chunk, from 0 on, in up to `threads` threads."""
    helpers = min(threads, chunks) - 1
    if helpers > 0 and _helpers.share(helpers, chunks, task, arguments):
        return
    _work_alone(task().address, chunks, arguments)


_helpers = Helpers()


def _forget_helpers() -> None:
    """Start anew in a forked process, which has no thread but one."""
    global _helpers
    _helpers = Helpers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)


@kernel
def _work_alone(address: int, chunks: int, arguments: Any) -> None:
    call = np.empty(WORDS, np.int64)
    describe(call, address, chunks, 0, arguments)
    for chunk in range(chunks):
        run_chunk(call, 0, chunk)
