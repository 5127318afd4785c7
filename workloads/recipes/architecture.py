"""A small b1.58 decoder in torch: what train.py trains and export.py writes out.

Two kinds, one switch. ``bitnet`` is the layer of microsoft/bitnet-b1.58-2B-4T: relu(gate)^2 * up,
with `attn_sub_norm` before `o_proj` and `ffn_sub_norm` before `down_proj`. ``swiglu`` is the layer
of 1bitLLM/bitnet_b1_58-*: silu(gate) * up, the same norms named `inner_attn_ln`, `ffn_layernorm`.
With ``quantized=False`` either becomes its full-precision twin: the same modules, no rounding.

Parameter names are those of the checkpoints, without the leading ``model.``.
Ref: arXiv 2402.17764 (absmean weights, absmax activations, straight-through gradients).
"""

# mypy: disable-error-code="misc, no-untyped-def"
# torch is not followed by the type checker, so its base classes are of type Any.

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SUB_NORM_NAMES = {
    "bitnet": ("attn_sub_norm", "ffn_sub_norm"),
    "swiglu": ("inner_attn_ln", "ffn_layernorm"),
}


@dataclass(frozen=True)
class ModelConfig:
    """Shapes of a decoder; all sizes are counts of elements."""

    kind: str = "bitnet"
    quantized: bool = True
    vocab_size: int = 2048
    hidden_size: int = 256
    intermediate_size: int = 768
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 64
    rope_theta: float = 10000.0
    rms_norm_eps: float = 1e-5

    def __post_init__(self) -> None:
        if self.kind not in SUB_NORM_NAMES:
            raise ValueError(f"kind must be one of {sorted(SUB_NORM_NAMES)}, not {self.kind!r}")


