"""hwsim.prompts: what a model is given is told, and never nothing."""

import pytest

from hwsim.cli import hwsim
from hwsim.prompts import DEFAULT_PROMPT, quote_prompt, require_prompt
from hwsim.settings import render_settings
from workloads.errors import InputError


def test_a_prompt_is_quoted_in_one_line() -> None:
    assert quote_prompt("The king") == "'The king'"
    assert quote_prompt('a "b"\nc') == "'a \"b\"\\nc'"
    assert quote_prompt("x" * 73) == f"'{'x' * 72}...'"


def test_an_empty_prompt_is_refused() -> None:
    assert require_prompt(" ") == " "
    with pytest.raises(InputError, match=r"^prompt must be a text to continue, not ''$"):
        require_prompt("")


def test_help_tells_the_default() -> None:
    (option,) = (p for p in hwsim.commands["simulate"].params if p.name == "prompt")
    assert f"by default {DEFAULT_PROMPT!r}" in str(option.help)
    assert DEFAULT_PROMPT in " ".join(render_settings().replace("#", "").split())
