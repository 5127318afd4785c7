"""The simulator: a model on an array, with its cycles, its energy and its certificate.

This ties the chain together. It computes nothing itself: cycles come from `hwsim.phases`, events
from `hwsim.activity`, prices from `energy.ledger`, integers from `hwsim.verification`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from os import PathLike

from energy.ledger import NOT_COUNTED, LedgerRow, build_ledger
from energy.papers import PAPER_TOKENS, operation_ratio, paper_ratio
from energy.technology import Technology, load_technology
from hwsim.activity import count_activity
from hwsim.certificate import Certificate
from hwsim.configuration import configure_array
from hwsim.modelling import ModelChoice, choose_model
from hwsim.phases import Phase, run_phase
from hwsim.provenance import describe_provenance
from rtl.config import ArrayConfig
from workloads.errors import InputError, require_int
from workloads.progress import Report, report_nothing
from workloads.shapes import ModelShape

SCHEMA = "hwsim.run/1"
NODES_NM = (7, 45)


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
    """

    shape: ModelShape
    config: ArrayConfig
    prefill: Phase
    decode: Phase
    technologies: tuple[Technology, ...]
    certificate: Certificate | None
    seed: int

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
        Fig. 3: one operation; its 3B at 512 tokens), `model_ratio` the same accounting of this
        model and prefill. `arithmetic_ratio` is this model's
        arithmetic as the array does it; `decode_ratio` and `prefill_ratio` count every scope.
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
                "peak_gops": self.config.lanes * self.config.columns * self.config.clock_mhz / 1e3,
            },
            "headline": self.headline,
            "phases": [phase.to_dict() for phase in self.phases],
            "energy": [row.to_dict() for row in self.ledger],
            "not_counted": list(NOT_COUNTED),
            "certificate": self.certificate and self.certificate.to_dict(),
            "provenance": describe_provenance(self.seed),
        }


def simulate(
    model: str | ModelShape = "3B",
    config: ArrayConfig | None = None,
    *,
    tokens: int | None = None,
    nodes_nm: tuple[int, ...] = NODES_NM,
    tables: Sequence[str | PathLike[str]] = (),
    verify: bool = True,
    extent: str = "layer",
    quantize: str | None = None,
    prompt: str | None = None,
    generate_tokens: int = 4,
    seed: int = 0,
    report: Report = report_nothing,
) -> Simulation:
    """Simulate a model on an array: prefill of `tokens` tokens, and the token that follows.

    Parameters
    ----------
    model : ``tiny``, a preset's name, a checkpoint's folder, or a `ModelShape`.
    config : the array; by default `configure_array` for the model's largest matmul.
    tokens : length of the prefill; by default 512, or the model's context if that is shorter.
    nodes_nm : technology nodes of the energy ledger; the first one's ratios are the headline.
    tables : CSV files with prices of your own, see `energy.technology.load_technology`.
    verify : execute on the compiled RTL and compare. A checkpoint: every ternary matmul of `prompt`
        and of `generate_tokens` generated tokens. A shape: `extent` of it, with weights and
        activations drawn from `seed`.
    quantize : ``absmean`` for a checkpoint whose files do not say that it is ternary.
    extent : ``layer`` of a decode token, ``token`` (all layers of it), or ``full`` (the prefill).
    report : called with the share done, 0 to 1, and what is being done.

    Raises
    ------
    InputError
        If an argument is out of range, the model is unknown or its checkpoint is damaged.
    """
    if not isinstance(model, str | ModelShape):
        raise InputError(f"model must be a name or a ModelShape, not {model!r}")
    choice = model if isinstance(model, str) else ModelChoice(shape=model)
    choice = choose_model(choice, quantize=quantize) if isinstance(choice, str) else choice
    shape = choice.shape
    if tokens is None:
        tokens = min(PAPER_TOKENS, choice.context or PAPER_TOKENS)
    require_int("tokens", tokens)
    require_int("generate_tokens", generate_tokens)
    require_int("seed", seed, 0)
    if choice.context is not None and tokens > choice.context:
        raise InputError(f"tokens must fit the model's context of {choice.context}, not {tokens}")
    if choice.checkpoint is None and prompt is not None:
        raise InputError(f"prompt must be left out: {shape.name} is only a shape, without weights")
    if choice.checkpoint is not None and extent != "layer":
        raise InputError(f"rtl must be left out: all of {shape.name}'s run is executed anyway")
    if not nodes_nm:
        raise InputError("nodes_nm must name at least one node, not none")
    config = config or configure_array(shape.max_reduction)
    technologies = tuple(load_technology(node, tables=tables) for node in nodes_nm)
    prefill = run_phase(config, shape, "prefill", tokens, tokens)
    decode = run_phase(config, shape, "decode", 1, tokens)
    certificate = None
    if verify:
        from hwsim.verification import verify_checkpoint, verify_shape

        if choice.checkpoint is None:
            certificate = verify_shape(
                shape, config, extent=extent, tokens=tokens, seed=seed, report=report
            )
        else:
            certificate = verify_checkpoint(
                choice.checkpoint,
                config,
                quantize=quantize,
                prompt=prompt,
                tokens=generate_tokens,
                report=report,
            )
    return Simulation(
        shape=shape,
        config=config,
        prefill=prefill,
        decode=decode,
        technologies=technologies,
        certificate=certificate,
        seed=seed,
    )
