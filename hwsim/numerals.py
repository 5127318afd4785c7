"""Numbers on a terminal: those of the report, digit by digit, in ASCII."""

from reports import notation

_ASCII = str.maketrans({"µ": "u", "×": "x", "−": "-", "–": "-", notation.NBSP: " "})


def format_number(value: float, digits: int = 3) -> str:
    """Return `digits` significant digits, thousands separated.

    >>> format_number(317.79), format_number(0.05)
    ('318', '0.0500')
    """
    return notation.format_significant(value, digits).translate(_ASCII)


def format_ratio(value: float | None) -> str:
    """Return a ratio, or a dash where there is none.

    >>> format_ratio(4.745), format_ratio(None)
    ('4.75x', '-')
    """
    return notation.format_ratio(value).translate(_ASCII)


def format_quantity(value: float, unit: str) -> str:
    """Return `value` in `unit` with a prefix.

    >>> format_quantity(2e-3, "J"), format_quantity(4.27e-4, "J")
    ('2.00 mJ', '427 uJ')
    """
    return notation.format_quantity(value, unit).translate(_ASCII)


def format_percent(share: float) -> str:
    """Return a share of 1; what is neither nothing nor all is not rounded to it.

    >>> format_percent(0.25), format_percent(0.99999), format_percent(0)
    ('25.0%', '> 99.9%', '0%')
    """
    return _join(notation.format_percent(share))


def format_deviation(share: float) -> str:
    """Return a deviation as signed percent.

    >>> format_deviation(-0.0412), format_deviation(-1e-9)
    ('-4.12%', '< 0.01%')
    """
    return _join(notation.format_deviation(share))


def _join(percent: str) -> str:
    return percent.translate(_ASCII).replace(" %", "%")
