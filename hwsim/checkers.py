"""Many matmuls on compiled arrays: as many at once as there are threads, each on its own array."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from queue import SimpleQueue
from typing import TypeVar

from hwsim.checker import MatmulChecker
from workloads.errors import require_int

Group = TypeVar("Group")
Result = TypeVar("Result")


def check_groups(
    groups: Iterable[Group],
    check: Callable[[MatmulChecker, Group], Result],
    checker: MatmulChecker,
    threads: int | None = None,
) -> Iterator[tuple[Group, Result]]:
    """Call `check` for every group; yield the group and what it returns, as each is done.

    A group is best the matmuls of one weight: a checker holds one at a time.

    Parameters
    ----------
    checker : the first; others of its array are added.
    threads : arrays that run at once, by default one a core.
    """
    waiting = list(groups)
    threads = min(require_int("threads", threads or os.cpu_count() or 1), max(len(waiting), 1))
    idle: SimpleQueue[MatmulChecker] = SimpleQueue()
    for spare in (checker, *(MatmulChecker(checker.config) for _ in range(threads - 1))):
        idle.put(spare)

    def run(group: Group) -> Result:
        worker = idle.get()
        try:
            return check(worker, group)
        finally:
            idle.put(worker)

    with ThreadPoolExecutor(threads) as pool:
        jobs = {pool.submit(run, group): group for group in waiting}
        try:
            for job in as_completed(jobs):
                yield jobs[job], job.result()
        except BaseException:  # of a job, or in whoever takes the results
            pool.shutdown(cancel_futures=True)
            raise
