"""hwsim.rtl_backend: a model on the RTL says what it says on the engine."""

import json

import numpy as np
import pytest

from hwsim.cli import main
from hwsim.cycles import count_cycles
from hwsim.rtl_backend import RtlBackend
from rtl.config import ArrayConfig
from workloads.errors import InputError
from workloads.generation import generate
from workloads.model import MatmulEvent, load_model
from workloads.ternary import TernaryMatrix

CONFIG = ArrayConfig(
    lanes=16, columns=8, token_depth=4, accumulator_width=18, weight_bus_bits=64, tree_registers=1
)


def test_tokens_are_the_engines() -> None:
    backend = RtlBackend(CONFIG)
    model = load_model("tiny", matmul=backend)
    events: list[MatmulEvent] = []
    run = generate(model, "The king", 3, observer=events.append)
    text = "".join(run)
    engine = generate(load_model("tiny"), "The king", 3)
    assert (text, run.tokens) == ("".join(engine), engine.tokens)
    assert backend.matmuls == len(events) == 3 * 7 * model.shape.layers
    shapes = [(len(event.x), *event.linear.weight.shape) for event in events]
    assert backend.cycles == sum(count_cycles(CONFIG, *shape).cycles for shape in shapes)


def test_a_matrix_that_the_array_cannot_take() -> None:
    backend = RtlBackend(CONFIG)
    weight = TernaryMatrix.from_ternary(np.zeros((1, 2000), np.int8))
    with pytest.raises(InputError, match="K must be at most 1023"):
        backend(weight, np.zeros((1, 2000), np.int8))


def test_the_command(capsys: pytest.CaptureFixture) -> None:
    words = "generate --prompt x --max-tokens 2 --json"
    array = "--lanes 32 --columns 16 --bandwidth 32"
    results = []
    for backend in ("engine", f"rtl {array}"):
        with pytest.raises(SystemExit) as stopped:
            main([*words.split(), "--backend", *backend.split()])
        assert not stopped.value.code
        results.append(json.loads(capsys.readouterr().out))
    engine, rtl = results
    assert rtl["tokens"] == engine["tokens"]
    assert engine["array_cycles"] is None
    assert rtl["array_cycles"] > 0
