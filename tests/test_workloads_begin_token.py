"""What stands in front of a text, as transformers and llama.cpp have it."""

import json
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import llama_cpp
import pytest
import tokenizers
from random_gguf import write_gguf
from tokenizers.processors import ByteLevel, Sequence, TemplateProcessing

from workloads.errors import InputError
from workloads.tokenizer import Tokenizer

GOLDEN = Path(__file__).with_name("golden") / "sentencepiece.model"
BEGIN = {"bos_token": "<s>", "eos_token": "</s>"}
BYTES = ByteLevel(trim_offsets=False)


def put_around(template: str) -> TemplateProcessing:
    return TemplateProcessing(
        single=template, pair=f"{template} $B", special_tokens=[("<s>", 2), ("</s>", 3)]
    )


FRONT = put_around("<s> $A")
#: Post-processor, tokenizer_config.json, and the tokens of "ab" by transformers 5.23.
CASES: list[tuple[Any, dict[str, Any], list[int]]] = [
    (BYTES, BEGIN, [0, 1]),
    (BYTES, BEGIN | {"add_bos_token": False}, [0, 1]),
    (None, BEGIN | {"add_bos_token": False}, [0, 1]),
    (FRONT, BEGIN, [2, 0, 1]),
    (FRONT, BEGIN | {"add_bos_token": True}, [2, 0, 1]),
    (FRONT, BEGIN | {"add_bos_token": False}, [2, 0, 1]),
    (Sequence([BYTES, FRONT]), BEGIN, [2, 0, 1]),
    (put_around("<s> $A </s>"), BEGIN, [2, 0, 1, 3]),
    (put_around("$A </s>"), BEGIN | {"add_bos_token": True}, [0, 1, 3]),
]
#: add_bos_token beside tokenizer.model, and the tokens of "and it" by transformers 5.23.
SENTENCES = [(True, [1, 279, 331, 275]), (False, [279, 331, 275])]

#: Vocabulary, tokenizer.ggml.add_bos_token, and the tokens of "and it" by llama.cpp, as of
#: xllamacpp 2026.10.
GGUF_CASES = [
    ("llama-bpe", True, [0, 403, 332]),
    ("llama-bpe", False, [403, 332]),
    ("default", True, [0, 403, 332]),
    ("default", False, [403, 332]),
    ("sentencepiece", True, [1, 279, 331, 275]),
    ("sentencepiece", False, [279, 331, 275]),
]


def write_folder(folder: Path, processor: Any, settings: dict[str, Any] | None) -> Path:
    """Tokens a, b, <s>, </s>, <x>, of a model that begins a text with <s>."""
    words = {text: index for index, text in enumerate(["a", "b", "<s>", "</s>", "<x>"])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(words, []))
    tokenizer.add_special_tokens(["<s>", "</s>", "<x>"])
    if processor is not None:
        tokenizer.post_processor = processor
    tokenizer.save(str(folder / "tokenizer.json"))
    write_settings(folder, settings, 2)
    return folder / "tokenizer.json"


def write_sentences(folder: Path, wanted: bool | None) -> Path:
    said = {} if wanted is None else {"add_bos_token": wanted}
    write_settings(folder, BEGIN | {"tokenizer_class": "LlamaTokenizer"} | said, 1)
    return Path(shutil.copyfile(GOLDEN, folder / "tokenizer.model"))


def write_settings(folder: Path, settings: dict[str, Any] | None, begin: int) -> None:
    config = {"model_type": "llama", "bos_token_id": begin, "eos_token_id": begin + 1}
    (folder / "config.json").write_text(json.dumps(config))
    if settings is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))


@pytest.mark.parametrize(("processor", "settings", "tokens"), CASES)
def test_tokens_of_transformers(
    tmp_path: Path, processor: Any, settings: dict[str, Any], tokens: list[int]
) -> None:
    tokenizer = Tokenizer(write_folder(tmp_path, processor, settings), 2)
    assert tokenizer.encode("ab") == tokens
    assert tokenizer.encode("ab", bare=True) == [0, 1]
    assert tokenizer.begin_token == 2


@pytest.mark.parametrize(("wanted", "tokens"), SENTENCES)
def test_tokens_of_transformers_by_sentencepiece(
    tmp_path: Path, wanted: bool, tokens: list[int]
) -> None:
    assert Tokenizer(write_sentences(tmp_path, wanted), 1).encode("and it") == tokens


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(find_spec("transformers") is None, reason="transformers is not installed")
def test_transformers_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from transformers import AutoTokenizer

    for index, (processor, settings, tokens) in enumerate(CASES):
        folder = tmp_path / str(index)
        folder.mkdir()
        write_folder(folder, processor, settings)
        assert AutoTokenizer.from_pretrained(folder)("ab")["input_ids"] == tokens
    for wanted, tokens in SENTENCES:
        folder = tmp_path / str(wanted)
        folder.mkdir()
        write_sentences(folder, wanted)
        assert AutoTokenizer.from_pretrained(folder)("and it")["input_ids"] == tokens


