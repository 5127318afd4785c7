"""How long work tells how far it is."""

from collections.abc import Callable

#: Called with the share done, 0 to 1, and what is being done.
Report = Callable[[float, str], None]


def report_nothing(fraction: float, text: str) -> None:
    """Be a `Report` for who does not ask."""
