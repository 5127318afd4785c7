"""Makes the golden vectors again: python tests/golden/make.py, with the extra `peers` installed.

Each folder holds a random model as this package reads it, and what transformers computed of it.
"""

import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

import llama_cpp
from peers import CASES, PeerRun, make_source, run_peer, write_for_peer
from random_gguf import encode
from safetensors.numpy import save_file

from workloads.checkpoint import find_checkpoint

TOKENS = 8


def main() -> None:
    for name in CASES:
        folder = Path(__file__).with_name(name)
        source = make_source(name)
        tokens = np.random.default_rng(source.seed).integers(0, source.vocab, TOKENS)
        source.write(folder)
        (folder / "tokenizer.json").unlink()
        with tempfile.TemporaryDirectory() as aside:
            run = run_peer(write_for_peer(name, Path(aside)), tokens.tolist())
        quantize = "absmean" if source.family == "llama" and source.mode == "unsaid" else None
        write_golden(folder, run, tokens.tolist(), quantize, "transformers")


def write_golden(
    folder: Path, run: PeerRun, tokens: list[int], quantize: str | None, peer: str
) -> None:
    arrays = {"logits": run.logits}
    for kind in ("inputs", "quantized", "sums"):
        arrays |= {f"{kind}/{key}": value for key, value in getattr(run, kind).items()}
    save_file(arrays, folder / "golden.safetensors")
    for path in folder.iterdir():
        path.chmod(0o644)
    about = {
        "tokens": tokens,
        "quantize": quantize,
        "versions": {package: version(package) for package in (peer, "torch")},
    }
    (folder / "golden.json").write_text(json.dumps(about, indent=1) + "\n")
    print(f"wrote {folder}")


def make_olmo() -> None:
    """A model of OLMo's own code; ai2-olmo, with the packages it imports, is not in the extra."""
    from olmo_peer import run_olmo

    folder, tokens = Path(__file__).with_name("olmo"), [3, 1, 36, 15, 9, 2, 6, 5]
    write_golden(folder, run_olmo(folder, tokens, seed=8), tokens, None, "ai2-olmo")


def make_blocks() -> None:
    """Two rows of two blocks, encoded by the gguf package, or decoded by llama.cpp's fork."""
    import gguf

    ternary = np.random.default_rng(0).integers(-1, 2, (2, 512))
    floats = (ternary * np.float32(0.75)).astype(np.float32)
    blocks = {
        name: gguf.quants.quantize(floats, gguf.GGMLQuantizationType[name]).tobytes().hex()
        for name in ("TQ1_0", "TQ2_0")
    }
    data = encode(ternary, 0.75, "I2_S")  # which no package encodes, but the fork reads
    if not np.array_equal(llama_cpp.decode_i2_s(data, floats.size), floats.reshape(-1)):
        raise RuntimeError("ik-llama-cpp-python reads other numbers from I2_S")
    blocks["I2_S"] = data.hex()
    versions = {package: version(package) for package in ("gguf", "ik-llama-cpp-python")}
    about = {"versions": versions, "scale": 0.75, "ternary": ternary.tolist()}
    path = Path(__file__).with_name("gguf_blocks.json")
    path.write_text(json.dumps(about | blocks) + "\n")
    print(f"wrote {path}")


def make_llama_cpp() -> None:
    """What llama.cpp and its fork say of random GGUF files, which are written anew by each test."""
    runs = {}
    with tempfile.TemporaryDirectory() as aside:
        for name, case in llama_cpp.CASES.items():
            path = case.write(Path(aside) / "a.gguf")
            runs[name] = llama_cpp.run_peer(case.peer, path, llama_cpp.TOKENS, llama_cpp.VOCAB)
    packages = ("xllamacpp", "ik-llama-cpp-python")
    path = Path(__file__).with_name("llama_cpp.safetensors")
    save_file(
        {name: run.astype(np.float32) for name, run in runs.items()},
        path,
        {package: version(package) for package in packages},
    )
    path.chmod(0o644)
    print(f"wrote {path}")


def make_llama_cpp_tokens() -> None:
    """How llama.cpp cuts texts, by the vocabularies that GGUF files have."""
    lines = (find_checkpoint("tiny") / "heldout.txt").read_text(encoding="utf-8").splitlines()
    texts = [line for line in lines if line][::40][:12]
    texts += ["", " ", "  two  blanks ", "naïve 漢字 🙂", "a\tb\nc", "12345 abc 1 22 333 4444"]
    texts += ["it's WE'LL don'T", "a\n\n\nb \n c", "x = y+1; // ok!?", "…—“quoted”", "end\n "]
    about: dict[str, Any] = {"versions": {"xllamacpp": version("xllamacpp")}, "texts": texts}
    with tempfile.TemporaryDirectory() as aside:
        for kind in ("default", "gpt-2", "llama-bpe", "sentencepiece"):
            about[kind] = llama_cpp.tokenize(kind, texts, Path(aside))
    path = Path(__file__).with_name("llama_cpp_tokens.json")
    path.write_text(json.dumps(about, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {path}")


def make_sentencepiece() -> None:
    """A vocabulary in LLaMA's manner, trained on the shipped model's text, and what it gives."""
    import sentencepiece

    folder = Path(__file__).parent
    lines = (find_checkpoint("tiny") / "heldout.txt").read_text(encoding="utf-8").splitlines()
    os.chdir(folder)  # the model keeps the name that it is given
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines[:500]),
        model_prefix="sentencepiece",
        model_type="bpe",
        vocab_size=400,
        byte_fallback=True,
        split_digits=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        minloglevel=2,
    )
    (folder / "sentencepiece.vocab").unlink()
    processor = sentencepiece.SentencePieceProcessor(str(folder / "sentencepiece.model"))
    texts = [line for line in lines[500:700] if line][:60]
    texts += ["", " ", "  two  blanks ", "naïve 漢字 🙂", "a\tb\nc", "12345 abc", "<s> </s> <unk>"]
    about = {
        "versions": {"sentencepiece": version("sentencepiece")},
        "texts": {text: processor.encode(text) for text in texts},
    }
    path = folder / "sentencepiece.json"
    path.write_text(json.dumps(about, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
    make_olmo()
    make_blocks()
    make_llama_cpp()
    make_sentencepiece()
    make_llama_cpp_tokens()
