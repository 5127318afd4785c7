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

from workloads.errors import require_choice
from workloads.shapes import ModelShape, find_preset

FORMATS = ("fp16", "ternary")
WEIGHT_BYTES = {"fp16": 2.0, "ternary": 0.25}
GIB = 2**30


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
        """Relative error of `modelled`."""
        return self.modelled / self.published - 1


@dataclass(frozen=True, kw_only=True)
class GpuFit:
    """A fitted model. `coefficients` are in the order and units of `terms`."""

    terms: tuple[str, ...]
    coefficients: tuple[float, ...]
    points: tuple[FittedPoint, ...]
    count: Callable[[ModelShape, str], float]
    describe: Callable[[ModelShape, str], NDArray[np.float64]]

    def predict(self, model: str, format: str) -> float:
        """Return the modelled value of a preset in ``fp16`` or ``ternary``."""
        shape = gpu_shape(model)
        require_choice("format", format, FORMATS)
        fitted = float(self.describe(shape, format) @ np.array(self.coefficients))
        return self.count(shape, format) + fitted


def gpu_shape(model: str) -> ModelShape:
    """Return a preset with the vocabulary and the separate LM head of the papers' LLaMA."""
    return replace(find_preset(model), vocab=32000, tied=False)


def weights_gib(shape: ModelShape, format: str) -> float:
    """Return the size of all weights in GiB, embedding and LM head in 16 bit."""
    ternary_bytes = shape.ternary_weights * WEIGHT_BYTES[format]
    return (ternary_bytes + shape.embedding_weights * WEIGHT_BYTES["fp16"]) / GIB


def fit_memory(measurements: Sequence[Measurement]) -> GpuFit:
    """Fit the runtime memory beside the weights."""
    terms = ("GiB per hidden feature", "tokens in the key-value cache", "GiB for FP16")
    return _fit(measurements, terms, weights_gib, _describe_memory)


def fit_latency(measurements: Sequence[Measurement]) -> GpuFit:
    """Fit the time of a decode step; nothing is known without the fit, so all of it is fitted."""
    terms = ("ms per GiB of FP16 model", "ms per GiB of b1.58 model", "ms per b1.58 layer")
    return _fit(measurements, terms, lambda shape, format: 0.0, _describe_latency)


def _describe_memory(shape: ModelShape, format: str) -> NDArray[np.float64]:
    key_value_bytes = 2 * shape.layers * shape.kv_heads * shape.head_dim * 2
    return np.array([shape.hidden, key_value_bytes / GIB, format == "fp16"], dtype=np.float64)


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
        FittedPoint(
            model=measurement.model,
            format=measurement.format,
            published=measurement.published,
            counted=float(counted[i]),
            fitted=float(fitted[i]),
        )
        for i, measurement in enumerate(measurements)
    )
    return GpuFit(
        terms=terms,
        coefficients=tuple(map(float, coefficients)),
        points=points,
        count=count,
        describe=describe,
    )
