"""A slow forward pass written from the published definitions, for others to be compared with."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from random_checkpoint import SUB_NORMS, RandomCheckpoint

from workloads.checkpoint import Checkpoint


@dataclass
class ReadCheckpoint:
    """What the package read, as the oracle takes it: by the names of Hugging Face's Llama."""

    checkpoint: Checkpoint
    inner: None = None
    ternary: dict[str, np.ndarray] = field(default_factory=dict)
    scales: dict[str, float] = field(default_factory=dict)
    floats: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        weights = self.checkpoint.weights
        self.family = "llama" if weights.layers[0].ffn_norm is None else "bitnet"
        self.floats["model.embed_tokens.weight"] = weights.embedding[:].astype(np.float64)
        self.floats["lm_head.weight"] = weights.head[:].astype(np.float64)
        self.floats["model.norm.weight"] = weights.norm
        for index, layer in enumerate(weights.layers):
            at = f"model.layers.{index}."
            for name, linear in layer.linears.items():
                tensor = f"{at}{'self_attn' if name[0] in 'qkvo' else 'mlp'}.{name}.weight"
                self.ternary[tensor] = linear.weight.unpack().astype(np.int64)
                self.scales[tensor] = linear.scale
            for name, norm in {
                "input_layernorm": layer.input_norm,
                "post_attention_layernorm": layer.post_attention_norm,
                "self_attn.attn_sub_norm": layer.attention_norm,
                "mlp.ffn_sub_norm": layer.ffn_norm,
            }.items():
                if norm is not None:
                    self.floats[f"{at}{name}.weight"] = norm

    def __getattr__(self, name: str) -> Any:
        return getattr(self.checkpoint.shape, name)


class Oracle:
    """Token by token and head by head, on unpacked weights; no cache, no packing, no numba."""

    def __init__(self, source: RandomCheckpoint | ReadCheckpoint) -> None:
        self.source = source
        self.sub_norms = SUB_NORMS[source.family]
        self.inputs: list[tuple[str, list[int]]] = []

    def quantize(self, x: np.ndarray) -> tuple[np.ndarray, np.float32]:
        single = x.astype(np.float32)
        scale = np.float32(127) * (np.float32(1) / max(np.abs(single).max(), np.float32(1e-5)))
        return np.clip(np.rint(single * scale), -128, 127).astype(np.int64), scale

    def linear(self, name: str, x: np.ndarray) -> np.ndarray:
        if self.source.inner == "plain":
            x = x / np.sqrt(np.mean(x * x) + 1e-6)
        elif self.source.inner == "rms_norm":
            x = self.norm(f"{name.removesuffix('.weight')}.rms_norm", x)
        q, scale = self.quantize(x)
        self.inputs.append((name, q.tolist()))
        y = self.source.ternary[name] @ q  # in int64
        return y * self.source.scales[name] / float(scale)

    def norm(self, name: str, x: np.ndarray) -> np.ndarray:
        plain = self.source.inner == "plain" and name.endswith("input_layernorm")
        if plain or name.endswith("None"):
            return x
        return x / np.sqrt(np.mean(x * x) + 1e-5) * self.source.floats[f"{name}.weight"]

    def rotate(self, x: np.ndarray, position: int) -> np.ndarray:
        size = self.source.head_dim
        angles = position * 10000.0 ** (-2.0 * np.arange(size // 2) / size)
        low, high = x[: size // 2], x[size // 2 :]
        cos, sin = np.cos(angles), np.sin(angles)
        return np.concatenate([low * cos - high * sin, high * cos + low * sin])

    def keep(self, values: np.ndarray) -> np.ndarray:
        """What a cache makes of the values that attention weighs."""
        return values

    def attention(self, at: str, rows: list[np.ndarray]) -> list[np.ndarray]:
        source, size = self.source, self.source.head_dim
        q, k, v = (
            [self.linear(f"{at}self_attn.{p}_proj.weight", row).reshape(-1, size) for row in rows]
            for p in "qkv"
        )
        outputs = []
        for m in range(len(rows)):
            heads = []
            for h in range(source.heads):
                g = h // (source.heads // source.kv_heads)
                query = self.rotate(q[m][h], m)
                scores = np.array([query @ self.rotate(k[t][g], t) for t in range(m + 1)])
                shares = np.exp((scores - scores.max()) / np.sqrt(size))
                shares /= shares.sum()
                heads.append(sum(shares[t] * self.keep(v[t][g]) for t in range(m + 1)))
            outputs.append(self.norm(f"{at}self_attn.{self.sub_norms[0]}", np.concatenate(heads)))
        return [self.linear(f"{at}self_attn.o_proj.weight", row) for row in outputs]

    def feed_forward(self, at: str, row: np.ndarray) -> np.ndarray:
        gate = self.linear(f"{at}mlp.gate_proj.weight", row)
        up = self.linear(f"{at}mlp.up_proj.weight", row)
        relu2 = self.source.activation == "relu2"
        gated = np.maximum(gate, 0) ** 2 * up if relu2 else gate / (1 + np.exp(-gate)) * up
        normed = self.norm(f"{at}mlp.{self.sub_norms[1]}", gated)
        return self.linear(f"{at}mlp.down_proj.weight", normed)

    def logits(self, tokens: list[int]) -> np.ndarray:
        floats = self.source.floats
        embedding = floats["model.embed_tokens.weight"]
        rows = [embedding[token] for token in tokens]
        for layer in range(self.source.layers):
            at = f"model.layers.{layer}."
            normed = [self.norm(f"{at}input_layernorm", row) for row in rows]
            rows = [a + b for a, b in zip(rows, self.attention(at, normed), strict=True)]
            rows = [
                row + self.feed_forward(at, self.norm(f"{at}post_attention_layernorm", row))
                for row in rows
            ]
        head = floats.get("lm_head.weight", embedding)
        return np.array([head @ self.norm("model.norm", row) for row in rows])
