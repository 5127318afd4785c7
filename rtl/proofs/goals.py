"""All that is proved of the arrays, of whatever method: what `hwsim prove` lists and runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

from rtl.config import STYLES, ArrayConfig
from rtl.proofs.catalog import list_long_proofs, list_proofs
from rtl.proofs.prover import ProofResult, prove
from rtl.proofs.sizes import SMALL, SMALL_CARRY, SMALL_GRID, SMALL_TABLE
from rtl.proofs.tree.plans import PlanError, check_plans
from rtl.proofs.verilog import prove_verilog
from rtl.verilog import emit_verilog
from workloads.errors import require_choice

#: Lanes of the trees whose plans are checked, and bits of their accumulators.
PLANS = (1, 2, 3, 16, 31, 64, 100, 256, 4096)
PLAN_WIDTH = 32

#: Arrays whose emitted Verilog is compared with the gateware.
EMITTED = (SMALL, SMALL_CARRY, SMALL_GRID, SMALL_TABLE)


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Something to be proved.

    Attributes
    ----------
    name : unique.
    claim : what holds, in one sentence.
    styles : of the arrays that it is about.
    attempt : tries to prove it; raises as `prove` does.
    """

    name: str
    claim: str
    styles: tuple[str, ...]
    attempt: Callable[[], ProofResult]

    def to_dict(self) -> dict[str, object]:
        """Return name, claim and styles as plain data."""
        return {"name": self.name, "claim": self.claim, "styles": self.styles}


def list_goals(style: str | None = None, *, long: bool = False) -> list[Goal]:
    """Return the goals of `style`, or of all; with `long` also those that take minutes.

    Raises InputError if `style` is none of `rtl.config.STYLES`.
    """
    if style is not None:
        require_choice("style", style, STYLES)
    return [goal for goal in _list_all(long) if style is None or style in goal.styles]


def _list_all(long: bool) -> Iterator[Goal]:
    for proof in chain(list_proofs(), list_long_proofs() if long else ()):
        yield Goal(
            name=proof.name,
            claim=proof.claim,
            styles=proof.styles,
            attempt=partial(prove, proof),
        )
    yield Goal(
        name="plans",
        claim=f"adders of {PLANS[0]} to {PLANS[-1]} lanes keep the sum of what they are given",
        styles=("tree",),
        attempt=_prove_plans,
    )
    for config in EMITTED:
        yield Goal(
            name=f"Verilog, {config.style}, {config.lanes} x {config.columns}",
            claim="the emitted Verilog does what the gateware does",
            styles=(config.style,),
            attempt=partial(_prove_emitted, config),
        )


def _prove_plans() -> ProofResult:
    try:
        for lanes in PLANS:
            check_plans(lanes, PLAN_WIDTH)
    except PlanError as error:
        return ProofResult(name="plans", outcome="refuted", steps=0, report=str(error))
    return ProofResult(name="plans", outcome="proved", steps=0, report="")


def _prove_emitted(config: ArrayConfig) -> ProofResult:
    return prove_verilog(config, emit_verilog(config))
