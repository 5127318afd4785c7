"""The text that a model with weights is given."""

from workloads.errors import InputError

#: What is run for a certificate where no prompt is given.
DEFAULT_PROMPT = "In the beginning God created the heaven and the earth."

_SHOWN = 72  # characters of a longer prompt


def require_prompt(prompt: str) -> str:
    """Return `prompt`; raises InputError if it is empty, which a model cannot continue."""
    if not prompt:
        raise InputError("prompt must be a text to continue, not ''")
    return prompt


def quote_prompt(prompt: str) -> str:
    """Return `prompt` in quotes, in one line; of a long one the beginning.

    >>> quote_prompt("In the beginning"), len(quote_prompt("word " * 100))
    ("'In the beginning'", 77)
    """
    return repr(prompt if len(prompt) <= _SHOWN else f"{prompt[:_SHOWN]}...")
