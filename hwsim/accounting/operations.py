"""The ternary energy of a simulation by operation: each matmul, attention, scales, LM head.

What an array does is counted matmul by matmul, so its energy divides exactly; what follows from
the model's shape alone (attention, scales, keys and values, LM head) is an operation of its own.
All layers have the same matmuls, so each takes the same share of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from energy.accounts import open_account
from energy.compositions import parse_composition
from energy.entries import ForwardPass
from energy.formats import TERNARY
from hwsim.activity import count_activity
from hwsim.phases import Phase
from hwsim.result import Simulation

EVERYTHING = parse_composition("array+registers+sram+dram+lm-head")


@dataclass(frozen=True, kw_only=True)
class OperationEnergy:
    """Energy in pJ of one category of an operation, in a whole pass at the first node.

    Attributes
    ----------
    operation : a matmul's name, or the category of what belongs to no matmul.
    scope, category : as in the ledger, for example ``+dram``, ``weights``.
    """

    phase: str
    node_nm: int
    operation: str
    scope: str
    category: str
    ternary_pj: float


def divide_energy(simulation: Simulation) -> list[OperationEnergy]:
    """Return the energy of every operation and category; per phase they add up to all of it."""
    return [row for phase in simulation.phases for row in _divide_phase(simulation, phase)]


def _divide_phase(simulation: Simulation, phase: Phase) -> Iterator[OperationEnergy]:
    technology, whole = simulation.technologies[0], count_activity(phase)
    forward = ForwardPass(
        shape=simulation.shape,
        technology=technology,
        tokens=phase.tokens,
        context=phase.context,
        dram="hbm2",
        float_sums="own",
    )
    parts = {"": whole.repeat(0)}
    for pair in phase.matmuls:
        counts = count_activity(replace(phase, matmuls=(pair,)))
        parts[pair[0].name] = replace(
            counts,
            activation_values=whole.activation_values,  # the price of the shared buffers
            partial_sum_values=whole.partial_sum_values,
        )
    shared = set()
    for name, counts in parts.items():
        for entry in open_account(forward, TERNARY, EVERYTHING, counts):
            scope = entry.part if entry.part == "array" else f"+{entry.part}"
            key = scope, entry.category
            if entry.pj and key not in shared:
                yield OperationEnergy(
                    phase=phase.name,
                    node_nm=technology.node_nm,
                    operation=name or entry.category,
                    scope=scope,
                    category=entry.category,
                    ternary_pj=float(entry.pj),
                )
            if not name and entry.pj:
                shared.add(key)
