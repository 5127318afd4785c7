"""Random GGUF files and the encodings of their tensors, written without the code under test."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
from random_checkpoint import RandomCheckpoint

TYPES = {"F32": 0, "F16": 1, "BF16": 30, "TQ1_0": 34, "TQ2_0": 35, "I2_S": 36}
NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "model.layers": "blk",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.attn_sub_norm": "attn_sub_norm",
    "mlp.ffn_sub_norm": "ffn_sub_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def encode(ternary: np.ndarray, scale: float, encoding: str) -> bytes:
    """Encode ternary[N, K] times `scale`."""
    if encoding in ("F32", "F16"):
        return (ternary * scale).astype({"F32": "<f4", "F16": "<f2"}[encoding]).tobytes()
    codes = (ternary + 1).reshape(-1).tolist()
    if encoding == "I2_S":
        return encode_i2_s(codes) + np.float32(scale).tobytes() + bytes(28)
    encode_block = {"TQ1_0": encode_tq1_0, "TQ2_0": encode_tq2_0}[encoding]
    blocks = [codes[start : start + 256] for start in range(0, len(codes), 256)]
    return b"".join(encode_block(block) + np.float16(scale).tobytes() for block in blocks)


def encode_i2_s(codes: list[int]) -> bytes:
    data = bytearray(len(codes) // 4)
    for index, code in enumerate(codes):
        block, place = divmod(index, 128)
        data[32 * block + place % 32] |= code << (6 - 2 * (place // 32))
    return bytes(data)


def encode_tq2_0(codes: list[int]) -> bytes:
    data = bytearray(64)
    for index, code in enumerate(codes):
        half, place = divmod(index, 128)
        data[32 * half + place % 32] |= code << 2 * (place // 32)
    return bytes(data)


def encode_tq1_0(codes: list[int]) -> bytes:
    groups = [[codes[m + 32 * n] for n in range(5)] for m in range(32)]
    groups += [[codes[160 + m + 16 * n] for n in range(5)] for m in range(16)]
    groups += [[*(codes[240 + m + 4 * n] for n in range(4)), 0] for m in range(4)]
    data = []
    for trits in groups:
        number = sum(trit * 3 ** (4 - n) for n, trit in enumerate(trits))
        data.append((number * 256 + 242) // 243)  # number / 243 as a fraction of 256, rounded up
    return bytes(data)


def write_gguf(
    path: Path, metadata: dict[str, Any], tensors: dict[str, tuple[str, tuple[int, ...], bytes]]
) -> Path:
    """Write a file of version 3; `tensors` are (encoding, shape with rows first, bytes)."""
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    for key, value in metadata.items():
        header += pack_string(key) + pack_value(value)
    offset = 0
    for name, (encoding, shape, data) in tensors.items():
        header += pack_string(name) + struct.pack("<I", len(shape))
        header += struct.pack(f"<{len(shape)}Q", *reversed(shape))
        header += struct.pack("<IQ", TYPES[encoding], offset)
        offset += pad(len(data))
    header += bytes(pad(len(header)) - len(header))
    path.write_bytes(
        header
        + b"".join(data + bytes(pad(len(data)) - len(data)) for _, _, data in tensors.values())
    )
    return path


def pad(size: int) -> int:
    return -(-size // 32) * 32


def pack_string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def pack_value(value: Any) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + pack_string(value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    kind = {str: 8, int: 5, float: 6}[type(value[0])]
    items = [pack_value(item)[4:] if kind != 5 else struct.pack("<i", item) for item in value]
    return struct.pack("<IIQ", 9, kind, len(value)) + b"".join(items)


def describe(source: RandomCheckpoint, architecture: str) -> dict[str, Any]:
    return {"general.architecture": architecture} | {
        f"{architecture}.{key}": value
        for key, value in {
            "embedding_length": source.hidden,
            "feed_forward_length": source.intermediate,
            "block_count": source.layers,
            "attention.head_count": source.heads,
            "attention.head_count_kv": source.kv_heads,
            "attention.key_length": source.head_dim,
            "attention.layer_norm_rms_epsilon": 1e-5,
            "rope.dimension_count": source.head_dim,
            "rope.freq_base": 10000.0,
            "context_length": source.context,
        }.items()
    }


def convert_tensors(
    source: RandomCheckpoint, architecture: str, encoding: str
) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    """Return what llama.cpp's converter makes of a checkpoint's tensors."""
    tensors = {}
    for name, values in source.floats.items():
        if name not in source.ternary:
            tensors[rename(name)] = "F32", values.shape, values.astype("<f4").tobytes()
    for name, ternary in source.ternary.items():
        if architecture == "llama" and name.endswith(("q_proj.weight", "k_proj.weight")):
            pairs = ternary.reshape(-1, 2, source.head_dim // 2, ternary.shape[1])
            ternary = pairs.swapaxes(1, 2).reshape(ternary.shape)
        data = encode(ternary, source.scales[name], encoding)
        tensors[rename(name)] = encoding, ternary.shape, data
    return tensors


def rename(name: str) -> str:
    for theirs, ours in NAMES.items():
        name = name.replace(theirs, ours)
    return name
