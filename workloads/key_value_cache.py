"""What attention keeps of the tokens that a model has seen."""

from dataclasses import replace

import numpy as np

from workloads.decoder_layer import Floats
from workloads.errors import InputError, require_int
from workloads.shapes import ModelShape

_FIRST_ROOM = 64  # tokens


class KeyValueCache:
    """Keys and values of the tokens that a model has seen.

    Attributes
    ----------
    length : tokens held.
    steps : forward passes done.
    capacity : tokens that it may hold.
    keys, values : float64[layers, kv_heads, room, head_dim]; room grows up to the capacity.
    """

    def __init__(self, shape: ModelShape, capacity: int) -> None:
        self.capacity = require_int("capacity", capacity)
        self.length = 0
        self.steps = 0
        room = min(capacity, _FIRST_ROOM)
        self.keys = np.empty((shape.layers, shape.kv_heads, room, shape.head_dim))
        self.values = np.empty_like(self.keys)

    def reserve(self, length: int) -> None:
        """Make room for `length` tokens in all, at most `capacity`; the arrays at least double."""
        room = self.keys.shape[2]
        if length > room:
            room = min(max(length, 2 * room), self.capacity)
            self.keys = self._grow(self.keys, room)
            self.values = self._grow(self.values, room)

    def open_layer(self, index: int) -> tuple[Floats, Floats]:
        """Return the keys and values of a layer, float64[kv_heads, room, head_dim], to write to."""
        return self.keys[index], self.values[index]

    def _grow(self, old: Floats, room: int) -> Floats:
        layers, heads, _, features = old.shape
        new = np.empty((layers, heads, room, features))
        new[:, :, : self.length] = old[:, :, : self.length]
        return new


class SinglePassCache(KeyValueCache):
    """A cache for one forward pass, after which no token follows: it holds one layer at a time."""

    def __init__(self, shape: ModelShape, capacity: int) -> None:
        super().__init__(replace(shape, layers=1), capacity)

    def reserve(self, length: int) -> None:
        """Make room as `KeyValueCache` does; raises InputError in a second pass."""
        if self.length:
            raise InputError(f"cache must be new for a single pass, not hold {self.length} tokens")
        super().reserve(length)

    def open_layer(self, index: int) -> tuple[Floats, Floats]:
        """Return the one layer that there is."""
        return super().open_layer(0)
