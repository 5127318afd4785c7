"""Models run by Hugging Face transformers, to compare with: needs the extra `peers`."""

import json
import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from random_checkpoint import RandomCheckpoint

os.environ["TORCHDYNAMO_DISABLE"] = "1"  # its functions are decorated with torch.compile

# N is a multiple of 4, as the peer demands.
SIZES: dict[str, Any] = {
    "hidden": 48,
    "intermediate": 88,
    "heads": 4,
    "kv_heads": 2,
    "head_dim": 12,
    "vocab": 64,
    "dtype": "F32",
}
# heads * head_dim is not hidden, which the peer's BitNet cannot be.
LLAMA = {
    "family": "llama",
    "linear_class": "bitlinear",
    "activation": "silu",
    "head_dim": 16,
}
CASES: dict[str, dict[str, Any]] = {
    "bitnet-packed-tied": {"seed": 1},
    "bitnet-master-untied": {"seed": 2, "mode": "online", "tied": False, "dtype": "BF16"},
    "llama-packed-untied": LLAMA | {"seed": 3, "tied": False},
    "llama-packed-tied": LLAMA | {"seed": 4, "kv_heads": 1},
    "llama-inner-norms": LLAMA | {"seed": 5, "inner": "rms_norm", "tied": False},
    "1bitLLM": {
        "seed": 6,
        "family": "1bitLLM",
        "mode": "unsaid",
        "activation": "silu",
        "dtype": "F16",
    },
    "llama-absmean": LLAMA | {"seed": 7, "mode": "unsaid"},
}
# What 1bitLLM calls the norms that transformers' BitNet has under other names.
RENAMED = {
    "self_attn.inner_attn_ln": "self_attn.attn_sub_norm",
    "mlp.ffn_layernorm": "mlp.ffn_sub_norm",
}
# architectures[0] of config.json -> model_type and architecture that compute the same
KINDS = {
    "BitnetForCausalLM": ("bitnet", "BitNetForCausalLM"),
    "LlamaForCausalLM": ("llama", "LlamaForCausalLM"),
}


@dataclass
class PeerRun:
    """What the peer computed; per projection, by the name of its weight, what it took and gave.

    inputs : float32[M, K], as the quantiser received them.
    quantized : int8[M, K], by the peer's own quantiser.
    sums : int32[M, N], the peer's product of those with its ternary weights.
    """

    logits: np.ndarray
    inputs: dict[str, np.ndarray] = field(default_factory=dict)
    quantized: dict[str, np.ndarray] = field(default_factory=dict)
    sums: dict[str, np.ndarray] = field(default_factory=dict)


def installed() -> bool:
    return all(find_spec(name) for name in ("torch", "transformers", "accelerate"))


def make_source(name: str, **changes: Any) -> RandomCheckpoint:
    return RandomCheckpoint(**(SIZES | CASES[name] | changes))


def write_for_peer(name: str, folder: Path, **changes: Any) -> Path:
    """Write the case so that transformers computes it: its own names, and said to be ternary."""
    source = make_source(name, **changes)
    source.tensors = {rename(tensor): value for tensor, value in source.tensors.items()}
    source.write(folder)
    (folder / "config.json").write_text(json.dumps(translate(source.config())))
    return folder


def copy_for_peer(source: Path, folder: Path) -> Path:
    """Copy a checkpoint likewise, with floats widened: the peer computes in what the file holds."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(source / "model.safetensors")
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {rename(name): t.float() if t.is_floating_point() else t for name, t in tensors.items()},
        folder / "model.safetensors",
    )
    config = translate(json.loads((source / "config.json").read_text()))
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def rename(tensor: str) -> str:
    for theirs, ours in RENAMED.items():
        tensor = tensor.replace(theirs, ours)
    return tensor


def translate(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config.json that says of a ternary model, to the peer too, that it is ternary."""
    if "quantization_config" in config:
        return config | {"torch_dtype": "float32"}
    model_type, architecture = KINDS[config["architectures"][0]]
    return config | {
        "torch_dtype": "float32",
        "model_type": model_type,
        "architectures": [architecture],
        "quantization_config": {
            "quant_method": "bitnet",
            "linear_class": "autobitlinear",
            "quantization_mode": "online",
        },
    }


def run_peer(folder: Path, tokens: list[int]) -> PeerRun:
    """Run transformers in float32 on the model in `folder`."""
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.integrations import bitnet

    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    run = PeerRun(np.empty(0))

    def record(name: str, module: Any, x: Any) -> None:
        if module.rms_norm is not None:
            x = module.rms_norm(x)
        if isinstance(module, bitnet.BitLinear):
            quantized, _ = module.activation_quant(x)
            ternary = bitnet.unpack_weights(module.weight, dtype=torch.float32)
        else:
            scale = 127 / x.abs().max(dim=-1, keepdim=True).values.clamp_(min=1e-5)
            quantized = (bitnet.ActQuant.apply(x) * scale).round()
            online = module.online_quant
            ternary = (bitnet.WeightQuant.apply(module.weight) if online else module.weight).sign()
        sums = torch.nn.functional.linear(quantized.double(), ternary.double())
        run.inputs[name] = x[0].numpy().copy()
        run.quantized[name] = quantized[0].numpy().astype(np.int8)
        run.sums[name] = sums[0].numpy().astype(np.int32)

    for name, module in model.named_modules():
        if isinstance(module, bitnet.BitLinear | bitnet.AutoBitLinear):
            module.register_forward_pre_hook(
                lambda module, args, name=name: record(f"{name}.weight", module, args[0])
            )
    with torch.no_grad():
        run.logits = model(torch.tensor([tokens])).logits[0].numpy()
    return run
