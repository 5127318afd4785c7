"""Makes the golden vectors again: python tests/golden/make.py, with the extra `peers` installed.

Each folder holds a random model as this package reads it, and what transformers computed of it.
"""

import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers import CASES, make_source, run_peer, write_for_peer
from safetensors.numpy import save_file

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
        arrays = {"logits": run.logits}
        for kind in ("inputs", "quantized", "sums"):
            arrays |= {f"{kind}/{key}": value for key, value in getattr(run, kind).items()}
        save_file(arrays, folder / "golden.safetensors")
        (folder / "golden.safetensors").chmod(0o644)
        about = {
            "tokens": tokens.tolist(),
            "quantize": "absmean" if source.family == "llama" and source.mode == "unsaid" else None,
            "versions": {package: version(package) for package in ("transformers", "torch")},
        }
        (folder / "golden.json").write_text(json.dumps(about, indent=1) + "\n")
        print(f"wrote {folder}")


def make_blocks() -> None:
    """Two rows of two blocks, encoded by the gguf package."""
    import gguf

    ternary = np.random.default_rng(0).integers(-1, 2, (2, 512))
    floats = (ternary * np.float32(0.75)).astype(np.float32)
    blocks = {
        name: gguf.quants.quantize(floats, gguf.GGMLQuantizationType[name]).tobytes().hex()
        for name in ("TQ1_0", "TQ2_0")
    }
    about = {"versions": {"gguf": version("gguf")}, "scale": 0.75, "ternary": ternary.tolist()}
    path = Path(__file__).with_name("gguf_blocks.json")
    path.write_text(json.dumps(about | blocks) + "\n")
    print(f"wrote {path}")


def make_sentencepiece() -> None:
    """A vocabulary in LLaMA's manner, trained on the shipped model's text, and what it gives."""
    import sentencepiece

    folder = Path(__file__).parent
    tiny = folder.parents[1] / "workloads" / "tiny"
    lines = (tiny / "heldout.txt").read_text(encoding="utf-8").splitlines()
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
    make_blocks()
    make_sentencepiece()
