"""The tables of a run: phases, scopes, matmuls, ledger. One function each."""

from collections.abc import Sequence

from reports.notation import NBSP
from reports.records import TOTAL, Ledger, Record
from reports.scopes import LADDER, find_word, name_scope
from reports.tables import (
    Cell,
    Table,
    make_table,
    show_count,
    show_number,
    show_percent,
    show_quantity,
    show_ratio,
    show_text,
)


def tabulate_phases(phases: Sequence[Record]) -> Table:
    """Return one row a phase: tokens, cycles, time, what bounds it."""
    columns = ("phase", "tokens", "context", "cycles", "time", "tokens/s", "utilisation")
    return make_table(
        "table-phases",
        "Time of the ternary matmuls, one after the other on one array",
        (*columns, "waits for weights", "bound by", "weights moved"),
        [
            (
                show_text(phase["phase"]),
                show_count(phase["tokens"]),
                show_count(phase["context"]),
                show_count(phase["cycles"]),
                show_quantity(phase["seconds"], "s"),
                show_number(phase["tokens_per_second"]),
                show_percent(phase["utilisation"]),
                show_percent(phase["stall_share"]),
                show_text(phase["bound"]),
                show_quantity(phase["weight_bytes"], "B"),
            )
            for phase in phases
        ],
    )


def tabulate_scopes(ledger: Ledger) -> Table:
    """Return one row a scope: what it counts, and the ratio of every phase and node."""
    passes = [(phase, node_nm) for phase in ledger.phases for node_nm in ledger.nodes_nm]
    rows = []
    for position, scope in enumerate(ledger.scopes):
        totals = [ledger.find_total(phase, node_nm, scope) for phase, node_nm in passes]
        ratios = [show_ratio(row["ratio"] if row else None) for row in totals]
        name = Cell(text=name_scope(scope), sort=f"{position:03}")
        counts = show_text(find_word(scope).counts)
        rows.append((name, counts, *ratios, show_text(LADDER.get(scope, ""))))
    return make_table(
        "table-scopes",
        "Energy in FP16 / energy in ternary, by scope",
        (
            *("scope", "what it counts"),
            *(f"{phase}, {node_nm}{NBSP}nm" for phase, node_nm in passes),
            "as hwsim energy --scope",
        ),
        rows,
    )


def tabulate_matmuls(phases: Sequence[Record], clock_mhz: float) -> Table:
    """Return one row a distinct matmul and phase, with the cycles of a single one."""
    columns = ("phase", "matmul", "M", "N", "K", "count", "cycles", "adding", "waiting for weights")
    clock_hz = clock_mhz * 1e6
    # Only an array with tables waits for them.
    idle = any(matmul.get("idle_cycles") for phase in phases for matmul in phase["matmuls"])
    waits = ("waiting for tables",) if idle else ()
    sizes = ("m", "n", "k", "count", "cycles", "issue_cycles", "weight_stall_cycles")
    return make_table(
        "table-matmuls",
        "Matmuls (M, N, K) of a pass; cycles and folds of one; op: a select-and-add, B: of weights",
        (*columns, *waits, "filling, draining", "folds", "utilisation", "op/B", "rate"),
        [
            (
                show_text(phase["phase"]),
                show_text(matmul["name"]),
                *(show_count(matmul[size]) for size in sizes),
                *(show_count(matmul["idle_cycles"]) for _ in waits),
                show_count(matmul["fill_cycles"] + matmul["drain_cycles"]),
                show_count(matmul["folds"]),
                show_percent(matmul["utilisation"]),
                show_number(8 * matmul["lane_operations"] / matmul["weight_bits"]),
                show_quantity(matmul["lane_operations"] / matmul["cycles"] * clock_hz, "op/s"),
            )
            for phase in phases
            for matmul in phase["matmuls"]
        ],
    )


def tabulate_ledger(ledger: Ledger) -> Table:
    """Return every row of the ledger with its kind and source."""
    columns = ("phase", "node, nm", "scope", "category", "FP16", "ternary", "ratio", "kind")
    return make_table(
        "table-ledger",
        "The energy ledger, each row one pass; a scope with + adds to the one before",
        (*columns, "what was counted; source of the price"),
        [
            (
                show_text(row["phase"]),
                show_count(row["node_nm"]),
                Cell(text=name_scope(row["scope"]), sort=f"{ledger.scopes.index(row['scope']):03}"),
                show_text(row["category"], tone="strong" if row["category"] == TOTAL else ""),
                show_quantity(row["fp16_pj"] * 1e-12, "J"),
                show_quantity(row["ternary_pj"] * 1e-12, "J"),
                show_ratio(row["ratio"]),
                show_text(row["kind"]),
                show_text(row["source"]),
            )
            for row in ledger.rows
        ],
    )
