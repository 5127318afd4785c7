"""SentencePiece vocabularies against what the sentencepiece package made of them."""

import json
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_checkpoint import RandomCheckpoint
from random_gguf import convert_tensors, describe, write_gguf

from workloads.errors import InputError
from workloads.model import load_model
from workloads.sentencepiece_model import parse_sentencepiece
from workloads.tokenizer import Tokenizer, find_tokenizer

GOLDEN = Path(__file__).with_name("golden") / "sentencepiece.model"
TEXTS = json.loads(GOLDEN.with_suffix(".json").read_text(encoding="utf-8"))["texts"]
SMALL = {"hidden": 32, "intermediate": 32, "layers": 1, "heads": 2, "kv_heads": 1, "head_dim": 16}


def test_tokens_of_the_sentencepiece_package() -> None:
    tokenizer = Tokenizer(GOLDEN, 1)
    assert tokenizer.vocab_size == 400
    for text, ids in TEXTS.items():
        assert tokenizer.encode(text) == [1, *ids]
        assert tokenizer.decode([1, *ids, 2]) == text
        assert "".join(tokenizer.decode_stream(ids)) == text


def test_fields_are_read() -> None:
    model = parse_sentencepiece(GOLDEN.read_bytes())
    assert model.pieces[:4] == ["<unk>", "<s>", "</s>", "<0x00>"]
    assert model.kinds[:4] == [2, 3, 3, 6]
    assert (model.algorithm, model.charsmap) == (2, b"")
    assert (model.space_prefix, model.merge_spaces) == (True, False)
    assert model.scores[259:262] == [0.0, -1.0, -2.0]


def test_a_folder_with_tokenizer_model(tmp_path: Path) -> None:
    folder = RandomCheckpoint(vocab=400).write(tmp_path)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"must hold tokenizer.json or tokenizer.model to handle"):
        find_tokenizer(folder)
    (folder / "tokenizer.model").write_bytes(GOLDEN.read_bytes())
    text = next(iter(TEXTS))
    assert load_model(folder).tokenizer.encode(text) == [398, *TEXTS[text]]


def metadata_of_golden() -> dict[str, Any]:
    model = parse_sentencepiece(GOLDEN.read_bytes())
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": model.pieces,
        "tokenizer.ggml.scores": model.scores,
        "tokenizer.ggml.token_type": model.kinds,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
    }


def write(path: Path, **changes: Any) -> Path:
    source = RandomCheckpoint(vocab=400, **SMALL)
    metadata = describe(source, "bitnet-b1.58") | metadata_of_golden() | changes
    return write_gguf(path, metadata, convert_tensors(source, "bitnet-b1.58", "F16"))


def test_a_gguf_file_with_the_same_vocabulary(tmp_path: Path) -> None:
    model = load_model(write(tmp_path / "a.gguf"))
    assert (model.config.begin_token, model.config.end_tokens) == (1, (2,))
    for text, ids in TEXTS.items():
        assert model.tokenizer.encode(text) == [1, *ids]


def byte_level(pre: str) -> dict[str, Any]:
    """Every byte a token, and two merges: "th" and "the"."""
    stand_ins = [chr(byte) for byte in range(33, 127)] + ["Ġ"]
    tokens = [*stand_ins, "th", "the", "<|end|>"]
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": pre,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [1] * (len(tokens) - 1) + [3],
        "tokenizer.ggml.merges": ["t h", "th e"],
    }


@pytest.mark.parametrize("pre", ["default", "llama-bpe"])
def test_a_gguf_file_with_bytes(tmp_path: Path, pre: str) -> None:
    tokenizer = Tokenizer(write_gguf(tmp_path / "a.gguf", byte_level(pre), {}), None)
    ids = tokenizer.encode("the then1234")
    tokens = byte_level(pre)["tokenizer.ggml.tokens"]
    assert [tokens[i] for i in ids] == ["the", "Ġ", "the", "n", "1", "2", "3", "4"]
    assert tokenizer.decode([*ids, len(tokens) - 1]) == "the then1234"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"tokenizer.ggml.model": "bert"},
            "tokenizer.ggml.model must be one of llama, gpt2, not 'bert'",
        ),
        (
            {"tokenizer.ggml.pre": "qwen2"},
            "tokenizer.ggml.pre must be one of default, gpt-2, llama-bpe, llama3, llama-v3,"
            " falcon3, not 'qwen2'",
        ),
        ({"tokenizer.ggml.tokens": 3}, "tokenizer.ggml.tokens must be a list of strings"),
        (
            {"tokenizer.ggml.token_type": [1, 1]},
            "tokenizer.ggml.token_type must be 98 numbers, as many as there are tokens",
        ),
        ({"tokenizer.ggml.merges": 3}, "tokenizer.ggml.merges must be a list of strings"),
        (
            {"tokenizer.ggml.merges": ["t"]},
            "tokenizer.ggml.merges must be pairs with a blank between",
        ),
    ],
)
def test_wrong_metadata(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write_gguf(tmp_path / "a.gguf", byte_level("default") | changes, {})
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}: {message}')}$"):
        Tokenizer(path, None)


def pack_piece(text: str, score: float, kind: int = 1) -> bytes:
    inner = bytes([0x0A, len(text.encode())]) + text.encode() + b"\x15" + struct.pack("<f", score)
    inner += bytes([0x18, kind])
    return bytes([0x0A, len(inner)]) + inner


def test_unigram_by_hand(tmp_path: Path) -> None:
    # "▁ab" costs -3, "▁a" and "b" together -2.5
    scores = {"▁": -9, "a": -9, "b": -1, "▁a": -1.5, "▁ab": -3}
    data = b"".join(pack_piece(piece, score) for piece, score in scores.items())
    data += pack_piece("?", 0, 2)
    path = tmp_path / "tokenizer.model"
    path.write_bytes(data)
    assert Tokenizer(path, None).encode("ab  ab") == [3, 2, 3, 2]  # blanks are merged by default


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "must hold pieces"),
        (b"\x0a", "ends inside a number"),
        (b"\x0a\x05abc", "ends inside a field at byte 2"),
        (b"\x0b", "has the unknown wire type 3 at byte 1"),
        (b"\x08" + b"\xff" * 12, "has a number of more than ten bytes at byte 11"),
        (pack_piece("a", 0) * 2, "must hold no piece twice"),
        (pack_piece("a", 0), "must hold a piece for unknown text"),
        (
            pack_piece("a", 0, 2) + b"\x12\x02\x18\x03",
            "must be unigram (1) or BPE (2), not model type 3",
        ),
    ],
)
def test_damaged_models(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "tokenizer.model"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}: {message}')}$"):
        Tokenizer(path, None)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_mutation_is_read_or_refused(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(GOLDEN.read_bytes())
    for at in rng.integers(0, len(data), 3):
        data[at] = rng.integers(0, 256)
    path = tmp_path_factory.getbasetemp() / "tokenizer.model"
    path.write_bytes(data[: rng.integers(1, len(data) + 1)])
    try:
        Tokenizer(path, None).encode("and it came to pass")
    except InputError as error:
        assert "\n" not in str(error)
