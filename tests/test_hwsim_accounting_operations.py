"""Energy by operation adds up to the ledger, category by category."""

import pytest

from hwsim.accounting.operations import divide_energy
from hwsim.configuration import configure_array
from hwsim.simulation import simulate


@pytest.mark.parametrize("options", [{}, {"style": "table", "lanes": 63}, {"style": "systolic"}])
def test_operations_add_up_to_the_ledger(options: dict) -> None:
    config = configure_array(4096, **options)
    simulation = simulate("700M", config, verify=False, tokens=100, nodes_nm=(7,))
    rows = divide_energy(simulation)
    for phase in simulation.phases:
        own = [row for row in rows if row.phase == phase.name]
        total = simulation.find_total("+lm-head", phase).ternary_pj
        assert sum(row.ternary_pj for row in own) == pytest.approx(total, rel=1e-12)
        for line in simulation.ledgers[phase.name, 7]:
            if line.category != "total" and line.ternary_pj and line.scope in ("array", "+dram"):
                sums = [
                    row.ternary_pj
                    for row in own
                    if (row.scope, row.category) == (line.scope, line.category)
                ]
                assert sum(sums) == pytest.approx(line.ternary_pj, rel=1e-12)


def test_every_matmul_and_the_rest_are_operations() -> None:
    rows = divide_energy(simulate("3B", verify=False))
    assert {row.node_nm for row in rows} == {7}
    operations = list(dict.fromkeys(row.operation for row in rows if row.phase == "decode"))
    matmuls = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    assert operations[-7:] == matmuls
    assert {"attention", "scales", "key-value cache", "lm-head weights"} <= set(operations)
