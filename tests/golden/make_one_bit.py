"""Makes the golden vector of 1bitLLM's own modelling code: python tests/golden/make_one_bit.py CODE

CODE is a folder with modeling_bitnet.py, configuration_bitnet.py and utils_quant.py of
huggingface.co/1bitLLM/bitnet_b1_58-3B, which import each other as modules. They are of 2024: run it
with transformers 4.40 and tokenizers 0.19, apart from the extra `peers`.
"""

import json
import os
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["TORCHDYNAMO_DISABLE"] = "1"

import torch
from random_checkpoint import RandomCheckpoint
from safetensors.numpy import save_file
from safetensors.torch import load_file

FOLDER = Path(__file__).with_name("1bitLLM-own-code")
SIZES: dict[str, Any] = {
    "hidden": 48,
    "intermediate": 88,
    "heads": 6,
    "kv_heads": 3,
    "head_dim": 8,
    "vocab": 64,
    "dtype": "F16",
    "family": "1bitLLM",
    "mode": "unsaid",
    "activation": "silu",
    "seed": 10,
}
TOKENS = 8


def main(code: Path) -> None:
    sys.path.insert(0, str(code))
    source = RandomCheckpoint(**SIZES)
    tokens = np.random.default_rng(source.seed).integers(0, source.vocab, TOKENS).tolist()
    source.write(FOLDER)
    (FOLDER / "tokenizer.json").unlink()
    save_file(run(FOLDER, tokens), FOLDER / "golden.safetensors")
    digest = sha256((code / "modeling_bitnet.py").read_bytes()).hexdigest()
    versions = {"modeling_bitnet.py, SHA-256": digest}
    versions |= {package: version(package) for package in ("transformers", "torch")}
    about = {"tokens": tokens, "quantize": None, "versions": versions}
    (FOLDER / "golden.json").write_text(json.dumps(about, indent=1) + "\n")
    for path in FOLDER.iterdir():
        path.chmod(0o644)
    print(f"wrote {FOLDER}")


def run(folder: Path, tokens: list[int]) -> dict[str, np.ndarray]:
    """Return the logits and, per projection, what its quantiser took and gave, and the sums."""
    from configuration_bitnet import BitnetConfig
    from modeling_bitnet import BitnetForCausalLM
    from utils_quant import BitLinear, activation_quant, weight_quant

    said = json.loads((folder / "config.json").read_text())
    for name in ("model_type", "architectures", "head_dim"):
        del said[name]
    model = BitnetForCausalLM(BitnetConfig(**said, attn_implementation="eager")).float().eval()
    tensors = {
        name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()
    }
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    missing = [name for name in missing if not name.endswith(("lm_head.weight", "inv_freq"))]
    if missing or unexpected:
        raise RuntimeError(f"{missing} are missing, {unexpected} are not known")
    model.tie_weights()
    arrays = {}

    def record(tensor: str, module: Any, x: Any) -> None:
        # Its quantisers return numbers divided by the scale again.
        scale = 127 / x.abs().max(dim=-1, keepdim=True).values.clamp(min=1e-5)
        quantized = (activation_quant(x) * scale).round()
        ternary = weight_quant(module.weight).sign()
        arrays[f"inputs/{tensor}"] = x[0].numpy().copy()
        arrays[f"quantized/{tensor}"] = quantized[0].numpy().astype(np.int8)
        arrays[f"sums/{tensor}"] = (quantized @ ternary.T)[0].numpy().astype(np.int32)

    for name, module in model.named_modules():
        if isinstance(module, BitLinear):
            module.register_forward_pre_hook(
                lambda module, args, name=name: record(f"{name}.weight", module, args[0])
            )
    with torch.no_grad():
        arrays["logits"] = model(torch.tensor([tokens]), use_cache=False).logits[0].numpy()
    return arrays


if __name__ == "__main__":
    main(Path(sys.argv[1]))
