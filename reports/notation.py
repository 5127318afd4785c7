"""Numbers as readers want them: three significant digits, a unit prefix, a proper minus sign."""

import math

# Between a number and its unit no line breaks.
NBSP = "\u00a0"

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}


def format_significant(value: float, digits: int = 3) -> str:
    """Return `value` in plain notation with `digits` significant digits, thousands separated.

    >>> format_significant(71.42857), format_significant(4.0), format_significant(31234.5)
    ('71.4', '4.00', '31,234')
    """
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    return f"{value:,.{max(digits - 1 - exponent, 0)}f}".replace("-", "−")


def format_ratio(value: float | None) -> str:
    """Return a ratio such as ``71.4×``, or a dash where there is none: None, or of nothing."""
    return f"{format_significant(value)}×" if value else "–"


def compare(ratio: float) -> str:
    """Return an FP16 / ternary ratio in words.

    >>> compare(5.8), compare(0.5)
    ('5.80× less', '2.00× more')
    """
    return f"{format_ratio(1 / ratio)} more" if 0 < ratio < 1 else f"{format_ratio(ratio)} less"


def format_percent(share: float) -> str:
    r"""Return a share of 1 as percent; what is neither nothing nor all is not rounded to it.

    >>> format_percent(0.25), format_percent(0.99999), format_percent(0)
    ('25.0\xa0%', '>\xa099.9\xa0%', '0\xa0%')
    """
    if share in (0, 1):
        return f"{100 * share:.0f}{NBSP}%"
    if 0 < share < 0.0005:
        return f"<{NBSP}0.1{NBSP}%"
    if 0.9995 <= share < 1:
        return f">{NBSP}99.9{NBSP}%"
    return f"{100 * share:.1f}{NBSP}%"


def format_deviation(share: float) -> str:
    r"""Return a deviation as signed percent.

    >>> format_deviation(-0.0412), format_deviation(0.00005), format_deviation(1e-9)
    ('−4.12\xa0%', '+0.01\xa0%', '<\xa00.01\xa0%')
    """
    if abs(share) < 0.00005:
        return f"<{NBSP}0.01{NBSP}%"
    return f"{100 * share:+.2f}{NBSP}%".replace("-", "−")


def choose_prefix(largest: float) -> tuple[str, float]:
    """Return the unit prefix and its factor that put `largest` between 1 and 1000.

    >>> choose_prefix(0.0023)
    ('m', 0.001)
    """
    if largest <= 0:
        return "", 1.0
    exponent = 3 * math.floor(math.log10(largest) / 3)
    exponent = min(max(exponent, min(_PREFIXES)), max(_PREFIXES))
    return _PREFIXES[exponent], float(f"1e{exponent}")


def format_quantity(value: float, unit: str) -> str:
    r"""Return `value` in `unit` with a prefix.

    >>> format_quantity(2.186e-1, "J"), format_quantity(4.096e12, "op/s")
    ('219\xa0mJ', '4.10\xa0Top/s')
    """
    prefix, factor = choose_prefix(abs(float(f"{value:.2e}")))
    return f"{format_significant(value / factor)}{NBSP}{prefix}{unit}"
