"""The energy of a model in several number formats and scopes, row by row, each with its source.

Behind `hwsim energy`. Counts come from the cycle model and the compressor tree's plan, prices from
the technology tables; this only asks for them.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from energy.compositions import Composition, parse_composition
from energy.entries import Entry
from energy.formats import BASELINES, NumberFormat, list_formats
from energy.papers import PAPER_TOKENS
from energy.prices import MissingPriceError
from hwsim.accounting.record import EnergyAccount, EnergyRow
from hwsim.accounting.settings import EnergySettings
from hwsim.accounting.subject import Subject, find_subject
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
    "array+activity",
    "array+registers",
    "array+registers+sram",
    "array+registers+sram+dram",
    "array+registers+sram+dram+lm-head",
)


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
    baselines : number formats beside ternary. A format has no rows in a scope that a node does not
        price for it.

    Raises InputError.
    """
    settings = settings or EnergySettings()
    subject = find_subject(model)
    compositions = _choose_scopes(scopes, subject, settings)
    passes = _choose_passes(subject, tokens, context)
    lengths, positions = np.array(passes, dtype=np.float64).T
    formats = list_formats(baselines)
    config = settings.choose_array(subject.shape)
    activity = None
    if subject.trace and any("activity" in composition.parts for composition in compositions):
        from hwsim.trace_activity import measure_activity

        activity = measure_activity(subject.trace, config, report)
    rows: list[EnergyRow] = []
    nodes_nm = tuple(dict.fromkeys(nodes_nm))
    for node_nm in nodes_nm:
        technology = settings.load_technology(node_nm)
        forward = settings.describe_passes(subject.shape, technology, lengths, positions, activity)
        for composition in compositions:
            for numbers in (numbers for numbers in formats if numbers.is_priced(technology)):
                try:
                    entries = settings.open_account(forward, numbers, composition)
                except MissingPriceError:
                    continue  # as with a format that is not priced
                rows += [_make_row(entry, composition, numbers, node_nm) for entry in entries]
    return EnergyAccount(
        shape=subject.shape,
        config=config,
        passes=passes,
        scopes=tuple(composition.name for composition in compositions),
        formats=tuple(numbers.name for numbers in formats),
        nodes_nm=nodes_nm,
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
    require_int("tokens", tokens)
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
