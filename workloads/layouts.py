"""Which family a checkpoint is of: told from its config.json, never assumed."""

from dataclasses import dataclass
from typing import Any

from workloads.errors import InputError, require_choice, require_number

# What a user may say of a checkpoint that does not say that it is ternary.
QUANTIZERS = ("absmean",)
_UNCONVERTED = ("lm_head", "embed_tokens", "model.embed_tokens")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a family of checkpoints stores a BitLinear layer and names its norms.

    Attributes
    ----------
    packed : True if weights are 2-bit codes, False if float masters to be quantised at load.
    scale : what `weight_scale` does to the ternary weights: ``multiply``, ``divide``, or ``none``
        if the file has no such tensor.
    attention_norm, ffn_norm : name of the norm before ``o_proj`` and ``down_proj``, or None.
    inner_norm : name of a norm inside each projection, before its quantiser, or None.
    inner_norm_epsilon : of the norms inside projections, named or not.
    by_flag : True if only the user says that the weights are ternary; then a missing
        ``input_layernorm`` stands for a norm without weights inside each projection.
    """

    name: str
    packed: bool
    scale: str = "none"
    attention_norm: str | None = None
    ffn_norm: str | None = None
    inner_norm: str | None = None
    inner_norm_epsilon: float = 1e-6
    by_flag: bool = False


def find_layout(fields: dict[str, Any], quantize: str | None) -> Layout:
    """Tell the layout of a config.json's `fields`; raises InputError.

    `quantize` is the user's word, one of QUANTIZERS, or None.
    """
    if quantize is not None:
        require_choice("quantize", quantize, QUANTIZERS)
    kind = require_choice("model_type", fields.get("model_type"), ("bitnet", "llama"))
    architecture = (fields.get("architectures") or [None])[0]
    if kind == "llama":
        known = ("LlamaForCausalLM", "BitnetForCausalLM")
        require_choice("architectures[0]", architecture, known)
    if fields.get("quantization_config") is not None or kind == "bitnet":
        return _find_quantized(kind, fields.get("quantization_config"), quantize)
    if architecture == "BitnetForCausalLM":
        return _find_1bit(fields)
    if quantize is None:
        raise InputError(
            "quantization_config must say that this llama model is ternary, or --quantize absmean"
            " be given to make it so"
        )
    return Layout(name="llama master", packed=False, by_flag=True)


def _find_quantized(kind: str, quantization: Any, quantize: str | None) -> Layout:
    """Read what transformers' BitNetQuantConfig reads, with its defaults."""
    if not isinstance(quantization, dict):
        raise InputError(f"quantization_config must be an object, not {quantization!r}")
    method = quantization.get("quant_method")
    require_choice("quantization_config.quant_method", method, ("bitnet",))
    linear = require_choice(
        "quantization_config.linear_class",
        quantization.get("linear_class", "bitlinear"),
        ("bitlinear", "autobitlinear"),
    )
    mode = require_choice(
        "quantization_config.quantization_mode",
        quantization.get("quantization_mode", "offline"),
        ("offline", "online"),
    )
    packed = mode == "offline"
    if not packed and linear == "bitlinear":
        raise InputError(
            "quantization_config.linear_class must be autobitlinear in online mode, not bitlinear"
        )
    if packed and quantize is not None:
        raise InputError("quantize must not be given for weights that are ternary already")
    for name in quantization.get("modules_to_not_convert") or ():
        require_choice("quantization_config.modules_to_not_convert", name, _UNCONVERTED)
    # The classes use weight_scale in opposite ways.
    scale = {"autobitlinear": "multiply", "bitlinear": "divide"}[linear] if packed else "none"
    epsilon = quantization.get("rms_norm_eps", 1e-6)
    return Layout(
        name=f"{kind} {'packed' if packed else 'master'}",
        packed=packed,
        scale=scale,
        attention_norm="attn_sub_norm" if kind == "bitnet" else None,
        ffn_norm="ffn_sub_norm" if kind == "bitnet" else None,
        inner_norm="rms_norm" if quantization.get("use_rms_norm") else None,
        inner_norm_epsilon=require_number("quantization_config.rms_norm_eps", epsilon),
    )


def _find_1bit(fields: dict[str, Any]) -> Layout:
    """Return the layout of 1bitLLM's models, whose own code quantises by these two keys."""
    if (bits := (fields.get("weight_bits"), fields.get("input_bits"))) != (1, 8):
        raise InputError(f"weight_bits and input_bits must be 1 and 8, not {bits[0]} and {bits[1]}")
    return Layout(
        name="1bitLLM master",
        packed=False,
        attention_norm="inner_attn_ln",
        ffn_norm="ffn_layernorm",
    )
