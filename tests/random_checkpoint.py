"""Random checkpoints in the published layouts, written without the code under test."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers

# family -> names of the norms before o_proj and down_proj
SUB_NORMS = {
    "bitnet": ("attn_sub_norm", "ffn_sub_norm"),
    "llama": (None, None),
    "1bitLLM": ("inner_attn_ln", "ffn_layernorm"),
}
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass
class RandomCheckpoint:
    """A small model: grouped heads whose features do not add up to hidden, N no multiple of 4.

    `mode` is offline (packed), online (masters, and config.json says ternary) or unsaid (masters).
    `inner` is a norm in each projection: None, ``rms_norm`` (with weights), or ``plain``.
    """

    hidden: int = 24
    intermediate: int = 42
    layers: int = 2
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 8
    vocab: int = 258
    context: int = 64
    tied: bool = True
    activation: str = "relu2"
    linear_class: str = "autobitlinear"
    mode: str = "offline"
    family: str = "bitnet"
    inner: str | None = None
    dtype: str = "BF16"
    seed: int = 0
    ternary: dict[str, np.ndarray] = field(default_factory=dict)
    scales: dict[str, float] = field(default_factory=dict)
    floats: dict[str, np.ndarray] = field(default_factory=dict)
    tensors: dict[str, tuple[str, np.ndarray]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self.add_float("model.embed_tokens.weight", rng.normal(0, 0.5, (self.vocab, self.hidden)))
        if not self.tied:
            self.add_float("lm_head.weight", rng.normal(0, 0.5, (self.vocab, self.hidden)))
        self.add_norm("model.norm", self.hidden, rng)
        for layer in range(self.layers):
            at = f"model.layers.{layer}."
            if self.inner != "plain":
                self.add_norm(f"{at}input_layernorm", self.hidden, rng)
            self.add_norm(f"{at}post_attention_layernorm", self.hidden, rng)
            attention_norm, ffn_norm = SUB_NORMS[self.family]
            if attention_norm:
                self.add_norm(f"{at}self_attn.{attention_norm}", self.heads * self.head_dim, rng)
                self.add_norm(f"{at}mlp.{ffn_norm}", self.intermediate, rng)
            for name in PROJECTIONS:
                block = "self_attn" if name[0] in "qkvo" else "mlp"
                self.add_linear(f"{at}{block}.{name}.weight", self.size_of(name), rng)

    def size_of(self, name: str) -> tuple[int, int]:
        wide, narrow = self.heads * self.head_dim, self.kv_heads * self.head_dim
        return {
            "q_proj": (wide, self.hidden),
            "k_proj": (narrow, self.hidden),
            "v_proj": (narrow, self.hidden),
            "o_proj": (self.hidden, wide),
            "gate_proj": (self.intermediate, self.hidden),
            "up_proj": (self.intermediate, self.hidden),
            "down_proj": (self.hidden, self.intermediate),
        }[name]

    def add_float(self, name: str, values: np.ndarray) -> None:
        if self.dtype != "BF16":
            array = values.astype({"F16": "<f2", "F32": "<f4"}[self.dtype])
            self.floats[name] = array.astype(np.float64)
            self.tensors[name] = self.dtype, array
            return
        upper = (values.astype("<f4").view("<u4") >> 16).astype("<u2")  # bfloat16 by truncation
        self.floats[name] = (upper.astype("<u4") << 16).view("<f4").astype(np.float64)
        self.tensors[name] = "BF16", upper

    def add_norm(self, name: str, size: int, rng: np.random.Generator) -> None:
        self.add_float(f"{name}.weight", rng.normal(1, 0.2, size))

    def add_linear(self, name: str, shape: tuple[int, int], rng: np.random.Generator) -> None:
        if self.inner == "rms_norm":
            self.add_norm(f"{name.removesuffix('.weight')}.rms_norm", shape[1], rng)
        if self.mode != "offline":
            self.add_float(name, rng.normal(0, 0.1, shape))
            masters = self.floats[name]
            self.scales[name] = float(np.float32(np.abs(masters).mean()))
            self.ternary[name] = np.rint(masters / self.scales[name]).clip(-1, 1).astype(np.int64)
            return
        codes = rng.choice(3, shape, p=(0.3, 0.4, 0.3)).astype(np.uint8)
        packed_rows = -(-shape[0] // 4)
        packed = np.zeros((packed_rows, shape[1]), np.uint8)
        for row in range(shape[0]):
            packed[row % packed_rows] |= codes[row] << 2 * (row // packed_rows)
        self.ternary[name] = codes.astype(np.int64) - 1
        self.tensors[name] = "U8", packed
        self.add_float(f"{name}_scale", rng.uniform(0.5, 2, 1))
        stored = float(self.floats.pop(f"{name}_scale")[0])
        self.scales[name] = stored if self.linear_class == "autobitlinear" else 1 / stored

    def config(self) -> dict[str, Any]:
        kinds = {"bitnet": "BitNetForCausalLM", "llama": "LlamaForCausalLM"}
        said: dict[str, Any] = {"quant_method": "bitnet"}
        if self.inner == "rms_norm":
            said |= {"use_rms_norm": True, "rms_norm_eps": 1e-5}
        if self.linear_class == "autobitlinear":
            said |= {"linear_class": "autobitlinear", "quantization_mode": self.mode}
        if self.family == "1bitLLM":
            said_so: dict[str, Any] = {"weight_bits": 1, "input_bits": 8}
        else:
            said_so = {"quantization_config": said} if self.mode != "unsaid" else {}
        return said_so | {
            "architectures": [kinds.get(self.family, "BitnetForCausalLM")],
            "model_type": "bitnet" if self.family == "bitnet" else "llama",
            "hidden_act": self.activation,
            "vocab_size": self.vocab,
            "hidden_size": self.hidden,
            "intermediate_size": self.intermediate,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_dim,
            "max_position_embeddings": self.context,
            "rope_theta": 10000.0,
            "rms_norm_eps": 1e-5,
            "tie_word_embeddings": self.tied,
            "bos_token_id": self.vocab - 2,
            "eos_token_id": self.vocab - 1,
        }

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(self.config()))
        write_safetensors(folder / "model.safetensors", self.tensors)
        write_tokenizer(folder / "tokenizer.json")
        return folder


def write_safetensors(path: Path, tensors: dict[str, tuple[str, np.ndarray]]) -> None:
    header, data = {}, b""
    for name, (dtype, array) in tensors.items():
        offsets = [len(data), len(data) + array.nbytes]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": offsets}
        data += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def write_tokenizer(path: Path) -> None:
    """A token a byte: ids 0 to 255 are bytes, 256 begins and 257 ends a text."""
    alphabet = byte_alphabet()
    vocab = {symbol: byte for byte, symbol in enumerate(alphabet)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocab, []))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=False
    )
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(["<begin>", "<end>"])
    tokenizer.save(str(path))


def byte_alphabet() -> list[str]:
    """GPT-2's printable stand-in for each byte."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]
