"""hwsim.exchange, `hwsim export` and `hwsim cycles`: what is written is what was meant."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from onnx.reference import ReferenceEvaluator
from random_checkpoint import RandomCheckpoint

from hwsim.cli import main
from hwsim.cycles import count_cycles
from hwsim.exchange.exports import export_matmuls
from hwsim.exchange.matmuls import list_matmuls
from hwsim.exchange.scale_sim import read_topology, render_topology
from hwsim.exchange.workload_yaml import render_timeloop, render_zigzag
from hwsim.systolic import compare_systolic
from rtl.config import ArrayConfig, accumulator_width_for
from workloads.errors import InputError
from workloads.model import load_model
from workloads.shapes import Matmul, find_preset
from workloads.trace import Trace, record_trace

SIZES = st.integers(1, 10**6)
NAMES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    folder = tmp_path_factory.mktemp("exchange") / "run.trace"
    return record_trace(load_model("tiny"), folder, "The king", 3, results=True)


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    return int(stopped.value.code or 0)


def test_a_preset_gives_a_layer_or_all() -> None:
    shape = find_preset("700M")
    assert [matmul.name for matmul in list_matmuls("700M")] == list(NAMES)
    assert list_matmuls("700M", tokens=7) == list(shape.matmuls(7))
    assert {matmul.m for matmul in list_matmuls(shape, phase="decode")} == {1}
    every = list_matmuls(shape, every_layer=True)
    assert len({matmul.name for matmul in every}) == len(every) == shape.layers * len(NAMES)
    assert sum(matmul.macs for matmul in every) == 512 * shape.ternary_weights


def test_a_trace_gives_what_it_recorded(trace: Trace) -> None:
    matmuls = list_matmuls(trace.folder)
    recorded = list(trace)
    assert sum(matmul.count for matmul in matmuls) == len(recorded)
    assert sum(matmul.macs for matmul in matmuls) == sum(matmul.macs for matmul in recorded)
    decode = list_matmuls(trace.folder, phase="decode")
    assert {matmul.name for matmul in decode} == {f"{name}_m1" for name in NAMES}
    assert len(list_matmuls(trace.folder, every_layer=True)) == len(recorded)


def test_wrong_phases(trace: Trace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="phase must be one of prefill, decode, not 'both'"):
        list_matmuls("3B", phase="both")
    short = record_trace(load_model("tiny"), tmp_path / "short", "The king", 1)
    with pytest.raises(InputError, match="phase must be one that the trace recorded, not 'decode'"):
        list_matmuls(short.folder, phase="decode")


@given(sizes=st.lists(st.tuples(SIZES, SIZES, SIZES), min_size=1, max_size=5))
def test_a_topology_is_read_as_written(
    sizes: list[tuple[int, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    matmuls = [Matmul(name=f"l{i}", m=m, n=n, k=k) for i, (m, n, k) in enumerate(sizes)]
    path = tmp_path_factory.mktemp("topology") / "gemm.csv"
    path.write_text(render_topology(matmuls))
    assert all(line.endswith(",") for line in path.read_text().splitlines())
    assert read_topology(path) == matmuls


def test_topologies_of_others(tmp_path: Path) -> None:
    path = tmp_path / "gemm.csv"
    path.write_text("Layer,M,N,K\r\n\r\nfc 1,2,3,4\r\nfc2, 5,6 ,7,1:1,\r\n ,\r\n")
    assert read_topology(path) == [
        Matmul(name="fc 1", m=2, n=3, k=4),
        Matmul(name="fc2", m=5, n=6, k=7),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": must have a header and at least one row of layer, M, N, K"),
        ("Layer, M, N, K,\n", ": must have a header and at least one row of layer, M, N, K"),
        ("h\na, 1, 2,\n", ":2: must be layer, M, N, K of a dense GEMM, not 'a, 1, 2, '"),
        ("h\na, 1, 2, 3, 2:4,\n", ":2: must be layer, M, N, K of a dense GEMM"),
        ("h\na, 1, 1, 1,\nconv, 8, 8, 3, 3, 1, 1, 1,\n", ":3: must be layer, M, N, K"),
        ("h\na, 1, 0, 3,\n", ":2: N must be a positive int, not '0'"),
        ("h\na, 1, 2, 3.5,\n", ":2: K must be a positive int, not '3.5'"),
        ("h\na, -1, 2, 3,\n", ":2: M must be a positive int, not '-1'"),
        ("h\na, 1, 2, 999999999,\n", ":2: K must be an int from 1 to 16777215, not 999999999"),
        ("h\n\xff, 1, 2, 3,\n", ": must be a CSV file in UTF-8"),
    ],
)
def test_a_wrong_topology_names_its_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "gemm.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError) as error:
        read_topology(path)
    assert str(error.value).startswith(f"{path}{message}")


def test_zigzag_gets_our_n_as_k_and_our_k_as_c() -> None:
    matmuls = list_matmuls("3B", tokens=5)
    layers = yaml.safe_load(render_zigzag(matmuls))
    assert [layer["id"] for layer in layers] == list(range(7))
    for layer, matmul in zip(layers, matmuls, strict=True):
        sizes = dict(zip(layer["loop_dims"], layer["loop_sizes"], strict=True))
        assert sizes == {"B": matmul.m, "K": matmul.n, "C": matmul.k}
        bits = accumulator_width_for(matmul.k)
        assert layer["operand_precision"] == {"W": 2, "I": 8, "O": bits, "O_final": bits}


def test_timeloop_gets_one_problem() -> None:
    problem = yaml.safe_load(render_timeloop(Matmul(name="q_proj", m=2, n=3, k=4)))["problem"]
    assert problem["instance"] == {"M": 2, "N": 3, "K": 4}
    spaces = {space["name"]: space["projection"] for space in problem["shape"]["data_spaces"]}
    assert spaces == {
        "Weights": [[["N"]], [["K"]]],
        "Inputs": [[["M"]], [["K"]]],
        "Outputs": [[["M"]], [["N"]]],
    }
    written = [s["name"] for s in problem["shape"]["data_spaces"] if s.get("read_write")]
    assert written == ["Outputs"]


def test_onnx_computes_what_the_engine_recorded(trace: Trace) -> None:
    recorded = next(matmul for matmul in trace if (matmul.layer, matmul.name) == (2, "up_proj"))
    content, (matmul,) = export_matmuls(trace.folder, "onnx", only="up_proj", layer=2)
    assert isinstance(content, bytes)
    assert (matmul.m, matmul.n, matmul.k) == (recorded.m, recorded.n, recorded.k)
    model = onnx.load_from_string(content)
    assert [node.op_type for node in model.graph.node] == ["MatMulInteger"]
    evaluator = ReferenceEvaluator(model)
    (y,) = evaluator.run(None, {"x": trace.read_input(recorded)})
    assert y.dtype == np.int32
    assert np.array_equal(y, trace.read_result(recorded))


def test_onnx_of_a_shape_takes_the_weight_as_an_input() -> None:
    content, _ = export_matmuls("700M", "onnx", only="q_proj", phase="decode")
    model = onnx.load_from_string(content)
    assert [value.name for value in model.graph.input] == ["x", "w"]
    assert len(content) < 1000


def test_the_command_writes_files(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    words = ("export", "--model", "3B", "--phase", "decode", "--format")
    assert run(*words, "scale-sim") == 0
    text = capsys.readouterr().out
    out = tmp_path / "3B.csv"
    assert run(*words, "scale-sim", "--out", str(out), "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert (out.read_text(), result["file"], len(result["matmuls"])) == (text, str(out), 7)
    assert run(*words, "timeloop") == 2
    assert "matmul must name the one for timeloop: one of q_proj" in capsys.readouterr().err
    assert run(*words, "timeloop", "--matmul", "x_proj") == 2
    assert "matmul must be one of q_proj" in capsys.readouterr().err
    assert run(*words, "onnx", "--matmul", "q_proj") == 2
    assert capsys.readouterr().err == "error: --format onnx needs --out FILE\n"


def test_cycles_of_a_topology(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    path = tmp_path / "gemm.csv"
    matmuls = [Matmul(name="a", m=4, n=16, k=32), Matmul(name="b", m=1, n=40, k=24)]
    path.write_text(render_topology(matmuls))
    assert run("cycles", str(path), "--lanes", "8", "--columns", "8", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    config = ArrayConfig(**result["array"])
    assert [row["ours"] for row in result["matmuls"]] == [
        count_cycles(config, matmul.m, matmul.n, matmul.k).to_dict() for matmul in matmuls
    ]
    assert [row["output_stationary"] for row in result["matmuls"]] == [92, 190]
    assert [row["weight_stationary"] for row in result["matmuls"]] == [208, 345]
    rows = compare_systolic(config, matmuls)
    assert run("cycles", str(path), "--lanes", "8", "--columns", "8") == 0
    last = capsys.readouterr().out.rstrip().splitlines()[-1].split()
    assert last == ["all", f"{sum(row.ours.cycles for row in rows):,}", "282", "553"]


def test_a_checkpoint_that_does_not_say_that_it_is_ternary(
    capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    source = RandomCheckpoint(family="llama", mode="unsaid", activation="silu")
    folder, out = str(source.write(tmp_path / "plain")), tmp_path / "q.onnx"
    words = ("export", "--model", folder, "--format", "onnx", "--matmul", "q_proj", "--layer", "1")
    assert run(*words, "--out", str(out)) == 2
    assert "--quantize absmean" in capsys.readouterr().err
    assert run(*words, "--out", str(out), "--quantize", "absmean") == 0
    (constant,) = onnx.load(out).graph.initializer
    weight = onnx.numpy_helper.to_array(constant).T
    assert np.array_equal(weight, source.ternary["model.layers.1.self_attn.q_proj.weight"])
