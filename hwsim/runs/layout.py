"""What a run.json must hold so that reports and comparisons can be made of it.

Only what they read is stated; a run may hold more, and of what later versions added it may hold
nothing at all (`OPTIONAL`).
"""

from collections.abc import Mapping
from typing import Any

from workloads.errors import InputError
from workloads.json_layout import (
    BOOL,
    COUNT,
    INT,
    MISSING,
    NUMBER,
    POSITIVE,
    TEXT,
    check_value,
    name_all,
    or_null,
)

_MATMUL = (
    name_all(TEXT, "name")
    | name_all(COUNT, "m n k count cycles folds")
    | name_all(INT, "issue_cycles weight_stall_cycles fill_cycles drain_cycles")
    | name_all(INT, "lane_operations weight_bits")
    | name_all(NUMBER, "utilisation")
)
_PHASE = (
    name_all(TEXT, "phase bound")
    | name_all(COUNT, "tokens context cycles")
    | name_all(POSITIVE, "seconds tokens_per_second")
    | name_all(NUMBER, "utilisation stall_share weight_bytes")
    | {"matmuls": [_MATMUL]}
)
_LEDGER_ROW = (
    name_all(TEXT, "scope category kind source phase")
    | name_all(COUNT, "node_nm")
    | name_all(NUMBER, "fp16_pj ternary_pj")
    | name_all(or_null(NUMBER), "ratio")
)
_CERTIFICATE = (
    name_all(TEXT, "scope")
    | name_all(BOOL, "passed")
    | name_all(INT, "matmuls outputs mismatched_outputs mismatched_cycles")
    | name_all(INT, "predicted_cycles simulated_cycles")
)
_CLAIM = (
    name_all(TEXT, "label source place origin unit printed verdict note")
    | name_all(BOOL, "drifted")
    | name_all(NUMBER, "published")
    | name_all(or_null(NUMBER), "ours deviation")
)
_SIMULATED = (
    name_all(TEXT, "model scope")
    | name_all(COUNT, "node_nm")
    | name_all(NUMBER, "tokens_s power_w energy_pj_mac")
)
_PUBLISHED = {
    "published": name_all(TEXT, "name source target note")
    | name_all(or_null(TEXT), "model scope basis")
    | name_all(or_null(NUMBER), "node_nm decode_tokens_s power_w"),
    "energy_pj_mac": or_null(NUMBER),
    "rule": TEXT,
    "ratio": or_null(NUMBER),
    "differs": [TEXT],
}
_OPERATION = (
    name_all(TEXT, "phase operation scope category")
    | name_all(COUNT, "node_nm")
    | name_all(NUMBER, "ternary_pj")
)
RUN = {
    "model": name_all(TEXT, "name")
    | name_all(COUNT, "hidden layers kv_heads head_dim vocab ternary_weights"),
    "array": name_all(TEXT, "style packing")
    | name_all(COUNT, "lanes columns")
    | name_all(POSITIVE, "clock_mhz memory_bandwidth_gb_s peak_gops"),
    "headline": name_all(COUNT, "node_nm")
    | name_all(NUMBER, "operation_ratio paper_ratio model_ratio arithmetic_ratio")
    | name_all(NUMBER, "prefill_ratio decode_ratio"),
    "phases": [_PHASE],
    "energy": [_LEDGER_ROW],
    "provenance": name_all(TEXT, "hwsim"),
    "certificate": _CERTIFICATE,
    "claims": [_CLAIM],
    "accelerators": {"simulated": [_SIMULATED], "published": [_PUBLISHED]},
    "scaling": [
        name_all(TEXT, "quantity model format series origin unit source")
        | name_all(NUMBER, "value")
    ],
    "operations": [_OPERATION],
    "folds": [
        name_all(TEXT, "phase matmul")
        | name_all(INT, "fold load_first load_last issue_first issue_last")
    ],
}
#: What a run may lack, or have as null.
OPTIONAL = ("certificate", "claims", "accelerators", "scaling", "operations", "folds")
PHASES = ("prefill", "decode")


def check_layout(run: Mapping[str, Any]) -> None:
    """Raise InputError with the first place in `run` that is not as `RUN` says, in one line."""
    for name, layout in RUN.items():
        if run.get(name) is not None or name not in OPTIONAL:
            check_value(name, run.get(name, MISSING), layout)
    if [phase["phase"] for phase in run["phases"]] != list(PHASES):
        raise InputError(f"phases must be a {PHASES[0]} and a {PHASES[1]}")
