"""What differs between two run folders: their settings, and the results that follow."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from hwsim.runs.folder import read_run, refuse_damage

# Of a phase; its tokens and context are settings.
_PHASE_RESULTS = (
    *("cycles", "seconds", "tokens_per_second", "utilisation", "stall_share", "weight_bytes"),
    "bound",
)
_CERTIFICATE_RESULTS = (
    *("passed", "matmuls", "outputs", "mismatched_outputs", "mismatched_cycles"),
    *("predicted_cycles", "simulated_cycles", "verilog_sha256"),
)
# Tells runs apart, but is no cause of a difference.
_INCIDENTAL = ("provenance.command", "provenance.created")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One quantity that two runs do not share.

    Attributes
    ----------
    quantity : its place in run.json, for example ``array.lanes`` or ``decode.cycles``.
    first, second : as it stands there, None where a run lacks it.
    ratio : second / first, for numbers that are not 0, else None; None for headlines of two nodes.
    """

    quantity: str
    first: Any
    second: Any
    ratio: float | None


@dataclass(frozen=True, kw_only=True)
class RunComparison:
    """The result of `compare_runs`.

    Attributes
    ----------
    settings, results : what differs, in the order of run.json.
    equal_results : results that are the same in both.
    """

    runs: tuple[str, str]
    settings: tuple[Difference, ...]
    results: tuple[Difference, ...]
    equal_results: int

    def _repr_html_(self) -> str:
        from hwsim.runs.comparison_table import show_run_comparison

        return show_run_comparison(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return asdict(self)


def compare_runs(first: Path | str, second: Path | str) -> RunComparison:
    """Return the differences of two run folders, as `hwsim simulate --out` writes them.

    Raises InputError if one is no run folder or was written with another schema.
    """
    settings, results = [], []
    for path in (first, second):
        run = read_run(path)
        with refuse_damage(path):
            settings.append(dict(_list_settings(run)))
            results.append(dict(_list_results(run)))
    apart = settings[0]["headline.node_nm"] != settings[1]["headline.node_nm"]
    differing = tuple(
        replace(difference, ratio=None)  # of two nodes
        if apart and difference.quantity.startswith("headline.")
        else difference
        for difference in _list_differences(*results)
    )
    return RunComparison(
        runs=(str(first), str(second)),
        settings=tuple(_list_differences(*settings)),
        results=differing,
        equal_results=len(dict.fromkeys([*results[0], *results[1]])) - len(differing),
    )


def _list_settings(run: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "headline.node_nm", run["headline"]["node_nm"]
    for section in ("model", "array", "settings", "provenance"):
        for key, value in _flatten(section, run.get(section, {})):  # older runs have no settings
            if key not in _INCIDENTAL:
                yield key, value
    for phase in run["phases"]:
        for key in ("tokens", "context"):
            yield f"{phase['phase']}.{key}", phase[key]


def _flatten(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flatten(f"{name}.{key}", part)
    elif isinstance(value, list) and all(isinstance(part, Mapping) for part in value):
        for index, part in enumerate(value):
            yield from _flatten(f"{name}.{index}", part)
    else:
        yield name, value


def _list_results(run: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in run["headline"].items():
        if key != "node_nm":
            yield f"headline.{key}", value
    for phase in run["phases"]:
        for key in _PHASE_RESULTS:
            yield f"{phase['phase']}.{key}", phase[key]
        for matmul in phase["matmuls"]:
            yield f"{phase['phase']}.{matmul['name']}.cycles", matmul["cycles"]
    for row in run["energy"]:
        if row["category"] == "total":
            phase, _, _ = row["phase"].partition(" ")
            for key in ("fp16_pj", "ternary_pj"):
                yield f"{phase}.{row['node_nm']}nm.{row['scope']}.{key}", row[key]
    certificate = run.get("certificate") or {}
    for key in _CERTIFICATE_RESULTS:
        yield f"certificate.{key}", certificate.get(key)


def _list_differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Difference]:
    for quantity in dict.fromkeys([*first, *second]):
        one, two = first.get(quantity), second.get(quantity)
        if one != two:
            yield Difference(quantity=quantity, first=one, second=two, ratio=_divide(two, one))


def _divide(numerator: Any, denominator: Any) -> float | None:
    numbers = (numerator, denominator)
    if all(isinstance(number, int | float) and number for number in numbers) and not any(
        isinstance(number, bool) for number in numbers
    ):
        return float(numerator / denominator)
    return None
