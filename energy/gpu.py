"""Memory and latency that b1.58 measured on a GPU, against the simplest models that come close.

Weights are counted, the rest is fitted to the published values by least squares on the relative
error; a fit explains nothing beyond its points and is shown with its residuals. No runtime, no
context length and no sizes beyond 3.9B are published, so 7B to 70B are assumed to be LLaMA-2's,
with 32000 words and an LM head of its own.

- Memory in GiB (the papers' GB): weights + buffers in proportion to the hidden size + a key-value
  cache + a constant for FP16. Within 4 % of all eleven values.
- Latency in ms: weights / bandwidth, one bandwidth for FP16 and one for 2-bit weights, + a time a
  layer for b1.58. Within 16 %.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from energy.footprint import GIB, count_footprint
from workloads.errors import require_choice
from workloads.shapes import ModelShape, find_preset

WEIGHT_BITS = {"fp16": 16.0, "ternary": 2.0}


class Measurement(NamedTuple):
    """One published value: memory in GiB or latency in ms."""

    model: str
    format: str
    published: float


@dataclass(frozen=True, kw_only=True)
class FittedPoint:
    """A measurement and its model: `counted` from the weights alone, `fitted` the rest."""

    model: str
    format: str
    published: float
    counted: float
    fitted: float

    @property
    def modelled(self) -> float:
        """Sum of both parts."""
        return self.counted + self.fitted

    @property
    def deviation(self) -> float:
        """Relative error of `modelled`, the residual of the fit."""
        return self.modelled / self.published - 1


@dataclass(frozen=True, kw_only=True)
class GpuFit:
    """A fitted model. `coefficients` are in the order and units of `terms`."""

    terms: tuple[str, ...]
    coefficients: tuple[float, ...]
    points: tuple[FittedPoint, ...]
    count: Callable[[ModelShape, str], float]
    describe: Callable[[ModelShape, str], NDArray[np.float64]]

    @property
    def largest_residual(self) -> float:
        """Largest relative error at a point, without its sign."""
        return max(abs(point.deviation) for point in self.points)

    def predict(self, model: str, format: str) -> tuple[float, float]:
        """Return the counted and the fitted part for a preset in ``fp16`` or ``ternary``."""
        shape = gpu_shape(model)
        require_choice("format", format, WEIGHT_BITS)
        fitted = float(self.describe(shape, format) @ np.array(self.coefficients))
        return self.count(shape, format), fitted

    def sentence(self) -> str:
        """Return the fit in one line, with its honest error."""
        terms = (f"{c:.3g} {term}" for c, term in zip(self.coefficients, self.terms, strict=True))
        return (
            f"{', '.join(terms)}; fitted to {len(self.points)} published values, "
            f"off by {self.largest_residual:.1%} at most"
        )


def gpu_shape(model: str) -> ModelShape:
    """Return a preset with the vocabulary and the separate LM head of the papers' LLaMA."""
    return replace(find_preset(model), vocab=32000, tied=False)


def weights_gib(shape: ModelShape, format: str) -> float:
    """Return the size of all weights in GiB, embedding and LM head in 16 bit."""
    return count_footprint(shape, weight_bits=WEIGHT_BITS[format]).weights_bytes / GIB


def fit_memory(measurements: Sequence[Measurement]) -> GpuFit:
    """Fit the runtime memory beside the weights."""
    terms = ("GiB a hidden feature", "tokens of key-value cache", "GiB for FP16")
    return _fit(measurements, terms, weights_gib, _describe_memory)


def fit_latency(measurements: Sequence[Measurement]) -> GpuFit:
    """Fit the time of a decode step; nothing is known without the fit, so all of it is fitted."""
    terms = ("ms a GiB of FP16 model", "ms a GiB of b1.58 model", "ms a b1.58 layer")
    return _fit(measurements, terms, lambda shape, format: 0.0, _describe_latency)


def _describe_memory(shape: ModelShape, format: str) -> NDArray[np.float64]:
    token_bytes = count_footprint(shape, tokens=1).key_value_bytes
    return np.array([shape.hidden, token_bytes / GIB, format == "fp16"], dtype=np.float64)


def _describe_latency(shape: ModelShape, format: str) -> NDArray[np.float64]:
    weights, ternary = weights_gib(shape, format), format == "ternary"
    return np.array([weights * (not ternary), weights * ternary, shape.layers * ternary])


def _fit(
    measurements: Sequence[Measurement],
    terms: tuple[str, ...],
    count: Callable[[ModelShape, str], float],
    describe: Callable[[ModelShape, str], NDArray[np.float64]],
) -> GpuFit:
    shapes = [gpu_shape(measurement.model) for measurement in measurements]
    formats = [measurement.format for measurement in measurements]
    published = np.array([measurement.published for measurement in measurements])
    counted = np.array([count(*pair) for pair in zip(shapes, formats, strict=True)])
    matrix = np.array([describe(*pair) for pair in zip(shapes, formats, strict=True)])
    relative = matrix / published[:, None], (published - counted) / published
    coefficients, *_ = np.linalg.lstsq(*relative, rcond=None)
    fitted = matrix @ coefficients
    points = tuple(
        FittedPoint(**m._asdict(), counted=float(c), fitted=float(f))
        for m, c, f in zip(measurements, counted, fitted, strict=True)
    )
    return GpuFit(
        terms=terms,
        coefficients=tuple(map(float, coefficients)),
        points=points,
        count=count,
        describe=describe,
    )
