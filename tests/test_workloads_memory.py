"""Peak memory of a large checkpoint: within 1.2 x its packed size + 300 MB, masters or packed."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

HIDDEN, INTERMEDIATE, VOCAB = 2560, 6912, 32000
SIZES = {
    "self_attn.q_proj": (2560, HIDDEN),
    "self_attn.k_proj": (640, HIDDEN),
    "self_attn.v_proj": (640, HIDDEN),
    "self_attn.o_proj": (HIDDEN, 2560),
    "mlp.gate_proj": (INTERMEDIATE, HIDDEN),
    "mlp.up_proj": (INTERMEDIATE, HIDDEN),
    "mlp.down_proj": (HIDDEN, INTERMEDIATE),
}
NORMS = {
    "input_layernorm": HIDDEN,
    "post_attention_layernorm": HIDDEN,
    "self_attn.attn_sub_norm": 2560,
    "mlp.ffn_sub_norm": INTERMEDIATE,
}
MEASURE = """
import sys
from pathlib import Path
from workloads.model import load_model

model = load_model(sys.argv[1])
cache = model.create_cache()
model.logits(model.forward(list(range(1, 65)), cache)[-1:])
model.logits(model.forward([1], cache))
status = Path("/proc/self/status").read_text()
print(next(int(line.split()[1]) * 1024 for line in status.splitlines() if "VmHWM" in line))
"""


def write(folder: Path, *, packed: bool, layers: int) -> int:
    """Write a model of the widths of bitnet-b1.58-2B-4T; return its size when packed."""
    rng = np.random.default_rng(0)
    matrices = {}
    for n, k in set(SIZES.values()):
        codes = rng.integers(0, 3, (4, n // 4, k), dtype=np.uint8)
        masters = rng.standard_normal((n, k), dtype=np.float32).astype(np.float16)
        whole = codes[0] | codes[1] << 2 | codes[2] << 4 | codes[3] << 6
        matrices[n, k] = whole if packed else masters
    embedding = rng.standard_normal((VOCAB, HIDDEN), dtype=np.float32).astype(np.float16)
    tensors = {
        "model.embed_tokens.weight": embedding,
        "model.norm.weight": np.ones(HIDDEN, np.float16),
    }
    for layer in range(layers):
        at = f"model.layers.{layer}."
        tensors |= {f"{at}{name}.weight": np.ones(k, np.float16) for name, k in NORMS.items()}
        tensors |= {f"{at}{name}.weight": matrices[size] for name, size in SIZES.items()}
        if packed:
            scales = {f"{at}{name}.weight_scale": np.ones(1, np.float16) for name in SIZES}
            tensors |= scales
    save_file(tensors, folder / "model.safetensors")
    quantization = {
        "quant_method": "bitnet",
        "linear_class": "autobitlinear",
        "quantization_mode": "offline" if packed else "online",
    }
    config = {
        "model_type": "bitnet",
        "quantization_config": quantization,
        "hidden_act": "relu2",
        "hidden_size": HIDDEN,
        "intermediate_size": INTERMEDIATE,
        "num_hidden_layers": layers,
        "num_attention_heads": 20,
        "num_key_value_heads": 5,
        "vocab_size": VOCAB,
        "max_position_embeddings": 4096,
        "rope_theta": 500000.0,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": True,
    }
    (folder / "config.json").write_text(json.dumps(config))
    return embedding.nbytes + layers * sum(n * k // 4 for n, k in SIZES.values())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory from /proc")
@pytest.mark.parametrize(("packed", "layers"), [(True, 24), (False, 8)])
def test_peak_memory(tmp_path: Path, packed: bool, layers: int) -> None:
    size = write(tmp_path, packed=packed, layers=layers)
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    peak = int(run.stdout)
    assert size < peak < 1.2 * size + 300e6
