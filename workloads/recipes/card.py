"""Measure an exported model and write its card: training.json and README.md, no figure by hand.

python -m workloads.recipes.card --model MODEL --corpus DIR --run RUN --twin TWIN
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import lzma
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import torch
from tokenizers import Tokenizer

from workloads.recipes.architecture import SUB_NORM_NAMES
from workloads.recipes.evaluate import (
    Array,
    Tokens,
    bits_per_byte,
    checkpoint_logits,
    forward,
    read_model,
)
from workloads.recipes.export import write_json

PROMPTS = ("It was a truth which every", "And it came to pass")


def zero_fractions(tensors: dict[str, Array]) -> dict[str, float]:
    """Part of the ternary codes that are zero, by projection type and over all."""
    counts: dict[str, list[int]] = {}
    for name, codes in tensors.items():
        if name.endswith("_proj.weight"):
            for key in (name.split(".")[-2], "all"):
                entry = counts.setdefault(key, [0, 0])
                entry[0] += int((codes == 0).sum())
                entry[1] += codes.size
    return {key: counts[key][0] / counts[key][1] for key in sorted(counts, key=_all_last)}


def _all_last(key: str) -> tuple[bool, str]:
    return key == "all", key


def run_record(path: Path) -> dict[str, Any]:
    """What a checkpoint says of its run: shapes, recipe, tokens seen, time spent, last loss."""
    state = torch.load(path, weights_only=True)
    recipe = state["train_config"]
    return {
        "parameters": state["parameters"],
        "model": state["model_config"],
        "recipe": recipe,
        "steps": state["step"],
        "tokens_seen": state["step"] * recipe["batch"] * recipe["context"],
        "corpus_tokens": state["corpus_tokens"],
        "wall_seconds": round(state["seconds"]),
        "cpu_seconds": round(state["cpu_seconds"]),
        "train_loss_nats_per_token": round(state["train_loss"], 4),
    }


def measure(
    model: Path, corpus: Path, run: Path, twin: Path | None = None, note: str = ""
) -> dict[str, Any]:
    """Everything training.json holds; held-out figures are of the exported files, in float64."""
    text = (model / "heldout.txt").read_bytes()
    config, tensors, scales = read_model(model)
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    context = int(config["max_position_embeddings"])

    def logits_of(tokens: Tokens) -> Array:
        return forward(config, tensors, scales, tokens)

    ternary = bits_per_byte(logits_of, tokenizer, text, context)
    sources = json.loads((corpus / "corpus.json").read_text(encoding="utf-8"))["sources"]
    record: dict[str, Any] = {
        "name": model.resolve().name,
        "heldout": {
            "protocol": "one document; windows of `context` tokens without overlap, each given the "
            "token before it; every byte counted; exported files, float64, float32 quantisers",
            "ternary": ternary,
            "ternary_by_source": {
                name: bits_per_byte(
                    logits_of, tokenizer, text[slice(*source["heldout_span"])], context
                )
                for name, source in sources.items()
            },
            "gzip_9_bits_per_byte": len(gzip.compress(text, 9, mtime=0)) * 8 / len(text),
            "xz_9e_bits_per_byte": len(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
            * 8
            / len(text),
        },
        "note": note,
        "ternary_run": run_record(run / "checkpoint.pt"),
        "zero_fraction": zero_fractions(tensors),
        "files": {
            name: {
                "bytes": (model / name).stat().st_size,
                "sha256": hashlib.sha256((model / name).read_bytes()).hexdigest(),
            }
            for name in ("model.safetensors", "tokenizer.json", "config.json", "heldout.txt")
        },
        "corpus": json.loads((corpus / "corpus.json").read_text(encoding="utf-8")),
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
        "samples": {
            prompt: generate(config, tensors, scales, tokenizer, prompt) for prompt in PROMPTS
        },
    }
    if twin is not None:
        twin_logits_of, twin_tokenizer, twin_context = checkpoint_logits(twin / "checkpoint.pt")
        full = bits_per_byte(twin_logits_of, twin_tokenizer, text, twin_context)
        heldout = record["heldout"]
        heldout["full_precision"] = full
        heldout["gap_bits_per_byte"] = ternary["bits_per_byte"] - full["bits_per_byte"]
        record["full_precision_run"] = run_record(twin / "checkpoint.pt")
    return record


def generate(
    config: dict[str, Any],
    tensors: dict[str, Array],
    scales: dict[str, float],
    tokenizer: Tokenizer,
    prompt: str,
    count: int = 80,
) -> str:
    """Sample `count` tokens after the prompt: temperature 0.7, the 40 likeliest, seed 0."""
    generator = np.random.default_rng(0)
    ids = [0, *tokenizer.encode(prompt).ids]
    for _ in range(count):
        logits = forward(config, tensors, scales, np.array([ids]))[0, -1] / 0.7
        best = np.argsort(-logits)[:40]
        chances = np.exp(logits[best] - logits[best[0]])
        ids.append(int(generator.choice(best, p=chances / chances.sum())))
    return tokenizer.decode(ids[1:])


def card(record: dict[str, Any]) -> str:
    """README.md of the model, in Markdown: the template beside this file, filled from `measure`."""
    template = (Path(__file__).parent / "card.md.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, trim_blocks=True
    )
    runs = {"ternary": record["ternary_run"]}
    if "full_precision_run" in record:
        runs["full precision"] = record["full_precision_run"]
    names = SUB_NORM_NAMES[record["ternary_run"]["model"]["kind"]]
    page = environment.from_string(template.replace("\\\n", ""))
    return page.render(record, runs=runs, sub_norms=names)


def main() -> None:
    """Parse the options, measure and write both files."""
    parser = argparse.ArgumentParser(prog="python -m workloads.recipes.card", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--model", type=Path, required=True, help="folder of export.py")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of corpus.py")
    parser.add_argument("--run", type=Path, required=True, help="the ternary run")
    parser.add_argument("--twin", type=Path, help="the full-precision run")
    parser.add_argument("--note", default="", help="a sentence on the training, for the card")
    args = parser.parse_args()
    record = measure(args.model, args.corpus, args.run, args.twin, args.note)
    write_json(args.model / "training.json", record)
    (args.model / "README.md").write_text(card(record), encoding="utf-8")


if __name__ == "__main__":
    main()
