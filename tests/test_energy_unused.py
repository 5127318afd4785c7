"""What a user's table says in vain is named, with its line; what is used is not."""

from pathlib import Path

import pytest

from energy.tables import MEMORY_CSV, OPERATIONS_CSV
from energy.unused import list_unused

HEADER = "operation,memory,format,access_bits,capacity_kib,node_nm,energy_pj,source,kind\n"


@pytest.mark.parametrize(
    ("row", "note"),
    [
        ("add,,int8,,,7,1", ""),
        ("add,,bf16,,,7,1", ""),
        ("mul,,fp32,,,7,1", ""),
        ("add,,int16,,,7,1", ""),
        ("register,,bit,,,40,1", ""),
        ("gate,,bit,,,7,1", ""),
        ("add,,int32,,,45,1", ""),
        (",hbm2,,1,,,1", ""),
        (",sram,,64,8,7,1", ""),
        ("add,,int9,,,7,1", "add int9 at 7 nm is used by nothing but the line through the integer"),
        ("add,,fp19,,,7,1", "add fp19 at 7 nm is used by nothing"),
        ("mul,,int9,,,7,1", "mul int9 at 7 nm is used by nothing"),
        ("add,,int8,,,12,1", "add int8 at 12 nm is used by nothing"),
        ("add,,int9,,,12,1", "add int9 at 12 nm is used by nothing"),
        ("gate,,bit,,,45,1", "gate bit at 45 nm is used by nothing"),
        (",sram,,64,8,12,1", "sram at 12 nm is used by nothing"),
    ],
)
def test_a_row_that_nothing_uses_is_named(row: str, note: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}\n{row},mine,measured\n")
    notes = list(list_unused([path], [7]))
    assert len(notes) == bool(note)
    assert all(text.startswith(f"{path}, line 3: {note}") for text in notes)


def test_of_the_shipped_tables_int32_multiplies_alone_are_used_by_nothing() -> None:
    notes = list(list_unused([OPERATIONS_CSV, MEMORY_CSV], [7, 45]))
    assert [note.split(": ")[1] for note in notes] == [
        f"mul int32 at {node_nm} nm is used by nothing" for node_nm in (45, 7)
    ]
