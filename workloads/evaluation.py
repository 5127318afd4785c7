"""Bits per byte of a model on a text, or on many.

Protocol, the same as in the shipped model's card: a text is one document with the begin token in
front. Windows of `context` tokens follow each other without overlap; the inputs of each begin with
the token before its first target, and nothing earlier is seen. Every token is scored once, so every
byte counts: bits per byte = sum of -log2 p(token) / bytes of the text in UTF-8.

Memory holds, for every thread, a window's states, one layer's keys and values, and the logits of a
few tokens.
"""

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from workloads.errors import InputError, require_int
from workloads.key_value_cache import SinglePassCache
from workloads.model import Model

_SCORED_TOKENS = 64  # whose logits are in memory at once


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
        try:
            return math.exp(self.nats_per_token)
        except OverflowError:
            return math.inf


def sum_evaluations(parts: Sequence[Evaluation]) -> Evaluation:
    """Return the evaluation of all texts of `parts`, at least one, of one context."""
    return Evaluation(
        tokens=sum(part.tokens for part in parts),
        text_bytes=sum(part.text_bytes for part in parts),
        context=parts[0].context,
        nats=math.fsum(part.nats for part in parts),
    )


def evaluate_text(
    model: Model,
    text: str,
    *,
    context: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    threads: int | None = None,
) -> Evaluation:
    """Score `text` by the module's protocol; arguments and errors as of `evaluate_texts`."""
    return evaluate_texts(model, [text], context=context, progress=progress, threads=threads)[0]


def evaluate_texts(
    model: Model,
    texts: Sequence[str],
    *,
    context: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    threads: int | None = None,
) -> list[Evaluation]:
    """Score a batch of texts, for example prompts, each as a document of its own.

    Parameters
    ----------
    context : tokens in a window, 1 to the model's context, which is the default.
    progress : called with (windows done, windows in all).
    threads : windows scored at once; by default one a core. The result does not depend on it.

    Raises
    ------
    InputError : if a text is empty, or the model has no begin token to put in front.
    """
    limit = model.config.context
    context = require_int("context", limit if context is None else context, 1, limit)
    threads = require_int("threads", os.cpu_count() or 1 if threads is None else threads)
    windows = [split_windows(model, text, context) for text in texts]
    count = sum(map(len, windows))
    nats: list[float] = []
    with ThreadPoolExecutor(threads) as pool:
        for score in pool.map(partial(_score_window, model), chain.from_iterable(windows)):
            nats.append(score)
            if progress is not None:
                progress(len(nats), count)
    scores = iter(nats)
    return [
        Evaluation(
            tokens=sum(len(window) - 1 for window in parts),
            text_bytes=len(text.encode()),
            context=context,
            nats=math.fsum(islice(scores, len(parts))),
        )
        for text, parts in zip(texts, windows, strict=True)
    ]


def split_windows(model: Model, text: str, context: int) -> list[NDArray[np.int64]]:
    """Return the windows of `text`, up to `context` + 1 tokens each: the first is given only.

    Raises InputError if the text is empty or the model has no begin token.
    """
    begin_token = model.tokenizer.begin_token
    if begin_token is None:
        raise InputError("model must have a begin token to score a text's first token")
    ids = np.array([begin_token, *model.tokenizer.encode(text, bare=True)])
    if len(ids) == 1:
        raise InputError("text must not be empty")
    return [ids[start : start + context + 1] for start in range(0, len(ids) - 1, context)]


def _score_window(model: Model, ids: NDArray[np.int64]) -> float:
    """Sum of -ln p(ids[i + 1] | ids[: i + 1])."""
    inputs, targets = ids[:-1], ids[1:]
    states = model.forward(inputs, SinglePassCache(model.shape, len(inputs)))
    losses = np.empty(len(targets))
    for start in range(0, len(targets), _SCORED_TOKENS):
        tokens = slice(start, start + _SCORED_TOKENS)
        logits = model.logits(states[tokens])
        logits -= logits.max(axis=1, keepdims=True)
        chosen = logits[np.arange(len(logits)), targets[tokens]]
        losses[tokens] = np.log(np.exp(logits, out=logits).sum(axis=1)) - chosen
    return float(losses.sum())
