"""GGUF files: the codecs against blocks that the gguf package made, and models read from files."""

import json
import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_checkpoint import RandomCheckpoint
from random_gguf import convert_tensors, describe, encode, write_gguf

from workloads.checkpoint import read_checkpoint, read_settings
from workloads.errors import InputError
from workloads.gguf_codecs import decode_i2_s, decode_tq1_0, decode_tq2_0
from workloads.gguf_file import GgufFile
from workloads.model import Model

BLOCKS = json.loads((Path(__file__).parent / "golden" / "gguf_blocks.json").read_text())
SIZES: dict[str, Any] = {
    "hidden": 256,
    "intermediate": 256,
    "layers": 1,
    "heads": 4,
    "kv_heads": 2,
    "head_dim": 64,
    "vocab": 60,
}
FAMILIES: dict[str, dict[str, Any]] = {
    "llama": {"family": "llama", "linear_class": "bitlinear", "activation": "silu"},
    "bitnet": {"activation": "silu"},
    "bitnet-b1.58": {},
}


def make(architecture: str, **sizes: Any) -> RandomCheckpoint:
    return RandomCheckpoint(**(SIZES | FAMILIES[architecture] | sizes))


def write(
    path: Path, architecture: str, encoding: str, source: RandomCheckpoint | None = None
) -> Path:
    source = source or make(architecture)
    tensors = convert_tensors(source, architecture, encoding)
    return write_gguf(path, describe(source, architecture), tensors)


@pytest.mark.parametrize("encoding", ["TQ1_0", "TQ2_0"])
def test_blocks_of_the_gguf_package(encoding: str) -> None:
    ternary = np.array(BLOCKS["ternary"], np.int8)
    data = bytes.fromhex(BLOCKS[encoding])
    decode = {"TQ1_0": decode_tq1_0, "TQ2_0": decode_tq2_0}[encoding]
    codes, scales = decode(np.frombuffer(data, np.uint8).reshape(len(ternary), -1))
    assert np.array_equal(codes.astype(np.int8) - 1, ternary)
    assert np.array_equal(scales, np.full(scales.shape, BLOCKS["scale"], np.float16))
    assert encode(ternary, BLOCKS["scale"], encoding) == data  # the tests' own encoder


def test_a_block_that_the_fork_decodes() -> None:
    ternary = np.array(BLOCKS["ternary"], np.int8)
    data = bytes.fromhex(BLOCKS["I2_S"])
    codes, scale = decode_i2_s(np.frombuffer(data, np.uint8))
    assert np.array_equal(codes.astype(np.int8).reshape(ternary.shape) - 1, ternary)
    assert scale.tolist() == [BLOCKS["scale"]]
    assert encode(ternary, BLOCKS["scale"], "I2_S") == data


@pytest.mark.skipif(find_spec("gguf") is None, reason="the extra `peers` is not installed (gguf)")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("encoding", ["TQ1_0", "TQ2_0"])
def test_codecs_of_the_gguf_package(encoding: str) -> None:
    import gguf

    ternary = np.random.default_rng(7).integers(-1, 2, (40, 1024))
    floats = (ternary * np.float32(0.375)).astype(np.float32)
    kind = gguf.GGMLQuantizationType[encoding]
    data = gguf.quants.quantize(floats, kind)
    assert encode(ternary, 0.375, encoding) == data.tobytes()
    decode = {"TQ1_0": decode_tq1_0, "TQ2_0": decode_tq2_0}[encoding]
    codes, scales = decode(data)
    values = (codes.astype(np.float32) - 1) * np.repeat(scales.astype(np.float32), 256, axis=-1)
    assert np.array_equal(values, gguf.quants.dequantize(data, kind))


def test_i2_s_by_hand() -> None:
    data = np.zeros(64, np.uint8)
    data[0] = 0b00_01_10_00  # elements 0, 32, 64, 96
    data[31] = 0b10_00_00_01  # elements 31, 63, 95, 127
    data[32:36] = np.array([0.5], "<f4").view(np.uint8)
    codes, scale = decode_i2_s(data)
    assert scale.tolist() == [0.5]
    assert np.flatnonzero(codes).tolist() == [31, 32, 64, 127]
    assert codes[[31, 32, 64, 127]].tolist() == [2, 1, 2, 1]


