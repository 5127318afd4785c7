"""Text to tokens and back, by a checkpoint's tokenizer; streams whole characters."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from workloads.begin_token import find_begin_token
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
    """A tokenizer, and what it puts around a text.

    Parameters
    ----------
    path : a tokenizer.json, a SentencePiece tokenizer.model, or a GGUF file.
    begin_token : id that starts a text for the model, or None; `workloads.begin_token` says when it
        is put in front.
    vocab : size of the model's vocabulary, if there is a model.

    Raises
    ------
    InputError : if the file is missing or damaged, or the settings beside it are.
    """

    def __init__(self, path: Path, begin_token: int | None, *, vocab: int | None = None) -> None:
        if not path.is_file():
            raise InputError(f"{path}: no such file")
        try:
            file = GgufFile(path) if path.suffix == ".gguf" else None
            self._tokenizer = _read_tokenizer(path) if file is None else build_gguf_tokenizer(file)
        except InputError as error:
            raise InputError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None
        except Exception as error:  # the library raises no narrower class
            line = " ".join(str(error).split())
            raise InputError(f"{path}: cannot be read as a tokenizer ({line})") from None
        self.path, self.begin_token, self._vocab = path, begin_token, vocab
        self._front = find_begin_token(path, file, self._tokenizer, begin_token)

    @property
    def vocab_size(self) -> int:
        """Number of tokens, those added to the vocabulary included."""
        return int(self._tokenizer.get_vocab_size())

    def encode(self, text: str, *, bare: bool = False) -> list[int]:
        """Return the ids of `text`, with what the tokenizer puts around it unless `bare`.

        Raises InputError for a text that the tokenizer does not cover, and for ids that the model's
        vocabulary does not have.
        """
        try:
            ids = list(self._tokenizer.encode(text, add_special_tokens=not bare).ids)
        except Exception as error:  # for example a text that the vocabulary does not cover
            line = " ".join(str(error).split())
            raise InputError(f"text must be one that the tokenizer covers ({line})") from None
        if self._front is not None and not bare:
            ids.insert(0, self._front)
        if self._vocab is not None and max(ids, default=0) >= self._vocab:
            raise InputError(
                f"{self.path}: must give tokens 0 to {self._vocab - 1}, those of the model's"
                f" vocabulary, not {max(ids)}; it has {self.vocab_size}"
            )
        return ids

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

    if path.suffix == ".model":
        return build_tokenizer(parse_sentencepiece(path.read_bytes()))
    return tokenizers.Tokenizer.from_file(str(path))
