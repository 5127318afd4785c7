"""The certificate: matmuls executed on the compiled RTL, every output and every cycle compared.

Outputs are compared with the numba reference, cycle counts with the cycle model. Array, reference
and cycle model share no code, so a certificate without a mismatch is worth something.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class MatmulCheck:
    """How one matmul on the RTL compared.

    Attributes
    ----------
    outputs, mismatched_outputs : int32 outputs compared, and those that differ.
    predicted_cycles, simulated_cycles : of the cycle model and of the RTL.
    lane_operations : M N K.
    seconds : time spent in the compiled RTL.
    """

    outputs: int
    mismatched_outputs: int
    predicted_cycles: int
    simulated_cycles: int
    lane_operations: int
    seconds: float

    @property
    def passed(self) -> bool:
        """True if nothing differs."""
        return not self.mismatched_outputs and self.predicted_cycles == self.simulated_cycles


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What ran on the RTL and how it compared.

    Attributes
    ----------
    scope : what was executed, in words.
    matmuls, outputs : how many were executed and compared.
    mismatched_outputs : int32 outputs that differ from the reference.
    mismatched_cycles : matmuls whose cycle count differs from the cycle model.
    predicted_cycles, simulated_cycles : sums over all matmuls, cycle model and RTL.
    lane_operations : select-and-adds that the matmuls needed.
    seconds : time spent in the compiled RTL.
    verilog_sha256 : of the Verilog that ran.
    first_wrong : the first matmul whose outputs or cycles differ, or None.
    """

    scope: str
    matmuls: int
    outputs: int
    mismatched_outputs: int
    mismatched_cycles: int
    predicted_cycles: int
    simulated_cycles: int
    lane_operations: int
    seconds: float
    verilog_sha256: str
    first_wrong: str | None = None

    @property
    def passed(self) -> bool:
        """True if something ran and nothing differed."""
        same_cycles = self.mismatched_cycles == 0 and self.predicted_cycles == self.simulated_cycles
        return self.outputs > 0 and self.mismatched_outputs == 0 and same_cycles

    def sentence(self) -> str:
        """Return the certificate as one line of text."""
        relation = "=" if self.predicted_cycles == self.simulated_cycles else "!="
        wrong = f"; first wrong: {self.first_wrong}" if self.first_wrong else ""
        return (
            f"{self.matmuls:,} matmuls, {self.outputs:,} outputs, {self.mismatched_outputs:,} "
            f"mismatches; predicted cycles {self.predicted_cycles:,} {relation} simulated cycles "
            f"{self.simulated_cycles:,}{wrong}"
        )

    def lines(self) -> tuple[str, str]:
        """Return the verdict with the scope, and the sentence."""
        verdict = "passed" if self.passed else "FAILED"
        return f"certificate {verdict}: {self.scope}", self.sentence()

    def _repr_html_(self) -> str:
        from hwsim.display import render_html

        return render_html(*self.lines())

    def to_dict(self) -> dict[str, object]:
        """Return the fields and the verdict as plain data."""
        return asdict(self) | {"passed": self.passed}


def certify(
    checks: Sequence[MatmulCheck], *, scope: str, verilog_sha256: str, names: Iterable[str] = ()
) -> Certificate:
    """Return the certificate of `checks`, all made on the array of one Verilog text.

    `names` are those of the checks' matmuls, where a certificate that fails is to name one.
    """
    named = zip(names, checks, strict=False)
    return Certificate(
        scope=scope,
        matmuls=len(checks),
        outputs=sum(check.outputs for check in checks),
        mismatched_outputs=sum(check.mismatched_outputs for check in checks),
        mismatched_cycles=sum(c.predicted_cycles != c.simulated_cycles for c in checks),
        predicted_cycles=sum(check.predicted_cycles for check in checks),
        simulated_cycles=sum(check.simulated_cycles for check in checks),
        lane_operations=sum(check.lane_operations for check in checks),
        seconds=sum(check.seconds for check in checks),
        verilog_sha256=verilog_sha256,
        first_wrong=next((name for name, check in named if not check.passed), None),
    )
