"""Tokens for training: a byte-level BPE vocabulary, the encoded corpus, the batch of a step."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

END_OF_TEXT = "<|endoftext|>"


def make_tokenizer(text: str, vocab_size: int) -> Tokenizer:
    """Byte-level BPE over all 256 bytes, trained on `text`; token 0 separates documents."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(text.split("\x00"), trainer)
    return tokenizer


def load_tokens(corpus: Path, vocab_size: int) -> tuple[np.ndarray, Tokenizer]:
    """uint16 tokens[n] of train.txt, a separator before each document; cached beside the corpus."""
    saved, cache = corpus / f"tokenizer-{vocab_size}.json", corpus / f"tokens-{vocab_size}.npy"
    if not (saved.exists() and cache.exists()):
        text = (corpus / "train.txt").read_bytes().decode("utf-8")
        tokenizer = make_tokenizer(text, vocab_size)
        encoded = tokenizer.encode_batch(text.split("\x00"))
        np.save(cache, np.concatenate([np.array([0, *e.ids], dtype=np.uint16) for e in encoded]))
        tokenizer.save(str(saved))
    return np.load(cache), Tokenizer.from_file(str(saved))


def sample_batch(
    tokens: np.ndarray, batch: int, context: int, seed: int, step: int
) -> torch.Tensor:
    """The step's windows, int64 [batch, context + 1]; all of the text once before any of it again.

    It depends on the arguments only, never on the batches drawn before.
    """
    windows = (len(tokens) - 1) // context - 1
    rows = []
    for index in range(step * batch, (step + 1) * batch):
        epoch, place = divmod(index, windows)
        offset, order = epoch_order(seed, epoch, windows, context)
        start = int(order[place]) * context + offset
        rows.append(tokens[start : start + context + 1].astype(np.int64))
    return torch.from_numpy(np.stack(rows))


@lru_cache(maxsize=2)
def epoch_order(seed: int, epoch: int, windows: int, context: int) -> tuple[int, np.ndarray]:
    """An epoch's offset, 0..context - 1, and the order of its windows, int64 [windows]."""
    generator = np.random.default_rng([seed, epoch])
    return int(generator.integers(context)), generator.permutation(windows)
