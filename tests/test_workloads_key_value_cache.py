"""Caches: room that grows, and the one that holds a single layer."""

from pathlib import Path

import numpy as np
import pytest
from random_checkpoint import RandomCheckpoint

from workloads.checkpoint import read_checkpoint
from workloads.errors import InputError
from workloads.key_value_cache import KeyValueCache, SinglePassCache
from workloads.model import Model

TOKENS = list(range(1, 71))  # more than the first room


@pytest.fixture
def model(tmp_path: Path) -> Model:
    source = RandomCheckpoint(layers=3, context=128)
    return Model(read_checkpoint(source.write(tmp_path)))


def test_growing_keeps_what_is_held(model: Model) -> None:
    cache = KeyValueCache(model.shape, 128)
    model.forward(TOKENS[:60], cache)
    keys, values = (array.copy() for array in cache.open_layer(2))
    cache.reserve(100)
    assert cache.keys.shape[2] == 128
    assert np.array_equal(cache.open_layer(2)[0][:, :60], keys[:, :60])
    assert np.array_equal(cache.open_layer(2)[1][:, :60], values[:, :60])
    assert cache.keys[2].base is cache.open_layer(2)[0].base


def test_a_single_pass_gives_the_same_states(model: Model) -> None:
    cache = SinglePassCache(model.shape, len(TOKENS))
    states = model.forward(TOKENS, cache)
    assert np.array_equal(states, model.forward(TOKENS, model.create_cache()))
    assert len(cache.keys) == len(cache.values) == 1


def test_a_second_pass_is_refused(model: Model) -> None:
    cache = SinglePassCache(model.shape, 9)
    model.forward([1, 2], cache)
    message = r"^cache must be new for a single pass, not hold 2 tokens$"
    with pytest.raises(InputError, match=message):
        model.forward([3], cache)


def test_the_capacity_is_checked(model: Model) -> None:
    for kind in (KeyValueCache, SinglePassCache):
        with pytest.raises(InputError, match=r"^capacity must be a positive int, not 0$"):
            kind(model.shape, 0)
