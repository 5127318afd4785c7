"""Shapes of b1.58 models: which matmuls a token costs, before any weight exists.

The first link of the chain: a `ModelShape` (a preset of `presets.csv`, or read from a checkpoint's
config.json) yields the `Matmul` list that the cycle model and the energy ledger work through.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workloads.errors import InputError, require_choice, require_int

ACTIVATIONS = ("relu2", "silu")
PRESETS_CSV = Path(__file__).with_name("presets.csv")


@dataclass(frozen=True, kw_only=True)
class Matmul:
    """One matmul y[M, N] = x[M, K] @ w[N, K].T, occurring `count` times in the model.

    Attributes
    ----------
    name : projection, for example ``q_proj``, or ``lm_head``.
    m, n, k : tokens, output features, input features.
    count : how often the same shape occurs under this name (the number of layers).
    ternary : True if w is in {-1, 0, +1}; the LM head is not.
    """

    name: str
    m: int
    n: int
    k: int
    count: int = 1
    ternary: bool = True

    @property
    def macs(self) -> int:
        """Multiply-accumulates, or select-and-adds where the weights are ternary."""
        return self.m * self.n * self.k * self.count


@dataclass(frozen=True, kw_only=True)
class ModelShape:
    """The sizes of a decoder-only Transformer.

    Attributes
    ----------
    activation : of the FFN, one of ACTIVATIONS; where the FFN is gated, the gate's.
    ffn_matrices : 3 for a gated FFN (gate, up, down), 2 for a plain one (up, down).
    head_dim : features of a head; `heads * head_dim` need not equal `hidden` (Falcon3).
    tied : the LM head shares the embedding's weights.
    zero_fraction : published or measured share of zero weights, 0 to 1, None if unknown.
    source : where the sizes come from.
    """

    name: str
    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    ffn_matrices: int = 3
    activation: str = "silu"
    tied: bool = False
    zero_fraction: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse sizes that no model can have; raises InputError."""
        for field in ("hidden", "intermediate", "layers", "heads", "kv_heads", "head_dim", "vocab"):
            require_int(field, getattr(self, field))
        require_int("ffn_matrices", self.ffn_matrices, 2, 3)
        require_choice("activation", self.activation, ACTIVATIONS)
        if self.heads % self.kv_heads:
            raise InputError(
                f"heads must be a multiple of kv_heads = {self.kv_heads}, not {self.heads}"
            )

    @property
    def projections(self) -> dict[str, tuple[int, int]]:
        """The ternary matrices of one layer: name -> (N, K)."""
        query, key_value = self.heads * self.head_dim, self.kv_heads * self.head_dim
        attention = {
            "q_proj": (query, self.hidden),
            "k_proj": (key_value, self.hidden),
            "v_proj": (key_value, self.hidden),
            "o_proj": (self.hidden, query),
        }
        gate = {"gate_proj": (self.intermediate, self.hidden)} if self.ffn_matrices == 3 else {}
        return (
            attention
            | gate
            | {
                "up_proj": (self.intermediate, self.hidden),
                "down_proj": (self.hidden, self.intermediate),
            }
        )

    @property
    def ternary_weights(self) -> int:
        """Ternary weights of the whole model."""
        return self.layers * sum(n * k for n, k in self.projections.values())

    @property
    def embedding_weights(self) -> int:
        """Weights kept in 16 bit: the embedding and, if not tied to it, the LM head."""
        return self.vocab * self.hidden * (1 if self.tied else 2)

    @property
    def max_reduction(self) -> int:
        """The largest K among the ternary matmuls; it sets the accumulator's width."""
        return max(k for _, k in self.projections.values())

    def matmuls(self, tokens: int, *, lm_head: bool = False) -> Iterator[Matmul]:
        """Yield the matmuls of one forward pass over `tokens` tokens (1 for a decode step).

        Raises InputError if `tokens` is not a positive int. With `lm_head` the 16-bit LM head
        follows, for the last token only, as generation needs it.
        """
        require_int("tokens", tokens)
        for name, (n, k) in self.projections.items():
            yield Matmul(name=name, m=tokens, n=n, k=k, count=self.layers)
        if lm_head:
            yield Matmul(name="lm_head", m=1, n=self.vocab, k=self.hidden, ternary=False)


@cache
def load_presets() -> dict[str, ModelShape]:
    """Return the preset shapes by name, in the order of `presets.csv`."""
    with PRESETS_CSV.open(newline="", encoding="utf-8") as file:
        return {row["name"]: _shape_from_row(row) for row in csv.DictReader(file)}


def find_preset(name: str) -> ModelShape:
    """Return the preset called `name`, in any case; raises InputError."""
    presets = load_presets()
    for known, shape in presets.items():
        if known.lower() == name.lower():
            return shape
    raise InputError(f"model must be a preset such as 3B (`hwsim models` lists them), not {name!r}")


def _shape_from_row(row: dict[str, str]) -> ModelShape:
    sizes = ("hidden", "intermediate", "layers", "heads", "kv_heads", "head_dim", "vocab")
    return ModelShape(
        name=row["name"],
        **{size: int(row[size]) for size in sizes},
        ffn_matrices=int(row["ffn_matrices"]),
        activation=row["activation"],
        tied=row["tied"] == "yes",
        zero_fraction=float(row["zero_fraction"]) if row["zero_fraction"] else None,
        source=row["source"],
    )
