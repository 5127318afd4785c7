"""The result of a simulation: cycles, energies and certificate of a model on an array."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property

from energy.ledger import NOT_COUNTED, LedgerRow, build_ledger
from energy.papers import operation_ratio, paper_ratio
from energy.technology import Technology
from hwsim.activity import count_activity
from hwsim.certificate import Certificate
from hwsim.phases import Phase
from hwsim.provenance import describe_provenance
from rtl.config import ArrayConfig
from workloads.shapes import ModelShape

SCHEMA = "hwsim.run/1"


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """The result of `simulate`.

    Attributes
    ----------
    shape, config : the model and the array.
    prefill, decode : cycles of a pass over the prompt, and of one token after it.
    technologies : price tables, one a node.
    certificate : what was executed on the compiled RTL, or None if nothing was.
    seed : of the weights and activations of a model that is only a shape.
    settings : what else was asked for: nodes, price tables, what is executed.
    """

    shape: ModelShape
    config: ArrayConfig
    prefill: Phase
    decode: Phase
    technologies: tuple[Technology, ...]
    certificate: Certificate | None
    seed: int
    settings: Mapping[str, object] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        from hwsim.summary import show_summary  # which imports this module

        return show_summary(self)

    @property
    def phases(self) -> tuple[Phase, Phase]:
        """Both phases."""
        return self.prefill, self.decode

    @cached_property
    def ledgers(self) -> dict[tuple[str, int], tuple[LedgerRow, ...]]:
        """Energy at widening scopes by phase and node, for example ``("decode", 7)``."""
        return {
            (phase.name, technology.node_nm): build_ledger(
                self.shape,
                technology,
                tokens=phase.tokens,
                context=phase.context,
                counts=count_activity(phase),
            )
            for phase in self.phases
            for technology in self.technologies
        }

    @property
    def ledger(self) -> list[LedgerRow]:
        """The rows of all `ledgers`, one after the other."""
        return [row for rows in self.ledgers.values() for row in rows]

    @cached_property
    def headline(self) -> dict[str, float]:
        """The numbers that answer the question, energy ratios FP16 / ternary at the first node.

        `operation_ratio` and `paper_ratio` are the paper's own accounting (arXiv 2402.17764,
        Fig. 3: one operation; its 3B at 512 tokens), with the user's prices where there are any,
        `model_ratio` the same accounting of this model and prefill. `arithmetic_ratio` is this
        model's arithmetic as the array does it; `decode_ratio` and `prefill_ratio` count every
        scope.
        """
        return {
            "node_nm": self.technologies[0].node_nm,
            "operation_ratio": operation_ratio(self.technologies[0]),
            "paper_ratio": paper_ratio(self.technologies[0]),
            "model_ratio": self.find_total("paper", self.prefill).ratio or 0.0,
            "arithmetic_ratio": self.find_total("array", self.prefill).ratio or 0.0,
            "prefill_ratio": self.find_total("+lm-head", self.prefill).ratio or 0.0,
            "decode_ratio": self.find_total("+lm-head", self.decode).ratio or 0.0,
        }

    def find_total(self, scope: str, phase: Phase, node_nm: int | None = None) -> LedgerRow:
        """Return the ledger's total of `scope` for a phase, at `node_nm` or the first node."""
        rows = self.ledgers[phase.name, node_nm or self.technologies[0].node_nm]
        return next(row for row in rows if row.scope == scope and row.category == "total")

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain data, the content of a run folder's run.json."""
        return {
            "schema": SCHEMA,
            "model": asdict(self.shape)
            | {
                "ternary_weights": self.shape.ternary_weights,
                "embedding_weights": self.shape.embedding_weights,
            },
            "array": asdict(self.config)
            | {
                "beats_per_tile": self.config.beats_per_tile,
                "memory_bandwidth_gb_s": self.config.memory_bandwidth_gb_s,
                "peak_gops": self.config.peak_gops,
            },
            "settings": dict(self.settings),
            "headline": self.headline,
            "phases": [phase.to_dict() for phase in self.phases],
            "energy": [row.to_dict() for row in self.ledger],
            "not_counted": list(NOT_COUNTED),
            "certificate": self.certificate and self.certificate.to_dict(),
            "provenance": describe_provenance(self.seed),
        }
