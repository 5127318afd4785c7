"""Bits per byte, against a scoring of one token at a time."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from random_checkpoint import RandomCheckpoint

from workloads import evaluation
from workloads.checkpoint import SHIPPED, read_checkpoint
from workloads.errors import InputError
from workloads.evaluation import Evaluation, evaluate_text, evaluate_texts, sum_evaluations
from workloads.model import Model, load_model

TEXT = "Grüße aus Köln, 5 € für ein 😀!"


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return Model(read_checkpoint(RandomCheckpoint(context=16).write(tmp_path)))


@pytest.mark.parametrize("context", [1, 5, 16])
def test_every_token_is_scored_once(model: Model, context: int) -> None:
    ids = model.tokenizer.encode(TEXT)
    nats = 0.0
    for i in range(1, len(ids)):
        start = (i - 1) // context * context
        logits = model.logits(model.forward(ids[start:i], model.create_cache()))[-1]
        chances = np.exp(logits) / np.exp(logits).sum()
        nats -= math.log(chances[ids[i]])
    result = evaluate_text(model, TEXT, context=context)
    assert (result.tokens, result.text_bytes) == (len(ids) - 1, len(TEXT.encode()))
    assert result.context == context
    assert result.nats == pytest.approx(nats, rel=1e-12)


def test_derived_numbers() -> None:
    result = Evaluation(tokens=4, text_bytes=8, context=2, nats=4 * math.log(2))
    assert result.bits_per_byte == pytest.approx(0.5)
    assert result.nats_per_token == pytest.approx(math.log(2))
    assert result.perplexity == pytest.approx(2)
    assert Evaluation(tokens=1, text_bytes=8, context=2, nats=710).perplexity == math.inf


def test_a_batch_is_scored_as_its_texts_are_alone(model: Model) -> None:
    texts = [TEXT, "a", TEXT[:20]]
    seen: list[tuple[int, int]] = []
    results = evaluate_texts(model, texts, context=9, progress=lambda *at: seen.append(at))
    assert results == [evaluate_text(model, text, context=9) for text in texts]
    assert [at for at, _ in seen] == list(range(1, seen[0][1] + 1))
    total = sum_evaluations(results)
    assert total.nats == math.fsum(part.nats for part in results)
    assert (total.tokens, total.context) == (sum(part.tokens for part in results), 9)
    assert total.text_bytes == len("".join(texts).encode())


def test_memory_holds_the_logits_of_few_tokens(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = evaluate_text(model, TEXT)
    monkeypatch.setattr(evaluation, "_SCORED_TOKENS", 3)
    tokens: list[int] = []
    compute = model.logits

    def observe(states: np.ndarray) -> np.ndarray:
        tokens.append(len(states))
        return compute(states)

    monkeypatch.setattr(model, "logits", observe)
    assert evaluate_text(model, TEXT) == expected
    assert max(tokens) == 3
    assert sum(tokens) == expected.tokens


def test_threads_and_progress(model: Model) -> None:
    seen: list[tuple[int, int]] = []
    results = {
        evaluate_text(model, TEXT, threads=threads, progress=lambda *at: seen.append(at))
        for threads in (1, 3)
    }
    assert len(results) == 1
    windows = -(-len(TEXT.encode()) // 16)
    assert seen == [(i + 1, windows) for i in range(windows)] * 2


@pytest.mark.parametrize(
    ("text", "context", "message"),
    [
        ("", None, "text must not be empty"),
        ("a", 17, "context must be an int from 1 to 16, not 17"),
        ("a", 0, "context must be an int from 1 to 16, not 0"),
    ],
)
def test_arguments_are_checked(model: Model, text: str, context: int | None, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        evaluate_texts(model, ["a", text], context=context)
    with pytest.raises(InputError, match=r"^threads must be a positive int, not 0$"):
        evaluate_text(model, "a", threads=0)


def test_a_model_without_a_begin_token(tmp_path: Path) -> None:
    folder = RandomCheckpoint().write(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"bos_token_id": None}))
    with pytest.raises(InputError, match=r"^model must have a begin token to score a text's first"):
        evaluate_text(Model(read_checkpoint(folder)), "a")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_models_predict_their_heldout_text(name: str) -> None:
    model = load_model(name)
    text = (model.checkpoint.folder / "heldout.txt").read_bytes().decode()[:4000]
    assert 1.0 < evaluate_text(model, text).bits_per_byte < 2.5


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_models_reach_their_cards_figures(name: str) -> None:
    model = load_model(name)
    folder = model.checkpoint.folder
    card = json.loads((folder / "training.json").read_text())["heldout"]["ternary"]
    result = evaluate_text(model, (folder / "heldout.txt").read_bytes().decode())
    assert (result.tokens, result.text_bytes) == (card["tokens"], card["bytes"])
    assert result.bits_per_byte == pytest.approx(card["bits_per_byte"], abs=1e-9)
