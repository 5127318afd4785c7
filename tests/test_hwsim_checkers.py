"""Groups of matmuls on several arrays at once: each checked once, and a failure ends the rest."""

from time import sleep

import numpy as np
import pytest

from hwsim.checker import MatmulChecker
from hwsim.checkers import check_groups
from rtl.config import ArrayConfig
from workloads.errors import InputError
from workloads.random_matrices import random_activations, random_weights

CONFIG = ArrayConfig(
    lanes=16, columns=8, token_depth=4, accumulator_width=18, weight_bus_bits=64, tree_registers=1
)


@pytest.mark.parametrize("threads", [None, 1, 3, 50])
def test_each_group_is_checked_once_on_an_array_of_its_own(threads: int | None) -> None:
    workers = {}

    def check(checker: MatmulChecker, seed: int) -> int:
        workers[seed] = checker
        weight = random_weights(7, 10, 0.4, seed=seed)
        result = checker.check(random_activations(2, 10, "q_proj", seed=seed), weight)
        return result.mismatched_outputs

    first = MatmulChecker(CONFIG)
    results = dict(check_groups(range(9), check, first, threads))
    assert results == dict.fromkeys(range(9), 0)
    assert len(set(map(id, workers.values()))) <= (threads or 9)
    if threads == 1:
        assert set(workers.values()) == {first}


def test_a_failure_is_raised_and_ends_the_rest() -> None:
    checked = []

    def check(checker: MatmulChecker, number: int) -> None:
        checked.append(number)
        if len(checked) > 2:
            sleep(0.02)  # leaves a busy machine time to notice the failure
        checker.check(np.zeros((1, 3), np.int8), random_weights(4, number, 0.4, seed=0))

    with pytest.raises(InputError, match=r"columns"):
        list(check_groups([3, 5, *[3] * 50], check, MatmulChecker(CONFIG), 1))
    assert len(checked) < 52


def test_nothing_to_check() -> None:
    assert not list(check_groups([], lambda checker, group: None, MatmulChecker(CONFIG)))


def test_threads_are_positive() -> None:
    with pytest.raises(InputError, match=r"^threads must be a positive int, not -1$"):
        list(check_groups([1], lambda checker, group: None, MatmulChecker(CONFIG), -1))
