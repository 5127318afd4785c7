"""config.json: what is read from it, and each way in which it can be wrong."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from random_checkpoint import RandomCheckpoint

from workloads.config import ModelConfig, read_config
from workloads.errors import InputError
from workloads.layouts import Layout

PLAIN = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "quantization_config": None,
}


def read(tmp_path: Path, without: str = "", **changes: Any) -> ModelConfig:
    fields = RandomCheckpoint(layers=1).config() | changes
    fields.pop(without, None)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(fields))
    return read_config(path)


def test_everything_is_read(tmp_path: Path) -> None:
    config = read(tmp_path)
    shape = config.shape
    assert (shape.name, shape.hidden, shape.intermediate) == (tmp_path.name, 24, 42)
    assert (shape.layers, shape.heads, shape.kv_heads, shape.head_dim) == (1, 4, 2, 8)
    assert (shape.vocab, shape.tied, shape.ffn_matrices) == (258, True, 3)
    assert (config.shape.activation, config.context) == ("relu2", 64)
    assert (config.norm_epsilon, config.rope_theta) == (1e-5, 10000.0)
    assert (config.begin_token, config.end_tokens) == (256, (257,))
    assert config.layout.name == "bitnet packed"


def test_what_may_be_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, without="num_key_value_heads").shape.kv_heads == 4
    assert read(tmp_path, without="head_dim").shape.head_dim == 6
    assert not read(tmp_path, without="tie_word_embeddings").shape.tied
    assert read(tmp_path, without="bos_token_id").begin_token is None
    assert read(tmp_path, without="eos_token_id").end_tokens == ()
    assert read(tmp_path, eos_token_id=[3, 4]).end_tokens == (3, 4)


def test_rope_of_newer_files(tmp_path: Path) -> None:
    parameters = {"rope_theta": 500000.0, "rope_type": "default"}
    config = read(tmp_path, without="rope_theta", rope_parameters=parameters)
    assert config.rope_theta == 500000.0


@pytest.mark.parametrize(
    ("quantization", "name", "packed", "scale"),
    [
        ({"linear_class": "autobitlinear"}, "bitnet packed", True, "multiply"),
        ({"linear_class": "bitlinear"}, "bitnet packed", True, "divide"),
        ({}, "bitnet packed", True, "divide"),
        (
            {"linear_class": "autobitlinear", "quantization_mode": "online"},
            "bitnet master",
            False,
            "none",
        ),
    ],
)
def test_layouts(
    tmp_path: Path, quantization: dict[str, str], name: str, packed: bool, scale: str
) -> None:
    config = read(tmp_path, quantization_config={"quant_method": "bitnet"} | quantization)
    layout = config.layout
    assert (layout.name, layout.packed, layout.scale) == (name, packed, scale)
    assert (layout.attention_norm, layout.ffn_norm) == ("attn_sub_norm", "ffn_sub_norm")


def test_layouts_of_llamas(tmp_path: Path) -> None:
    quantized = {"quantization_config": {"quant_method": "bitnet"}}
    packed = read(tmp_path, **(PLAIN | quantized)).layout
    assert packed == Layout(name="llama packed", packed=True, scale="divide")
    one_bit = {"architectures": ["BitnetForCausalLM"], "weight_bits": 1, "input_bits": 8}
    layout = read(tmp_path, **(PLAIN | one_bit)).layout
    assert (layout.name, layout.packed, layout.by_flag) == ("1bitLLM master", False, False)
    assert (layout.attention_norm, layout.ffn_norm) == ("inner_attn_ln", "ffn_layernorm")
    read_again = read_config(tmp_path / "config.json", quantize="absmean")  # says so itself: fine
    assert read_again.layout == layout


def test_the_users_word(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(RandomCheckpoint(layers=1).config() | PLAIN))
    layout = read_config(path, quantize="absmean").layout
    assert layout == Layout(name="llama master", packed=False, by_flag=True)
    with pytest.raises(InputError, match="quantize must be one of absmean, not 'sign'"):
        read_config(path, quantize="sign")
    path.write_text(json.dumps(RandomCheckpoint(layers=1).config()))
    with pytest.raises(InputError, match="quantize must not be given for weights that are ternary"):
        read_config(path, quantize="absmean")


def test_a_key_that_stands_twice(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    fields = RandomCheckpoint(layers=1, linear_class="bitlinear").config()
    text = json.dumps(fields)[:-1]
    once = path.write_text(text + "}") and read_config(path)
    for twice in ('{"quant_method": "bitnet"}', '{"modules_to_not_convert": null}'):
        path.write_text(f'{text}, "quantization_config": {twice}}}')
        assert read_config(path) == once
    path.write_text(f'{text}, "quantization_config": {{"quant_method": "gptq"}}}}')
    message = f"{path}: quant_method stands twice, as 'bitnet' and as 'gptq'"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        read_config(path)


def test_a_number_that_is_none_does_not_stand_twice(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(RandomCheckpoint(layers=1).config() | {"rope_theta": math.nan}))
    with pytest.raises(InputError, match=r"rope_theta must be a finite number above 0, not nan$"):
        read_config(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_type": "gpt2"}, "model_type must be one of bitnet, llama, not 'gpt2'"),
        ({"model_type": None}, "model_type must be one of bitnet, llama, not None"),
        ({"hidden_act": "gelu"}, "hidden_act must be one of relu2, silu, not 'gelu'"),
        ({"hidden_size": 0}, "hidden_size must be a positive int, not 0"),
        ({"hidden_size": "24"}, "hidden_size must be a positive int, not '24'"),
        ({"vocab_size": None}, "vocab_size must be a positive int, not None"),
        ({"num_key_value_heads": 3}, "heads must be a multiple of kv_heads = 3, not 4"),
        ({"rms_norm_eps": 0}, "rms_norm_eps must be a finite number above 0, not 0"),
        ({"rope_theta": None}, "rope_theta must be a finite number above 0, not None"),
        (
            {"rope_scaling": {"rope_type": "llama3"}},
            "rope_type must be one of default, not 'llama3'",
        ),
        ({"rope_scaling": 3}, "rope_parameters must be an object, not 3"),
        ({"attention_bias": True}, "attention_bias and mlp_bias must be false, not true"),
        ({"quantization_config": None}, "quantization_config must be an object, not None"),
        ({"bos_token_id": "x"}, "bos_token_id must be an int from 0 to 257, not 'x'"),
        ({"eos_token_id": [258]}, "eos_token_id must be an int from 0 to 257, not 258"),
        (
            {"quantization_config": {"quant_method": "gptq"}},
            "quantization_config.quant_method must be one of bitnet, not 'gptq'",
        ),
        (
            {"quantization_config": {"quant_method": "bitnet", "linear_class": "no"}},
            "quantization_config.linear_class must be one of bitlinear, autobitlinear, not 'no'",
        ),
        (
            {"quantization_config": {"quant_method": "bitnet", "quantization_mode": "half"}},
            "quantization_config.quantization_mode must be one of offline, online, not 'half'",
        ),
        (
            {"quantization_config": {"quant_method": "bitnet", "quantization_mode": "online"}},
            "quantization_config.linear_class must be autobitlinear in online mode, not bitlinear",
        ),
        (
            {"quantization_config": {"quant_method": "bitnet", "modules_to_not_convert": ["up"]}},
            "quantization_config.modules_to_not_convert must be one of lm_head, embed_tokens,"
            " model.embed_tokens, not 'up'",
        ),
        (
            {"model_type": "llama", "architectures": ["QwenForCausalLM"]},
            "architectures[0] must be one of LlamaForCausalLM, BitnetForCausalLM, not"
            " 'QwenForCausalLM'",
        ),
        (
            PLAIN,
            "quantization_config must say that this llama model is ternary, or --quantize absmean"
            " be given to make it so",
        ),
        (
            PLAIN | {"architectures": ["BitnetForCausalLM"], "weight_bits": 2, "input_bits": 8},
            "weight_bits and input_bits must be 1 and 8, not 2 and 8",
        ),
        (
            {"hidden_size": 25, "head_dim": None},
            "head_dim must be given where hidden_size = 25 is no multiple of"
            " num_attention_heads = 4",
        ),
        ({"head_dim": 7}, "head_dim must be even for rotary positions, not 7"),
    ],
)
def test_wrong_fields_are_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = tmp_path / "config.json"
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}: {message}')}$"):
        read(tmp_path, **changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "cannot be read as JSON"), ("[1]", "must hold a JSON object, not list")],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}: {message}')}"):
        read_config(path)
    path.unlink()
    with pytest.raises(InputError, match=f"^{re.escape(str(path))}: no such file$"):
        read_config(path)
