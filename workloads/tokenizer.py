"""Text to tokens and back, by a checkpoint's tokenizer; streams whole characters."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from workloads.errors import InputError
from workloads.gguf_file import GgufFile
from workloads.gguf_tokenizer import build_gguf_tokenizer
from workloads.sentencepiece_model import build_tokenizer, parse_sentencepiece

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"  # what a decoder shows for bytes that are not yet UTF-8


def find_tokenizer(path: Path) -> Path:
    """Return the file that holds the tokenizer of a checkpoint's folder, or of a GGUF file.

    Raises InputError.
    """
    if path.is_file():
        return path
    for name in ("tokenizer.json", "tokenizer.model"):
        if (path / name).is_file():
            return path / name
    raise InputError(f"{path}: must hold tokenizer.json or tokenizer.model to handle text")


class Tokenizer:
    """A tokenizer with the id that begins a text.

    Parameters
    ----------
    path : a tokenizer.json, a SentencePiece tokenizer.model, or a GGUF file.
    begin_token : id put in front of a text, or None.

    Raises
    ------
    InputError : if the file is missing or damaged.
    """

    def __init__(self, path: Path, begin_token: int | None) -> None:
        if not path.is_file():
            raise InputError(f"{path}: no such file")
        try:
            self._tokenizer = _read_tokenizer(path)
        except InputError as error:
            raise InputError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None
        except Exception as error:  # the library raises no narrower class
            line = " ".join(str(error).split())
            raise InputError(f"{path}: cannot be read as a tokenizer ({line})") from None
        self.begin_token = begin_token

    @property
    def vocab_size(self) -> int:
        """Number of tokens, those added to the vocabulary included."""
        return int(self._tokenizer.get_vocab_size())

    def encode(self, text: str) -> list[int]:
        """Return the ids of `text`, after the begin token if there is one; raises InputError."""
        try:
            ids = list(self._tokenizer.encode(text, add_special_tokens=False).ids)
        except Exception as error:  # for example a text that the vocabulary does not cover
            line = " ".join(str(error).split())
            raise InputError(f"text must be one that the tokenizer covers ({line})") from None
        return ids if self.begin_token is None else [self.begin_token, *ids]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`, without special tokens."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def decode_stream(self, ids: Iterable[int]) -> Iterator[str]:
        """Yield the text of `ids` in pieces as they arrive; no piece ends inside a character.

        The pieces joined are the text of all ids.
        """
        pending: list[int] = []
        context = shown = 0  # tokens at the begin of `pending`, and their characters
        for token in ids:
            pending.append(token)
            text = self.decode(pending)
            if text.endswith(_REPLACEMENT):
                continue
            if len(text) > shown:
                yield text[shown:]
            # The last piece stays as context: decoders may treat the first token differently.
            pending = pending[context:]
            context, shown = len(pending), len(self.decode(pending))
        if rest := self.decode(pending)[shown:]:
            yield rest


def _read_tokenizer(path: Path) -> Any:
    import tokenizers

    if path.suffix == ".gguf":
        return build_gguf_tokenizer(GgufFile(path))
    if path.suffix == ".model":
        return build_tokenizer(parse_sentencepiece(path.read_bytes()))
    return tokenizers.Tokenizer.from_file(str(path))
