"""Text to tokens and back, and pieces that never end inside a character."""

from pathlib import Path

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from random_checkpoint import write_tokenizer

from workloads.checkpoint import find_checkpoint
from workloads.errors import InputError
from workloads.tokenizer import Tokenizer

SHIPPED = Tokenizer(find_checkpoint("tiny") / "tokenizer.json", 0)


@pytest.fixture
def bytewise(tmp_path: Path) -> Tokenizer:
    write_tokenizer(tmp_path / "tokenizer.json")
    return Tokenizer(tmp_path / "tokenizer.json", 256)


def test_a_token_a_byte(bytewise: Tokenizer) -> None:
    text = "aé€😀"
    assert bytewise.encode(text) == [256, *text.encode()]
    assert bytewise.decode(bytewise.encode(text)) == text  # without the begin token
    assert bytewise.vocab_size == 258


def test_a_text_that_is_not_covered(tmp_path: Path) -> None:
    model = tokenizers.models.WordLevel({"a": 0}, unk_token="?")
    tokenizers.Tokenizer(model).save(str(tmp_path / "tokenizer.json"))
    tokenizer = Tokenizer(tmp_path / "tokenizer.json", None)
    assert tokenizer.encode("a") == [0]
    with pytest.raises(InputError, match=r"^text must be one that the tokenizer covers \(.*\)$"):
        tokenizer.encode("b")


def test_no_begin_token(tmp_path: Path) -> None:
    write_tokenizer(tmp_path / "tokenizer.json")
    assert Tokenizer(tmp_path / "tokenizer.json", None).encode("ab") == [97, 98]


def test_pieces_hold_whole_characters(bytewise: Tokenizer) -> None:
    assert list(bytewise.decode_stream("aé€😀b".encode())) == ["a", "é", "€", "😀", "b"]


def test_pieces_keep_the_spaces_that_a_decoder_strips_at_the_start(tmp_path: Path) -> None:
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"▁a": 0, "▁b": 1, "c": 2}, "c"))
    words.decoder = tokenizers.decoders.Metaspace()
    words.save(str(tmp_path / "tokenizer.json"))
    tokenizer = Tokenizer(tmp_path / "tokenizer.json", None)
    assert list(tokenizer.decode_stream([0, 1, 2, 0])) == ["a", " b", "c", " a"]


def test_pieces_arrive_with_their_last_token(bytewise: Tokenizer) -> None:
    seen = []

    def tokens() -> object:
        for byte in "é!".encode():
            seen.append(byte)
            yield byte

    pieces = bytewise.decode_stream(tokens())  # type: ignore[arg-type]
    assert next(pieces) == "é"
    assert len(seen) == 2
    assert next(pieces) == "!"


def test_broken_bytes_come_at_the_end(bytewise: Tokenizer) -> None:
    pieces = list(bytewise.decode_stream([97, 0xE2, 0x82]))
    assert pieces[0] == "a"
    assert "".join(pieces) == bytewise.decode([97, 0xE2, 0x82])
    assert list(bytewise.decode_stream([])) == []


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40))
def test_shipped_tokenizer_keeps_every_text(text: str) -> None:
    ids = SHIPPED.encode(text)
    assert ids[0] == 0
    assert "".join(SHIPPED.decode_stream(ids[1:])) == SHIPPED.decode(ids) == text


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 2047), max_size=25))
def test_pieces_of_any_tokens_add_up(ids: list[int]) -> None:
    assert "".join(SHIPPED.decode_stream(ids)) == SHIPPED.decode(ids)


def test_damaged_files(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    with pytest.raises(InputError, match=r"tokenizer.json: no such file$"):
        Tokenizer(path, None)
    path.write_text("{}")
    with pytest.raises(InputError, match=r"tokenizer.json: cannot be read as a tokenizer \("):
        Tokenizer(path, None)
