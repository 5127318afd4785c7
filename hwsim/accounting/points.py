"""Energies of a million points at once: `hwsim.energy_of`."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from energy.accounts import sum_pj
from energy.compositions import parse_composition
from energy.formats import BASELINES, list_formats
from energy.quantities import check_count
from hwsim.accounting.settings import EnergySettings
from hwsim.accounting.subject import find_subject
from workloads.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Codes = NDArray[np.intp]


def energy_of(
    model: Any = "3B",
    node_nm: Any = 7,
    scope: Any = "paper",
    tokens: Any = 512,
    *,
    context: Any = None,
    baselines: Sequence[str] = BASELINES,
    settings: EnergySettings | None = None,
) -> "pd.DataFrame":
    """Return the energy of many forward passes, in pJ, one row a point.

    The first four parameters and `context` are values or sequences and broadcast against each other
    as NumPy's arrays do. Every combination of several lists is the frame of
    ``pandas.MultiIndex.from_product([...], names=["model", "node_nm", "scope", "tokens"])``, given
    as ``energy_of(**index.to_frame(index=False))``.

    Parameters
    ----------
    model : presets, config.json, checkpoints, traces, or `ModelShape`.
    node_nm : technology nodes.
    scope : compositions, see `energy.compositions`, for example ``real-shape+lm-head``.
    tokens, context : tokens of a pass and positions each attends to (by default `tokens`, a
        prefill; a decode step has 1 and its context). No tokens cost nothing.
    baselines : number formats beside ternary, see `energy.formats`.
    settings : array, technology tables, DRAM and the rest.

    Returns
    -------
    Columns model, node_nm, scope, tokens, context, ternary_pj, and for each baseline its ``_pj``
    and its ``_ratio`` to ternary. NaN where a user's node has no price for a baseline,
    and where 0 is divided by 0. Points are in C order.

    Raises InputError for anything unknown or out of range.

    >>> from hwsim.accounting.points import energy_of
    >>> energy_of("paper-3B", baselines=["fp16"])["fp16_ratio"].round(1).item()
    21.7
    """
    import pandas as pd

    settings = settings or EnergySettings()
    models, nodes_nm, scopes = (_list_distinct(value) for value in (model, node_nm, scope))
    lengths = check_count("tokens", np.asarray(tokens))
    positions = lengths if context is None else check_count("context", np.asarray(context))
    try:
        broadcast = np.broadcast_arrays(models[0], nodes_nm[0], scopes[0], lengths, positions)
    except ValueError:
        shapes = [
            np.shape(part) for part in (models[0], nodes_nm[0], scopes[0], lengths, positions)
        ]
        raise InputError(
            "model, node_nm, scope, tokens and context must broadcast against each other, not "
            + ", ".join(map(str, shapes))
        ) from None
    *codes, lengths, positions = (part.ravel() for part in broadcast)
    if (positions < lengths).any():
        raise InputError("context must be at least tokens, everywhere")
    formats = list_formats(baselines)
    energies = {numbers.name: np.full(lengths.shape, np.nan) for numbers in formats}
    subjects = [find_subject(one) for one in models[1]]
    technologies = [settings.load_technology(node) for node in nodes_nm[1]]
    compositions = [parse_composition(text) for text in scopes[1]]
    for group, (m, node, s) in _group(codes, [len(models[1]), len(nodes_nm[1]), len(scopes[1])]):
        forward = settings.describe_passes(
            subjects[m].shape, technologies[node], lengths[group], positions[group]
        )
        for numbers in formats:
            if numbers.is_priced(technologies[node]):
                account = settings.open_account(forward, numbers, compositions[s])
                energies[numbers.name][group] = sum_pj(account)
    frame = pd.DataFrame(
        {
            "model": np.asarray([s.shape.name for s in subjects], object)[codes[0]],
            "node_nm": np.asarray(nodes_nm[1], np.int64)[codes[1]],
            "scope": np.asarray(scopes[1], object)[codes[2]],
            "tokens": lengths.astype(np.int64),
            "context": positions.astype(np.int64),
        }
    )
    for name, energy_pj in energies.items():
        frame[f"{name}_pj"] = energy_pj
        if name != "ternary":
            frame[f"{name}_ratio"] = frame[f"{name}_pj"] / frame["ternary_pj"]
    return frame


def _list_distinct(value: Any) -> tuple[Codes, list[Any]]:
    """Return indices in the shape of `value`, and the distinct values that they point to."""
    import pandas as pd

    if not isinstance(value, np.ndarray | list | tuple | pd.Series | pd.Index):
        return np.zeros((), np.intp), [value]
    array = np.asarray(value, dtype=object)
    codes, values = pd.factorize(array.ravel(), use_na_sentinel=False)
    return codes.reshape(array.shape), list(values)


def _group(codes: Sequence[Codes], sizes: Sequence[int]) -> Iterator[tuple[Codes, tuple[int, ...]]]:
    """Yield the points of each combination of codes that occurs, with the combination."""
    combined = np.ravel_multi_index(tuple(codes), tuple(sizes))
    order = np.argsort(combined, kind="stable")
    present, starts = np.unique(combined[order], return_index=True)
    groups = np.split(order, starts[1:]) if len(order) else []
    for key, group in zip(present, groups, strict=True):
        yield group, tuple(map(int, np.unravel_index(key, tuple(sizes))))
