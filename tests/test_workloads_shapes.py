"""Shapes and presets: the matmuls of known models, and what no model can have."""

import pytest

from workloads.errors import InputError, require_choice, require_int, require_number
from workloads.shapes import Matmul, ModelShape, find_preset, load_presets

SIZES = {
    "name": "small",
    "hidden": 64,
    "intermediate": 128,
    "layers": 2,
    "heads": 4,
    "kv_heads": 2,
    "head_dim": 8,
    "vocab": 100,
}


def test_bitnet_2b4t_has_its_published_number_of_weights() -> None:
    # 30 layers of 2560 x (2560 + 640 + 640 + 2560 + 3 x 6912), in 7 matrices each.
    shape = find_preset("2B-4T")
    assert shape.ternary_weights == 30 * 2560 * (2560 + 640 + 640 + 2560 + 3 * 6912)
    assert shape.ternary_weights == 2_084_044_800
    assert sum(matmul.count for matmul in shape.matmuls(1)) == 210


def test_paper_shapes_have_twelve_hidden_squared_weights_a_layer() -> None:
    names = [name for name in load_presets() if name.startswith("paper-")]
    assert len(names) == 5
    for shape in map(find_preset, names):
        assert shape.ternary_weights == 12 * shape.hidden**2 * shape.layers


def test_matmuls_of_a_pass() -> None:
    shape = ModelShape(**SIZES)
    matmuls = {matmul.name: matmul for matmul in shape.matmuls(3, lm_head=True)}
    assert matmuls["q_proj"] == Matmul(name="q_proj", m=3, n=32, k=64, count=2)
    assert matmuls["k_proj"].n == matmuls["v_proj"].n == 16
    assert matmuls["o_proj"].macs == 3 * 64 * 32 * 2
    assert matmuls["down_proj"].k == shape.max_reduction == 128
    assert matmuls["lm_head"] == Matmul(name="lm_head", m=1, n=100, k=64, ternary=False)
    assert "gate_proj" not in ModelShape(**SIZES, ffn_matrices=2).projections


def test_every_preset_has_a_source_and_finds_itself_in_any_case() -> None:
    for name, shape in load_presets().items():
        assert find_preset(name.upper()) is shape
        assert shape.source
        assert shape.zero_fraction is None or 0.3 < shape.zero_fraction < 0.5


def test_the_presets_with_relu2() -> None:
    assert [name for name, s in load_presets().items() if s.activation == "relu2"] == ["2B-4T"]


def test_an_untied_head_counts_twice() -> None:
    assert ModelShape(**SIZES).embedding_weights == 2 * 100 * 64
    assert ModelShape(**SIZES, tied=True).embedding_weights == 100 * 64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": 0}, "hidden must be a positive int, not 0"),
        ({"kv_heads": 3}, "heads must be a multiple of kv_heads = 3, not 4"),
        ({"ffn_matrices": 4}, "ffn_matrices must be an int from 2 to 3, not 4"),
        ({"activation": "gelu"}, "activation must be one of relu2, silu, not 'gelu'"),
        ({"layers": True}, "layers must be a positive int, not True"),
    ],
)
def test_impossible_shapes(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        ModelShape(**(SIZES | change))


def test_errors_name_argument_expected_and_given() -> None:
    with pytest.raises(InputError, match=r"^x must be a non-negative int, not -1$"):
        require_int("x", -1, 0)
    with pytest.raises(InputError, match=r"^x must be an int of at least 5, not '7'$"):
        require_int("x", "7", 5)
    with pytest.raises(InputError, match=r"^x must be a finite number above 0, not nan$"):
        require_number("x", float("nan"))
    with pytest.raises(InputError, match=r"^x must be one of a, b, not 'c'$"):
        require_choice("x", "c", ("a", "b"))
    with pytest.raises(InputError, match=r"^tokens must be a positive int, not 0$"):
        list(find_preset("3B").matmuls(0))
