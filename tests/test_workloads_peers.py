"""The engine against Hugging Face transformers itself: with the extra `peers`, else skipped."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import peers
import pytest

from workloads.checkpoint import SHIPPED
from workloads.evaluation import split_windows
from workloads.model import MatmulEvent, Model, load_model
from workloads.quantizer import quantize_activations

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(
        not peers.installed(), reason="the extra `peers` is not installed (transformers, torch)"
    ),
]


@pytest.fixture(scope="module", params=SHIPPED)
def shipped_run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Model, list[int], peers.PeerRun]]:
    model = load_model(request.param)
    text = (model.checkpoint.folder / "heldout.txt").read_text(encoding="utf-8")[:4000]
    tokens = split_windows(model, text, model.config.context)[0].tolist()
    copy = peers.copy_for_peer(model.checkpoint.folder, tmp_path_factory.mktemp(request.param))
    yield model, tokens, peers.run_peer(copy, tokens[:-1])


@pytest.mark.parametrize("name", peers.CASES)
@pytest.mark.parametrize("seed", [100, 200])
def test_random_models(tmp_path: Path, name: str, seed: int) -> None:
    source = peers.make_source(name, seed=seed)
    tokens = np.random.default_rng(seed).integers(0, source.vocab, 30).tolist()
    run = peers.run_peer(peers.write_for_peer(name, tmp_path / "peer", seed=seed), tokens)
    quantize = "absmean" if name == "llama-absmean" else None
    model = load_model(source.write(tmp_path / "ours"), quantize=quantize)
    events: list[MatmulEvent] = []
    logits = model.logits(model.forward(tokens, model.create_cache(), events.append))
    # A rounding that falls the other way, where two floats differ by an ulp, moves this token's
    # logits and all later ones by far more than 1e-4, rightly.
    flips = np.zeros(len(tokens), int)
    for event in events:
        difference = event.x.astype(int) - run.quantized[event.linear.tensor]
        if not flips.any():
            assert np.abs(difference).max() <= 1
            assert np.count_nonzero(difference) < 0.01 * difference.size
        flips += np.count_nonzero(difference, axis=1)
    same = np.cumsum(flips) == 0
    np.testing.assert_allclose(logits[same], run.logits[same], rtol=0, atol=1e-4)
    for linear in model.checkpoint.linears:
        quantized, _ = quantize_activations(run.inputs[linear.tensor])
        assert np.array_equal(quantized, run.quantized[linear.tensor])
        assert np.array_equal(model.matmul(linear.weight, quantized), run.sums[linear.tensor])


def test_integers_of_the_shipped_models(
    shipped_run: tuple[Model, list[int], peers.PeerRun],
) -> None:
    model, _, run = shipped_run
    assert len(run.inputs) == 7 * model.shape.layers
    for linear in model.checkpoint.linears:
        quantized, _ = quantize_activations(run.inputs[linear.tensor])
        assert np.array_equal(quantized, run.quantized[linear.tensor])
        assert np.array_equal(model.matmul(linear.weight, quantized), run.sums[linear.tensor])


def test_words_and_loss_of_the_shipped_models(
    shipped_run: tuple[Model, list[int], peers.PeerRun],
) -> None:
    model, tokens, run = shipped_run
    ours = model.logits(model.forward(tokens[:-1], model.create_cache()))
    theirs = run.logits.astype(np.float64)
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).mean() > 0.98
    losses = [_measure_loss(logits, tokens[1:]) for logits in (ours, theirs)]
    assert losses[0] == pytest.approx(losses[1], rel=2e-4)


def _measure_loss(logits: np.ndarray, targets: list[int]) -> float:
    shifted = logits - logits.max(axis=1, keepdims=True)
    chosen = shifted[np.arange(len(targets)), targets]
    return float((np.log(np.exp(shifted).sum(axis=1)) - chosen).mean())