def quantize_weight(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Absmean: weight[N, K] to t[N, K] in {-1, 0, 1} and the scale [] of the file.

    The codes come from the float32 mean; the scale is that mean rounded to bfloat16, because that
    is what a file stores, so training sees the model as exported.
    """
    mean = weight.abs().mean().clamp_min(1e-5)
    codes = (weight * (1.0 / mean)).round().clamp(-1, 1)
    return codes, mean.bfloat16().float()


def quantize_activation(x: Tensor) -> tuple[Tensor, Tensor]:
    """Absmax: float32 x[M, K] to q[M, K], integers in -128..127, and s[M, 1], x ~ q / s."""
    scale = 127.0 / x.abs().amax(dim=-1, keepdim=True).clamp_min(1e-5)
    return (x * scale).round().clamp(-128, 127), scale


class _TernaryMatmul(torch.autograd.Function):
    """y = (q / s) @ (t * w_scale).T; gradients pass both roundings unchanged (straight through).

    q and t are exact in `dtype`, even in bfloat16; the scales stay float32.
    """

    @staticmethod
    def forward(ctx, x, weight, q, scale, dtype):  # noqa: ANN001, ANN205
        codes, w_scale = quantize_weight(weight)
        codes, q = codes.to(dtype), q.to(dtype)
        ctx.save_for_backward(q, scale, codes, w_scale)
        return (q @ codes.T).float() * (w_scale / scale)

    @staticmethod
    def backward(ctx, grad):  # noqa: ANN001, ANN205
        q, scale, codes, w_scale = ctx.saved_tensors
        grad_x = (grad.to(q.dtype) @ codes).float() * w_scale
        grad_w = ((grad / scale).to(q.dtype).T @ q).float()
        return grad_x, grad_w, None, None, None


class Norm(nn.Module):
    """RMSNorm over the last axis, computed in float32."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """x[..., size] to the same shape."""
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


def project(
    x: Tensor, layers: list[nn.Linear], quantized: bool, dtype: torch.dtype
) -> list[Tensor]:
    """Apply linear layers that share one input x[..., K] (q, k, v; gate, up): one quantisation."""
    rows = x.reshape(-1, x.shape[-1])
    if quantized:
        with torch.no_grad():
            q, scale = quantize_activation(rows)
        outs = [_TernaryMatmul.apply(rows, layer.weight, q, scale, dtype) for layer in layers]
    else:
        low = rows.to(dtype)
        outs = [(low @ layer.weight.to(dtype).T).float() for layer in layers]
    return [out.reshape(*x.shape[:-1], -1) for out in outs]


class Attention(nn.Module):
    """Causal grouped-query attention, rotate-half RoPE, a norm before the output projection."""

    def __init__(self, cfg: ModelConfig) -> None:
        super().__init__()
        self.cfg = cfg
        wide, narrow = cfg.heads * cfg.head_dim, cfg.kv_heads * cfg.head_dim
        self.q_proj = nn.Linear(cfg.hidden_size, wide, bias=False)
        self.k_proj = nn.Linear(cfg.hidden_size, narrow, bias=False)
        self.v_proj = nn.Linear(cfg.hidden_size, narrow, bias=False)
        self.o_proj = nn.Linear(wide, cfg.hidden_size, bias=False)
        self.norm_name = SUB_NORM_NAMES[cfg.kind][0]
        self.add_module(self.norm_name, Norm(wide, cfg.rms_norm_eps))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, dtype: torch.dtype) -> Tensor:
        """x[B, T, hidden] to the same shape; cos, sin [T, head_dim]."""
        cfg, (batch, length, _) = self.cfg, x.shape
        parts = project(x, [self.q_proj, self.k_proj, self.v_proj], cfg.quantized, dtype)
        q, k, v = (p.reshape(batch, length, -1, cfg.head_dim).transpose(1, 2) for p in parts)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        group = cfg.heads // cfg.kv_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        mixed = F.scaled_dot_product_attention(
            q.to(dtype), k.to(dtype), v.to(dtype), is_causal=True
        )
        mixed = mixed.float().transpose(1, 2).reshape(batch, length, -1)
        return project(getattr(self, self.norm_name)(mixed), [self.o_proj], cfg.quantized, dtype)[0]


class FeedForward(nn.Module):
    """Gated feed-forward with a norm before the down projection."""

    def __init__(self, cfg: ModelConfig) -> None:
        super().__init__()
        self.cfg = cfg
        self.gate_proj = nn.Linear(cfg.hidden_size, cfg.intermediate_size, bias=False)
        self.up_proj = nn.Linear(cfg.hidden_size, cfg.intermediate_size, bias=False)
        self.down_proj = nn.Linear(cfg.intermediate_size, cfg.hidden_size, bias=False)
        self.norm_name = SUB_NORM_NAMES[cfg.kind][1]
        self.add_module(self.norm_name, Norm(cfg.intermediate_size, cfg.rms_norm_eps))

    def forward(self, x: Tensor, dtype: torch.dtype) -> Tensor:
        """x[B, T, hidden] to the same shape."""
        cfg = self.cfg
        gate, up = project(x, [self.gate_proj, self.up_proj], cfg.quantized, dtype)
        gated = (F.relu(gate).square() if cfg.kind == "bitnet" else F.silu(gate)) * up
        normed = getattr(self, self.norm_name)(gated)
        return project(normed, [self.down_proj], cfg.quantized, dtype)[0]


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """RoPE, rotate-half form, on x[B, H, T, D] with cos, sin [T, D]."""
    low, high = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-high, low], dim=-1) * sin


class Layer(nn.Module):
    """One pre-norm decoder layer."""

    def __init__(self, cfg: ModelConfig) -> None:
        super().__init__()
        self.self_attn = Attention(cfg)
        self.mlp = FeedForward(cfg)
        self.input_layernorm = Norm(cfg.hidden_size, cfg.rms_norm_eps)
        self.post_attention_layernorm = Norm(cfg.hidden_size, cfg.rms_norm_eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, dtype: torch.dtype) -> Tensor:
        """x[B, T, hidden] to the same shape; cos, sin [T, head_dim]."""
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, dtype)
        return x + self.mlp(self.post_attention_layernorm(x), dtype)


class Decoder(nn.Module):
    """tokens int64 [B, T] to logits float32 [B, T, vocab]; the LM head is the embedding (tied).

    `matmul_dtype` is the dtype of the matrix products only; norms, scales, softmax inputs and the
    quantisers are float32.
    """

    def __init__(self, cfg: ModelConfig, matmul_dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.cfg, self.matmul_dtype = cfg, matmul_dtype
        self.embed_tokens = nn.Embedding(cfg.vocab_size, cfg.hidden_size)
        self.layers = nn.ModuleList(Layer(cfg) for _ in range(cfg.layers))
        self.norm = Norm(cfg.hidden_size, cfg.rms_norm_eps)
        for name, parameter in self.named_parameters():
            if name == "embed_tokens.weight":
                nn.init.normal_(parameter, std=cfg.hidden_size**-0.5)
            elif parameter.ndim == 2:
                nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens [B, T] to logits [B, T, vocab]."""
        half = self.cfg.head_dim // 2
        inverse = self.cfg.rope_theta ** (-torch.arange(half, dtype=torch.float32) / half)
        angles = torch.arange(tokens.shape[1], dtype=torch.float32)[:, None] * inverse
        cos, sin = angles.cos().repeat(1, 2), angles.sin().repeat(1, 2)
        x = self.embed_tokens(tokens)
        for layer in self.layers:
            x = layer(x, cos, sin, self.matmul_dtype)
        low = self.norm(x).to(self.matmul_dtype)
        return (low @ self.embed_tokens.weight.to(self.matmul_dtype).T).float()
