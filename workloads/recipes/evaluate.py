"""Bits per byte of an exported model: a float64 numpy forward pass that shares no training code.

    python -m workloads.recipes.evaluate --model MODEL
    python -m workloads.recipes.evaluate --checkpoint TWIN/checkpoint.pt --text MODEL/heldout.txt

Protocol: the whole file is one document with the separator in front; windows of `context`
tokens follow each other without overlap; each window's inputs begin with the token before its first
target, and nothing earlier is seen. Every token is scored once, so every byte counts:
bits per byte = sum of -log2 p(token) / size of the file in bytes.

The definitions are those of the published model: quantisers in float32, everything else in float64.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer

Array = NDArray[np.float64]
Tokens = NDArray[np.int64]
# hidden_act -> names of the norms before o_proj and down_proj
SUB_NORMS = {
    "relu2": ("attn_sub_norm", "ffn_sub_norm"),
    "silu": ("inner_attn_ln", "ffn_layernorm"),
}


def unpack(packed: NDArray[np.uint8]) -> Array:
    """uint8 [N / 4, K] to float64 codes [N, K] in {-1, 0, 1}; ValueError on the illegal code 3."""
    codes = np.concatenate([packed >> (2 * i) & 3 for i in range(4)])
    if (codes == 3).any():
        raise ValueError("packed weights hold the illegal code 0b11")
    return codes.astype(np.float64) - 1


def quantize_masters(weight: Array) -> tuple[Array, float]:
    """Absmean, in float32: weight[N, K] to float64 codes[N, K] in {-1, 0, 1} and their scale."""
    scale = np.maximum(np.float32(np.abs(weight).mean()), np.float32(1e-5))
    codes = np.clip(np.rint(weight.astype(np.float32) * (np.float32(1) / scale)), -1, 1)
    return codes.astype(np.float64), float(scale)


def read_model(folder: Path) -> tuple[dict[str, Any], dict[str, Array], dict[str, float]]:
    """config.json, the tensors (codes or values, float64), the scales of the codes by name."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tensors: dict[str, Array] = {}
    scales: dict[str, float] = {}
    with safe_open(folder / "model.safetensors", framework="pt") as file:
        for name in file.keys():  # noqa: SIM118
            tensor = file.get_tensor(name)
            if name.endswith("weight_scale"):
                scales[name.removesuffix("_scale")] = float(tensor.double())
            elif tensor.dtype == torch.uint8:
                tensors[name] = unpack(tensor.numpy())
            elif name.endswith("_proj.weight"):
                tensors[name], scales[name] = quantize_masters(tensor.double().numpy())
            else:
                tensors[name] = tensor.double().numpy()
    return config, tensors, scales


def quantize(x: Array) -> tuple[Array, Array]:
    """Absmax, in float32: x[..., K] to integers q[..., K] (held as float64) and s[..., 1].

    As torch divides a number by a tensor: by way of the rounded reciprocal.
    """
    x32 = x.astype(np.float32)
    largest = np.maximum(np.abs(x32).max(-1, keepdims=True), np.float32(1e-5))
    scale = np.float32(127) * (np.float32(1) / largest)
    return np.clip(np.rint(x32 * scale), -128, 127).astype(np.float64), scale.astype(np.float64)


