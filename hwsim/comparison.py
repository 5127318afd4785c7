"""The simulated array beside published ternary accelerators.

An energy a MAC is comparable only if node, target, model and what it covers are the same; a ratio
is given only then, else what differs is said. Nothing is scaled from one node to another.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from energy.accelerators import Accelerator, load_accelerators
from energy.accounts import sum_pj
from energy.compositions import parse_composition
from energy.formats import TERNARY
from hwsim.accounting.settings import EnergySettings
from hwsim.accounting.subject import Subject, find_subject
from hwsim.phases import run_phase
from rtl.config import ArrayConfig
from workloads.errors import require_int
from workloads.shapes import ModelShape

if TYPE_CHECKING:
    from hwsim.result import Simulation

# What we simulate of a design: its core with SRAM, and the same with the DRAM that feeds it.
OUR_SCOPES = {"core": "array+registers+sram", "core + DRAM": "array+registers+sram+dram"}
# The same in the ledger of a simulation.
_LEDGER_TOTALS = {"core": "+sram", "core + DRAM": "+dram"}


@dataclass(frozen=True, kw_only=True)
class SimulatedArray:
    """Our array in a decode step.

    Attributes
    ----------
    scope : a key of `OUR_SCOPES`.
    tokens_s : tokens a second through the ternary matmuls; attention is not timed.
    power_w : energy of a token x tokens_s, leakage and clock tree not counted.
    energy_pj_mac : energy of a token / ternary weights: 1 op is 1 MAC.
    """

    model: str
    node_nm: int
    scope: str
    tokens_s: float
    power_w: float
    energy_pj_mac: float


@dataclass(frozen=True, kw_only=True)
class ComparedAccelerator:
    """A published design beside our core.

    Attributes
    ----------
    energy_pj_mac, rule : 1 op as 1 MAC, and how it follows from what is printed; or None.
    ratio : its energy a MAC / ours; None where a convention differs.
    differs : the conventions that differ or are not reported.
    """

    published: Accelerator
    energy_pj_mac: float | None
    rule: str
    ratio: float | None
    differs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The result of `compare_accelerators`."""

    config: ArrayConfig
    context: int
    simulated: tuple[SimulatedArray, ...]
    published: tuple[ComparedAccelerator, ...]

    def _repr_html_(self) -> str:
        from hwsim.comparison_table import show_comparison

        return show_comparison(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return asdict(self)


def compare_accelerators(
    model: str | Path | ModelShape | Subject = "3B",
    *,
    node_nm: int = 7,
    context: int = 512,
    settings: EnergySettings | None = None,
) -> Comparison:
    """Return our array's decode step of `model` at `context` beside the published designs.

    Raises InputError.
    """
    settings = settings or EnergySettings()
    shape = find_subject(model).shape
    require_int("context", context)
    config, technology = settings.choose_array(shape), settings.load_technology(node_nm)
    tokens_s = run_phase(config, shape, "decode", 1, context).tokens_per_second
    forward = settings.describe_passes(
        shape, technology, np.array([1.0]), np.array([float(context)])
    )
    simulated = []
    for scope, name in OUR_SCOPES.items():
        account = settings.open_account(forward, TERNARY, parse_composition(name))
        token_pj = float(np.sum(sum_pj(account)))
        simulated.append(_describe_array(shape, node_nm, scope, tokens_s, token_pj))
    return _compare_all(config, context, simulated)


def compare_simulation(simulation: "Simulation") -> Comparison:
    """Return the decode step of `simulation` at its first node beside the published designs."""
    decode, node_nm = simulation.decode, simulation.technologies[0].node_nm
    simulated = [
        _describe_array(
            simulation.shape,
            node_nm,
            scope,
            decode.tokens_per_second,
            simulation.find_total(total, decode).ternary_pj,
        )
        for scope, total in _LEDGER_TOTALS.items()
    ]
    return _compare_all(simulation.config, decode.context, simulated)


def _describe_array(
    shape: ModelShape, node_nm: int, scope: str, tokens_s: float, token_pj: float
) -> SimulatedArray:
    return SimulatedArray(
        model=shape.name,
        node_nm=node_nm,
        scope=scope,
        tokens_s=tokens_s,
        power_w=token_pj * 1e-12 * tokens_s,
        energy_pj_mac=token_pj / shape.ternary_weights,
    )


def _compare_all(
    config: ArrayConfig, context: int, simulated: Sequence[SimulatedArray]
) -> Comparison:
    core = simulated[0]
    return Comparison(
        config=config,
        context=context,
        simulated=tuple(simulated),
        published=tuple(_compare(row, core) for row in load_accelerators()),
    )


def _compare(published: Accelerator, ours: SimulatedArray) -> ComparedAccelerator:
    energy_pj_mac, rule = published.normalised_pj_mac or (None, "")
    differs = tuple(_list_differences(published, ours, energy_pj_mac))
    return ComparedAccelerator(
        published=published,
        energy_pj_mac=energy_pj_mac,
        rule=rule,
        ratio=None if differs or energy_pj_mac is None else energy_pj_mac / ours.energy_pj_mac,
        differs=differs,
    )


def _list_differences(
    published: Accelerator, ours: SimulatedArray, energy_pj_mac: float | None
) -> list[str]:
    node = f"{published.node_nm:g} nm" if published.node_nm else "n/r"
    compared = {
        "energy a MAC (n/r)": energy_pj_mac is None,
        f"target ({published.target.upper()})": published.target != "asic",
        f"node ({node})": published.target == "asic" and published.node_nm != ours.node_nm,
        f"what is covered ({published.scope or 'n/r'})": published.scope != ours.scope,
        f"model ({published.model or 'n/r'})": published.model != ours.model,
        f"basis ({published.basis})": published.basis == "projected",
    }
    return [name for name, differs in compared.items() if differs]
