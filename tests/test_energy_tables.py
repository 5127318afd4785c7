"""The CSV reader: what it accepts, and the text of every error with file and line."""

from pathlib import Path

import pytest

from energy.rows import MemoryRow, OperationRow
from energy.tables import MEMORY_CSV, OPERATIONS_CSV, read_memory, read_operations
from workloads.errors import InputError

HEADER = "operation,format,node_nm,energy_pj,source,kind\n"
GOOD = "add,int8,12,0.01,mine,measured\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def error_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_operations(path)
    message = str(caught.value)
    assert message.startswith(f"{path}")
    assert "\n" not in message
    return message.removeprefix(f"{path}, ").removeprefix(f"{path}: ")


def test_a_minimal_table_is_read(tmp_path):
    assert read_operations(write(tmp_path, HEADER + GOOD)) == [
        OperationRow(
            operation="add",
            format="int8",
            node_nm=12,
            energy_pj=0.01,
            source="mine",
            kind="measured",
        )
    ]


def test_byte_order_mark_spaces_and_blank_lines_are_harmless(tmp_path):
    text = "\ufeff" + HEADER.replace(",", " , ") + "\n" + GOOD.replace(",", " , ") + ",,,,,\n"
    assert read_operations(write(tmp_path, text)) == read_operations(write(tmp_path, HEADER + GOOD))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: column operation is missing"),
        (HEADER.replace("energy_pj,", ""), "line 1: column energy_pj is missing"),
        (
            HEADER.replace("energy_pj", "energy"),
            "line 1: unknown column 'energy'; known: operation, format, node_nm, energy_pj, "
            "source, kind, energy_high_pj, area_um2, place",
        ),
        ("energy_pj," + HEADER, "line 1: column energy_pj occurs 2 times"),
        (
            HEADER.replace(",", ";"),
            "line 1: unknown column 'operation;format;node_nm;energy_pj;"
            "source;kind'; known: operation, format, node_nm, energy_pj, source, kind, "
            "energy_high_pj, area_um2, place",
        ),
        (HEADER + GOOD + GOOD, "line 3: the same entry as in line 2"),
        (
            HEADER + "add,int8,12,0,01,mine,measured\n",
            "line 2: 7 cells where the header has 6 (decimals need a point, text with commas "
            "needs quotes)",
        ),
        (
            HEADER + 'add,int8,12,"0,01",mine,measured\n',
            "line 2: energy_pj needs a decimal point, not a comma: '0,01'",
        ),
        (HEADER + GOOD.replace("0.01", ""), "line 2: energy_pj is empty"),
        (HEADER + GOOD.replace("mine", " "), "line 2: source is empty"),
        (
            HEADER + "\n" + GOOD.replace("add", "sub"),
            "line 3: operation must be one of add, mul, register, gate, not 'sub'",
        ),
        (
            HEADER + GOOD.replace("int8", "i8"),
            "line 2: format must be int8, int16, ..., fp16, bf16, fp32 or bit, not 'i8'",
        ),
        (
            HEADER + GOOD.replace("measured", "guessed"),
            "line 2: kind must be one of published, derived, fitted, measured, not 'guessed'",
        ),
        (HEADER + GOOD.replace("12", "12nm"), "line 2: node_nm must be a positive int, not '12nm'"),
        (HEADER + GOOD.replace("12", "0"), "line 2: node_nm must be a positive int, not '0'"),
    ],
)
def test_errors_name_file_and_line(tmp_path, text, message):
    assert error_of(write(tmp_path, text)) == message


@pytest.mark.parametrize("number", ["-0.1", "0", "nan", "inf", "1e999", "0.01 pJ"])
def test_an_energy_is_a_positive_number(tmp_path, number):
    message = error_of(write(tmp_path, HEADER + GOOD.replace("0.01", number)))
    assert message == f"line 2: energy_pj must be a positive number, not {number!r}"


def test_a_missing_file_and_a_binary_one_are_one_line(tmp_path):
    assert "cannot be read as a UTF-8 table" in error_of(tmp_path / "mine.csv")
    huge = write(tmp_path, HEADER + "x" * 200_000)
    assert "cannot be read as a UTF-8 table: field larger than field limit" in error_of(huge)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read as a UTF-8 table" in error_of(tmp_path / "binary.csv")


def test_memory_rows_need_their_access_width_and_an_sram_its_size(tmp_path):
    with pytest.raises(InputError, match="line 1: column access_bits is missing"):
        read_memory(write(tmp_path, "memory,energy_pj,source,kind\nddr,640,mine,measured\n"))
    header = "memory,access_bits,energy_pj,source,kind,capacity_kib,node_nm\n"
    with pytest.raises(InputError, match="line 2: an sram row needs capacity_kib and node_nm"):
        read_memory(write(tmp_path, header + "sram,64,5,mine,measured,8,\n"))
    assert read_memory(write(tmp_path, header + "sram,64,5,mine,measured,0.5,12\n")) == [
        MemoryRow(
            memory="sram",
            access_bits=64,
            energy_pj=5.0,
            source="mine",
            kind="measured",
            capacity_kib=0.5,
            node_nm=12,
        )
    ]


@pytest.mark.parametrize(
    ("path", "read"), [(OPERATIONS_CSV, read_operations), (MEMORY_CSV, read_memory)]
)
def test_every_shipped_number_is_published_and_has_a_place_to_look_it_up(path, read):
    rows = read(path)
    assert len(rows) == len(path.read_text(encoding="utf-8").splitlines()) - 1
    for row in rows:
        assert row.kind == "published"
        assert row.place
        assert "doi:" in row.source or "arXiv:" in row.source or "thesis" in row.source
        assert row.energy_high_pj is None or row.energy_high_pj > row.energy_pj