def forward(
    config: dict[str, Any], tensors: dict[str, Array], scales: dict[str, float], tokens: Tokens
) -> Array:
    """tokens int [B, T] to logits float64 [B, T, vocab]."""
    heads, kv, dim = (
        int(config[k]) for k in ("num_attention_heads", "num_key_value_heads", "head_dim")
    )
    eps, theta = float(config["rms_norm_eps"]), float(config["rope_theta"])
    attention_norm, ffn_norm = SUB_NORMS[config["hidden_act"]]
    batch, length = tokens.shape

    def norm(x: Array, name: str) -> Array:
        mean: Array = (x * x).mean(-1, keepdims=True)
        return x / np.sqrt(mean + eps) * tensors[name]

    def linear(x: Array, name: str) -> Array:
        q, scale = quantize(x)
        return (q @ tensors[name].T) * (scales[name] / scale)

    def activate(x: Array) -> Array:
        relu2: Array = np.maximum(x, 0) ** 2
        return relu2 if config["hidden_act"] == "relu2" else x / (1 + np.exp(-x))

    def split(x: Array) -> Array:
        return x.reshape(batch, length, -1, dim).transpose(0, 2, 1, 3)

    def rotate(x: Array) -> Array:
        turned = np.concatenate([-x[..., dim // 2 :], x[..., : dim // 2]], -1)
        return x * cos + turned * sin

    inverse = theta ** (-np.arange(dim // 2) * 2.0 / dim)
    angles: Array = np.tile(np.arange(length)[:, None] * inverse, 2)
    cos: Array = np.cos(angles)
    sin: Array = np.sin(angles)
    mask = np.triu(np.full((length, length), -np.inf), 1)
    embedding = tensors["model.embed_tokens.weight"]
    x = embedding[tokens]
    for index in range(config["num_hidden_layers"]):
        at = f"model.layers.{index}."
        h = norm(x, at + "input_layernorm.weight")
        q, k, v = (split(linear(h, f"{at}self_attn.{p}_proj.weight")) for p in "qkv")
        k, v = (np.repeat(a, heads // kv, axis=1) for a in (rotate(k), v))
        scores = rotate(q) @ k.swapaxes(2, 3) / np.sqrt(dim) + mask
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ v
        mixed = mixed.transpose(0, 2, 1, 3).reshape(batch, length, heads * dim)
        mixed = norm(mixed, f"{at}self_attn.{attention_norm}.weight")
        x = x + linear(mixed, at + "self_attn.o_proj.weight")
        h = norm(x, at + "post_attention_layernorm.weight")
        gate = activate(linear(h, at + "mlp.gate_proj.weight"))
        h = norm(gate * linear(h, at + "mlp.up_proj.weight"), f"{at}mlp.{ffn_norm}.weight")
        x = x + linear(h, at + "mlp.down_proj.weight")
    return norm(x, "model.norm.weight") @ embedding.T


def bits_per_byte(
    logits_of: Callable[[Tokens], Array], tokenizer: Tokenizer, text: bytes, context: int
) -> dict[str, float]:
    """Score `text` by the protocol above; `logits_of`: tokens [B, T] to logits [B, T, vocab]."""
    ids = np.array([0, *tokenizer.encode(text.decode("utf-8")).ids])
    bits, count = 0.0, len(ids) - 1
    starts = list(range(0, count, context))
    for group in range(0, len(starts), 8):
        pieces = [ids[s : s + context + 1] for s in starts[group : group + 8]]
        for size in sorted({len(p) for p in pieces}):
            rows = np.stack([p for p in pieces if len(p) == size])
            logits = logits_of(rows[:, :-1])
            top = logits.max(-1, keepdims=True)
            logits = logits - top - np.log(np.exp(logits - top).sum(-1, keepdims=True))
            bits -= np.take_along_axis(logits, rows[:, 1:, None], -1).sum() / np.log(2)
    return {
        "bits_per_byte": float(bits / len(text)),
        "loss_nats_per_token": float(bits * np.log(2) / count),
        "tokens": count,
        "bytes": len(text),
        "context": context,
    }


def checkpoint_logits(path: Path) -> tuple[Callable[[Tokens], Array], Tokenizer, int]:
    """The forward pass of a training checkpoint (the twin, say) in float32 torch."""
    from workloads.recipes.architecture import Decoder, ModelConfig

    state = torch.load(path, weights_only=True)
    model = Decoder(ModelConfig(**state["model_config"]))
    model.load_state_dict(state["model"])

    def logits_of(tokens: Tokens) -> Array:
        with torch.no_grad():
            logits: Array = model(torch.from_numpy(tokens)).double().numpy()
        return logits

    tokenizer = Tokenizer.from_file(str(path.parent / "tokenizer.json"))
    return logits_of, tokenizer, state["train_config"]["context"]


def main() -> None:
    """Parse the options and print the score as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m workloads.recipes.evaluate", description=__doc__
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--model", type=Path, help="folder of export.py")
    parser.add_argument("--checkpoint", type=Path, help="or: checkpoint.pt of train.py")
    parser.add_argument("--text", type=Path, help="file to score (the model's heldout.txt)")
    args = parser.parse_args()
    if args.checkpoint is not None:
        logits_of, tokenizer, context = checkpoint_logits(args.checkpoint)
    else:
        config, tensors, scales = read_model(args.model)
        tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
        context = int(config["max_position_embeddings"])

        def logits_of(tokens: Tokens) -> Array:
            return forward(config, tensors, scales, tokens)

    text = (args.text or args.model / "heldout.txt").read_bytes()
    json.dump(bits_per_byte(logits_of, tokenizer, text, context), sys.stdout, indent=2)


if __name__ == "__main__":
    main()
