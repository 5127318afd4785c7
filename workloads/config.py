"""A checkpoint's config.json: the model's shape, its settings, and how its weights are stored."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workloads.errors import InputError, require_choice, require_int, require_number
from workloads.layouts import Layout, find_layout
from workloads.mapped_file import refuse_special
from workloads.olmo import is_olmo, translate_olmo
from workloads.shapes import ACTIVATIONS, ModelShape


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """What config.json says.

    Attributes
    ----------
    context : largest number of tokens that attend to each other.
    begin_token : id that starts a text, or None.
    end_tokens : ids that end a text.
    """

    shape: ModelShape
    layout: Layout
    context: int
    norm_epsilon: float
    rope_theta: float
    begin_token: int | None
    end_tokens: tuple[int, ...]


def read_config(path: Path, *, quantize: str | None = None) -> ModelConfig:
    """Read a config.json; raises InputError, in one line that names the file and the key.

    `quantize` is ``absmean`` if the user says that a model is ternary whose files do not.
    """
    fields = read_object(path)
    try:
        if is_olmo(fields):
            fields, layout = translate_olmo(fields, quantize)
        else:
            layout = find_layout(fields, quantize)
        return parse_config(fields, path.parent.name, layout)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def read_object(path: Path) -> dict[str, Any]:
    """Read the JSON object that a file holds; raises InputError, in one line that names it."""
    refuse_special(path)
    try:
        fields = json.loads(path.read_bytes(), object_pairs_hook=_merge_keys)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error})") from None
    if not isinstance(fields, dict):
        raise InputError(f"{path}: must hold a JSON object, not {type(fields).__name__}")
    return fields


def parse_config(fields: dict[str, Any], name: str, layout: Layout) -> ModelConfig:
    """Return what the keys of a config.json say of the model called `name`; raises InputError."""
    if fields.get("attention_bias") or fields.get("mlp_bias"):
        raise InputError("attention_bias and mlp_bias must be false, not true")
    heads = require_int("num_attention_heads", fields.get("num_attention_heads"))
    kv_heads = fields.get("num_key_value_heads")
    hidden = require_int("hidden_size", fields.get("hidden_size"))
    shape = ModelShape(
        name=name,
        hidden=hidden,
        intermediate=require_int("intermediate_size", fields.get("intermediate_size")),
        layers=require_int("num_hidden_layers", fields.get("num_hidden_layers")),
        heads=heads,
        kv_heads=heads if kv_heads is None else require_int("num_key_value_heads", kv_heads),
        head_dim=_find_head_dim(fields, hidden, heads),
        vocab=require_int("vocab_size", fields.get("vocab_size")),
        activation=require_choice("hidden_act", fields.get("hidden_act"), ACTIVATIONS),
        tied=bool(fields.get("tie_word_embeddings", False)),
        source="config.json",
    )
    end = fields.get("eos_token_id")
    end_tokens = end if isinstance(end, list) else [end]
    return ModelConfig(
        shape=shape,
        layout=layout,
        context=require_int("max_position_embeddings", fields.get("max_position_embeddings")),
        norm_epsilon=require_number("rms_norm_eps", fields.get("rms_norm_eps")),
        rope_theta=_find_rope_theta(fields),
        begin_token=_find_token("bos_token_id", fields.get("bos_token_id"), shape.vocab),
        end_tokens=tuple(
            token
            for given in end_tokens
            if (token := _find_token("eos_token_id", given, shape.vocab)) is not None
        ),
    )


def _merge_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of JSON; a key that stands twice, as in published files, must agree."""
    merged: dict[str, Any] = {}
    for key, value in pairs:
        known = merged.get(key, value)
        if isinstance(known, dict) and isinstance(value, dict):
            value = _merge_keys([*known.items(), *value.items()])
        elif key in merged and known != value:
            raise InputError(f"{key} stands twice, as {known!r} and as {value!r}")
        merged[key] = value
    return merged


def _find_head_dim(fields: dict[str, Any], hidden: int, heads: int) -> int:
    if fields.get("head_dim") is None and hidden % heads:
        raise InputError(
            f"head_dim must be given where hidden_size = {hidden} is no multiple of"
            f" num_attention_heads = {heads}"
        )
    head_dim = require_int("head_dim", fields.get("head_dim") or hidden // heads)
    if head_dim % 2:
        raise InputError(f"head_dim must be even for rotary positions, not {head_dim}")
    return head_dim


def _find_token(name: str, value: Any, vocab: int) -> int | None:
    return None if value is None else require_int(name, value, 0, vocab - 1)


def _find_rope_theta(fields: dict[str, Any]) -> float:
    # transformers 5 writes rope_parameters, earlier versions rope_theta and rope_scaling.
    parameters = fields.get("rope_parameters") or fields.get("rope_scaling") or {}
    if not isinstance(parameters, dict):
        raise InputError(f"rope_parameters must be an object, not {parameters!r}")
    kind = parameters.get("rope_type", parameters.get("type", "default"))
    require_choice("rope_type", kind, ("default",))
    theta = parameters.get("rope_theta", fields.get("rope_theta"))
    return require_number("rope_theta", theta)
