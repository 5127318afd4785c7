"""Checkpoint folders: read as written, single and sharded, and each damage named in one line."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from random_checkpoint import RandomCheckpoint, write_safetensors

from workloads.checkpoint import SHIPPED, Checkpoint, find_checkpoint, read_checkpoint
from workloads.errors import InputError
from workloads.weight_quantizer import quantize_weights

Q = "model.layers.1.self_attn.q_proj.weight"
NORM = "model.layers.0.input_layernorm.weight"


def assert_read_as_written(checkpoint: Checkpoint, source: RandomCheckpoint) -> None:
    assert np.array_equal(checkpoint.weights.embedding, source.floats["model.embed_tokens.weight"])
    assert np.array_equal(checkpoint.weights.norm, source.floats["model.norm.weight"])
    assert [linear.tensor for linear in checkpoint.linears] == list(source.ternary)
    for linear in checkpoint.linears:
        assert np.array_equal(linear.weight.unpack(), source.ternary[linear.tensor])
        assert linear.scale == source.scales[linear.tensor]
    for index, layer in enumerate(checkpoint.weights.layers):
        at = f"model.layers.{index}."
        for name, array in (
            ("input_layernorm", layer.input_norm),
            ("post_attention_layernorm", layer.post_attention_norm),
            ("self_attn.attn_sub_norm", layer.attention_norm),
            ("mlp.ffn_sub_norm", layer.ffn_norm),
        ):
            assert array is not None and array.dtype == np.float64
            assert np.array_equal(array, source.floats[f"{at}{name}.weight"])


@pytest.mark.parametrize("linear_class", ["autobitlinear", "bitlinear"])
def test_packed(tmp_path: Path, linear_class: str) -> None:
    source = RandomCheckpoint(linear_class=linear_class)
    checkpoint = read_checkpoint(source.write(tmp_path / "model"))
    assert_read_as_written(checkpoint, source)
    assert checkpoint.weights.head is checkpoint.weights.embedding
    zeros = sum(np.count_nonzero(w == 0) for w in source.ternary.values())
    total = sum(w.size for w in source.ternary.values())
    assert checkpoint.shape.zero_fraction == zeros / total
    assert checkpoint.shape.ternary_weights == total
    assert checkpoint.source == str((tmp_path / "model").resolve())


def test_packed_weights_stay_in_the_mapped_file(tmp_path: Path) -> None:
    checkpoint = read_checkpoint(RandomCheckpoint().write(tmp_path))
    for linear in checkpoint.linears:
        assert not linear.weight.packed.flags.owndata
        assert not linear.weight.packed.flags.writeable


def test_an_untied_head(tmp_path: Path) -> None:
    source = RandomCheckpoint(tied=False)
    checkpoint = read_checkpoint(source.write(tmp_path))
    assert np.array_equal(checkpoint.weights.head, source.floats["lm_head.weight"])


def test_masters_are_quantised(tmp_path: Path) -> None:
    source = RandomCheckpoint(mode="online")
    for linear in read_checkpoint(source.write(tmp_path)).linears:
        weight, scale = quantize_weights(source.floats[linear.tensor])
        assert np.array_equal(linear.weight.packed, weight.packed)
        assert linear.scale == float(scale)


def test_shards(tmp_path: Path) -> None:
    source = RandomCheckpoint()
    folder = source.write(tmp_path)
    names = list(source.tensors)
    (folder / "model.safetensors").unlink()
    weight_map = {}
    for number, part in enumerate((names[:9], names[9:])):
        file = f"model-{number}.safetensors"
        write_safetensors(folder / file, {name: source.tensors[name] for name in part})
        weight_map |= dict.fromkeys(part, file)
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": weight_map}))
    assert_read_as_written(read_checkpoint(folder), source)
    shard = folder / "model-1.safetensors"
    kept = shard.read_bytes()
    shard.unlink()
    with pytest.raises(InputError, match=f"^{re.escape(str(shard))}: no such file$"):
        read_checkpoint(folder)
    shard.write_bytes((folder / "model-0.safetensors").read_bytes())
    twice = f"{shard}: holds tensor '{names[0]}', as model-0.safetensors does"
    with pytest.raises(InputError, match=f"^{re.escape(twice)}$"):
        read_checkpoint(folder)
    shard.write_bytes(kept)
    for text in ("{", "[]", "{}", '{"weight_map": 3}', '{"weight_map": {"a": 3}}'):
        index.write_text(text)
        with pytest.raises(InputError, match="cannot be read as an index of shards"):
            read_checkpoint(folder)


def test_pickles_are_refused(tmp_path: Path) -> None:
    folder = RandomCheckpoint().write(tmp_path)
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    message = "must be safetensors, not pickle-based, as reading that runs its code"
    with pytest.raises(InputError, match=f"pytorch_model.bin: {message}$"):
        read_checkpoint(folder)


def test_tensors_made_from_others_are_ignored(tmp_path: Path) -> None:
    source = RandomCheckpoint()
    source.tensors["lm_head.weight"] = source.tensors["model.embed_tokens.weight"]
    source.tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = "F32", np.ones(4, "<f4")
    assert_read_as_written(read_checkpoint(source.write(tmp_path)), source)


def damage(source: RandomCheckpoint, name: str, kind: str) -> None:
    dtype, array = source.tensors[name]
    if kind == "zero":
        source.tensors[name] = dtype, np.zeros_like(array)
    elif kind == "shape":
        source.tensors[name] = dtype, array[..., :-1].copy()
    elif kind == "dtype":
        source.tensors[name] = "I8", array.view("i1")
    elif kind == "nan":
        source.tensors[name] = dtype, np.full_like(array, 0x7FC0)
    elif kind == "negative":
        source.tensors[name] = dtype, np.full_like(array, 0xBF80)
    elif kind == "code":
        array[2, 5] |= 3 << 4
    elif kind == "ternary":
        source.tensors[name] = dtype, np.full_like(array, 0b01010101)


@pytest.mark.parametrize(
    ("name", "kind", "problem"),
    [
        (Q, "zero", "holds nothing but zero bytes"),
        (Q, "ternary", "holds nothing but zero weights"),
        (Q, "dtype", "must be U8, not I8"),
        (Q, "shape", "must have shape (8, 24) by config.json, not (8, 23)"),
        (
            Q,
            "code",
            "is damaged: packed must hold codes 0 to 2, not code 3 at row 18, column 5",
        ),
        (f"{Q}_scale", "negative", "must be positive, not -1.0"),
        (f"{Q}_scale", "nan", "holds infinite values or NaN"),
        (NORM, "nan", "holds infinite values or NaN"),
        (NORM, "zero", "holds nothing but zero bytes"),
    ],
)
def test_damaged_tensors(tmp_path: Path, name: str, kind: str, problem: str) -> None:
    source = RandomCheckpoint()
    damage(source, name, kind)
    folder = source.write(tmp_path)
    message = f"{folder}/model.safetensors: tensor {name!r} {problem}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        read_checkpoint(folder)


@pytest.mark.parametrize("name", [Q, f"{Q}_scale", NORM])
def test_missing_tensors(tmp_path: Path, name: str) -> None:
    source = RandomCheckpoint()
    del source.tensors[name]
    message = f"{source.write(tmp_path)}: no tensor {name!r} in its safetensors files"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        read_checkpoint(tmp_path)


def test_a_tensor_without_a_place(tmp_path: Path) -> None:
    source = RandomCheckpoint()
    source.layers = 1  # config.json promises one layer, the file has two
    folder = source.write(tmp_path)
    with pytest.raises(
        InputError, match=r"'model.layers.1.* has no place in a bitnet packed model"
    ):
        read_checkpoint(folder)


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=f"^model must be tiny, tiny-swiglu, a checkpoint folder or a .gguf file, not"
        f" {tmp_path}/none$",
    ):
        read_checkpoint(tmp_path / "none")
    with pytest.raises(InputError, match=r"config.json: no such file$"):
        read_checkpoint(tmp_path)
    folder = RandomCheckpoint().write(tmp_path)
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"model.safetensors: no such file$"):
        read_checkpoint(folder)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_models(name: str) -> None:
    folder = find_checkpoint(name)
    checkpoint = read_checkpoint(name)
    assert (checkpoint.source, checkpoint.folder) == (name, folder)
    assert checkpoint.shape.name == folder.name == name
    assert checkpoint.shape.zero_fraction is not None
    assert 0.2 < checkpoint.shape.zero_fraction < 0.6
