"""Generation: greedy, drawn, streamed, and each reason to stop."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_checkpoint import RandomCheckpoint

from workloads.checkpoint import read_checkpoint
from workloads.errors import InputError
from workloads.generation import _make_chooser, generate
from workloads.kernels import matmul_numpy
from workloads.model import MatmulEvent, Model, load_model


@pytest.fixture(scope="module")
def shipped() -> Model:
    return load_model()


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return Model(read_checkpoint(RandomCheckpoint(context=24).write(tmp_path)))


def test_greedy_takes_the_likeliest_token_each_time(shipped: Model) -> None:
    generation = generate(shipped, "The king", 12)
    text = "".join(generation)
    ids = shipped.tokenizer.encode("The king")
    assert generation.prompt_tokens == ids
    for token in generation.tokens:
        states = shipped.forward(ids, shipped.create_cache())
        assert token == int(np.argmax(shipped.logits(states)[-1]))
        ids = [*ids, token]
    assert text == shipped.tokenizer.decode(generation.tokens)
    assert (len(generation.tokens), generation.stop_reason) == (12, "max_tokens")


def test_backends_give_the_same_text(shipped: Model) -> None:
    slow = Model(shipped.checkpoint, matmul=matmul_numpy)
    for temperature in (0.0, 0.9):
        texts = {
            "".join(generate(model, "And he said", 10, temperature=temperature, seed=3))
            for model in (shipped, slow)
        }
        assert len(texts) == 1


def test_the_text_streams(shipped: Model) -> None:
    generation = generate(shipped, "The king", 50)
    next(generation)
    assert len(generation.tokens) < 6
    assert generation.stop_reason is None


def test_the_seed_decides(shipped: Model) -> None:
    texts = ["".join(generate(shipped, "I", 20, temperature=1.0, seed=s)) for s in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_a_full_context_stops(model: Model) -> None:
    generation = generate(model, "abc", 100, temperature=3.0, seed=1)
    list(generation)
    assert generation.stop_reason == "context_full"
    # The last token is chosen with the context full, and needs no place in it.
    assert len(generation.prompt_tokens) + len(generation.tokens) == 24 + 1


def set_config(folder: Path, **changes: Any) -> Model:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))
    return Model(read_checkpoint(folder))


def test_an_end_token_stops(model: Model) -> None:
    first, second = generate_tokens(model, 2)
    ended = set_config(model.checkpoint.folder, eos_token_id=[first])
    generation = generate(ended, "a", 5)
    assert "".join(generation) == ""
    assert (generation.tokens, generation.stop_reason) == ([], "end_of_text")
    if second != first:
        ended = set_config(model.checkpoint.folder, eos_token_id=[200, second])
        assert generate_tokens(ended, 5) == [first]


def generate_tokens(model: Model, count: int) -> list[int]:
    generation = generate(model, "a", count)
    list(generation)
    return generation.tokens


def test_the_observer_sees_every_matmul(model: Model) -> None:
    events: list[MatmulEvent] = []
    generation = generate(model, "abcd", 3, observer=events.append)
    list(generation)
    assert [event.x.shape[0] for event in events[::14]] == [5, 1, 1]


def test_top_p_keeps_the_likeliest() -> None:
    logits = np.log([0.5, 0.3, 0.15, 0.05])
    for top_p, allowed in (
        (0.4, {0}),
        (0.5, {0}),
        (0.6, {0, 1}),
        (0.9, {0, 1, 2}),
        (1.0, {0, 1, 2, 3}),
    ):
        choose = _make_chooser(1.0, top_p, 0)
        assert {choose(logits) for _ in range(400)} == allowed


def test_draws_follow_the_softmax() -> None:
    choose = _make_chooser(0.5, 1.0, 7)
    logits = 0.5 * np.log([0.2, 0.7, 0.1])
    counts = np.bincount([choose(logits) for _ in range(5000)], minlength=3) / 5000
    np.testing.assert_allclose(counts, [0.2, 0.7, 0.1], atol=0.03)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_tokens": 0}, "max_tokens must be a positive int, not 0"),
        ({"temperature": -1.0}, "temperature must be 0 or a finite number above, not -1.0"),
        ({"temperature": float("nan")}, "temperature must be 0 or a finite number above, not nan"),
        ({"top_p": 0.0}, "top_p must be above 0 and at most 1, not 0.0"),
        ({"top_p": 1.5}, "top_p must be above 0 and at most 1, not 1.5"),
        ({"seed": -1}, "seed must be a non-negative int, not -1"),
        ({"prompt": "x" * 24}, "prompt must fit the context of 24 tokens, not take 25"),
    ],
)
def test_arguments_are_checked(model: Model, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        generate(model, **({"prompt": "a", "max_tokens": 1} | arguments))


def test_an_empty_prompt(model: Model) -> None:
    assert generate(model, "", 1).prompt_tokens == [256]
    unled = set_config(model.checkpoint.folder, bos_token_id=None)
    message = "prompt must not be empty for a model without a begin token"
    with pytest.raises(InputError, match=f"^{message}$"):
        generate(unled, "", 1)
