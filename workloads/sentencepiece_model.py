"""SentencePiece models, from tokenizer.model or a GGUF file's metadata, as a `tokenizers` pipeline.

tokenizer.model is a protocol buffer; only what decides about tokens is read. Source:
`sentencepiece_model.proto`.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workloads.errors import InputError

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)
_UNIGRAM, _BPE = 1, 2
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # stands for a blank inside a piece


@dataclass(frozen=True, kw_only=True)
class SentencePieces:
    """A vocabulary with the settings of its normaliser.

    Attributes
    ----------
    pieces, scores, kinds : by token id; kinds are NORMAL to BYTE.
    algorithm : 1 for unigram, 2 for BPE.
    charsmap : the normaliser's compiled rules, empty for none.
    """

    pieces: list[str]
    scores: list[float]
    kinds: list[int]
    algorithm: int = _BPE
    charsmap: bytes = b""
    space_prefix: bool = True
    merge_spaces: bool = False


def parse_sentencepiece(data: bytes) -> SentencePieces:
    """Read a tokenizer.model; raises InputError or another ValueError if it is damaged."""
    pieces: list[tuple[str, float, int]] = []
    settings: dict[str, Any] = {"algorithm": _UNIGRAM, "merge_spaces": True}  # the proto's defaults
    for field, value in _read_fields(data):
        if field == 1:
            parts = dict(_read_fields(value))
            score = struct.unpack("<f", parts.get(2, bytes(4)))[0]
            pieces.append((parts.get(1, b"").decode(), score, parts.get(3, NORMAL)))
        elif field == 2:
            settings["algorithm"] = dict(_read_fields(value)).get(3, _UNIGRAM)
        elif field == 3:
            parts = dict(_read_fields(value))
            settings["charsmap"] = parts.get(2, b"")
            settings["space_prefix"] = bool(parts.get(3, True))
            settings["merge_spaces"] = bool(parts.get(4, True))
    if not pieces:
        raise InputError("must hold pieces")
    texts, scores, kinds = (list(column) for column in zip(*pieces, strict=True))
    return SentencePieces(pieces=texts, scores=scores, kinds=kinds, **settings)


def build_tokenizer(model: SentencePieces) -> Any:
    """Return a `tokenizers.Tokenizer` that gives SentencePiece's tokens; raises InputError."""
    import tokenizers
    from tokenizers import decoders, models, normalizers

    if len(set(model.pieces)) != len(model.pieces):
        raise InputError("must hold no piece twice")
    if UNKNOWN not in model.kinds:
        raise InputError("must hold a piece for unknown text")
    byte_fallback, unknown = BYTE in model.kinds, model.kinds.index(UNKNOWN)
    if model.algorithm == _BPE:
        tokenizer = tokenizers.Tokenizer(
            models.BPE(
                {piece: index for index, piece in enumerate(model.pieces)},
                _find_merges(model),
                unk_token=model.pieces[unknown],
                fuse_unk=True,
                byte_fallback=byte_fallback,
            )
        )
    elif model.algorithm == _UNIGRAM:
        scored = list(zip(model.pieces, model.scores, strict=True))
        tokenizer = tokenizers.Tokenizer(models.Unigram(scored, unknown, byte_fallback))
    else:
        raise InputError(f"must be unigram (1) or BPE (2), not model type {model.algorithm}")
    steps: list[Any] = [normalizers.Precompiled(model.charsmap)] if model.charsmap else []
    if model.merge_spaces:
        steps += [normalizers.Strip(), normalizers.Replace(tokenizers.Regex(" {2,}"), " ")]
    if model.space_prefix:
        steps.append(normalizers.Prepend(_SPACE))
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.Replace(" ", _SPACE)])
    tail = [decoders.Strip(" ", 1, 0)] if model.space_prefix else []
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), *tail]
    )
    for kind, special in ((CONTROL, True), (UNKNOWN, True), (USER_DEFINED, False)):
        added = [
            tokenizers.AddedToken(piece, normalized=False, special=special)
            for piece, its_kind in zip(model.pieces, model.kinds, strict=True)
            if its_kind == kind
        ]
        (tokenizer.add_special_tokens if special else tokenizer.add_tokens)(added)
    tokenizer.encode_special_tokens = True  # a text's "<s>" is three characters
    return tokenizer


def _find_merges(model: SentencePieces) -> list[tuple[str, str]]:
    """Return the pairs that make up a piece, those of the best piece first."""
    mergeable = {
        piece: index
        for index, (piece, kind) in enumerate(zip(model.pieces, model.kinds, strict=True))
        if kind in (NORMAL, USER_DEFINED)
    }
    merges = []
    for piece, index in mergeable.items():
        for cut in range(1, len(piece)):
            left, right = piece[:cut], piece[cut:]
            if left in mergeable and right in mergeable:
                order = (-model.scores[index], mergeable[left], mergeable[right])
                merges.append((order, (left, right)))
    return [pair for _, pair in sorted(merges)]


def _read_fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield (field number, value): int for a varint, bytes for the other wire types."""
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        wire = tag & 7
        if wire == 0:
            value, at = _read_varint(data, at)
            yield tag >> 3, value
            continue
        if wire == 2:
            size, at = _read_varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise InputError(f"has the unknown wire type {wire} at byte {at}")
        if size > len(data) - at:
            raise InputError(f"ends inside a field at byte {at}")
        yield tag >> 3, data[at : at + size]
        at += size


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at == len(data):
            raise InputError("ends inside a number")
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    raise InputError(f"has a number of more than ten bytes at byte {at}")
