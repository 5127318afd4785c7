"""Write a trained checkpoint as the packed files of a published b1.58 model, with its model card.

    python -m workloads.recipes.export --run RUN --corpus DIR --out MODEL

A ``bitnet`` model takes the layout of microsoft/bitnet-b1.58-2B-4T: each projection is uint8
``[N / 4, K]`` (one byte holds rows r, r + N/4, r + N/2, r + 3N/4, code t + 1, lowest bits first)
and a bfloat16 ``weight_scale`` ``[1]``, W = t * weight_scale; embedding and norms are bfloat16. A
``swiglu`` model takes the layout of 1bitLLM/bitnet_b1_58-*: float16 throughout, with projections
that are quantised when loaded. In place of the trained masters stand three values a matrix, which
the quantiser turns into the same ternary weights and, to a float16's precision, the same scale; so
the file compresses to a quarter.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from workloads.recipes.architecture import ModelConfig, quantize_weight


def pack(codes: Tensor) -> Tensor:
    """Ternary codes [N, K] in {-1, 0, 1}, N a multiple of 4, to uint8 [N / 4, K].

    >>> pack(torch.tensor([[-1], [0], [1], [1]])).tolist()
    [[164]]
    """
    u = (codes + 1).to(torch.uint8)
    rows = u.shape[0] // 4
    a, b, c, d = (u[i * rows : (i + 1) * rows] for i in range(4))
    return a | b << 2 | c << 4 | d << 6


def make_masters(weight: Tensor) -> Tensor:
    """Masters [N, K] of three values that absmean quantises as it does `weight`.

    They are the ternary codes over the share of them that is not zero, times the scale, so that
    their mean magnitude is the scale; each is at least the scale, which rounds to the code.
    """
    codes, scale = quantize_weight(weight)
    return codes * (scale / codes.abs().mean()) + 0.0  # no negative zeros: they compress worse


def is_projection(name: str) -> bool:
    """True for the weights that are ternary."""
    return name.endswith("_proj.weight")


def tensors_of(state: dict[str, Tensor], cfg: ModelConfig) -> dict[str, Tensor]:
    """The tensors of model.safetensors, by their published names."""
    tensors: dict[str, Tensor] = {}
    for name, value in state.items():
        if cfg.kind == "swiglu":
            stand_in = make_masters(value) if is_projection(name) else value
            tensors[f"model.{name}"] = stand_in.half().contiguous()
        elif is_projection(name):
            codes, scale = quantize_weight(value)
            tensors[f"model.{name}"] = pack(codes)
            tensors[f"model.{name}_scale"] = scale.bfloat16().reshape(1)
        else:
            tensors[f"model.{name}"] = value.bfloat16().contiguous()
    return tensors


def config_of(cfg: ModelConfig, context: int) -> dict[str, object]:
    """config.json as the published models have it."""
    common: dict[str, object] = {
        "vocab_size": cfg.vocab_size,
        "hidden_size": cfg.hidden_size,
        "intermediate_size": cfg.intermediate_size,
        "num_hidden_layers": cfg.layers,
        "num_attention_heads": cfg.heads,
        "num_key_value_heads": cfg.kv_heads,
        "head_dim": cfg.head_dim,
        "max_position_embeddings": context,
        "rope_theta": cfg.rope_theta,
        "rms_norm_eps": cfg.rms_norm_eps,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "tie_word_embeddings": True,
        "use_cache": True,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "pad_token_id": 0,
        "initializer_range": cfg.hidden_size**-0.5,
    }
    if cfg.kind == "swiglu":
        return {
            "architectures": ["BitnetForCausalLM"],
            "model_type": "llama",
            "hidden_act": "silu",
            "weight_bits": 1,
            "input_bits": 8,
            "torch_dtype": "float16",
            **common,
        }
    return {
        "architectures": ["BitNetForCausalLM"],
        "model_type": "bitnet",
        "hidden_act": "relu2",
        "torch_dtype": "bfloat16",
        "quantization_config": {
            "quant_method": "bitnet",
            "linear_class": "autobitlinear",
            "quantization_mode": "offline",
        },
        **common,
    }


def write_json(path: Path, record: object) -> None:
    """Indented JSON with a final newline."""
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def export(run: Path, corpus: Path, out: Path) -> None:
    """Write model.safetensors, config.json, the tokenizer's files and heldout.txt under `out`."""
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = torch.load(run / "checkpoint.pt", weights_only=True)
    cfg = ModelConfig(**checkpoint["model_config"])
    save_file(tensors_of(checkpoint["model"], cfg), out / "model.safetensors", {"format": "pt"})
    write_json(out / "config.json", config_of(cfg, checkpoint["train_config"]["context"]))
    write_json(out / "generation_config.json", {"bos_token_id": 0, "eos_token_id": 0})
    write_json(
        out / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "add_prefix_space": False,
            "add_bos_token": True,
            "bos_token": "<|endoftext|>",
            "eos_token": "<|endoftext|>",
            "model_max_length": checkpoint["train_config"]["context"],
        },
    )
    shutil.copyfile(run / "tokenizer.json", out / "tokenizer.json")
    shutil.copyfile(corpus / "heldout.txt", out / "heldout.txt")


def main() -> None:
    """Parse the options and export."""
    parser = argparse.ArgumentParser(prog="python -m workloads.recipes.export", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--run", type=Path, required=True, help="folder of train.py")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of corpus.py")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    args = parser.parse_args()
    export(args.run, args.corpus, args.out)


if __name__ == "__main__":
    main()
