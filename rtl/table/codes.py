"""Codes of a group's weights inside the array, and the order in which a group's sums are written.

The weights w_0, w_1, ... of a group are the digits of v = sum of w_i 3^i in balanced ternary. Its
sum of activations is entry |v| of a table, negated if v < 0: with the mirrored half left out, a
table has E = (3^g - 1) / 2 + 1 entries. Pure planning, without gates.
"""

from dataclasses import dataclass
from functools import cache
from itertools import product

#: Each entry of a table is the one before, plus or minus a lane: a walk through all v >= 0 whose
#: beginning is the walk of a smaller group. Lane, and whether it is subtracted.
_WALK = (
    *((0, False), (1, False), (0, True), (0, True)),
    *((2, False), (0, False), (0, False), (1, True)),
    *((0, True), (0, True), (1, True), (0, False), (0, False)),
)

#: The place of entry |v|. For g = 2 it tells which lanes count, in its two low bits.
_ADDRESSES = {2: (0b000, 0b001, 0b011, 0b010, 0b111), 3: tuple(range(14))}


@dataclass(frozen=True, kw_only=True)
class Step:
    """How an entry comes of the one before; the first one is zero.

    Attributes
    ----------
    address : place of the entry in its table.
    lane : the lane of the group that is added.
    subtract : it is subtracted instead.
    """

    address: int
    lane: int
    subtract: bool


@dataclass(frozen=True, kw_only=True)
class GroupCode:
    """How the weights of a group are looked up.

    Attributes
    ----------
    weights : of rising lanes, each -1, 0 or +1.
    number : the code of the packing `group`.
    address : place of their sum, or of its negative, in the table.
    negative : the entry is the negative of their sum.
    """

    weights: tuple[int, ...]
    number: int
    address: int
    negative: bool


def address_bits(group: int) -> int:
    """Return the bits of a place in a table: 3 for g = 2, 4 for g = 3."""
    return max(_ADDRESSES[group]).bit_length()


@cache
def plan_steps(group: int) -> tuple[Step, ...]:
    """Return the E steps that write a table, the entry zero first.

    >>> [(step.address, step.lane, step.subtract) for step in plan_steps(2)[1:]]
    [(1, 0, False), (7, 1, False), (2, 0, True), (3, 0, True)]
    """
    value = 0
    steps = [Step(address=_ADDRESSES[group][0], lane=0, subtract=False)]
    for lane, subtract in _WALK[: len(_ADDRESSES[group]) - 1]:
        value += -(3**lane) if subtract else 3**lane
        steps.append(Step(address=_ADDRESSES[group][value], lane=lane, subtract=subtract))
    return tuple(steps)


@cache
def list_codes(group: int) -> tuple[GroupCode, ...]:
    """Return the codes of all 3^g weights of a group.

    >>> list_codes(2)[0]
    GroupCode(weights=(-1, -1), number=12, address=7, negative=True)
    """
    codes = []
    for digits in product((-1, 0, 1), repeat=group):
        value = sum(digit * 3**lane for lane, digit in enumerate(digits))
        negative = value < 0
        codes.append(
            GroupCode(
                weights=digits,
                number=abs(value) | negative << group + 1,
                address=_ADDRESSES[group][abs(value)],
                negative=negative,
            )
        )
    return tuple(codes)
