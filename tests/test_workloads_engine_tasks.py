"""What a task is told: the same arrays and numbers, wherever they lie."""

from typing import Any

import numpy as np

from workloads.engine.tasks import cube, matrix, number, task, vector
from workloads.engine.threads import share


@task
def copy_arguments(call: Any, worker: int, chunk: int) -> None:
    a, b, c = vector(call, 0, np.int8), matrix(call, 1, np.int16), cube(call, 2, np.uint8)
    to = vector(call, 3, np.int64)
    at = 0
    for n in (len(a), len(b), b.shape[1], len(c), c.shape[1], c.shape[2], number(call, 4)):
        to[at] = n
        at += 1
    for i in range(len(a)):
        to[at] = a[i]
        at += 1
    for i in range(len(b)):
        for j in range(b.shape[1]):
            to[at] = b[i, j]
            at += 1
    for i in range(len(c)):
        for j in range(c.shape[1]):
            for k in range(c.shape[2]):
                to[at] = c[i, j, k]
                at += 1


def test_arguments_arrive() -> None:
    rng = np.random.default_rng(0)
    a = rng.integers(-128, 128, 3, np.int8)
    b = rng.integers(-999, 999, (2, 5)).astype(np.int16)
    c = rng.integers(0, 256, (4, 1, 2), np.uint8)
    c.flags.writeable = False  # a memory map
    to = np.zeros(7 + a.size + b.size + c.size, np.int64)
    share(1, 1, copy_arguments, a, b, c, to, -(2**40))
    expected = [3, 2, 5, 4, 1, 2, -(2**40), *a, *b.ravel(), *c.ravel()]
    assert to.tolist() == expected


def test_a_task_is_compiled_when_it_is_first_shared() -> None:
    @task
    def never(call: Any, worker: int, chunk: int) -> None:
        raise NotImplementedError(call)  # no such code could be compiled

    assert never.cache_info().misses == 0
