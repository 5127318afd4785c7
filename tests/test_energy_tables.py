"""The CSV reader: what it accepts, and the text of every error with file and line."""

from pathlib import Path

import pytest

from energy.rows import MemoryRow, OperationRow
from energy.tables import MEMORY_CSV, OPERATIONS_CSV, Table, read_table
from workloads.errors import InputError

HEADER = "operation,format,node_nm,energy_pj,source,kind\n"
GOOD = "add,int8,12,0.01,mine,measured\n"
MEMORY = "memory,access_bits,energy_pj,source,kind,capacity_kib,node_nm\n"
KNOWN = (
    "operation, format, node_nm, energy_pj, source, kind, energy_high_pj, area_um2, place, memory, "
    "access_bits, capacity_kib, scope"
)
ADD = OperationRow(
    operation="add", format="int8", node_nm=12, energy_pj=0.01, source="mine", kind="measured"
)
SRAM = MemoryRow(
    memory="sram",
    access_bits=64,
    energy_pj=5.0,
    source="mine",
    kind="measured",
    capacity_kib=0.5,
    node_nm=12,
)


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def error_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_table(path)
    message = str(caught.value)
    assert message.startswith(f"{path}")
    assert "\n" not in message
    return message.removeprefix(f"{path}, ").removeprefix(f"{path}: ")


def test_a_minimal_table_is_read(tmp_path):
    assert read_table(write(tmp_path, HEADER + GOOD)) == Table(operations=(ADD,), memories=())
    memory = MEMORY + "sram,64,5,mine,measured,0.5,12\n"
    assert read_table(write(tmp_path, memory)) == Table(operations=(), memories=(SRAM,))


def test_one_table_may_hold_both(tmp_path):
    text = "operation,format,memory,access_bits,capacity_kib,node_nm,energy_pj,source,kind\n"
    text += "add,int8,,,,12,0.01,mine,measured\n,,sram,64,0.5,12,5,mine,measured\n"
    both = Table(operations=(ADD,), memories=(SRAM,))
    assert read_table(write(tmp_path, text)) == both
    for cells, message in (
        ("add,int8,sram,64,,12,1,mine,measured", "operation and memory are both filled"),
        (",int8,,64,,12,1,mine,measured", "operation or memory is empty"),
        ("add,int8,,64,,12,1,mine,measured", "access_bits must be empty in a row of an operation"),
        (",int8,sram,64,1,12,1,mine,measured", "format must be empty in a row of a memory"),
    ):
        assert error_of(write(tmp_path, f"{text}{cells}\n")).startswith(f"line 4: {message}")


def test_byte_order_mark_spaces_and_blank_lines_are_harmless(tmp_path):
    text = "\ufeff" + HEADER.replace(",", " , ") + "\n" + GOOD.replace(",", " , ") + ",,,,,\n"
    assert read_table(write(tmp_path, text)) == read_table(write(tmp_path, HEADER + GOOD))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: column operation or memory is missing"),
        (HEADER.replace("format,", ""), "line 1: column format is missing"),
        (HEADER.replace("energy_pj,", ""), "line 1: column energy_pj is missing"),
        (
            HEADER.replace("energy_pj", "energy"),
            "line 1: column 'energy' needs its unit: energy_pj or energy_high_pj",
        ),
        (HEADER.replace("node_nm", "node"), "line 1: column 'node' needs its unit: node_nm"),
        (
            HEADER.replace("energy_pj", "energy_fj"),
            f"line 1: unknown column 'energy_fj'; known: {KNOWN}",
        ),
        ("energy_pj," + HEADER, "line 1: column energy_pj occurs 2 times"),
        (
            HEADER.replace(",", ";"),
            "line 1: unknown column 'operation;format;node_nm;energy_pj;"
            f"source;kind'; known: {KNOWN}",
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
        (HEADER + GOOD.replace("int8", "bit"), "line 2: format must not be bit for add"),
        (
            HEADER + GOOD.replace("add", "gate"),
            "line 2: format must not be int8 for gate",
        ),
        (
            "energy_high_pj," + HEADER + "0.001," + GOOD,
            "line 2: energy_high_pj must be at least energy_pj = 0.01, not 0.001",
        ),
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
    text = "memory,energy_pj,source,kind\nddr,640,mine,measured\n"
    assert error_of(write(tmp_path, text)) == "line 1: column access_bits is missing"
    text = MEMORY + "sram,64,5,mine,measured,8,\n"
    assert error_of(write(tmp_path, text)) == "line 2: an sram row needs capacity_kib and node_nm"
    text = MEMORY + "hbm2,1,3.5,mine,measured,,\n" * 2
    assert error_of(write(tmp_path, text)) == "line 3: the same entry as in line 2"
    text = MEMORY + "hbm2,1,-3.5,mine,measured,,\n"
    assert error_of(write(tmp_path, text)) == (
        "line 2: energy_pj must be a positive number, not '-3.5'"
    )


@pytest.mark.parametrize("path", [OPERATIONS_CSV, MEMORY_CSV])
def test_every_shipped_number_has_a_place_to_look_it_up_or_a_rule(path):
    table = read_table(path)
    rows = [*table.operations, *table.memories]
    assert len(rows) == len(path.read_text(encoding="utf-8").splitlines()) - 1
    for row in rows:
        assert row.kind in ("published", "derived")
        assert row.place
        assert (row.kind == "derived") == (": " in row.place and " x " in row.place)
        assert "doi:" in row.source or "arXiv:" in row.source or "thesis" in row.source
        assert row.energy_high_pj is None or row.energy_high_pj > row.energy_pj
