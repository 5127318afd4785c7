"""Text from a model, token by token."""

from collections.abc import Callable, Iterator

import numpy as np

from workloads.decoder_layer import Floats
from workloads.errors import InputError, require_int
from workloads.model import Model, Observer

TokenChooser = Callable[[Floats], int]


class Generation(Iterator[str]):
    """Pieces of text, as the model produces them; made by `generate`.

    Attributes
    ----------
    prompt_tokens : list of int, the begin token included.
    tokens : list of int, those produced so far.
    stop_reason : None while running; then ``end_of_text`` (the model ended it), ``max_tokens``, or
        ``context_full`` (the context has no room for a further token; it does not slide).
    """

    def __init__(
        self,
        model: Model,
        prompt_tokens: list[int],
        *,
        max_tokens: int,
        choose: TokenChooser,
        observer: Observer | None,
    ) -> None:
        self.prompt_tokens = prompt_tokens
        self.tokens: list[int] = []
        self.stop_reason: str | None = None
        tokens = self._produce(model, max_tokens, choose, observer)
        self._pieces = model.tokenizer.decode_stream(tokens)

    def __next__(self) -> str:
        return next(self._pieces)

    def _produce(
        self, model: Model, max_tokens: int, choose: TokenChooser, observer: Observer | None
    ) -> Iterator[int]:
        room = min(len(self.prompt_tokens) + max_tokens, model.config.context)
        cache = model.create_cache(room)
        states = model.forward(self.prompt_tokens, cache, observer)
        while True:
            token = choose(model.logits(states[-1:])[0])
            if token in model.config.end_tokens:
                self.stop_reason = "end_of_text"
                return
            self.tokens.append(token)
            yield token
            if len(self.tokens) == max_tokens:
                self.stop_reason = "max_tokens"
                return
            if cache.length == model.config.context:
                self.stop_reason = "context_full"
                return
            states = model.forward([token], cache, observer)


def generate(
    model: Model,
    prompt: str,
    max_tokens: int,
    *,
    temperature: float = 0.0,
    top_p: float = 1.0,
    seed: int = 0,
    observer: Observer | None = None,
) -> Generation:
    """Continue `prompt`; iterate over the result for the text, piece by piece.

    Parameters
    ----------
    max_tokens : tokens to produce at most.
    temperature : 0 always takes the likeliest token; above, tokens are drawn from the softmax of
        logits / temperature.
    top_p : draw from the likeliest tokens that together reach this probability, above 0, at most 1.
    seed : of the draws; the same seed gives the same text.
    observer : receives every ternary matmul.

    Raises
    ------
    InputError : for an argument out of range, or a prompt that is empty or longer than the context.
    """
    require_int("max_tokens", max_tokens)
    choose = _make_chooser(temperature, top_p, require_int("seed", seed, 0))
    tokens = model.tokenizer.encode(prompt)
    if not tokens:
        raise InputError("prompt must not be empty for a model without a begin token")
    if len(tokens) > model.config.context:
        raise InputError(
            f"prompt must fit the context of {model.config.context} tokens, not take {len(tokens)}"
        )
    return Generation(model, tokens, max_tokens=max_tokens, choose=choose, observer=observer)


def _make_chooser(temperature: float, top_p: float, seed: int) -> TokenChooser:
    if not 0 <= temperature < float("inf"):
        raise InputError(f"temperature must be 0 or a finite number above, not {temperature!r}")
    if not 0 < top_p <= 1:
        raise InputError(f"top_p must be above 0 and at most 1, not {top_p!r}")
    generator = np.random.default_rng(seed)

    def draw(logits: Floats) -> int:
        if temperature == 0:
            return int(np.argmax(logits))
        order = np.argsort(-logits, kind="stable")
        chances = np.exp((logits[order] - logits[order[0]]) / temperature)
        chances /= chances.sum()
        kept = int(np.searchsorted(np.cumsum(chances), top_p)) + 1
        chances = chances[:kept] / chances[:kept].sum()
        return int(generator.choice(order[:kept], p=chances))

    return draw
