"""No instruction is used that the processor, or the one that numba compiles for, may lack."""

import os
import subprocess
import sys

import pytest

from workloads.engine import instructions
from workloads.engine.instructions import find_instructions

MULTIPLY = """
import numpy as np
from workloads.engine.instructions import find_instructions
from workloads.engine.matmul import matmul_packed
from workloads.random_matrices import random_weights

rng = np.random.default_rng(0)
weight, x = random_weights(21, 70, 0.4, seed=0), rng.integers(-128, 128, (35, 70), np.int8)
expected = x.astype(np.int64) @ weight.unpack().T.astype(np.int64)
assert all(np.array_equal(matmul_packed(weight, x[:m]), expected[:m]) for m in (1, 35))
print(len(find_instructions()))
"""


@pytest.mark.parametrize(
    ("variables", "needed"),
    [
        ({"NUMBA_CPU_NAME": "x86-64"}, "sse2"),
        ({"NUMBA_CPU_NAME": "x86-64-v3", "NUMBA_CPU_FEATURES": "+avx2"}, "avx2"),
        ({"NUMBA_DISABLE_JIT": "1"}, None),
    ],
    ids=str,
)
def test_numba_is_told_otherwise(variables: dict[str, str], needed: str | None) -> None:
    if needed is not None and needed not in find_instructions():
        pytest.skip("not such a processor")
    run = subprocess.run(
        [sys.executable, "-c", MULTIPLY],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    expected = {"sse2": "0", "avx2": "1", None: str(len(find_instructions()))}
    assert run.stdout.strip() == expected[needed]


def test_tiles_need_the_systems_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    features = {"avx2": True, "amx-int8": True, "avx512f": False}
    monkeypatch.setattr(instructions, "get_host_cpu_features", lambda: features)
    for granted in (True, False):
        monkeypatch.setattr(instructions, "_ask_for_tiles", lambda granted=granted: granted)
        expected = {"avx2", "amx-int8"} if granted else {"avx2"}
        assert find_instructions.__wrapped__() == expected


def test_no_tiles_beside_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instructions.sys, "platform", "win32")
    assert not instructions._ask_for_tiles()
