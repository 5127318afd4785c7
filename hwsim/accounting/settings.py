"""What an account of energy depends on besides model, node, scope and passes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from energy.accounts import open_account
from energy.activity import Activity
from energy.compositions import Composition
from energy.entries import FLOAT_SUMS, Entry, ForwardPass
from energy.formats import NumberFormat
from energy.technology import Technology, load_technology
from hwsim.array_counts import count_passes
from hwsim.configuration import configure_array
from rtl.config import ArrayConfig
from workloads.errors import InputError, require_choice, require_int
from workloads.shapes import ModelShape


@dataclass(frozen=True, kw_only=True)
class EnergySettings:
    """Settings with the defaults of `hwsim energy`.

    Attributes
    ----------
    config : the array; None for `configure_array` with the model's largest K.
    tables : the user's own technology tables, see `energy.tables`.
    dram : kind of DRAM in the memory table.
    float_sums : ``own`` or ``fp32``: the adds and partial sums of float baselines, except in the
        papers' own scopes.
    lm_head_tokens : tokens of a pass that need the LM head, at most; 1 in generation.
    zero_fraction : share of zero weights, 0 to 1, instead of what is known of the model.
    """

    config: ArrayConfig | None = None
    tables: Sequence[str | PathLike[str]] = ()
    dram: str = "hbm2"
    float_sums: str = "own"
    lm_head_tokens: int = 1
    zero_fraction: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no account can have; raises InputError."""
        require_choice("float_sums", self.float_sums, FLOAT_SUMS)
        require_int("lm_head_tokens", self.lm_head_tokens, 0)
        if self.zero_fraction is not None and not 0 <= self.zero_fraction <= 1:
            raise InputError(f"zero_fraction must be from 0 to 1, not {self.zero_fraction!r}")

    def load_technology(self, node_nm: int) -> Technology:
        """Return a node's prices; refuses an unknown DRAM also where no scope needs it."""
        technology = load_technology(node_nm, tables=self.tables)
        technology.dram_bit(self.dram)
        return technology

    def choose_array(self, shape: ModelShape) -> ArrayConfig:
        """Return the array for a model."""
        return self.config or configure_array(shape.max_reduction)

    def describe_passes(
        self,
        shape: ModelShape,
        technology: Technology,
        tokens: Any,
        context: Any,
        activity: Activity | None = None,
    ) -> ForwardPass:
        """Return what accounts are of: float64 arrays `tokens` and `context` of equal length."""
        fraction = shape.zero_fraction if self.zero_fraction is None else self.zero_fraction
        return ForwardPass(
            shape=shape,
            technology=technology,
            tokens=tokens,
            context=context,
            dram=self.dram,
            float_sums=self.float_sums,
            lm_head_tokens=np.minimum(tokens, self.lm_head_tokens),
            zero_fraction=fraction,
            activity=activity,
        )

    def open_account(
        self, forward: ForwardPass, numbers: NumberFormat, composition: Composition
    ) -> list[Entry]:
        """Return the entries of an account; energies are numbers or arrays over the passes."""
        if not composition.needs_array:
            return open_account(forward, numbers, composition)
        config, tokens = self.choose_array(forward.shape), np.asarray(forward.tokens)
        entries: dict[tuple[str, str], Entry] = {}
        energies: dict[tuple[str, str], NDArray[np.float64]] = {}
        for group in (tokens > 1, tokens <= 1):  # their partial sums lie in different places
            if not group.any():
                continue
            passes = replace(
                forward,
                tokens=tokens[group],
                context=np.asarray(forward.context)[group],
                lm_head_tokens=np.asarray(forward.lm_head_tokens)[group],
            )
            counts = count_passes(config, forward.shape, tokens[group])
            for entry in open_account(passes, numbers, composition, counts):
                key = entry.part, entry.category
                entries[key] = entry
                energies.setdefault(key, np.zeros(tokens.shape))[group] = entry.pj
        return [entry._replace(pj=energies[key]) for key, entry in entries.items()]
