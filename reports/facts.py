"""What a run depends on, as names and texts: settings, versions, seed, and the record's hash."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from reports.records import Record

SECTIONS = ("model", "array", "certificate", "provenance")


def list_facts(run: Record) -> dict[str, list[tuple[str, str]]]:
    """Return the leaves of every section of the run, and in the last one the record's hash."""
    facts = {name: flatten(run.get(name) or {}) for name in SECTIONS}
    facts["provenance"].append(("sha256 of run.json", hash_record(run)))
    return facts


def flatten(record: Record, prefix: str = "") -> list[tuple[str, str]]:
    """Return the record's leaves as (name, text); a nested name has its parents before it."""
    leaves: list[tuple[str, str]] = []
    for name, value in record.items():
        if isinstance(value, Mapping):
            leaves += flatten(value, f"{prefix}{name} ")
        else:
            leaves.append((f"{prefix}{name}", _show(value)))
    return leaves


def hash_record(run: Record) -> str:
    """Return the SHA-256 of the run.json that holds `run`, as `sha256sum` prints it."""
    return hashlib.sha256(json.dumps(run, indent=2).encode()).hexdigest()


def _show(value: Any) -> str:
    """Return a leaf as text: what is true or false as JSON has it, numbers with separators."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:,.6g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
