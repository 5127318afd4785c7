"""A run's record is checked before anything is drawn; the ledger's rows are found again."""

import pytest
from sample_run import make_run

from reports.energy_groups import COLOURS, group_energy
from reports.records import Ledger, check_run, find_phase
from workloads.errors import InputError


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ([], "run must be the object of a run.json, not list"),
        ({}, "run must have the schema 'hwsim.run/1', not None"),
        ({"schema": "hwsim.run/2"}, "run must have the schema 'hwsim.run/1', not 'hwsim.run/2'"),
        ({"schema": "hwsim.run/1"}, "run must have 'model', which is missing or empty"),
    ],
)
def test_what_is_no_run_is_refused(run: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        check_run(run)
    assert str(error.value) == message


def test_a_missing_phase_is_named() -> None:
    with pytest.raises(InputError, match="run must have a phase 'decode' in 'phases'"):
        find_phase({"phases": [{"phase": "prefill"}]}, "decode")


def test_parts_and_groups_add_up_to_the_widest_scope() -> None:
    ledger = Ledger(make_run()["energy"])
    assert ledger.nodes_nm == (7, 45)
    assert len(ledger.phases) == 2
    for phase in ledger.phases:
        for node_nm in ledger.nodes_nm:
            total = ledger.find_total(phase, node_nm, ledger.scopes[-1])
            parts = ledger.find_parts(phase, node_nm)
            groups = group_energy(parts)
            assert total is not None
            for field in ("fp16_pj", "ternary_pj"):
                assert sum(part[field] for part in parts) == pytest.approx(total[field], rel=1e-12)
                grouped = sum(getattr(group, field) for group in groups)
                assert grouped == pytest.approx(total[field], rel=1e-12)
            assert {group.name for group in groups} <= set(COLOURS)


def test_a_scope_of_one_row_is_its_own_total() -> None:
    ledger = Ledger(make_run()["energy"])
    row = ledger.find_total(ledger.phases[0], 7, "paper-op")
    assert row is not None
    assert (row["category"], round(row["ratio"], 1)) == ("multiply-add", 71.4)
    assert ledger.find_total(ledger.phases[0], 7, "unknown") is None


def test_equal_rows_count_once() -> None:
    """A prompt of one token is a decode step: the ledger has the same rows twice."""
    run = make_run(tokens=1)
    ledger = Ledger(run["energy"])
    assert len(ledger.phases) == 1
    assert 2 * len(ledger.rows) == len(run["energy"])


def test_an_unknown_category_is_a_group_of_its_own() -> None:
    row = {"scope": "+optics", "category": "lasers", "fp16_pj": 2.0, "ternary_pj": 1.0}
    (group,) = group_energy([row])
    assert (group.name, group.fp16_pj, group.ternary_pj) == ("lasers", 2.0, 1.0)
