"""Errors that a user can mend: one line that names the argument, the expected and the given."""

import operator
from collections.abc import Iterable
from typing import SupportsIndex


class InputError(ValueError):
    """Bad input. The message is one line; the command line prints it and exits with status 2."""


class ToolError(RuntimeError):
    """A compiler or simulator that hwsim runs has failed. One line; exit status 1."""


def require_int(name: str, value: object, minimum: int = 1, maximum: int | None = None) -> int:
    """Return `value` as an int within [minimum, maximum].

    Raises InputError, for example ``lanes must be a positive int, not 0``.
    """
    # int first: to look at a protocol takes microseconds.
    if isinstance(value, (int, SupportsIndex)) and not isinstance(value, bool):
        integer = operator.index(value)
        if integer >= minimum and (maximum is None or integer <= maximum):
            return integer
    raise InputError(f"{name} must be {_describe(minimum, maximum)}, not {value!r}")


def require_number(name: str, value: object, minimum: float = 0.0) -> float:
    """Return `value` as a finite float above `minimum`; raises InputError."""
    real = isinstance(value, int | float) and not isinstance(value, bool)
    if real and minimum < value < float("inf"):  # type: ignore[operator]
        return float(value)  # type: ignore[arg-type]
    raise InputError(f"{name} must be a finite number above {minimum:g}, not {value!r}")


def require_choice(name: str, value: object, choices: Iterable[str]) -> str:
    """Return `value` if it is one of `choices`; raises InputError."""
    known = list(choices)
    if isinstance(value, str) and value in known:
        return value
    raise InputError(f"{name} must be one of {', '.join(known)}, not {value!r}")


def _describe(minimum: int, maximum: int | None) -> str:
    if maximum is not None:
        return f"an int from {minimum} to {maximum}"
    names = {0: "a non-negative int", 1: "a positive int"}
    return names.get(minimum, f"an int of at least {minimum}")
