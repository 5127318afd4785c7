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


def test_the_engines_tasks_are_cached_too(tmp_path: Path) -> None:
    code = (
        "import numpy as np\n"
        "from workloads.engine import gemm_amx, gemm_tables, gemv_avx2, gemv_portable, gemv_vnni\n"
        "from workloads.engine.matmul import matmul_packed\n"
        "from workloads.ternary import TernaryMatrix\n"
        "weight = TernaryMatrix.from_ternary(np.ones((4, 64), np.int8))\n"
        "matmul_packed(weight, np.ones((32, 64), np.int8))\n"
        "matmul_packed(weight, np.ones((1, 64), np.int8))\n"
        "modules = gemm_amx, gemm_tables, gemv_avx2, gemv_portable, gemv_vnni\n"
        "tasks = [module._multiply for module in modules]\n"
        "used = [task for task in tasks if task.cache_info().misses]\n"
        "print(len(used), sum(task().cache_hits for task in used))"
    )
    counts = [run(code, tmp_path).split() for _ in range(2)]
    assert counts == [["2", "0"], ["2", "2"]]  # one task for many tokens, one for few


def test_an_edit_beside_a_kernel_is_seen(tmp_path: Path) -> None:
    """What it includes of another module must not be what that module was."""
    (tmp_path / "__init__.py").touch()
    head = "from workloads.compilation import compile_callback, kernel\n"
    (tmp_path / "user.py").write_text(
        f"{head}from library import answer\n"
        "@kernel\ndef ask(x):\n    return answer(x)\n"
        "def write(p):\n    p[0] = answer(p[0])\n"
        "callback = compile_callback(write, 'void(CPointer(int64))')\n"
    )
    code = (
        f"import ctypes, sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from user import ask, callback\n"
        "word = ctypes.c_int64(20)\n"
        "callback.ctypes(ctypes.byref(word))\n"
        "print(ask(20), word.value, sum(ask.stats.cache_hits.values()) + callback.cache_hits)"
    )
    answers = []
    for factor in (2, 2, 3):
        (tmp_path / "library.py").write_text(
            f"{head}@kernel\ndef answer(x):\n    return {factor} * x + {'1' * factor}\n"
        )
        answers.append(run(code, tmp_path / "cache"))
    assert answers == ["51 51 0", "51 51 0", "171 171 0"]


def run(code: str, folder: Path) -> str:
    """Return what a Python that keeps machine code in `folder` prints."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"NUMBA_CACHE_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
