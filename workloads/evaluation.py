"""Bits per byte of a model on a text.

Protocol, the same as in the shipped model's card: the text is one document with the begin token in
front. Windows of `context` tokens follow each other without overlap; the inputs of each begin with
the token before its first target, and nothing earlier is seen. Every token is scored once, so every
byte counts: bits per byte = sum of -log2 p(token) / bytes of the text in UTF-8.
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from workloads.errors import InputError, require_int
from workloads.model import Model


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How well a model predicts a text.

    Attributes
    ----------
    tokens, text_bytes : scored tokens and the bytes that they stand for.
    context : tokens in a window.
    nats : sum of -ln p(token).
    """

    tokens: int
    text_bytes: int
    context: int
    nats: float

    @property
    def bits_per_byte(self) -> float:
        """Bits that an ideal coder would need for a byte of the text."""
        return self.nats / math.log(2) / self.text_bytes

    @property
    def nats_per_token(self) -> float:
        """Mean cross-entropy loss."""
        return self.nats / self.tokens

    @property
    def perplexity(self) -> float:
        """exp of the mean loss; comparable only between models of one tokenizer."""
        return math.exp(self.nats_per_token)


def evaluate_text(
    model: Model,
    text: str,
    *,
    context: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    threads: int | None = None,
) -> Evaluation:
    """Score `text` by the module's protocol.

    Parameters
    ----------
    context : tokens in a window, 1 to the model's context, which is the default.
    progress : called with (windows done, windows in all).
    threads : windows scored at once; by default one a core. The result does not depend on it.

    Raises
    ------
    InputError : if the text is empty, or the model has no begin token to put in front.
    """
    limit = model.config.context
    context = require_int("context", limit if context is None else context, 1, limit)
    threads = require_int("threads", os.cpu_count() or 1 if threads is None else threads)
    windows = split_windows(model, text, context)
    nats = []
    with ThreadPoolExecutor(threads) as pool:
        for score in pool.map(partial(_score_window, model), windows):
            nats.append(score)
            if progress is not None:
                progress(len(nats), len(windows))
    return Evaluation(
        tokens=sum(len(window) - 1 for window in windows),
        text_bytes=len(text.encode()),
        context=context,
        nats=math.fsum(nats),
    )


def split_windows(model: Model, text: str, context: int) -> list[NDArray[np.int64]]:
    """Return the windows of `text`, up to `context` + 1 tokens each: the first is given only.

    Raises InputError if the text is empty or the model has no begin token.
    """
    if model.tokenizer.begin_token is None:
        raise InputError("model must have a begin token to score a text's first token")
    ids = np.array(model.tokenizer.encode(text))
    if len(ids) == 1:
        raise InputError("text must not be empty")
    return [ids[start : start + context + 1] for start in range(0, len(ids) - 1, context)]


def _score_window(model: Model, ids: NDArray[np.int64]) -> float:
    """Sum of -ln p(ids[i + 1] | ids[: i + 1])."""
    inputs, targets = ids[:-1], ids[1:]
    logits = model.logits(model.forward(inputs, model.create_cache(len(inputs))))
    logits -= logits.max(axis=1, keepdims=True)
    chosen = logits[np.arange(len(targets)), targets]
    return float((np.log(np.exp(logits).sum(axis=1)) - chosen).sum())
