"""The energy of a model in several number formats and scopes, row by row, each with its source.

Behind `hwsim energy`. Counts come from the cycle model and the compressor tree's plan, prices from
the technology tables; this only asks for them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from energy.activity import Activity
from energy.compositions import Composition, parse_composition
from energy.entries import Entry
from energy.formats import BASELINES, FORMATS, NumberFormat, find_format
from energy.ledger import NOT_COUNTED
from energy.papers import PAPER_TOKENS
from hwsim.energy_settings import EnergySettings
from hwsim.energy_subject import Subject, find_subject
from rtl.config import ArrayConfig
from workloads.errors import InputError, require_int
from workloads.progress import Report, report_nothing
from workloads.shapes import ModelShape

DEFAULT_SCOPES = (
    "paper",
    "bitnet-2023",
    "real-shape",
    "real-shape+true-accumulator",
    "real-shape+true-accumulator+zero-skip",
    "real-shape+lm-head",
    "array",
    "array+registers",
    "array+registers+sram",
    "array+registers+sram+dram",
    "array+registers+sram+dram+lm-head",
    "array+activity+registers+sram+dram+lm-head",
)


@dataclass(frozen=True, kw_only=True)
class EnergyRow:
    """Energy of one category, in one scope, number format and node.

    Attributes
    ----------
    scope, part, category : the composition, the part of it, what is counted.
    format : ``ternary`` or a baseline.
    energy_pj : of all forward passes of the account.
    scaled : what a measured rate did: a factor with its rule, ``unscaled``, or empty.
    kind : published if every price is, otherwise derived (or the kind of the user's own prices).
    counted, source : what was counted, and where the prices come from.
    prices_pj : the prices, in the order of their sources.
    """

    scope: str
    part: str
    category: str
    format: str
    node_nm: int
    energy_pj: float
    scaled: str
    kind: str
    counted: str
    source: str
    prices_pj: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class EnergyAccount:
    """The result of `account_energy`.

    Attributes
    ----------
    passes : tokens and context of each forward pass; energies are of all of them.
    scopes : names of the compositions, in the order asked for.
    formats : number formats, ternary first.
    zero_source : where the share of zero weights comes from.
    """

    shape: ModelShape
    config: ArrayConfig
    passes: tuple[tuple[int, int], ...]
    scopes: tuple[str, ...]
    formats: tuple[str, ...]
    nodes_nm: tuple[int, ...]
    rows: tuple[EnergyRow, ...]
    zero_source: str
    activity: Activity | None

    def total_pj(self, scope: str, format: str, node_nm: int) -> float | None:
        """Return the energy of a scope; None where the node has no price for the format."""
        key = (scope, format, node_nm)
        parts = [r.energy_pj for r in self.rows if (r.scope, r.format, r.node_nm) == key]
        return sum(parts) if parts else None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "model": asdict(self.shape),
            "zero_fraction_source": self.zero_source,
            "array": asdict(self.config),
            "passes": [{"tokens": tokens, "context": context} for tokens, context in self.passes],
            "activity": self.activity and asdict(self.activity),
            "accounting": {name: FORMATS[name].accounting for name in self.formats},
            "not_counted": list(NOT_COUNTED),
            "totals": [
                {"scope": scope, "format": name, "node_nm": node_nm, "energy_pj": total_pj}
                for node_nm in self.nodes_nm
                for scope in self.scopes
                for name in self.formats
                if (total_pj := self.total_pj(scope, name, node_nm)) is not None
            ],
            "rows": [asdict(row) for row in self.rows],
        }


def account_energy(
    model: str | Path | ModelShape | Subject = "3B",
    *,
    tokens: int | None = None,
    context: int | None = None,
    nodes_nm: Sequence[int] = (7,),
    scopes: Sequence[str] = (),
    baselines: Sequence[str] = BASELINES,
    settings: EnergySettings | None = None,
    report: Report = report_nothing,
) -> EnergyAccount:
    """Return the energy of forward passes of `model`.

    Parameters
    ----------
    model : preset, config.json, checkpoint or trace (a folder), or a `ModelShape`.
    tokens, context : tokens of one pass and positions each attends to (by default `tokens`): a
        prefill of n has n; a decode step at context c has 1 and c. By default the passes that a
        trace recorded, else 512, or the model's context if that is shorter.
    scopes : see `energy.compositions`; by default `DEFAULT_SCOPES`, without those whose measured
        rates are not known.
    baselines : number formats beside ternary; those that a node does not price are left out.

    Raises InputError.
    """
    settings = settings or EnergySettings()
    subject = find_subject(model)
    compositions = _choose_scopes(scopes, subject, settings)
    passes = _choose_passes(subject, tokens, context)
    lengths, positions = np.array(passes, dtype=np.float64).T
    formats = [find_format(name) for name in dict.fromkeys(("ternary", *baselines))]
    config = settings.choose_array(subject.shape)
    activity = None
    if subject.trace and any("activity" in composition.parts for composition in compositions):
        from hwsim.trace_activity import measure_activity

        activity = measure_activity(subject.trace, config, report)
    rows: list[EnergyRow] = []
    for node_nm in nodes_nm:
        technology = settings.load_technology(node_nm)
        forward = settings.describe_passes(subject.shape, technology, lengths, positions, activity)
        for composition in compositions:
            for numbers in (numbers for numbers in formats if numbers.is_priced(technology)):
                entries = settings.open_account(forward, numbers, composition)
                rows += [_make_row(entry, composition, numbers, node_nm) for entry in entries]
    return EnergyAccount(
        shape=subject.shape,
        config=config,
        passes=passes,
        scopes=tuple(composition.name for composition in compositions),
        formats=tuple(numbers.name for numbers in formats),
        nodes_nm=tuple(nodes_nm),
        rows=tuple(rows),
        zero_source=subject.zero_source if settings.zero_fraction is None else "given",
        activity=activity,
    )


def _choose_scopes(
    scopes: Sequence[str], subject: Subject, settings: EnergySettings
) -> list[Composition]:
    chosen = [parse_composition(scope) for scope in scopes or DEFAULT_SCOPES]
    if scopes:
        return list({composition.name: composition for composition in chosen}.values())
    unknown = set()
    if subject.shape.zero_fraction is None and settings.zero_fraction is None:
        unknown.add("zero-skip")
    if subject.trace is None:
        unknown.add("activity")
    return [composition for composition in chosen if not unknown & set(composition.parts)]


def _choose_passes(
    subject: Subject, tokens: int | None, context: int | None
) -> tuple[tuple[int, int], ...]:
    if tokens is None and subject.passes:
        if context is not None:
            raise InputError("context must come with tokens: a trace has passes of its own")
        return subject.passes
    if tokens is None:
        tokens = min(PAPER_TOKENS, subject.context or PAPER_TOKENS)
    require_int("tokens", tokens, 0)
    context = tokens if context is None else require_int("context", context, minimum=tokens)
    return ((tokens, context),)


def _make_row(
    entry: Entry, composition: Composition, numbers: NumberFormat, node_nm: int
) -> EnergyRow:
    kinds = {price.kind for price in entry.prices}
    return EnergyRow(
        scope=composition.name,
        part=entry.part,
        category=entry.category,
        format=numbers.name,
        node_nm=node_nm,
        energy_pj=float(np.sum(entry.pj)),
        scaled=entry.scaled,
        kind=kinds.pop() if len(kinds) == 1 else "derived",
        counted=entry.counted,
        source="; ".join(dict.fromkeys(price.source for price in entry.prices)),
        prices_pj=tuple(price.pj for price in entry.prices),
    )
