"""Chunks shared between threads: each done once, whoever comes late, fails or is stopped."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from workloads.compilation import Array, kernel
from workloads.engine import threads
from workloads.engine.lowering import add_atomically
from workloads.engine.threads import count_cores, share


@kernel
def count_visits(counters: Array, visits: Array) -> None:
    while True:
        chunk = add_atomically(counters, 0, 1)
        if chunk >= len(visits):
            return
        visits[chunk] += 1
        add_atomically(counters, 1, 1)


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("chunks", [1, 3, 2000])
def test_each_chunk_is_done_once(workers: int, chunks: int) -> None:
    for _ in range(20):
        visits = np.zeros(chunks, np.int64)
        share(workers, chunks, count_visits, visits)
        assert (visits == 1).all()


def test_callers_in_many_threads_share_the_helpers() -> None:
    results = []

    def call() -> None:
        visits = np.zeros(300, np.int64)
        for _ in range(30):
            share(3, 300, count_visits, visits)
        results.append((visits == 30).all())

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert results == [True] * 4


def test_a_helper_that_fails_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_helpers", threads._Helpers())
    caller = threading.current_thread()

    def fail(counters: np.ndarray) -> None:
        if threading.current_thread() is not caller:
            raise MemoryError("no room for tables")

    with pytest.raises(MemoryError, match=r"^no room for tables$"):
        share(2, 2, fail)


def test_a_stopped_helper_costs_one_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    helpers = threads._Helpers()
    monkeypatch.setattr(threads, "_helpers", helpers)
    monkeypatch.setattr(threads, "_REST_S", 60.0)
    caller, workers = threading.current_thread(), []

    def work(counters: np.ndarray) -> None:
        workers.append(threading.current_thread())
        if threading.current_thread() is caller:
            return
        time.sleep(0.01)  # as if the system ran something else
        counters[1] = 2

    share(2, 2, work)
    assert len(set(workers)) == 2
    assert helpers.rest_until > time.perf_counter() + 50
    visits = np.zeros(9, np.int64)
    monkeypatch.setattr(helpers, "call", None)  # nobody is asked
    share(2, 9, count_visits, visits)
    assert (visits == 1).all()


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_a_forked_process_starts_helpers_of_its_own() -> None:
    code = (
        "import os, numpy as np\n"
        "from workloads.engine.matmul import matmul_packed\n"
        "from workloads.random_matrices import random_weights\n"
        "weight, x = random_weights(4096, 4096, 0.4, seed=0), np.ones((1, 4096), np.int8)\n"
        "y = matmul_packed(weight, x, threads=2)\n"
        "child = os.fork()\n"
        "same = (matmul_packed(weight, x, threads=2) == y).all()\n"
        "if child == 0: os._exit(0 if same else 1)\n"
        "assert same and os.waitpid(child, 0)[1] == 0\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)


def test_cores() -> None:
    assert count_cores() >= 1
