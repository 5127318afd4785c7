"""`energy_of`: the numbers of single accounts, broadcasting, and a million points in seconds."""

import numpy as np
import pandas as pd
import pytest

from energy.papers import paper_ratio
from energy.technology import load_technology
from hwsim.accounting.account import account_energy
from hwsim.accounting.points import energy_of
from hwsim.accounting.settings import EnergySettings
from hwsim.configuration import configure_array
from workloads.errors import InputError
from workloads.shapes import find_preset

WHOLE = "array+registers+sram+dram+lm-head"


def test_one_point_is_the_papers() -> None:
    frame = energy_of("paper-3B", baselines=["fp16"])
    assert list(frame) == [
        "model",
        "node_nm",
        "scope",
        "tokens",
        "context",
        "ternary_pj",
        "fp16_pj",
        "fp16_ratio",
    ]
    (row,) = frame.to_dict("records")
    assert (row["model"], row["node_nm"], row["scope"]) == ("paper-3B", 7, "paper")
    assert row["ternary_pj"] * 1e-12 == pytest.approx(0.030663, rel=5e-5)
    assert row["fp16_ratio"] == pytest.approx(paper_ratio(load_technology(7)), rel=1e-12)


def test_every_point_is_what_its_account_says() -> None:
    rng = np.random.default_rng(5)
    points = pd.DataFrame(
        {
            "model": rng.choice(["700M", "70B", "2B-4T"], 12),
            "node_nm": rng.choice([7, 45], 12),
            "scope": rng.choice(["bitnet-2023", "real-shape+true-accumulator+dram", WHOLE], 12),
            "tokens": rng.choice([1, 2, 64, 65, 512], 12),
        }
    )
    context = points["tokens"] + rng.integers(0, 100, 12)
    frame = energy_of(**points, context=context)
    for i, point in points.iterrows():
        account = account_energy(
            point["model"],
            tokens=int(point["tokens"]),
            context=int(context[i]),
            nodes_nm=[point["node_nm"]],
            scopes=[point["scope"]],
        )
        for name in ("ternary", "fp16", "bf16", "w8a8", "w4a16"):
            expected = account.total_pj(point["scope"], name, point["node_nm"])
            assert frame.loc[i, f"{name}_pj"] == pytest.approx(expected, rel=1e-12)


def test_arguments_broadcast_like_arrays() -> None:
    models, lengths = ["3B", "7B"], np.array([0, 1, 512])
    frame = energy_of(np.array(models)[:, None], 7, "real-shape", lengths)
    assert frame["model"].tolist() == ["3B"] * 3 + ["7B"] * 3
    assert frame["tokens"].tolist() == [0, 1, 512] * 2
    assert frame.loc[frame["tokens"] == 0, "ternary_pj"].tolist() == [0, 0]
    index = pd.MultiIndex.from_product(
        [models, [7], ["real-shape"], lengths], names=["model", "node_nm", "scope", "tokens"]
    )
    pd.testing.assert_frame_equal(energy_of(**index.to_frame(index=False)), frame)
    shapes = [find_preset(name) for name in models]
    assert energy_of(shapes, tokens=1)["model"].tolist() == models


def test_settings_change_the_account(tmp_path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "operation,format,node_nm,energy_pj,source,kind\nadd,int8,7,0.014,mine,measured\n"
    )
    plain = energy_of("3B", scope=WHOLE, tokens=1, context=512)
    dear = energy_of(
        "3B", scope=WHOLE, tokens=1, context=512, settings=EnergySettings(tables=[path])
    )
    assert dear["ternary_pj"].item() > plain["ternary_pj"].item()


def test_packing_spares_dram_in_ternary_alone() -> None:
    def decode(packing: str) -> pd.Series:
        config = configure_array(8640, lanes=80, packing=packing)
        settings = EnergySettings(config=config)
        return energy_of("3B", scope=WHOLE, tokens=1, context=512, settings=settings).iloc[0]

    plain, packed = decode("two-bit"), decode("five-trit")
    assert packed["fp16_pj"] == plain["fp16_pj"]
    # 3.2215 G weights of 2 and 1.6 bits at 3.97 pJ a bit, less the decoder's gates
    saved = plain["ternary_pj"] - packed["ternary_pj"]
    assert 0.98 < saved / (0.4 * 3.97 * 3.2215e9) < 1.02


def test_what_a_node_does_not_price_is_nan(tmp_path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "operation,format,node_nm,energy_pj,source,kind\nadd,int8,12,0.01,mine,measured\n"
        "add,fp16,12,0.2,mine,measured\nmul,fp16,12,0.5,mine,measured\n"
    )
    frame = energy_of("3B", [7, 12], settings=EnergySettings(tables=[path]))
    assert frame["bf16_pj"].isna().tolist() == [False, True]
    assert frame["bf16_ratio"].isna().tolist() == [False, True]
    assert frame["fp16_pj"].notna().all()


def test_energy_grows_with_length_and_context() -> None:
    for scope in ("paper", "real-shape+true-accumulator+zero-skip", WHOLE):
        prefill = energy_of("3B", scope=scope, tokens=np.arange(2, 400))
        assert (np.diff(prefill["ternary_pj"]) > 0).all()
        decode = energy_of("3B", scope=scope, tokens=1, context=np.arange(1, 400))
        assert (np.diff(decode["w8a8_pj"]) > 0).all()


def test_many_points_equal_single_ones() -> None:
    rng = np.random.default_rng(0)
    models = np.array(["3B", "7B", "70B"])[rng.integers(0, 3, 10_000)]
    scopes = np.array(["paper", WHOLE])[rng.integers(0, 2, 10_000)]
    nodes, tokens = rng.choice([7, 45], 10_000), rng.integers(0, 4096, 10_000)
    frame = energy_of(models, nodes, scopes, tokens)
    assert len(frame) == 10_000
    for row in (0, 4_999, 9_999):
        (single,) = energy_of(models[row], nodes[row], scopes[row], tokens[row])["ternary_pj"]
        assert frame["ternary_pj"][row] == pytest.approx(single, rel=1e-12)


def test_no_points_give_an_empty_frame() -> None:
    assert energy_of([], [], [], []).empty


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": ["3B", "4B"]}, "model must be .* a preset .*, not '4B': there is no .*"),
        ({"node_nm": [7, 5]}, "node_nm must be one of 7, 45, not 5"),
        ({"scope": "total"}, "scope must be one of paper, .*, not 'total'"),
        ({"tokens": [1, -1]}, "tokens must be non-negative ints"),
        ({"tokens": 2, "context": 1}, "context must be at least tokens, everywhere"),
        ({"tokens": [1, 2], "model": ["3B"] * 3}, r"must broadcast .*\(3,\), \(\), \(\), \(2,\)"),
        ({"baselines": ["fp8"]}, "baselines must be one of fp16, .*, not 'fp8'"),
        ({"model": "7B", "scope": "paper+zero-skip"}, "zero_fraction must be given: none is known"),
        ({"scope": "array+activity"}, "activity must come from a trace"),
    ],
)
def test_bad_arguments(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        energy_of(**arguments)
