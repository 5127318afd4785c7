"""rtl.table.codes: a table holds each sum once, and each code finds its own."""

from itertools import product

import pytest

from rtl.adders import sum_bits
from rtl.table.codes import address_bits, list_codes, plan_steps


def walk(group: int, lanes: tuple[int, ...]) -> dict[int, int]:
    """Return the entries by address, as the steps of `lanes` write them."""
    first, *others = plan_steps(group)
    total = 0
    entries = {first.address: total}
    for step in others:
        assert step.address not in entries
        total += -lanes[step.lane] if step.subtract else lanes[step.lane]
        entries[step.address] = total
    return entries


@pytest.mark.parametrize(("group", "entries"), [(2, 5), (3, 14)])
def test_every_code_finds_its_sum(group: int, entries: int) -> None:
    lanes = (101, -17, 5)[:group]
    found = walk(group, lanes)
    assert len(found) == entries
    assert max(found) < 2 ** address_bits(group)
    codes = list_codes(group)
    assert [code.weights for code in codes] == list(product((-1, 0, 1), repeat=group))
    for code in codes:
        owed = sum(weight * lane for weight, lane in zip(code.weights, lanes, strict=True))
        assert found[code.address] * (-1 if code.negative else 1) == owed


@pytest.mark.parametrize("group", [2, 3])
def test_numbers_are_those_of_the_packing(group: int) -> None:
    for code in list_codes(group):
        value = sum(weight * 3**i for i, weight in enumerate(code.weights))
        assert code.number & (2 ** (group + 1) - 1) == abs(value)
        assert bool(code.number >> (group + 1)) == code.negative == (value < 0)


def test_two_low_bits_of_an_address_tell_which_of_two_lanes_count() -> None:
    for code in list_codes(2):
        assert [code.address >> lane & 1 for lane in range(2)] == [abs(w) for w in code.weights]


@pytest.mark.parametrize("group", [2, 3])
def test_entries_fit(group: int) -> None:
    bits = sum_bits(group)
    extremes = [
        entry
        for lanes in product((-128, 127), repeat=group)
        for entry in walk(group, lanes).values()
    ]
    assert (min(extremes), max(extremes)) == (-128 * group, 128 * group - 1)
    assert -(2 ** (bits - 1)) <= min(extremes) and max(extremes) < 2 ** (bits - 1)


@pytest.mark.parametrize(("lanes", "bits"), [(1, 8), (2, 9), (3, 10), (4, 10), (16, 12), (48, 14)])
def test_sum_bits(lanes: int, bits: int) -> None:
    assert sum_bits(lanes) == bits
