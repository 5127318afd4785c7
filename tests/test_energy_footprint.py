"""Bytes in memory: by hand, against a real file, and the exact cache."""

import json
from importlib.resources import files

import numpy as np
import pytest

from energy.footprint import count_footprint
from workloads.checkpoint import read_checkpoint
from workloads.errors import InputError
from workloads.shapes import find_preset


def test_the_published_2b_model_by_hand():
    # 2,084,044,800 ternary weights, four to a byte; 128256 x 2560 words in 16 bit, tied;
    # keys and values: 2 x 30 layers x 5 heads x 128 features x 2 bytes a token
    footprint = count_footprint(find_preset("2B-4T"), tokens=4096)
    assert footprint.linear_bytes == 521_011_200
    assert footprint.embedding_bytes == 656_670_720
    assert footprint.key_value_bytes == 4096 * 76_800
    assert footprint.weights_bytes == 1_177_681_920
    assert footprint.to_dict()["total_bytes"] == 1_177_681_920 + 4096 * 76_800


def test_other_widths_round_up_to_whole_bytes_a_matrix():
    shape = find_preset("2B-4T")
    assert count_footprint(shape, weight_bits=16).linear_bytes == 2 * 2_084_044_800
    # five trits in a byte
    five = 30 * sum(-(-n * k // 5) for n, k in shape.projections.values())
    assert count_footprint(shape, weight_bits=1.6).linear_bytes == five


def test_the_shipped_checkpoint_has_as_many_bytes():
    checkpoint = read_checkpoint("tiny")
    packed = sum(linear.weight.packed.nbytes for linear in checkpoint.linears)
    assert count_footprint(checkpoint.shape).linear_bytes == packed
    path = files("workloads").joinpath("tiny/model.safetensors")
    raw = path.read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    start, end = header["model.embed_tokens.weight"]["data_offsets"]
    words = checkpoint.shape.embedding_weights
    assert count_footprint(checkpoint.shape).embedding_bytes == 2 * words
    assert end - start in (2 * words, 4 * words)


def test_a_cache_of_many_lengths():
    lengths = np.array([0, 1, 1000])
    footprint = count_footprint(find_preset("3B"), tokens=lengths)
    # 2 x 26 layers x 3200 features x 2 bytes
    assert footprint.key_value_bytes.tolist() == [0, 332_800, 332_800_000]
    assert (footprint.total_bytes - footprint.weights_bytes == footprint.key_value_bytes).all()


@pytest.mark.parametrize("bits", [0, -2, 65])
def test_weight_bits_are_checked(bits):
    with pytest.raises(InputError, match="weight_bits must be above 0 and at most 64"):
        count_footprint(find_preset("3B"), weight_bits=bits)
