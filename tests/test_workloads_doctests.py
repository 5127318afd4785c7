"""The examples in docstrings are true."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["kernels", "quantizer", "ternary"])
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"workloads.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
