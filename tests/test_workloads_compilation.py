"""The kernels' decorator, also where no cache can be kept."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from workloads.compilation import kernel

ROOT = Path(__file__).parents[1]


def test_a_function_without_a_file_compiles_without_a_cache() -> None:
    scope: dict[str, object] = {}
    exec("def double(x):\n    return x + x", scope)  # numba finds no place for its cache
    double = kernel(scope["double"])  # type: ignore[type-var]
    assert double(np.int64(21)) == 42


def test_kernels_are_cached_between_processes(tmp_path: Path) -> None:
    code = (
        "import numpy as np\n"
        "from workloads.kernels import _matmul_reference, matmul_reference\n"
        "matmul_reference(np.ones((1, 2), np.int8), np.ones((1, 2), np.int8))\n"
        "print(sum(_matmul_reference.stats.cache_hits.values()))"
    )
    hits = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert hits == ["0", "1"]


def test_the_engines_kernels_are_cached_too(tmp_path: Path) -> None:
    code = (
        "import numpy as np\n"
        "from workloads.engine import gemm_amx, gemm_tables, gemv_avx2, gemv_portable, gemv_vnni\n"
        "from workloads.engine.matmul import matmul_packed\n"
        "from workloads.ternary import TernaryMatrix\n"
        "weight = TernaryMatrix.from_ternary(np.ones((4, 64), np.int8))\n"
        "matmul_packed(weight, np.ones((32, 64), np.int8))\n"
        "matmul_packed(weight, np.ones((1, 64), np.int8))\n"
        "modules = gemm_amx, gemm_tables, gemv_avx2, gemv_portable, gemv_vnni\n"
        "stats = [module._multiply.stats for module in modules]\n"
        "print([sum(map(len, (s.cache_hits, s.cache_misses))) for s in stats].count(1),\n"
        "      sum(sum(s.cache_hits.values()) for s in stats))"
    )
    counts = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert counts == [["2", "0"], ["2", "2"]]  # one kernel for many tokens, one for few