@pytest.mark.parametrize("encoding", ["F32", "F16", "TQ1_0", "TQ2_0", "I2_S"])
@pytest.mark.parametrize("architecture", FAMILIES)
def test_a_file_gives_the_same_model_as_the_folder(
    tmp_path: Path, architecture: str, encoding: str
) -> None:
    source = make(architecture, tied=encoding != "TQ1_0")
    for name in source.scales:  # so that float16 holds them exactly
        source.scales[name] = float(np.float16(source.scales[name]))
    checkpoint = read_checkpoint(write(tmp_path / "a.gguf", architecture, encoding, source))
    other = read_checkpoint(source.write(tmp_path / "folder"))
    for ours, theirs in zip(checkpoint.linears, other.linears, strict=True):
        assert np.array_equal(ours.weight.unpack(), source.ternary[theirs.tensor])
        assert ours.scale == source.scales[theirs.tensor]
    assert checkpoint.shape.zero_fraction == other.shape.zero_fraction
    assert (checkpoint.shape.activation, checkpoint.config.context) == (source.activation, 64)
    assert checkpoint.config.norm_epsilon == np.float32(1e-5)  # GGUF has no more digits
    other = replace(other, config=checkpoint.config)
    if source.linear_class == "autobitlinear":  # the scales then are those of the folder
        tokens = [3, 1, 4, 1, 5]
        logits = [
            model.logits(model.forward(tokens, model.create_cache()))
            for model in (Model(checkpoint), Model(other))
        ]
        assert np.array_equal(*logits)


def test_floats_that_are_not_ternary_need_the_users_word(tmp_path: Path) -> None:
    source = make("llama", mode="unsaid", dtype="F32")
    tensors = convert_tensors(source, "llama", "F32")
    for name, masters in source.floats.items():
        if name.endswith("up_proj.weight"):
            tensors["blk.0.ffn_up.weight"] = "F32", masters.shape, masters.astype("<f4").tobytes()
    path = write_gguf(tmp_path / "a.gguf", describe(source, "llama"), tensors)
    problem = "must hold -s, 0 and s only (or --quantize absmean be given)"
    message = f"{path}: tensor 'blk.0.ffn_up.weight' {problem}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        read_checkpoint(path)
    checkpoint = read_checkpoint(path, quantize="absmean")
    (up,) = (linear for linear in checkpoint.linears if "ffn_up" in linear.tensor)
    name = "model.layers.0.mlp.up_proj.weight"
    assert np.array_equal(up.weight.unpack(), source.ternary[name])
    assert up.scale == source.scales[name]


def test_a_scale_beside_the_weights(tmp_path: Path) -> None:
    source = make("bitnet")
    tensors = convert_tensors(source, "bitnet", "TQ2_0")
    tensors["blk.0.attn_q.scale"] = "F32", (1,), np.array([0.25], "<f4").tobytes()
    path = write_gguf(tmp_path / "a.gguf", describe(source, "bitnet"), tensors)
    first = next(read_checkpoint(path).linears)
    whole = source.scales["model.layers.0.self_attn.q_proj.weight"]
    assert first.scale == 0.25 * float(np.float16(whole))


def test_metadata_of_the_converter_of_1bitllm(tmp_path: Path) -> None:
    source = make("bitnet")
    metadata = describe(source, "bitnet") | {
        "bitnet.rope.scaling.type": "linear",
        "bitnet.rope.scaling.factor": 1.0,
    }
    path = write_gguf(tmp_path / "a.gguf", metadata, convert_tensors(source, "bitnet", "F16"))
    assert read_settings(path).shape.layers == 1


def test_settings_without_weights(tmp_path: Path) -> None:
    config = read_settings(write(tmp_path / "small.gguf", "bitnet", "TQ2_0"))
    shape = config.shape
    assert (shape.name, shape.hidden, shape.layers, shape.head_dim) == ("small", 256, 1, 64)
    assert (shape.vocab, shape.tied, shape.kv_heads) == (60, True, 2)
    assert (config.begin_token, config.end_tokens) == (None, ())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"general.architecture": "qwen2"},
            "general.architecture must be one of llama, bitnet, bitnet-b1.58, bitnet-25,"
            " not 'qwen2'",
        ),
        ({"bitnet.block_count": "x"}, "num_hidden_layers must be a positive int, not 'x'"),
        ({"bitnet.block_count": [1, 1]}, "bitnet.block_count must be one value, not an array of 2"),
        ({"bitnet.expert_count": 8}, "bitnet.expert_count must be 0, not 8"),
        ({"bitnet.rope.scaling.factor": 4.0}, "bitnet.rope.scaling.factor must be 1, not 4.0"),
        (
            {"bitnet.rope.dimension_count": 32},
            "bitnet.rope.dimension_count must be head_dim = 64, not 32",
        ),
        ({"general.alignment": 0}, "must have a positive general.alignment, not 0"),
        (
            {"bitnet.block_count": 2},
            "no tensor 'blk.1.attn_q.weight'",
        ),
        (
            {"bitnet.feed_forward_length": 128},
            "tensor 'blk.0.ffn_gate.weight' must have shape (128, 256) by the metadata,"
            " not (256, 256)",
        ),
    ],
)
def test_wrong_metadata(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    source = make("bitnet")
    metadata = describe(source, "bitnet") | changes
    path = write_gguf(tmp_path / "a.gguf", metadata, convert_tensors(source, "bitnet", "TQ2_0"))
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}: {message}')}$"):
        read_checkpoint(path)


