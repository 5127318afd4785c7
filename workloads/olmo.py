"""OLMo's own config.json and tensor names, as NousResearch/OLMo-Bitnet-1B has them.

Its blocks keep q, k and v in one matrix, `att_proj`, and up and gate in another, `ff_proj`, each
quantised as a whole; inside every projection stands an RMSNorm without weights.
"""

from typing import Any

from workloads.errors import InputError, require_choice, require_int
from workloads.layouts import QUANTIZERS, Layout

OLMO = "olmo master"
# key -> the only value that is computed here
_FIXED = {
    "activation_type": "swiglu",
    "layer_norm_type": "rms",
    "rope": True,
    "block_type": "sequential",
    "include_bias": False,
    "alibi": False,
    "attention_layer_norm": False,
    "embedding_layer_norm": False,
    "norm_after": False,
    "scale_logits": False,
    "clip_qkv": None,
}


def is_olmo(fields: dict[str, Any]) -> bool:
    """Tell whether a config.json's `fields` have OLMo's own keys, not those of a Llama."""
    return fields.get("model_type") in ("olmo", "hf_olmo") and "d_model" in fields


def translate_olmo(fields: dict[str, Any], quantize: str | None) -> tuple[dict[str, Any], Layout]:
    """Return the keys that a Llama's config.json would have, and the layout; raises InputError."""
    if quantize is not None:
        require_choice("quantize", quantize, QUANTIZERS)
    elif fields.get("ternary") is not True:
        raise InputError(
            "ternary must be true in this olmo model, or --quantize absmean be given to make it so"
        )
    for key, value in _FIXED.items():
        if (given := fields.get(key, value)) != value:
            raise InputError(f"{key} must be {value!r}, not {given!r}")
    hidden = require_int("d_model", fields.get("d_model"))
    heads = require_int("n_heads", fields.get("n_heads"))
    kv_heads = fields.get("n_kv_heads")
    if kv_heads is None:
        kv_heads = 1 if fields.get("multi_query_attention") else heads
    combined = fields.get("mlp_hidden_size")  # up and gate together
    if combined is None:
        combined = require_int("mlp_ratio", fields.get("mlp_ratio")) * hidden
    if require_int("mlp_hidden_size", combined) % 2:
        raise InputError(f"mlp_hidden_size must be even for swiglu, not {combined}")
    translated = {
        "hidden_size": hidden,
        "intermediate_size": combined // 2,
        "num_hidden_layers": fields.get("n_layers"),
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "vocab_size": fields.get("embedding_size") or fields.get("vocab_size"),
        "tie_word_embeddings": fields.get("weight_tying", True),
        "hidden_act": "silu",
        "max_position_embeddings": fields.get("max_sequence_length"),
        "rms_norm_eps": fields.get("layer_norm_eps", 1e-5),  # OLMo's code has this default
        "rope_theta": fields.get("rope_theta", 10000.0),  # and this
        "bos_token_id": fields.get("bos_token_id"),
        "eos_token_id": fields.get("eos_token_id"),
    }
    return translated, Layout(name=OLMO, packed=False, inner_norm_epsilon=1e-5, by_flag=True)
