"""The simulator: a model on an array, with its cycles, its energy and its certificate.

This ties the chain together. It computes nothing itself: cycles come from `hwsim.phases`, events
from `hwsim.activity`, prices from `energy.ledger`, integers from `hwsim.verification`.
"""

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike

from energy.papers import PAPER_TOKENS
from energy.technology import load_technology
from hwsim.configuration import configure_array
from hwsim.modelling import ModelChoice, choose_model
from hwsim.phases import run_phase
from hwsim.prompts import DEFAULT_PROMPT, require_prompt
from hwsim.provenance import describe_tables
from hwsim.result import Simulation
from rtl.config import ArrayConfig
from workloads.errors import InputError, require_int
from workloads.progress import Report, report_nothing
from workloads.shapes import ModelShape

NODES_NM = (7, 45)


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
    prompt : by default `hwsim.prompts.DEFAULT_PROMPT`.
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
    prompt = require_prompt(DEFAULT_PROMPT if prompt is None else prompt)
    if choice.checkpoint is not None and extent != "layer":
        raise InputError(f"rtl must be left out: all of {shape.name}'s run is executed anyway")
    if not nodes_nm:
        raise InputError("nodes_nm must name at least one node, not none")
    config = config or configure_array(shape.max_reduction)
    technologies = tuple(load_technology(node, tables=tables) for node in dict.fromkeys(nodes_nm))
    prefill = run_phase(config, shape, "prefill", tokens, tokens)
    decode = run_phase(config, shape, "decode", 1, tokens)
    simulation = Simulation(
        shape=shape,
        config=config,
        prefill=prefill,
        decode=decode,
        technologies=technologies,
        certificate=None,
        seed=seed,
        settings={
            "nodes_nm": [technology.node_nm for technology in technologies],
            "tables": describe_tables(tables),
            "verify": verify,
            "quantize": quantize,
        }
        | (
            {"rtl": extent}
            if choice.checkpoint is None
            else {"prompt": prompt, "generate_tokens": generate_tokens}
        ),
    )
    _ = simulation.ledgers  # refuses what no table prices before anything is executed
    certificate = None
    if verify:
        from hwsim.checkpoint_run import verify_checkpoint
        from hwsim.verification import verify_shape

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
    return replace(simulation, certificate=certificate)
