"""The table of published ternary accelerators beside the simulated array.

Every number keeps the labels that decide whether it may be compared: node, what the power covers,
how the number came about.
"""

from reports.accelerators import NOT_REPORTED, name_node
from reports.records import Record
from reports.tables import Cell, Table, make_table, show_number, show_quantity, show_text


def tabulate_accelerators(record: Record) -> Table:
    """Return one row a design: the simulated array first, then the published ones."""
    columns = ("design", "model", "technology", "power covers", "basis", "decode tokens/s", "power")
    rows: list[tuple[Cell, ...]] = [
        (
            show_text("this array", tone="strong"),
            show_text(row["model"]),
            show_text(f"{row['node_nm']} nm"),
            show_text(row["scope"]),
            show_text("simulated"),
            show_number(row["tokens_s"]),
            show_quantity(row["power_w"], "W"),
            show_number(row["energy_pj_mac"]),
            show_text(""),
            show_text("without leakage, clock tree, and the time of attention and LM head"),
        )
        for row in record["simulated"]
    ]
    rows += [_tabulate(row) for row in record["published"]]
    return make_table(
        "table-accelerators",
        "Ternary accelerators; an op is a MAC here, n/r: not reported, nothing scaled to a node",
        (*columns, "pJ/MAC", "differs from our core in", "how pJ/MAC follows; source; remark"),
        rows,
    )


def _tabulate(row: Record) -> tuple[Cell, ...]:
    design = row["published"]
    remarks = (row["rule"], design["source"], design["note"])
    return (
        show_text(design["name"]),
        show_text(design["model"] or NOT_REPORTED),
        show_text(name_node(design)),
        show_text(design["scope"] or NOT_REPORTED),
        show_text(design["basis"] or NOT_REPORTED, tone=""),
        _show(design["decode_tokens_s"]),
        _show(design["power_w"], "W"),
        _show(row["energy_pj_mac"]),
        show_text("; ".join(row["differs"]) or "nothing", tone=""),
        show_text("; ".join(filter(None, remarks))),
    )


def _show(value: float | None, unit: str = "") -> Cell:
    if value is None:
        return Cell(text=NOT_REPORTED, sort=None)
    return show_quantity(value, unit) if unit else show_number(value)
