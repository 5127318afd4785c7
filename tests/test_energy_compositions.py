"""Scopes as text: what composes, what does not, and in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.compositions import BASES, PARTS, Composition, parse_composition
from workloads.errors import InputError


def test_parts_come_in_any_order_and_leave_in_one():
    for text in ("array+dram+registers", "array+registers+dram"):
        assert parse_composition(text) == Composition(base="array", parts=("registers", "dram"))
    assert parse_composition("paper").name == "paper"


@given(st.sampled_from(BASES), st.lists(st.sampled_from(PARTS), unique=True))
def test_a_name_reads_as_the_composition_it_names(base, parts):
    try:
        composition = parse_composition("+".join([base, *parts]))
    except InputError:
        return
    assert parse_composition(composition.name) == composition
    assert composition.needs_array == (base == "array" or bool({"sram", "dram"} & set(parts)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "scope must be one of paper, bitnet-2023, real-shape, array, not ''"),
        ("lm-head", "scope must be one of .*, not 'lm-head'"),
        (
            "paper+dram",
            "scope paper takes the parts true-accumulator, zero-skip, lm-head, not dram",
        ),
        ("array+true-accumulator", "scope array takes the parts zero-skip, .*, not true-acc"),
        ("real-shape+registers", "scope real-shape takes the parts .*, not registers"),
        ("real-shape+", "scope must have only the parts true-accumulator, .*, not ''"),
        ("array+dram+dram", "scope must name dram once, not 2 times"),
        ("array+zero-skip+activity", "scope must have zero-skip or activity, not both"),
    ],
)
def test_what_does_not_compose(text, message):
    with pytest.raises(InputError, match=message):
        parse_composition(text)
