"""Tables show every number of the record, say where it comes from, and sort."""

import pytest
from sample_run import make_run

from hwsim.configuration import configure_array
from reports.claims_table import tabulate_claims
from reports.energy_figures import tabulate_energy
from reports.records import Ledger
from reports.run_tables import (
    tabulate_ledger,
    tabulate_matmuls,
    tabulate_phases,
    tabulate_scopes,
)
from reports.tables import Cell, make_table, show_deviation, show_number, show_text


def test_a_column_is_numeric_unless_a_cell_sorts_as_text() -> None:
    table = make_table(
        "t",
        "T",
        ("a", "b"),
        [(show_text("x"), show_number(None)), (Cell(text="2", sort=2.0), show_number(3.0))],
    )
    assert table.numeric == (False, True)


def test_missing_numbers_are_dashes_that_sort_last() -> None:
    assert show_number(None) == Cell(text="–", sort=None)
    assert show_deviation(None) == Cell(text="–", sort=None)


def test_tones_follow_meaning() -> None:
    assert show_text("published").tone == "good"
    assert show_text("derived").tone == ""
    assert show_text("published", tone="").tone == ""


def test_every_row_of_the_ledger_states_kind_and_source() -> None:
    run = make_run()
    ledger = Ledger(run["energy"])
    table = tabulate_ledger(ledger)
    assert len(table.rows) == len(run["energy"])
    kinds = {row[table.columns.index("kind")].text for row in table.rows}
    assert kinds == {"published", "derived"}
    assert all("doi:" in row[-1].text for row in table.rows)
    energies = [row[table.columns.index("ternary")].sort for row in table.rows]
    assert energies == [row["ternary_pj"] * 1e-12 for row in run["energy"]]


def test_scopes_have_a_ratio_for_each_phase_and_node() -> None:
    ledger = Ledger(make_run()["energy"])
    table = tabulate_scopes(ledger)
    assert table.rows[0][0].text == "one operation"
    assert [cell.text for cell in table.rows[0][2:-1]] == ["71.4×", "50.0×", "71.4×", "50.0×"]
    assert table.numeric == (False, False, True, True, True, True, False)


def test_phases_and_matmuls_show_the_records_cycles() -> None:
    run = make_run()
    phases = tabulate_phases(run["phases"])
    column = phases.columns.index("cycles")
    assert [row[column].sort for row in phases.rows] == [p["cycles"] for p in run["phases"]]
    matmuls = tabulate_matmuls(run["phases"], run["array"]["clock_mhz"])
    column = matmuls.columns.index("waiting for weights")
    stalls = [m["weight_stall_cycles"] for p in run["phases"] for m in p["matmuls"]]
    assert [row[column].sort for row in matmuls.rows] == stalls
    assert matmuls.rows[0][-1].text == "4.10\u00a0Top/s"


def test_only_an_array_with_tables_has_a_column_for_its_waits() -> None:
    run = make_run("700M", config=configure_array(4096, style="table", lanes=63))
    table = tabulate_matmuls(run["phases"], 1000.0)
    head = table.columns.index
    for row in table.rows:
        parts = ("adding", "waiting for weights", "waiting for tables", "filling, draining")
        assert sum(row[head(part)].sort for part in parts) == row[head("cycles")].sort
    assert "waiting for tables" not in tabulate_matmuls(make_run()["phases"], 1000.0).columns


def test_what_fp16_does_not_have_has_no_ratio() -> None:
    ledger = Ledger(make_run()["energy"])
    rows = [row for row in tabulate_ledger(ledger).rows if row[3].text == "scales"]
    assert rows
    assert {(row[4].text, row[6].text, row[6].sort) for row in rows if not row[4].sort} == {
        ("0\u00a0J", "–", None)
    }


def test_the_categories_of_a_token_add_up_to_its_energy() -> None:
    ledger = Ledger(make_run()["energy"])
    table = tabulate_energy(ledger, {"prefill": 512, "decode": 1})
    for phase, count in zip(ledger.phases, (512, 1), strict=True):
        rows = [row for row in table.rows if (row[0].text, row[1].sort) == (phase, 7)]
        total = ledger.find_total(phase, 7, ledger.scopes[-1])
        assert total is not None
        assert sum(row[4].sort for row in rows) == pytest.approx(
            total["ternary_pj"] * 1e-12 / count
        )
        assert sum(row[6].sort for row in rows) == pytest.approx(1)


def test_our_numbers_have_the_digits_of_the_published() -> None:
    claims = [claim for claim in make_run()["claims"] if claim["label"] == "1.3B LLaMA, energy"]
    (row,) = tabulate_claims(claims).rows
    assert [cell.text for cell in row[3:5]] == ["0.32203 J", "0.32202 J"]


def test_claims_show_ours_and_drift() -> None:
    claims = make_run()["claims"]
    table = tabulate_claims(claims)
    assert len(table.rows) == len(claims)
    first = {name: cell.text for name, cell in zip(table.columns, table.rows[0], strict=True)}
    assert (first["published"], first["ours"], first["verdict"]) == ("71.4×", "71.4×", "reproduced")
    (drifted,) = tabulate_claims([claims[0] | {"drifted": True}]).rows
    verdict = drifted[table.columns.index("verdict")]
    assert (verdict.text, verdict.tone) == ("reproduced (out of tolerance)", "bad")


@pytest.mark.parametrize("name", ["ours", "deviation"])
def test_a_claim_that_nothing_models_shows_dashes(name: str) -> None:
    claims = [claim for claim in make_run()["claims"] if claim["ours"] is None]
    table = tabulate_claims(claims)
    assert claims
    assert {row[table.columns.index(name)].text for row in table.rows} == {"–"}