def damage(tensors: dict[str, Any], kind: str) -> None:
    name = "blk.0.attn_q.weight"
    encoding, shape, data = tensors[name]
    array = bytearray(data)
    if kind == "zero":
        array = bytearray(len(data))
    elif kind == "code":
        array[3] = 0b11
    elif kind == "scales":
        array[64:66] = np.float16(3).tobytes()
    elif kind == "negative":
        array = bytearray(encode(np.array([[1, 0, -1, 0] * 64] * 256), -2.0, "TQ2_0"))
    elif kind == "zeros":
        array = bytearray(encode(np.zeros((256, 256), int), 2.0, "TQ2_0"))
    tensors[name] = encoding, shape, bytes(array)


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("zero", "holds nothing but zero bytes"),
        ("code", "is damaged: packed must hold codes 0 to 2, not code 3 at row 0, column 3"),
        ("scales", "must have one scale in all its blocks, as a ternary matrix has"),
        ("negative", "must have a positive scale, not -2.0"),
        ("zeros", "holds nothing but zero weights"),
    ],
)
def test_damaged_tensors(tmp_path: Path, kind: str, problem: str) -> None:
    source = make("bitnet")
    tensors = convert_tensors(source, "bitnet", "TQ2_0")
    damage(tensors, kind)
    path = write_gguf(tmp_path / "a.gguf", describe(source, "bitnet"), tensors)
    message = f"{path}: tensor 'blk.0.attn_q.weight' {problem}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        read_checkpoint(path)


def test_a_tensor_without_a_place(tmp_path: Path) -> None:
    source = make("bitnet")
    tensors = convert_tensors(source, "bitnet", "TQ2_0")
    tensors["rope_freqs.weight"] = "F32", (32,), np.ones(32, "<f4").tobytes()
    path = write_gguf(tmp_path / "a.gguf", describe(source, "bitnet"), tensors)
    message = "'rope_freqs.weight' has no place in a bitnet gguf model of the metadata's sizes"
    with pytest.raises(InputError, match=f"{message}$"):
        read_checkpoint(path)
    with pytest.raises(InputError, match=r"^quantize must not be given for weights that are"):
        read_checkpoint(path, quantize="absmean")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as GGUF (cannot mmap an empty file)"),
        (b"GGU", "ends at byte 3, inside its header"),
        (b"GGML" + bytes(40), "is no GGUF file, as it begins otherwise"),
        (b"GGUF\x01\0\0\0" + bytes(40), "must be of GGUF version 2 or 3, not 1"),
        (
            b"GGUF\x03\0\0\0" + b"\xff" * 16,
            f"declares {2**64 - 1} entries, more than its 24 bytes hold",
        ),
    ],
)
def test_other_files(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}: {message}')}$"):
        GgufFile(path)


def test_an_unsupported_encoding(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "a.gguf", {}, {"t": ("F32", (8,), bytes(range(32)))})
    data = path.read_bytes()
    at = data.index(b"t\x01\0\0\0") + 13
    path.write_bytes(data[:at] + bytes([12]) + data[at + 1 :])
    with pytest.raises(InputError, match=r"has tensor 't' in the unsupported encoding 12$"):
        GgufFile(path)


def test_any_truncation_is_refused(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.gguf", "llama", "TQ1_0").read_bytes()
    path = tmp_path / "b.gguf"
    for length in (*range(0, 1500, 17), *range(1500, len(whole) - 32, 9001)):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError):
            GgufFile(path)


def test_a_lie_about_heads_takes_no_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gguf", "llama", "TQ2_0")
    data, key = bytearray(path.read_bytes()), b"llama.attention.head_count"
    at = data.index(key) + len(key) + 4  # behind the value's type
    data[at : at + 4] = (2**32 - 4).to_bytes(4, "little")  # rows that no memory would number
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"blk\.0\.attn_q\.weight' must have shape \(\d{9,}, "):
        read_checkpoint(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    path = write(tmp_path_factory.mktemp("fuzz") / "a.gguf", "llama", "TQ2_0")
    return path, path.read_bytes()


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 255)), max_size=6))
def test_any_mutation_is_read_or_refused(
    whole: tuple[Path, bytes], changes: list[tuple[int, int]]
) -> None:
    path, data = whole
    mutated = bytearray(data)
    for at, byte in changes:
        mutated[at] = byte
    path.write_bytes(mutated)
    try:
        read_checkpoint(path)
    except InputError as error:
        assert "\n" not in str(error)
