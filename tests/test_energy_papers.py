"""Fig. 3's ten joules, and the same accounting varied as no paper prints it."""

from dataclasses import replace

import pytest

from energy.arithmetic import arithmetic_energy
from energy.papers import operation_ratio, paper_ratio, paper_shape
from energy.technology import load_technology
from workloads.shapes import find_preset

SEVEN, FORTY_FIVE = load_technology(7), load_technology(45)
MODELS = ("1.3B", "3B", "7B", "13B", "70B")
FIG3_JOULES = {  # arXiv 2402.17764, Fig. 3, read from the vector figure
    "1.3B": (0.32203, 0.017303),
    "3B": (0.66558, 0.030663),
    "7B": (1.68345, 0.057772),
    "13B": (3.27462, 0.099287),
    "70B": (16.6633, 0.404304),
}


def ratio(model: str, technology=SEVEN, sums: str = "operand", lm_head_tokens: int = 0) -> float:
    shape = replace(find_preset(model), vocab=32000)
    fp16 = arithmetic_energy(shape, 512, technology, format="fp16", lm_head_tokens=lm_head_tokens)
    ternary = arithmetic_energy(shape, 512, technology, sums=sums, lm_head_tokens=lm_head_tokens)
    return fp16.total_pj / ternary.total_pj


@pytest.mark.parametrize("model", MODELS)
def test_all_ten_joules_of_figure_3(model):
    shape = find_preset(f"paper-{model}")
    for format, joules in zip(("fp16", "ternary"), FIG3_JOULES[model], strict=True):
        energy = arithmetic_energy(shape, 512, SEVEN, format=format)
        assert energy.total_pj * 1e-12 == pytest.approx(joules, rel=5e-5)


def test_the_operation_ratio_at_both_nodes():
    assert operation_ratio(SEVEN) == pytest.approx(0.5 / 0.007, rel=1e-14)
    assert operation_ratio(FORTY_FIVE) == pytest.approx(50.0, rel=1e-14)
    # adds that hold any sum: (0.16 + 0.34) / 0.03 and (0.4 + 1.1) / 0.1
    assert operation_ratio(SEVEN, "int32") == pytest.approx(0.5 / 0.03, rel=1e-14)
    assert operation_ratio(FORTY_FIVE, "int32") == pytest.approx(15, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("{}", {}, (18.60, 25.22, 29.22, 33.11, 42.24)),
        ("{}", {"lm_head_tokens": 512}, (9.94, 14.60, 18.87, 23.60, 36.54)),
        ("paper-{}", {"sums": "int32"}, (10.2, 11.0, 12.6, 13.2, 14.3)),
        ("paper-{}", {"technology": FORTY_FIVE}, (16.8, 19.3, 24.9, 27.6, 33.1)),
    ],
    ids=["real matrices", "with an FP16 LM head", "INT32 adds", "45 nm"],
)
def test_what_other_accountings_give(name, arguments, expected):
    """Calculated once, apart from this code; no paper prints them."""
    digits = 2 if "lm_head_tokens" in arguments or not arguments else 1
    for model, value in zip(MODELS, expected, strict=True):
        assert ratio(name.format(model), **arguments) == pytest.approx(
            value, abs=0.51 * 10**-digits
        )


def test_paper_ratio_counts_any_model_as_the_paper_does():
    assert paper_ratio(SEVEN) == pytest.approx(21.7065, abs=5e-5)
    assert paper_ratio(SEVEN, find_preset("13B")) == pytest.approx(32.982, abs=5e-4)


def test_paper_shape_is_12_hidden_squared_a_layer():
    shape = paper_shape(find_preset("70B"))
    assert shape.ternary_weights == 80 * 12 * 8192**2
    assert (shape.kv_heads, shape.head_dim) == (64, 128)
    assert paper_shape(shape) == shape
    odd = paper_shape(replace(shape, hidden=12, heads=8, kv_heads=8, layers=3))
    assert (odd.heads, odd.head_dim, odd.ternary_weights) == (4, 3, 3 * 12 * 144)