@pytest.mark.parametrize("settings", [None, {}, BEGIN, {"add_bos_token": None}])
def test_where_nothing_is_said_the_models_begin_token_stands(
    tmp_path: Path, settings: dict[str, Any] | None
) -> None:
    path = write_folder(tmp_path, None, settings)
    assert Tokenizer(path, 2).encode("ab") == [2, 0, 1]
    assert Tokenizer(path, None).encode("ab") == [0, 1]


@pytest.mark.parametrize("processor", [None, BYTES])
@pytest.mark.parametrize("named", ["<x>", {"content": "<x>", "special": True}])
def test_the_begin_token_that_the_settings_name(tmp_path: Path, processor: Any, named: Any) -> None:
    said = {"add_bos_token": True, "bos_token": named}
    tokenizer = Tokenizer(write_folder(tmp_path, processor, said), 2)
    assert tokenizer.encode("ab") == [4, 0, 1]
    unnamed = Tokenizer(write_folder(tmp_path, processor, {"add_bos_token": True}), 2)
    assert unnamed.encode("ab") == [2, 0, 1]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("[]", "must hold a JSON object, not list"),
        ('{"add_bos_token": 1}', "add_bos_token must be true or false, not 1"),
        (
            '{"add_bos_token": true, "bos_token": "<y>"}',
            "bos_token must be in the vocabulary, not '<y>'",
        ),
    ],
)
def test_damaged_settings(tmp_path: Path, said: str, message: str) -> None:
    path = write_folder(tmp_path, None, None)
    settings = tmp_path / "tokenizer_config.json"
    settings.write_text(said)
    with pytest.raises(InputError, match=f"^{re.escape(f'{settings}: {message}')}$"):
        Tokenizer(path, 2)


@pytest.mark.parametrize(
    ("said", "tokens"),
    [({}, [0, 1, 2]), ({"add": True}, [0, 1, 2]), ({"add": False}, [1, 2])],
)
def test_a_gguf_files_setting(tmp_path: Path, said: dict[str, bool], tokens: list[int]) -> None:
    path = write_words(tmp_path / "a.gguf", **said)
    assert Tokenizer(path, 0).encode("ab") == tokens


@pytest.mark.parametrize(("kind", "wanted", "tokens"), GGUF_CASES)
def test_tokens_of_llama_cpp(tmp_path: Path, kind: str, wanted: bool, tokens: list[int]) -> None:
    metadata = llama_cpp.describe_vocabulary(kind) | {"tokenizer.ggml.add_bos_token": wanted}
    path = write_gguf(tmp_path / "a.gguf", metadata, {})
    assert Tokenizer(path, int(kind == "sentencepiece")).encode("and it") == tokens


@pytest.mark.skipif(not llama_cpp.installed(), reason="xllamacpp is not installed")
@pytest.mark.parametrize(("kind", "wanted", "tokens"), GGUF_CASES)
def test_llama_cpp_itself(tmp_path: Path, kind: str, wanted: bool, tokens: list[int]) -> None:
    assert llama_cpp.tokenize(kind, ["and it"], tmp_path, add_bos=wanted) == [tokens]


def test_a_damaged_gguf_files_setting(tmp_path: Path) -> None:
    path = write_words(tmp_path / "a.gguf", add="no")
    message = f"{path}: tokenizer.ggml.add_bos_token must be true or false, not 'no'"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        Tokenizer(path, 0)


def write_words(path: Path, **said: Any) -> Path:
    metadata = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": ["<s>", "a", "b", "c", "bc"],
        "tokenizer.ggml.token_type": [3, 1, 1, 1, 1],
        "tokenizer.ggml.merges": ["b c"],
    }
    return write_gguf(
        path, metadata | {f"tokenizer.ggml.{key}_bos_token": said[key] for key in said}, {}
    )


def test_a_tokenizer_larger_than_the_vocabulary(tmp_path: Path) -> None:
    path = write_folder(tmp_path, None, None)
    tokenizer = Tokenizer(path, None, vocab=4)
    assert tokenizer.encode("ab</s>") == [0, 1, 3]
    assert tokenizer.encode("") == []
    message = f"{path}: must give tokens 0 to 3, those of the model's vocabulary, not 4; it has 5"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        tokenizer.encode("ab<x>")
