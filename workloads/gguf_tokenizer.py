"""The tokenizer that a GGUF file's metadata describes."""

from typing import Any

import numpy as np

from workloads.errors import InputError, require_choice
from workloads.gguf_file import GgufFile
from workloads.sentencepiece_model import CONTROL, SentencePieces, build_tokenizer

# How llama.cpp splits text before BPE, by what it calls `tokenizer.ggml.pre`.
# Each expression cuts what those before it have left, also between its matches.
_GPT2_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"
_LLAMA3_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LLAMA3 = ("llama-bpe", "llama3", "llama-v3", "falcon3")
_WORDS = {
    "default": (r"[\p{P}\$\+<=>\^~\|]+", _GPT2_WORDS, r"\p{N}+", r"[0-9][0-9][0-9]"),
    "gpt-2": (_GPT2_WORDS,),
} | dict.fromkeys(_LLAMA3, (_LLAMA3_WORDS,))


def build_gguf_tokenizer(file: GgufFile) -> Any:
    """Return a `tokenizers.Tokenizer`; raises InputError that names the key."""
    metadata = file.metadata
    model = require_choice(
        "tokenizer.ggml.model", metadata.get("tokenizer.ggml.model"), ("llama", "gpt2")
    )
    tokens = metadata.get("tokenizer.ggml.tokens")
    if not isinstance(tokens, list):
        raise InputError("tokenizer.ggml.tokens must be a list of strings")
    kinds = _take_list(metadata, "tokenizer.ggml.token_type", tokens)
    if model == "llama":
        pieces = SentencePieces(
            pieces=tokens,
            scores=_take_list(metadata, "tokenizer.ggml.scores", tokens),
            kinds=kinds,
            space_prefix=metadata.get("tokenizer.ggml.add_space_prefix", True) is not False,
        )
        return build_tokenizer(pieces)
    return _build_bytes(tokens, kinds, metadata)


def _build_bytes(tokens: list[str], kinds: list[int], metadata: dict[str, Any]) -> Any:
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers

    pre = metadata.get("tokenizer.ggml.pre", "default")
    require_choice("tokenizer.ggml.pre", pre, _WORDS)
    merges = metadata.get("tokenizer.ggml.merges")
    if not isinstance(merges, list):
        raise InputError("tokenizer.ggml.merges must be a list of strings")
    pairs = [tuple(merge.split(" ")) for merge in merges]
    if any(len(pair) != 2 for pair in pairs):
        raise InputError("tokenizer.ggml.merges must be pairs with a blank between")
    vocab = {token: index for index, token in enumerate(tokens)}
    tokenizer = tokenizers.Tokenizer(models.BPE(vocab, pairs, ignore_merges=pre in _LLAMA3))
    cuts = [pre_tokenizers.Split(tokenizers.Regex(words), "isolated") for words in _WORDS[pre]]
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*cuts, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(
        [
            tokenizers.AddedToken(token, normalized=False, special=True)
            for token, kind in zip(tokens, kinds, strict=True)
            if kind == CONTROL
        ]
    )
    return tokenizer


def _take_list(metadata: dict[str, Any], key: str, tokens: list[str]) -> list[Any]:
    values = metadata.get(key)
    if not isinstance(values, np.ndarray) or len(values) != len(tokens):
        raise InputError(f"{key} must be {len(tokens)} numbers, as many as there are tokens")
    return list(values.tolist())
