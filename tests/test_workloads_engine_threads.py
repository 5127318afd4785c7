"""Chunks shared between threads: each done once, whoever comes late, sleeps or is stopped."""

import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

from workloads.engine import helpers as helping
from workloads.engine import threads
from workloads.engine.helpers import Helpers
from workloads.engine.lowering import pause, read_atomically, set_atomically
from workloads.engine.tasks import number, task, vector
from workloads.engine.threads import count_cores, share


@task
def count_visits(call: Any, worker: int, chunk: int) -> None:
    visits, workers = vector(call, 0, np.int64), vector(call, 1, np.int64)
    visits[chunk] += number(call, 2)
    workers[chunk] = worker


@task
def dawdle(call: Any, worker: int, chunk: int) -> None:
    """Wait, as a helper, for words[1], as if the system ran something else; else for a helper."""
    words = vector(call, 0, np.int64)
    if worker > 0:
        set_atomically(words, 0, 1)
    while read_atomically(words, 1 if worker > 0 else 0) == 0:
        pause()


def visit(threads: int, chunks: int) -> np.ndarray:
    """Have every chunk done, once; return who did it."""
    visits, workers = np.zeros(chunks, np.int64), np.empty(chunks, np.int64)
    share(threads, chunks, count_visits, visits, workers, 1)
    assert (visits == 1).all()
    return workers


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("chunks", [1, 3, 2000])
def test_each_chunk_is_done_once(workers: int, chunks: int) -> None:
    for _ in range(20):
        assert (visit(workers, chunks) < workers).all()


def test_callers_in_many_threads_share_the_helpers() -> None:
    results = []

    def call() -> None:
        visits, workers = np.zeros(300, np.int64), np.empty(300, np.int64)
        for _ in range(30):
            share(3, 300, count_visits, visits, workers, 7)
        results.append((visits == 210).all())

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert results == [True] * 4


def test_a_stopped_helper_costs_one_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    helpers, words = Helpers(), np.zeros(2, np.int64)
    monkeypatch.setattr(threads, "_helpers", helpers)
    monkeypatch.setattr(helping, "_REST_S", 60.0)
    with monkeypatch.context() as patch:
        patch.setattr(helping, "_nap", lambda: (time.sleep(0.3), words.fill(1)))
        share(2, 2, dawdle, words)
    assert helpers.rest_until > time.perf_counter() + 50
    assert (visit(2, 2000) == 0).all()  # the caller alone


def test_helpers_sleep_and_wake() -> None:
    visit(2, 2)
    for _ in range(3):
        deadline = time.monotonic() + 20
        while any(helper.awake for helper in threads._helpers.helpers):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        words = np.array([0, 1])
        share(2, 2, dawdle, words)  # ends only if a helper takes one of the two
        assert words[0] == 1


def test_an_interrupted_call_keeps_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its caller leaves while a helper works; the next one waits for that."""
    helpers, words = Helpers(), np.zeros(2, np.int64)
    monkeypatch.setattr(threads, "_helpers", helpers)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(helping, "_nap", interrupt)
        with pytest.raises(KeyboardInterrupt):
            share(2, 2, dawdle, words)
    assert sys.getrefcount(words) == 3  # here, in the call of getrefcount, and the helpers'
    with monkeypatch.context() as patch:
        patch.setattr(helping, "_nap", lambda: words.fill(1))
        visit(2, 100)
    assert sys.getrefcount(words) == 2


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
