"""Traffic by packing: counted by hand for the paper's 3B."""

import pytest
from sample_run import make_run

from hwsim.configuration import configure_array
from reports.packing import draw_packing, find_packing, tabulate_packing
from reports.traffic import count_run, count_traffic


@pytest.fixture(scope="module")
def run():
    return make_run()


@pytest.fixture(scope="module")
def rows(run):
    return count_traffic(run["model"], 512)


@pytest.fixture(scope="module")
def own(run):
    return count_run(run)


def test_every_format_reads_its_bits_and_the_same_rest(rows) -> None:
    assert [row.weight_bits for row in rows] == [16.0, 8.0, 4.125, 2.0, 1.6]
    assert [row.name for row in rows][:3] == ["FP16, BF16", "W8A8", "W4A16"]
    assert rows[0].linear_bytes == 2 * 3_221_504_000
    assert rows[3].linear_bytes == 3_221_504_000 / 4
    assert rows[4].linear_bytes == 3_221_504_000 / 5
    assert {row.head_bytes for row in rows} == {2 * 32002 * 3200}
    assert {row.cache_bytes for row in rows} == {2 * 2 * 26 * 32 * 100 * 512}
    assert rows[4].total_bytes == sum(rows[4].parts)


def test_bars_are_as_long_as_the_bytes(rows, own) -> None:
    bars = [trace for trace in draw_packing(rows, own).plot.data if trace.type == "bar"]
    for index, row in enumerate([*rows, own]):
        assert sum(bar.x[index] for bar in bars) * 1e9 == pytest.approx(row.total_bytes)


def test_the_table_tells_what_the_bandwidth_allows(rows) -> None:
    table = tabulate_packing(rows, 256.0)
    assert table.columns[-1] == "tokens/s that 256 GB/s allow, linear layers alone"
    assert [row[-1].sort for row in table.rows][3] == pytest.approx(256e9 / 805_376_000)
    assert [row[1].text for row in table.rows] == ["16", "8", "4.125", "2", "1.6"]


def test_the_caption_computes_its_numbers(rows, own) -> None:
    caption = find_packing(rows, own)
    assert caption.startswith("Weights in 2 bits are 8.00× less to read than in FP16; five trits")
    assert "save another 20.0\u00a0%" in caption
    ratio = rows[0].total_bytes / rows[3].total_bytes
    assert f"a token reads {ratio:.2f}× and" in caption
    assert "This run streams 2.00 bits a weight" in caption


def test_the_run_streams_what_fills_up_its_tiles_too(run, own) -> None:
    assert own.name == "this run, two-bit"
    assert own.linear_bytes == run["phases"][1]["weight_bytes"]
    packed = count_run(make_run(config=configure_array(8640, packing="five-trit")))
    # Four beats of 2048 bits a tile of 64 x 64, as with two bits (docs/specification.md).
    assert (packed.name, packed.weight_bits) == ("this run, five-trit", 2.0)
