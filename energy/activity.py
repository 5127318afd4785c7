"""What a run's data tell of switching: measured rates that scale energies by stated rules.

The prices of logic are those of random operands, whose bits toggle in half of the cycles. The
rule, to first order: energy of selectors and adders in proportion to the toggles of their operand
bits (Landman and Rabaey, IEEE TVLSI 3 (1995), 173). Nothing else is scaled: a register's price does
not tell its clock from its data, and memories are priced by the access.
"""

from dataclasses import asdict, dataclass

from workloads.errors import InputError

RANDOM_TOGGLE_RATE = 0.5


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Rates measured on a trace, each from 0 to 1.

    Attributes
    ----------
    zero_weights, zero_activations : share of zeros among the values that the array is given.
    input_toggle_rate : share of the input registers' bits that differ from one beat to the next.
    operand_toggle_rate : the same of the selected bits, of +a, -a or 0, in front of the tree.
    source : what was measured.
    """

    zero_weights: float
    zero_activations: float
    input_toggle_rate: float
    operand_toggle_rate: float
    source: str

    def __post_init__(self) -> None:
        """Refuse what is no rate; raises InputError."""
        for name, rate in asdict(self).items():
            if name != "source" and not 0 <= rate <= 1:
                raise InputError(f"{name} must be from 0 to 1, not {rate!r}")

    @property
    def logic_scale(self) -> float:
        """Factor of the energy of selectors and adders."""
        return self.operand_toggle_rate / RANDOM_TOGGLE_RATE
