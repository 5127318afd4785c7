"""GGUF files as llama.cpp and its fork compute them: by golden vectors, and by the peers if there.

The chain: on what was read from the file, the peer agrees with the oracle where that multiplies as
the peer does, and the engine agrees with the oracle where that multiplies as published.
"""

import json
from dataclasses import replace
from pathlib import Path

import llama_cpp
import numpy as np
import pytest
from llama_cpp import CASES, TOKENS, VOCAB, Case, LlamaCppOracle, take_log_probabilities
from oracle import Oracle, ReadCheckpoint
from random_gguf import encode, write_gguf
from safetensors.numpy import load_file

from workloads.checkpoint import read_checkpoint
from workloads.gguf_codecs import decode_i2_s
from workloads.model import MatmulEvent, Model, load_model
from workloads.tokenizer import Tokenizer

FOLDER = Path(__file__).with_name("golden")
GOLDEN = load_file(FOLDER / "llama_cpp.safetensors")
GOLDEN_TOKENS = json.loads((FOLDER / "llama_cpp_tokens.json").read_text(encoding="utf-8"))
# Of float32 sums, and of values in float16 that a float32 sum rounds the other way.
TOLERANCE = 5e-4


def needs(peer: str) -> pytest.MarkDecorator:
    reason = f"the extra `peers` is not installed ({peer})"
    return pytest.mark.skipif(not llama_cpp.installed(peer), reason=reason)


@pytest.mark.parametrize("name", CASES)
def test_golden_vectors_of_the_peers(tmp_path: Path, name: str) -> None:
    checkpoint = read_checkpoint(CASES[name].write(tmp_path / "a.gguf"))
    ours = take_log_probabilities(LlamaCppOracle(checkpoint, CASES[name]).logits(TOKENS))
    np.testing.assert_allclose(ours, GOLDEN[name], rtol=0, atol=TOLERANCE)
    assert GOLDEN[name].std() > 5  # else the tolerance would hide every error


@pytest.mark.parametrize("name", CASES)
def test_the_engine_agrees_with_the_oracle(tmp_path: Path, name: str) -> None:
    model = Model(read_checkpoint(CASES[name].write(tmp_path / "a.gguf")))
    events: list[MatmulEvent] = []
    logits = model.logits(model.forward(TOKENS, model.create_cache(), events.append))
    oracle = Oracle(ReadCheckpoint(model.checkpoint))
    np.testing.assert_allclose(logits, oracle.logits(TOKENS), rtol=1e-9, atol=1e-9)
    by_name: dict[str, list[list[int]]] = {}
    for tensor, row in oracle.inputs:
        by_name.setdefault(f"{tensor.split('.')[2]}.{tensor.split('.')[-2]}", []).append(row)
    for event in events:
        assert event.x.tolist() == by_name[f"{event.layer}.{event.name}"]


@pytest.mark.parametrize("kind", ["default", "gpt-2", "llama-bpe", "sentencepiece"])
def test_tokens_of_llama_cpp(tmp_path: Path, kind: str) -> None:
    path = write_gguf(tmp_path / "a.gguf", llama_cpp.describe_vocabulary(kind), {})
    tokenizer = Tokenizer(path, None)
    for text, tokens in zip(GOLDEN_TOKENS["texts"], GOLDEN_TOKENS[kind], strict=True):
        assert tokenizer.encode(text) == tokens, text


@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("name", [pytest.param(n, marks=needs(CASES[n].peer)) for n in CASES])
def test_the_peers_on_other_models(tmp_path: Path, name: str, seed: int) -> None:
    case = replace(CASES[name], sizes=CASES[name].sizes | {"seed": seed})
    path = case.write(tmp_path / "a.gguf")
    ours = take_log_probabilities(LlamaCppOracle(read_checkpoint(path), case).logits(TOKENS))
    theirs = llama_cpp.run_peer(case.peer, path, TOKENS, VOCAB)
    # One int8 or float16 that was rounded the other way moves its token by far more, rightly.
    good = np.abs(ours - theirs).max(axis=1) < TOLERANCE
    assert good.sum() >= len(TOKENS) - 1


@needs("ik_llama.cpp")
def test_the_fork_decodes_i2_s() -> None:
    ternary = np.random.default_rng(0).integers(-1, 2, (6, 384))
    data = encode(ternary, 0.75, "I2_S")
    codes, scale = decode_i2_s(np.frombuffer(data, np.uint8))
    theirs = llama_cpp.decode_i2_s(data, ternary.size)
    assert np.array_equal((codes.astype(np.float32) - 1) * scale, theirs)
    assert np.array_equal(theirs.reshape(ternary.shape), ternary * np.float32(0.75))


@pytest.mark.parametrize(
    ("name", "architecture", "peer"),
    [
        pytest.param("tiny-swiglu", "bitnet", "llama.cpp", marks=needs("llama.cpp")),
        pytest.param("tiny", "bitnet-b1.58", "ik_llama.cpp", marks=needs("ik_llama.cpp")),
    ],
)
def test_the_shipped_models(tmp_path: Path, name: str, architecture: str, peer: str) -> None:
    model = load_model(name)
    path = llama_cpp.convert_checkpoint(model.checkpoint, architecture, tmp_path / "a.gguf")
    copy = Model(read_checkpoint(path))
    for ours, read in zip(model.checkpoint.linears, copy.checkpoint.linears, strict=True):
        assert (ours.weight.sha256, ours.scale) == (read.weight.sha256, read.scale)
    text = (model.checkpoint.folder / "heldout.txt").read_text(encoding="utf-8")
    tokens = model.tokenizer.encode(text[:200])[:48]
    logits = copy.logits(copy.forward(tokens, copy.create_cache()))
    theirs = llama_cpp.run_peer(peer, path, tokens, model.shape.vocab)
    case = Case(architecture=architecture, encoding="F32", peer=peer)
    floats = LlamaCppOracle(copy.checkpoint, case).logits(tokens)
    np.testing.assert_allclose(take_log_probabilities(floats), theirs, rtol=0, atol=TOLERANCE)
    assert (logits.argmax(axis=1) == theirs.argmax(axis=1)).mean() > 0.9
