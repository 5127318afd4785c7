"""Models run by llama.cpp and its fork ik_llama.cpp, to compare with: needs the extra `peers`.

Neither quantises activations as b1.58 models do. Beside float weights they stay floats, beside TQ
weights blocks of 256 become int8 (Q8_K). `LlamaCppOracle` is the published forward pass with these
products in place of the models' own, so that everything else in it can be compared tightly.
"""

import ctypes
import json
import os
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from oracle import Oracle, ReadCheckpoint
from random_checkpoint import RandomCheckpoint
from random_gguf import convert_tensors, describe, write_gguf

from workloads.checkpoint import Checkpoint, find_checkpoint
from workloads.sentencepiece_model import parse_sentencepiece

TOKENS = [17, 3, 36, 0, 25, 9, 9, 31]
VOCAB = 40
SILU = {"activation": "silu"}
LLAMA = SILU | {"family": "llama", "linear_class": "bitlinear", "tied": False}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A random model in a GGUF file.

    `scale_beside` puts each matrix's scale into a tensor of its own. `peer` is llama.cpp, or the
    fork, which alone has the architecture bitnet-b1.58 and keeps values as float16.
    """

    architecture: str
    encoding: str
    peer: str = "llama.cpp"
    scale_beside: bool = False
    sizes: dict[str, Any] = field(default_factory=dict)

    def make_source(self) -> RandomCheckpoint:
        families = {"llama": LLAMA, "bitnet": SILU}
        sizes: dict[str, Any] = {"hidden": 256, "intermediate": 512, "heads": 4, "head_dim": 64}
        layers = 1 if self.encoding.startswith("TQ") else 2
        sizes |= {"vocab": VOCAB, "dtype": "F32", "layers": layers, "seed": 1}
        return RandomCheckpoint(**(sizes | families.get(self.architecture, {}) | self.sizes))

    def write(self, path: Path) -> Path:
        source = self.make_source()
        for name, scale in source.scales.items():  # so that float16 holds them exactly
            source.scales[name] = float(np.float16(scale))
        beside: dict[str, Any] = {}
        if self.scale_beside:
            whole = dict(source.scales)
            source.scales = dict.fromkeys(whole, 1.0)
        tensors = convert_tensors(source, self.architecture, self.encoding)
        if self.scale_beside:
            names = [name for name, tensor in tensors.items() if tensor[0] == self.encoding]
            for name, scale in zip(names, whole.values(), strict=True):
                stored = np.array([scale], "<f4").tobytes()
                beside[name.replace(".weight", ".scale")] = "F32", (1,), stored
        return write_gguf(path, describe_for_peer(source, self.architecture), tensors | beside)


CASES = {
    "llama-F32": Case(architecture="llama", encoding="F32", sizes={"head_dim": 96, "kv_heads": 1}),
    "llama-TQ1_0": Case(architecture="llama", encoding="TQ1_0"),
    "llama-TQ2_0": Case(architecture="llama", encoding="TQ2_0", sizes={"head_dim": 128}),
    "bitnet-F32": Case(architecture="bitnet", encoding="F32"),
    "bitnet-TQ1_0": Case(architecture="bitnet", encoding="TQ1_0"),
    "bitnet-TQ2_0": Case(architecture="bitnet", encoding="TQ2_0", scale_beside=True),
    "bitnet-b1.58-F32": Case(architecture="bitnet-b1.58", encoding="F32", peer="ik_llama.cpp"),
    "bitnet-25-F32": Case(architecture="bitnet-25", encoding="F32", peer="ik_llama.cpp"),
}


def describe_for_peer(source: Any, architecture: str) -> dict[str, Any]:
    """Metadata with what the peer wants too: a vocabulary, of words that are whole UTF-8."""
    words = [f"t{index}" for index in range(source.vocab)]
    return describe(source, architecture) | {
        f"{architecture}.attention.value_length": source.head_dim,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": words,
        "tokenizer.ggml.token_type": [1] * len(words),
        "tokenizer.ggml.merges": ["t 1"],
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 0,
        "tokenizer.ggml.add_bos_token": False,
    }


def describe_vocabulary(kind: str) -> dict[str, Any]:
    """Metadata of the shipped tokenizer, its words cut as `kind` says, or of ``sentencepiece``."""
    if kind == "sentencepiece":
        golden = Path(__file__).with_name("golden") / "sentencepiece.model"
        model = parse_sentencepiece(golden.read_bytes())
        return {
            "tokenizer.ggml.model": "llama",
            "tokenizer.ggml.tokens": model.pieces,
            "tokenizer.ggml.scores": [float(score) for score in model.scores],
            "tokenizer.ggml.token_type": model.kinds,
            "tokenizer.ggml.add_bos_token": False,
        }
    shipped = json.loads((find_checkpoint("tiny") / "tokenizer.json").read_text("utf-8"))["model"]
    words = sorted(shipped["vocab"], key=shipped["vocab"].__getitem__)
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": kind,
        "tokenizer.ggml.tokens": words,
        "tokenizer.ggml.token_type": [3] + [1] * (len(words) - 1),
        "tokenizer.ggml.merges": [" ".join(pair) for pair in shipped["merges"]],
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 0,
        "tokenizer.ggml.add_bos_token": False,
    }


def tokenize(
    kind: str, texts: list[str], folder: Path, *, add_bos: bool = False
) -> list[list[int]]:
    """Return what llama.cpp's server makes of `texts`, for a model with that vocabulary."""
    vocabulary = describe_vocabulary(kind) | {"tokenizer.ggml.add_bos_token": add_bos}
    sizes = {"layers": 1, "vocab": len(vocabulary["tokenizer.ggml.tokens"])}
    source = Case(architecture="llama", encoding="F32", sizes=sizes).make_source()
    metadata = describe(source, "llama") | vocabulary
    path = write_gguf(folder / "a.gguf", metadata, convert_tensors(source, "llama", "F32"))
    server = make_server(str(path), 32)
    results = []
    for text in texts:
        request = urllib.request.Request(
            f"{server.listening_address}/tokenize",
            json.dumps({"content": text, "add_special": True, "parse_special": False}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            results.append(json.load(answer)["tokens"])
    return results


class LlamaCppOracle(Oracle):
    """The forward pass with the products of llama.cpp."""

    def __init__(self, checkpoint: Checkpoint, case: Case) -> None:
        super().__init__(ReadCheckpoint(checkpoint))
        self.case = case

    def linear(self, name: str, x: np.ndarray) -> np.ndarray:
        ternary, scale = self.source.ternary[name], self.source.scales[name]
        if self.case.encoding.startswith("TQ"):
            x = quantize_blocks(x)
        return np.asarray(ternary @ x * scale)

    def keep(self, values: np.ndarray) -> np.ndarray:
        return values.astype(np.float16) if self.case.peer == "ik_llama.cpp" else values


def quantize_blocks(x: np.ndarray) -> np.ndarray:
    """What Q8_K makes of x[K]: in blocks of 256, the largest magnitude becomes -127."""
    blocks = x.astype(np.float32).reshape(-1, 256)
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(1)[:, None], 1)
    factor = np.float32(-127) / largest
    quantized = np.minimum(np.rint(blocks * factor), 127)
    return (quantized * (np.float32(1) / factor)).reshape(-1).astype(np.float64)


def take_log_probabilities(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def installed(peer: str = "llama.cpp") -> bool:
    module = {"llama.cpp": "xllamacpp", "ik_llama.cpp": "ik_llama_cpp"}[peer]
    return find_spec(module) is not None


def run_peer(peer: str, path: Path, tokens: list[int], vocab: int) -> np.ndarray:
    """Return the log-probabilities float64[M, vocab] after each of `tokens`."""
    # In a process of its own: a library that aborts must not take the tests with it.
    words = [sys.executable, __file__, peer, str(path), ",".join(map(str, tokens)), str(vocab)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    finished = subprocess.run(words, capture_output=True, env=environment, timeout=300, check=True)
    numbers = finished.stdout.decode().rsplit("begin\n", 1)[1].split()
    return np.array(numbers, np.float64).reshape(len(tokens), vocab)


def make_server(path: str, context: int) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.n_ctx = path, context
    params.n_parallel, params.n_gpu_layers, params.warmup = 1, 0, False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    return xllamacpp.Server(params)


def run_llama_cpp(path: str, tokens: list[int], vocab: int) -> np.ndarray:
    """Through its server, which gives the likeliest words: all of them, for each prefix."""
    server = make_server(path, len(tokens) + 1)
    result = np.empty((len(tokens), vocab))
    for index in range(len(tokens)):
        request = {"prompt": tokens[: index + 1], "n_predict": 1, "n_probs": vocab}
        request |= {"temperature": 0, "cache_prompt": False, "ignore_eos": True}
        (choice,) = server.handle_completions(request)["choices"]
        for word in choice["logprobs"]["content"][0]["top_logprobs"]:
            result[index, word["id"]] = word["logprob"]
    return result


def run_fork(path: str, tokens: list[int], vocab: int) -> np.ndarray:
    """Through the C interface; keys as float32, values as float16 (it has no other without AVX)."""
    from ik_llama_cpp import _ctypes_api as api

    api.llama_backend_init()
    settings = api.llama_model_default_params()
    settings.use_mmap = settings.repack_tensors = False
    model = api.llama_model_load_from_file(path.encode(), settings)
    params = api.llama_context_default_params()
    params.n_ctx = params.n_batch = params.n_ubatch = 64
    params.n_threads = params.n_threads_batch = 1
    params.type_k, params.flash_attn, params.logits_all = 0, False, True
    context = api.llama_init_from_model(model, params)
    batch = api.llama_batch_init(len(tokens), 0, 1)
    batch.n_tokens = len(tokens)
    for index, token in enumerate(tokens):
        batch.token[index], batch.pos[index], batch.logits[index] = token, index, 1
        batch.n_seq_id[index], batch.seq_id[index][0] = 1, 0
    if status := api.llama_decode(context, batch):
        raise RuntimeError(f"llama_decode gave {status}")
    rows = [api.llama_get_logits_ith(context, index) for index in range(len(tokens))]
    logits = [np.ctypeslib.as_array(row, (vocab,)).astype(np.float64) for row in rows]
    return take_log_probabilities(np.array(logits))


def decode_i2_s(data: bytes, elements: int) -> np.ndarray:
    """Return the fork's reading of an I2_S tensor, float32[elements]."""
    import ik_llama_cpp

    library = Path(ik_llama_cpp.__file__).parent / "lib" / "libggml.so"
    decode = ctypes.CDLL(str(library)).dequantize_row_ms_i2s
    decode.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int64]
    values = np.empty(elements, np.float32)
    decode(data, values.ctypes.data, elements)
    return values


def convert_checkpoint(checkpoint: Checkpoint, architecture: str, path: Path) -> Path:
    """Write a checkpoint as GGUF, its ternary weights as float32."""
    read: Any = ReadCheckpoint(checkpoint)
    read.floats |= {name: t * read.scales[name] for name, t in read.ternary.items()}
    if checkpoint.shape.tied:
        del read.floats["lm_head.weight"]
    read.ternary = {}
    read.context = checkpoint.config.context
    tensors = convert_tensors(read, architecture, "F32")
    return write_gguf(path, describe_for_peer(read, architecture), tensors)


if __name__ == "__main__":
    run = {"llama.cpp": run_llama_cpp, "ik_llama.cpp": run_fork}[sys.argv[1]]
    rows = run(sys.argv[2], [int(token) for token in sys.argv[3].split(",")], int(sys.argv[4]))
    print("begin")
    for row in rows:
        print(*row.astype(np.float32))
