"""A random ternary model run by OLMo's own code, for a golden vector: needs `ai2-olmo`.

Its projections become those of NousResearch/OLMo-Bitnet-1B: each has an RMSNorm without weights,
the absmax quantiser of activations, and absmean weights, the matrix of q, k and v being one.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from olmo.config import ActivationType, BlockType, LayerNormType, ModelConfig
from olmo.model import OLMo, RMSLayerNorm
from peers import PeerRun

FIELDS: dict[str, Any] = {
    "d_model": 32,
    "n_heads": 2,
    "n_layers": 2,
    "mlp_hidden_size": 80,
    "vocab_size": 37,
    "embedding_size": 40,
    "max_sequence_length": 32,
    "rope": True,
    "alibi": False,
    "include_bias": False,
    "weight_tying": False,
    "attention_layer_norm": False,
    "layer_norm_with_affine": True,
    "bias_for_layer_norm": False,
    "scale_logits": False,
    "clip_qkv": None,
}
# The names of the projections that one matrix holds, with their rows.
PARTS = {
    "att_proj": {"q_proj": 32, "k_proj": 32, "v_proj": 32},
    "attn_out": {"o_proj": 32},
    "ff_proj": {"up_proj": 40, "gate_proj": 40},
    "ff_out": {"down_proj": 32},
}


class BitLinear(torch.nn.Linear):
    """W1.58A8, with the norm inside; `record` is told of its integers."""

    record: Any = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x[..., K] to [..., N]."""
        x = self.norm(x)
        scale = 127.0 / x.abs().max(dim=-1, keepdim=True).values.clamp_(min=1e-5)
        quantized = (x * scale).round().clamp_(-128, 127)
        mean = self.weight.abs().mean().clamp_(min=1e-5)
        ternary = (self.weight * (1.0 / mean)).round().clamp_(-1, 1)
        self.record(x, quantized, quantized.double() @ ternary.double().T)
        return torch.nn.functional.linear(quantized / scale, ternary * mean)


def run_olmo(folder: Path, tokens: list[int], seed: int) -> PeerRun:
    """Write a random model to `folder`, as published ones lie, and run it."""
    from safetensors.torch import save_file

    torch.manual_seed(seed)
    config = ModelConfig(
        **FIELDS,
        activation_type=ActivationType.swiglu,
        block_type=BlockType.sequential,
        layer_norm_type=LayerNormType.rms,
        attention_dropout=0.0,
        residual_dropout=0.0,
        embedding_dropout=0.0,
        init_device="cpu",
    )
    model = OLMo(config).eval()
    run = PeerRun(np.empty(0))

    def make_record(tensor: str, parts: dict[str, int]) -> Any:
        def record(x: torch.Tensor, quantized: torch.Tensor, sums: torch.Tensor) -> None:
            pieces = sums[0].split(list(parts.values()), dim=-1)
            for name, piece in zip(parts, pieces, strict=True):
                full = tensor if len(parts) == 1 else f"{tensor}[{name}]"
                run.inputs[full] = x[0].numpy().copy()
                run.quantized[full] = quantized[0].numpy().astype(np.int8)
                run.sums[full] = piece.numpy().astype(np.int32)

        return record

    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.normal_(1, 0.2)
            else:
                parameter.normal_(0, 0.5)
        for index, block in enumerate(model.transformer.blocks):
            for name, parts in PARTS.items():
                old = getattr(block, name)
                new = BitLinear(old.in_features, old.out_features, bias=False)
                new.weight = old.weight
                new.norm = RMSLayerNorm(config, size=old.in_features, elementwise_affine=False)
                new.record = make_record(f"model.transformer.blocks.{index}.{name}.weight", parts)
                setattr(block, name, new)
        run.logits = model(torch.tensor([tokens])).logits[0].numpy()
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"model.{name}": value.contiguous() for name, value in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors")
    said = {"model_type": "olmo", "architectures": ["OLMoForCausalLM"], "ternary": True}
    said |= {"activation_type": "swiglu", "block_type": "sequential", "layer_norm_type": "rms"}
    (folder / "config.json").write_text(json.dumps(said | FIELDS | {"eos_token_id": 36}) + "\n")
    return run
