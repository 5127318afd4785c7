"""How memory, latency and energy grow with the model: published points beside derived ones.

As Fig. 2 and Fig. 3 of BitNet b1.58 (arXiv 2402.17764) show them. Published points are GPU
measurements (memory, latency) and the paper's accounting (energy); derived ones are our own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from energy.gpu import gpu_shape, weights_gib
from energy.papers import PAPER_TOKENS
from energy.published import load_claims
from hwsim.accounting.points import energy_of
from hwsim.accounting.settings import EnergySettings
from hwsim.phases import run_phase
from rtl.config import ArrayConfig, accumulator_width_for
from workloads.shapes import ModelShape, find_preset, load_presets

#: The papers' sizes, smallest first; each is a preset.
SIZES = ("700M", "1.3B", "3B", "3.9B", "7B", "13B", "70B")
FORMATS = ("fp16", "ternary")
NODE_NM = 7
EVERYTHING = "array+registers+sram+dram+lm-head"

# Function of `energy.evaluations` that models a published point -> what the point is, its unit.
_PUBLISHED = {
    "memory_gib": ("memory", "GiB"),
    "latency_ms": ("latency", "ms"),
    "model_joules": ("energy", "J"),
}


@dataclass(frozen=True, kw_only=True)
class ScalingPoint:
    """One model in one number format.

    Attributes
    ----------
    quantity : ``memory``, ``latency`` (of a decode step) or ``energy`` (of a pass of 512 tokens).
    series : what was counted or measured, in words; points of a series share a line.
    origin : ``published`` or ``derived``.
    """

    quantity: str
    model: str
    format: str
    series: str
    origin: str
    value: float
    unit: str
    source: str


def scale_models(config: ArrayConfig) -> list[ScalingPoint]:
    """Return the points, published ones first; `config` gets accumulators that fit each model."""
    derived = (_count_memory, _time_decode, _account_energy)
    return [*_list_published(), *(p for name in SIZES for f in derived for p in f(name, config))]


def _list_published() -> Iterator[ScalingPoint]:
    for claim in load_claims():
        if claim.evaluator in _PUBLISHED and claim.origin == "published":
            quantity, unit = _PUBLISHED[claim.evaluator]
            model, number_format, *_ = claim.arguments
            accounting = quantity == "energy"
            yield ScalingPoint(
                quantity=quantity,
                model=model.removeprefix("paper-"),
                format=number_format,
                series="paper's accounting" if accounting else "on a GPU",
                origin="published",
                value=claim.published,
                unit=unit,
                source=f"{claim.source}, {claim.place}",
            )


def _count_memory(name: str, config: ArrayConfig) -> Iterator[ScalingPoint]:
    for number_format in FORMATS:
        yield ScalingPoint(
            quantity="memory",
            model=name,
            format=number_format,
            series="weights alone",
            origin="derived",
            value=weights_gib(gpu_shape(name), number_format),
            unit="GiB",
            source="weights counted, embedding and LM head in 16 bit",
        )


def _time_decode(name: str, config: ArrayConfig) -> Iterator[ScalingPoint]:
    shape = find_preset(name)
    phase = run_phase(_fit_array(config, shape), shape, "decode", 1, PAPER_TOKENS)
    yield ScalingPoint(
        quantity="latency",
        model=name,
        format="ternary",
        series="this array",
        origin="derived",
        value=1e3 * phase.seconds,
        unit="ms",
        source="cycle model; ternary matmuls alone, attention and LM head not timed",
    )


def _account_energy(name: str, config: ArrayConfig) -> Iterator[ScalingPoint]:
    settings = EnergySettings(config=_fit_array(config, find_preset(name)))
    accounts = [("everything counted", EVERYTHING, name)]
    if (counted := f"paper-{name}") in load_presets():
        accounts.append(("paper's accounting", "paper", counted))
    for series, scope, preset in accounts:
        frame = energy_of(
            preset, NODE_NM, scope, PAPER_TOKENS, baselines=("fp16",), settings=settings
        )
        for number_format in FORMATS:
            yield ScalingPoint(
                quantity="energy",
                model=name,
                format=number_format,
                series=series,
                origin="derived",
                value=1e-12 * float(frame[f"{number_format}_pj"].item()),
                unit="J",
                source=f"scope {scope} at {NODE_NM} nm, {PAPER_TOKENS} tokens, preset {preset}",
            )


def _fit_array(config: ArrayConfig, shape: ModelShape) -> ArrayConfig:
    reduction = max(shape.max_reduction, config.lanes)
    return replace(config, accumulator_width=accumulator_width_for(reduction))
