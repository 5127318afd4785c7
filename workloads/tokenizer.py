"""Text to tokens and back, by a checkpoint's tokenizer.json; streams whole characters."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from workloads.errors import InputError

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"  # what a decoder shows for bytes that are not yet UTF-8


class Tokenizer:
    """A tokenizer.json with the id that begins a text.

    Parameters
    ----------
    path : the file.
    begin_token : id put in front of a text, or None.

    Raises
    ------
    InputError : if the file is missing or damaged.
    """

    def __init__(self, path: Path, begin_token: int | None) -> None:
        import tokenizers

        if not path.is_file():
            raise InputError(f"{path}: no such file")
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises no narrower class
            raise InputError(f"{path}: cannot be read as a tokenizer ({error})") from None
        self.begin_token = begin_token

    @property
    def vocab_size(self) -> int:
        """Number of tokens, those added to the vocabulary included."""
        return int(self._tokenizer.get_vocab_size())

    def encode(self, text: str) -> list[int]:
        """Return the ids of `text`, after the begin token if there is one."""
        ids = list(self._tokenizer.encode(text, add_special_tokens=False).ids)
        return ids if self.begin_token is None else [self.begin_token, *ids]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`, without special tokens."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def decode_stream(self, ids: Iterable[int]) -> Iterator[str]:
        """Yield the text of `ids` in pieces as they arrive; no piece ends inside a character.

        The pieces joined are the text of all ids.
        """
        pending: list[int] = []
        shown = 0
        for token in ids:
            pending.append(token)
            text = self.decode(pending)
            if text.endswith(_REPLACEMENT):
                continue
            if len(text) > shown:
                yield text[shown:]
            # The last token stays as context: decoders may treat the first one differently.
            pending = pending[-1:]
            shown = len(self.decode(pending))
        if rest := self.decode(pending)[shown:]:
            yield rest
