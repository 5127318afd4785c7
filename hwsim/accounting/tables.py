"""An account of energy on a terminal: scopes against number formats, or one scope in detail."""

from collections.abc import Iterable, Iterator

from energy.compositions import parse_composition
from energy.entries import name_phase
from energy.formats import FORMATS
from hwsim.accounting.record import EnergyAccount, EnergyRow
from hwsim.console import console, print_table
from hwsim.display import TextTable, render_html
from hwsim.numerals import format_percent, format_quantity, format_ratio
from reports.scopes import find_word


def print_account(account: EnergyAccount) -> None:
    """Print the tables of an account, what each scope counts, and what stands behind prices."""
    terminal = console()
    for table, node_nm in zip(tabulate_account(account), account.nodes_nm, strict=True):
        print_table(*table)
        if len(account.scopes) == 1:
            for line in _list_prices(account, node_nm):
                terminal.print(line, markup=False)
    for key in _list_keys(account.scopes):
        word = find_word(key)
        named = "" if word.name.lower() == key else f" ({word.name})"
        terminal.print(f"{key}{named}: {word.counts}.")
    for name in account.formats:
        terminal.print(f"{FORMATS[name].title}: {FORMATS[name].accounting}.")
    if account.activity:
        measured = account.activity
        terminal.print(
            f"Measured: {format_percent(measured.zero_weights)} of weights and "
            f"{format_percent(measured.zero_activations)} of activations are 0; "
            f"{format_percent(measured.input_toggle_rate)} of the input registers' bits and "
            f"{format_percent(measured.operand_toggle_rate)} of the adders' operand bits toggle a "
            f"beat ({measured.source}).",
        )


def show_account(account: EnergyAccount) -> str:
    """Return the tables as HTML, for a notebook."""
    return render_html(*tabulate_account(account))


def tabulate_account(account: EnergyAccount) -> list[TextTable]:
    """Return the totals of every scope, or the categories of a single one, a table a node."""
    tables = []
    for node_nm in account.nodes_nm:
        title = f"{account.shape.name}, {_name_passes(account)}, {node_nm} nm"
        if len(account.scopes) == 1:
            title = f"{title}, scope {account.scopes[0]}"
            tables.append(_tabulate_categories(account, node_nm, title))
        else:
            title = f"{title}: energy, and times that of ternary"
            tables.append(_tabulate_scopes(account, node_nm, title))
    return tables


def format_energy(energy_pj: float) -> str:
    """Return an energy with its unit and three digits, for example ``33.4 mJ``."""
    return format_quantity(energy_pj * 1e-12, "J")


def _tabulate_scopes(account: EnergyAccount, node_nm: int, title: str) -> TextTable:
    rows = []
    for scope, label in zip(account.scopes, _indent(account.scopes), strict=True):
        ternary_pj = account.total_pj(scope, "ternary", node_nm)
        cells = [label, _format_total(ternary_pj)]
        for name in account.formats[1:]:
            energy_pj = account.total_pj(scope, name, node_nm)
            ratio = format_ratio(energy_pj / ternary_pj) if energy_pj and ternary_pj else ""
            cells.append(f"{_format_total(energy_pj)} {ratio:>5}".rstrip())
        rows.append(cells)
    return TextTable(title, ("scope", *(FORMATS[name].title for name in account.formats)), rows)


def _list_keys(scopes: Iterable[str]) -> list[str]:
    """Return the bases and parts that occur in the scopes, in their order."""
    compositions = [parse_composition(scope) for scope in scopes]
    bases = [composition.base for composition in compositions]
    parts = [part for composition in compositions for part in composition.parts]
    return list(dict.fromkeys([*bases, *parts]))


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


def _tabulate_categories(account: EnergyAccount, node_nm: int, title: str) -> TextTable:
    rows = [
        [category, *(_format_row(by_format.get(name)) for name in account.formats)]
        for category, by_format in _group_categories(account, node_nm)
    ]
    totals = [account.total_pj(account.scopes[0], name, node_nm) for name in account.formats]
    rows.append(["total", *(_format_total(pj) for pj in totals)])
    return TextTable(title, ("", *(FORMATS[name].title for name in account.formats)), rows)


def _list_prices(account: EnergyAccount, node_nm: int) -> Iterator[str]:
    """Yield for every category what was counted, at which price, from which source."""
    for category, by_format in _group_categories(account, node_nm):
        first = next(iter(by_format.values()))
        titles = [
            FORMATS[name].title for name, r in by_format.items() if r.counted == first.counted
        ]
        prices = " + ".join(f"{price:.3g}" for price in first.prices_pj)
        scaled = f"; {first.scaled}" if first.scaled else ""
        yield (
            f"{category} ({', '.join(titles)}): {first.counted}; {prices} pJ, {first.kind}, "
            f"{first.source}{scaled}"
        )


def _group_categories(
    account: EnergyAccount, node_nm: int
) -> list[tuple[str, dict[str, EnergyRow]]]:
    rows: dict[tuple[str, str], dict[str, EnergyRow]] = {}
    for row in account.rows:
        if row.node_nm == node_nm:
            rows.setdefault((row.part, row.category), {})[row.format] = row
    return [(category, by_format) for (_, category), by_format in rows.items()]


def _format_total(energy_pj: float | None) -> str:
    return "no price" if energy_pj is None else format_energy(energy_pj)


def _format_row(row: EnergyRow | None) -> str:
    return "" if row is None else format_energy(row.energy_pj)


def _name_passes(account: EnergyAccount) -> str:
    if len(account.passes) == 1:
        return name_phase(*account.passes[0])
    tokens = sum(tokens for tokens, _ in account.passes)
    return f"{len(account.passes)} passes over {tokens} tokens"
