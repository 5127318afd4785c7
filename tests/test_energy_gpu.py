"""The fitted models of GPU memory and latency: parts by hand, residuals, and the fit itself."""

import pytest

from energy.evaluations import published_latency_fit, published_memory_fit
from energy.gpu import Measurement, fit_latency, fit_memory, gpu_shape, weights_gib
from workloads.errors import InputError


def test_weights_by_hand():
    # 3B: 26 x (4 x 3200^2 + 3 x 3200 x 8640) ternary, 2 x 32000 x 3200 in 16 bit
    ternary, words = 26 * (4 * 3200**2 + 3 * 3200 * 8640), 2 * 32000 * 3200
    assert weights_gib(gpu_shape("3B"), "fp16") == 2 * (ternary + words) / 2**30
    assert weights_gib(gpu_shape("3B"), "ternary") == (ternary / 4 + 2 * words) / 2**30


def test_memory_is_within_4_percent_and_shown_in_parts():
    fit = published_memory_fit()
    assert len(fit.points) == 11
    for point in fit.points:
        assert abs(point.deviation) < 0.04
        assert point.counted == weights_gib(gpu_shape(point.model), point.format)
        assert 0.4 < point.fitted < 2.1  # GiB: what the weights do not explain
        assert fit.predict(point.model, point.format) == pytest.approx(
            (point.counted, point.fitted), rel=1e-12
        )
    # all terms have the sign and size of what they are named after
    per_feature, cached_tokens, fp16_gib = fit.coefficients
    assert 1e-4 < per_feature < 2e-4
    assert 512 < cached_tokens < 2048
    assert 0 < fp16_gib < 1
    assert fit.largest_residual == max(abs(point.deviation) for point in fit.points)
    assert fit.sentence().endswith("fitted to 11 published values, off by 3.8% at most")


def test_latency_is_within_16_percent():
    fit = published_latency_fit()
    assert len(fit.points) == 11
    assert max(abs(point.deviation) for point in fit.points) < 0.16
    fp16_ms, ternary_ms, layer_ms = fit.coefficients
    # 1 GiB in fp16_ms: between one and two TB/s, as an A100 has
    assert 1.0 < 2**30 / fp16_ms / 1e9 < 2.04
    assert ternary_ms > fp16_ms
    assert 0 < layer_ms < 0.05


@pytest.mark.parametrize("fit", [fit_memory, fit_latency])
def test_a_fit_finds_the_model_that_made_its_data(fit):
    points = [
        Measurement(model, format, 1.0)
        for model in ("700M", "1.3B", "3B", "7B")
        for format in ("fp16", "ternary")
    ]
    made_of = (2e-4, 700.0, 0.3) if fit is fit_memory else (0.7, 1.1, 0.02)
    described = fit(points)
    truth = [
        described.count(gpu_shape(p.model), p.format)
        + float(described.describe(gpu_shape(p.model), p.format) @ made_of)
        for p in points
    ]
    exact = fit([p._replace(published=value) for p, value in zip(points, truth, strict=True)])
    assert exact.coefficients == pytest.approx(made_of, rel=1e-6)
    assert max(abs(point.deviation) for point in exact.points) < 1e-9


def test_unknown_models_and_formats_are_refused():
    with pytest.raises(InputError, match="model must be a preset"):
        published_memory_fit().predict("5B", "fp16")
    with pytest.raises(InputError, match="format must be one of fp16, ternary, not 'int8'"):
        published_memory_fit().predict("3B", "int8")


@pytest.mark.parametrize(
    ("model", "ratio"),
    [("700M", 4.25), ("1.3B", 4.75), ("3B", 5.64), ("7B", 6.29), ("13B", 6.80), ("70B", 7.60)],
)
def test_weights_alone_cannot_give_the_published_ratios(model, ratio):
    """Calculated apart from this code; 7B to 70B print 4.40, 5.12 and 7.16: so a runtime term."""
    shape = gpu_shape(model)
    alone = weights_gib(shape, "fp16") / weights_gib(shape, "ternary")
    assert alone == pytest.approx(ratio, abs=0.006)
