"""Train a b1.58 model, or its full-precision twin, from the corpus of corpus.py.

    python -m workloads.recipes.train --corpus DIR --out RUN --steps 4000
    python -m workloads.recipes.train --corpus DIR --out TWIN --steps 4000 --full-precision

Muon for the matrices, AdamW for the embedding and the norms; linear warm-up, a constant rate, then
linear decay to zero over the last part of the run. Weight decay is switched off when the decay
begins, the second stage of the b1.58 recipe. The batch of step n depends on seed and n only, so a
run that is stopped and resumed, or branched with ``--resume`` into another length, sees the data of
an unbroken one.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

from workloads.recipes.architecture import SUB_NORM_NAMES, Decoder, ModelConfig
from workloads.recipes.batches import load_tokens, sample_batch


@dataclass(frozen=True)
class TrainConfig:
    """A training run; rates are per step, lengths in tokens."""

    steps: int
    decay_steps: int
    warmup_steps: int = 100
    batch: int = 8
    context: int = 512
    matrix_rate: float = 0.02
    vector_rate: float = 0.004
    weight_decay: float = 0.05
    clip: float = 1.0
    seed: int = 1


def rate(step: int, cfg: TrainConfig) -> float:
    """The factor on both learning rates: 0 to 1, constant, then linearly to 0 at `steps`."""
    return min(1.0, (step + 1) / cfg.warmup_steps, (cfg.steps - step) / cfg.decay_steps)


def make_optimizers(model: Decoder, cfg: TrainConfig) -> list[torch.optim.Optimizer]:
    """Muon on the projections, AdamW on the embedding and the norm weights."""
    named = dict(model.named_parameters())
    matrices = [p for n, p in named.items() if p.ndim == 2 and n != "embed_tokens.weight"]
    rest = [p for n, p in named.items() if p.ndim == 1 or n == "embed_tokens.weight"]
    return [
        torch.optim.Muon(
            matrices, lr=cfg.matrix_rate, weight_decay=cfg.weight_decay, momentum=0.95
        ),
        torch.optim.AdamW(
            rest, lr=cfg.vector_rate, weight_decay=0.0, betas=(0.9, 0.95), fused=True
        ),
    ]


def train(
    model_cfg: ModelConfig,
    cfg: TrainConfig,
    corpus: Path,
    out: Path,
    resume: Path | None = None,
    save: int = 250,
) -> None:
    """Run the schedule; write out/log.jsonl as it goes, out/checkpoint.pt every `save` steps."""
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(cfg.seed)
    tokens, tokenizer = load_tokens(corpus, model_cfg.vocab_size)
    tokenizer.save(str(out / "tokenizer.json"))
    model = Decoder(model_cfg, torch.bfloat16)
    optimizers = make_optimizers(model, cfg)
    bases = [group["lr"] for opt in optimizers for group in opt.param_groups]
    first, seconds, cpu_seconds = 0, 0.0, 0.0
    if resume is not None:
        state = torch.load(resume, weights_only=True)
        model.load_state_dict(state["model"])
        for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        first, seconds, cpu_seconds = state["step"], state["seconds"], state["cpu_seconds"]

    def loss_of(batch: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())

    loss_of = torch.compile(loss_of)
    began, cpu_began, smooth = time.time() - seconds, _cpu_seconds() - cpu_seconds, math.nan
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        for step in range(first, cfg.steps):
            factor = rate(step, cfg)
            groups = [group for opt in optimizers for group in opt.param_groups]
            for group, base in zip(groups, bases, strict=True):
                group["lr"] = base * factor
            if step >= cfg.steps - cfg.decay_steps:
                for group in optimizers[0].param_groups:
                    group["weight_decay"] = 0.0
            loss = loss_of(sample_batch(tokens, cfg.batch, cfg.context, cfg.seed, step))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), cfg.clip)
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            value = loss.item()
            smooth = value if math.isnan(smooth) else 0.97 * smooth + 0.03 * value
            done = step + 1
            if done % 25 == 0 or done == cfg.steps:
                line = {
                    "step": done,
                    "loss": round(smooth, 4),
                    "seconds": round(time.time() - began, 1),
                    "rate": round(factor, 4),
                }
                print(json.dumps(line), file=log, flush=True)
            if done % save == 0 or done == cfg.steps:
                state = {
                    "model": model.state_dict(),
                    "optimizers": [optimizer.state_dict() for optimizer in optimizers],
                    "step": done,
                    "seconds": time.time() - began,
                    "cpu_seconds": _cpu_seconds() - cpu_began,
                    "train_loss": smooth,
                    "model_config": asdict(model_cfg),
                    "train_config": asdict(cfg),
                    "parameters": sum(p.numel() for p in model.parameters()),
                    "corpus_tokens": len(tokens),
                }
                torch.save(state, out / "checkpoint.tmp")
                (out / "checkpoint.tmp").replace(out / "checkpoint.pt")


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Parse the options and train."""
    parser = argparse.ArgumentParser(prog="python -m workloads.recipes.train", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--corpus", type=Path, required=True, help="folder written by corpus.py")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--steps", type=int, required=True, help="length of the run, in steps")
    parser.add_argument("--decay", type=float, default=0.38, help="part that decays (0.38)")
    parser.add_argument("--batch", type=int, default=8, help="sequences a step (8)")
    parser.add_argument("--context", type=int, default=512, help="tokens a sequence (512)")
    parser.add_argument("--matrix-rate", type=float, default=0.02, help="Muon's rate (0.02)")
    parser.add_argument("--vector-rate", type=float, default=0.004, help="AdamW's rate (0.004)")
    parser.add_argument("--layers", type=int, default=6, help="decoder layers (6)")
    parser.add_argument("--kind", choices=sorted(SUB_NORM_NAMES), default="bitnet")
    parser.add_argument("--full-precision", action="store_true", help="train the twin")
    parser.add_argument("--resume", type=Path, help="checkpoint.pt to go on from")
    parser.add_argument("--save", type=int, default=250, help="steps between checkpoints (250)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2, help="torch threads (2)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    cfg = TrainConfig(
        steps=args.steps,
        decay_steps=max(1, round(args.steps * args.decay)),
        batch=args.batch,
        context=args.context,
        matrix_rate=args.matrix_rate,
        vector_rate=args.vector_rate,
        seed=args.seed,
    )
    model_cfg = ModelConfig(kind=args.kind, quantized=not args.full_precision, layers=args.layers)
    train(model_cfg, cfg, args.corpus, args.out, args.resume, args.save)


if __name__ == "__main__":
    main()
