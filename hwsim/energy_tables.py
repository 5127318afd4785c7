"""An account of energy on a terminal: scopes against number formats, or one scope in detail."""

from collections.abc import Iterator

from energy.compositions import parse_composition
from energy.entries import name_phase
from energy.formats import FORMATS
from hwsim.console import console, print_table
from hwsim.energy_record import EnergyAccount, EnergyRow

_UNITS = ((1.0, "J"), (1e-3, "mJ"), (1e-6, "uJ"), (1e-9, "nJ"), (1e-12, "pJ"))


def print_account(account: EnergyAccount) -> None:
    """Print the totals of every scope, or the categories of a single one, for every node."""
    terminal = console()
    for node_nm in account.nodes_nm:
        title = f"{account.shape.name}, {_name_passes(account)}, {node_nm} nm"
        if len(account.scopes) == 1:
            _print_categories(account, node_nm, f"{title}, scope {account.scopes[0]}")
        else:
            _print_scopes(account, node_nm, f"{title}: energy, and times that of ternary")
    for name in account.formats:
        terminal.print(f"{FORMATS[name].title}: {FORMATS[name].accounting}.")
    if account.activity:
        measured = account.activity
        terminal.print(
            f"Measured: {measured.zero_weights:.1%} of weights and "
            f"{measured.zero_activations:.1%} of activations are 0; "
            f"{measured.input_toggle_rate:.1%} of the input registers' bits and "
            f"{measured.operand_toggle_rate:.1%} of the adders' operand bits toggle a beat "
            f"({measured.source}).",
        )


def format_energy(energy_pj: float) -> str:
    """Return an energy with its unit and three digits, for example ``33.4 mJ``."""
    joules = energy_pj * 1e-12
    factor, unit = next((u for u in _UNITS if joules >= u[0] * 0.9995), _UNITS[-1])
    return f"{joules / factor:.3g} {unit}"


def _print_scopes(account: EnergyAccount, node_nm: int, title: str) -> None:
    rows = []
    for scope, label in zip(account.scopes, _indent(account.scopes), strict=True):
        ternary_pj = account.total_pj(scope, "ternary", node_nm) or 0.0
        cells = [label, format_energy(ternary_pj)]
        for name in account.formats[1:]:
            energy_pj = account.total_pj(scope, name, node_nm)
            ratio = f" {energy_pj / ternary_pj:.1f}x" if energy_pj and ternary_pj else ""
            cells.append("no price" if energy_pj is None else f"{format_energy(energy_pj)}{ratio}")
        rows.append(cells)
    print_table(title, ("scope", *(FORMATS[name].title for name in account.formats)), rows)


def _indent(scopes: tuple[str, ...]) -> Iterator[str]:
    """Yield the names; a scope that only adds parts to the one before it names just these."""
    before = None
    for scope in scopes:
        composition = parse_composition(scope)
        if before and before.base == composition.base:
            added = [part for part in composition.parts if part not in before.parts]
            widens = len(added) == len(composition.parts) - len(before.parts)
            yield f"  + {' + '.join(added)}" if added and widens else scope
        else:
            yield scope
        before = composition


def _print_categories(account: EnergyAccount, node_nm: int, title: str) -> None:
    rows: dict[tuple[str, str], dict[str, EnergyRow]] = {}
    for row in account.rows:
        if row.node_nm == node_nm:
            rows.setdefault((row.part, row.category), {})[row.format] = row
    table = [
        [category, *(_format_row(by_format.get(name)) for name in account.formats)]
        for (_, category), by_format in rows.items()
    ]
    totals = [account.total_pj(account.scopes[0], name, node_nm) for name in account.formats]
    table.append(["total", *("no price" if pj is None else format_energy(pj) for pj in totals)])
    print_table(title, ("", *(FORMATS[name].title for name in account.formats)), table)
    terminal = console()
    for (_, category), by_format in rows.items():
        first = next(iter(by_format.values()))
        titles = [
            FORMATS[name].title for name, r in by_format.items() if r.counted == first.counted
        ]
        prices = " + ".join(f"{price:.3g}" for price in first.prices_pj)
        scaled = f"; {first.scaled}" if first.scaled else ""
        terminal.print(
            f"{category} ({', '.join(titles)}): {first.counted}; {prices} pJ, {first.kind}, "
            f"{first.source}{scaled}",
            markup=False,
        )


def _format_row(row: EnergyRow | None) -> str:
    return "" if row is None else format_energy(row.energy_pj)


def _name_passes(account: EnergyAccount) -> str:
    if len(account.passes) == 1:
        return name_phase(*account.passes[0])
    tokens = sum(tokens for tokens, _ in account.passes)
    return f"{len(account.passes)} passes over {tokens} tokens"
