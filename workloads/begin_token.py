"""Whether a text begins with the begin token, by the tokenizer's own settings.

A post-processor of tokenizer.json that puts tokens around a text does so itself, and rules. Else
add_bos_token decides, in tokenizer_config.json or as a GGUF file's tokenizer.ggml.add_bos_token.
Where that is not said, a post-processor that adds nothing is taken at its word, as by transformers;
without one there is the begin token that the model's configuration names.
"""

from pathlib import Path
from typing import Any

from workloads.config import read_object
from workloads.errors import InputError
from workloads.gguf_file import GgufFile


def find_begin_token(
    path: Path, file: GgufFile | None, tokenizer: Any, begin_token: int | None
) -> int | None:
    """Return the id to put in front of what `tokenizer` makes of a text, None for nothing.

    Parameters
    ----------
    path, file : where `tokenizer`, a `tokenizers.Tokenizer`, was read from; `file` if it is GGUF.
    begin_token : the one that the model's configuration names, or None.

    Raises InputError that names file and key.
    """
    if tokenizer.num_special_tokens_to_add(False):
        return None
    settings: dict[str, Any] = {}
    key, place = "add_bos_token", path
    if file is not None:
        key, settings = "tokenizer.ggml.add_bos_token", file.metadata
    elif (beside := path.with_name("tokenizer_config.json")).exists():
        place, settings = beside, read_object(beside)
    wanted = settings.get(key)
    if not isinstance(wanted, bool | None):
        raise InputError(f"{place}: {key} must be true or false, not {wanted!r}")
    if wanted and (name := _find_name(settings.get("bos_token"))) is not None:
        begin_token = tokenizer.token_to_id(name)
        if begin_token is None:
            raise InputError(f"{place}: bos_token must be in the vocabulary, not {name!r}")
    if wanted is None:
        wanted = tokenizer.post_processor is None
    return begin_token if wanted else None


def _find_name(token: Any) -> str | None:
    name = token.get("content") if isinstance(token, dict) else token  # an object has settings too
    return None if name is None else str(name)
