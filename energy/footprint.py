"""How many bytes a model needs in memory: weights and keys and values exactly, the rest fitted."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from energy.quantities import Count, check_count
from workloads.errors import InputError
from workloads.shapes import ModelShape

FLOAT_BYTES = 2
GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """Bytes of a model in memory while it handles a sequence.

    Attributes
    ----------
    linear_bytes : weights of the linear layers, each matrix in whole bytes.
    embedding_bytes : embedding and, if not tied to it, LM head, in 16 bit.
    key_value_bytes : 16-bit keys and values of all positions.

    Norms and scales, under a thousandth of the rest, are left out.
    """

    linear_bytes: int
    embedding_bytes: int
    key_value_bytes: Count

    @property
    def weights_bytes(self) -> int:
        """Everything but keys and values."""
        return self.linear_bytes + self.embedding_bytes

    @property
    def total_bytes(self) -> Count:
        """Everything that is counted."""
        return self.weights_bytes + self.key_value_bytes

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and their sums as a plain dict."""
        return asdict(self) | {
            "weights_bytes": self.weights_bytes,
            "total_bytes": self.total_bytes,
        }


def count_footprint(shape: ModelShape, *, tokens: Any = 0, weight_bits: float = 2.0) -> Footprint:
    """Return the bytes of `shape` with `tokens` positions in its key-value cache, int or array.

    `weight_bits` is 2 or 1.6 for ternary weights, 16 for floats. Raises InputError.

    >>> from workloads.shapes import find_preset
    >>> count_footprint(find_preset("2B-4T")).linear_bytes  # 2,084,044,800 weights, four to a byte
    521011200
    """
    if not 0 < weight_bits <= 64:
        raise InputError(f"weight_bits must be above 0 and at most 64, not {weight_bits!r}")
    byte_share = Fraction(str(weight_bits)) / 8
    layer_bytes = sum(ceil(n * k * byte_share) for n, k in shape.projections.values())
    token_bytes = 2 * shape.layers * shape.kv_heads * shape.head_dim * FLOAT_BYTES
    return Footprint(
        linear_bytes=shape.layers * layer_bytes,
        embedding_bytes=shape.embedding_weights * FLOAT_BYTES,
        key_value_bytes=check_count("tokens", tokens) * token_bytes,
    )
