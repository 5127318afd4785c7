"""FPGAs that the open tools know: what each holds, and how Yosys and nextpnr are told of it.

# Ref: Lattice FPGA-DS-02012 (ECP5), FPGA-DS-02008 (iCE40 UltraPlus), FPGA-DS-02029 (iCE40 LP/HX);
# AMD DS180 (7 series).
"""

from dataclasses import dataclass

from workloads.errors import require_choice


@dataclass(frozen=True, kw_only=True)
class Router:
    """Place and route of a family, and what makes a bitstream of its result.

    Attributes
    ----------
    name : the family, as nextpnr is called.
    pins, result : options before the file of pins and the file that is written.
    alone : options for a design without pins, or None if it must have them.
    packer : program from the result to the bitstream, with its options.
    bitstream : name of the bitstream's file.
    goal_mhz : a clock beyond what any array reaches, to work towards.
    """

    name: str
    pins: str
    result: str
    alone: tuple[str, ...] | None
    packer: tuple[str, ...]
    bitstream: str
    goal_mhz: float


@dataclass(frozen=True, kw_only=True)
class Device:
    """One FPGA.

    Attributes
    ----------
    name : as `--target` takes it.
    title : as its maker calls it.
    synthesis : Yosys command from Verilog modules to this FPGA's cells.
    router : or None: no place and route comes as a wheel.
    options : nextpnr's options that choose the device.
    folds_inversions : carry chains take what inverts an operand: see `rtl.fpga.carry_fold`.
    lut_inputs : inputs of a lookup table.
    luts, flip_flops, block_rams, dsps : what it holds.
    """

    name: str
    title: str
    synthesis: str
    router: Router | None
    options: tuple[str, ...]
    lut_inputs: int
    luts: int
    flip_flops: int
    block_rams: int
    dsps: int
    folds_inversions: bool = False


ECP5 = Router(
    name="ecp5",
    pins="--lpf",
    result="--textcfg",
    alone=("--out-of-context",),
    packer=("ecppack", "--compress"),
    bitstream="bitstream.bit",
    goal_mhz=400.0,
)
ICE40 = Router(
    name="ice40",
    pins="--pcf",
    result="--asc",
    alone=None,
    packer=("icepack",),
    bitstream="bitstream.bin",
    goal_mhz=100.0,
)

# Without -abc9 the tables come out two to three times too many.
_ECP5 = "synth_ecp5 -abc9"
_ICE40 = "synth_ice40 -abc9 -device"

DEVICES = {
    device.name: device
    for device in (
        Device(
            name="ecp5-85k",
            title="Lattice ECP5 LFE5U-85F-6BG381C",
            synthesis=_ECP5,
            router=ECP5,
            options=("--85k", "--package", "CABGA381", "--speed", "6"),
            lut_inputs=4,
            luts=83640,
            flip_flops=83640,
            block_rams=208,
            dsps=156,
            folds_inversions=True,
        ),
        Device(
            name="ecp5-25k",
            title="Lattice ECP5 LFE5U-25F-6BG381C",
            synthesis=_ECP5,
            router=ECP5,
            options=("--25k", "--package", "CABGA381", "--speed", "6"),
            lut_inputs=4,
            luts=24288,
            flip_flops=24288,
            block_rams=56,
            dsps=28,
            folds_inversions=True,
        ),
        Device(
            name="ice40-up5k",
            title="Lattice iCE40UP5K-SG48",
            synthesis=f"{_ICE40} u",
            router=ICE40,
            options=("--up5k", "--package", "sg48"),
            lut_inputs=4,
            luts=5280,
            flip_flops=5280,
            block_rams=30,
            dsps=8,
        ),
        Device(
            name="ice40-hx8k",
            title="Lattice iCE40HX8K-CT256",
            synthesis=f"{_ICE40} hx",
            router=ICE40,
            options=("--hx8k", "--package", "ct256"),
            lut_inputs=4,
            luts=7680,
            flip_flops=7680,
            block_rams=32,
            dsps=0,
        ),
        Device(
            name="xc7a100t",
            title="AMD Artix-7 XC7A100T",
            synthesis="synth_xilinx -abc9 -nodsp -family xc7",
            router=None,
            options=(),
            lut_inputs=6,
            luts=63400,
            flip_flops=126800,
            block_rams=270,
            dsps=240,
        ),
    )
}


def find_device(name: str) -> Device:
    """Return the device of that name; raises InputError."""
    return DEVICES[require_choice("target", name, DEVICES)]
