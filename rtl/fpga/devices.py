"""FPGAs that the open tools know: what each holds, and how Yosys and nextpnr are told of it.

# Ref: Lattice FPGA-DS-02012 (ECP5), FPGA-DS-02008 (iCE40 UltraPlus), FPGA-DS-02029 (iCE40 LP/HX);
# AMD DS180 (7 series); Gowin DS117 (GW1NR).
"""

from dataclasses import dataclass, replace

from rtl.fpga.routers import ECP5, GOWIN, ICE40, Router
from workloads.errors import require_choice


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
    measured_as : name of the FPGA with the same cells whose measurements stand for its own, or "".
    folds_carries : carry chains are ECP5's: see `rtl.fpga.carry_fold` and `carry_ends`.
    lone_flip_flops : a flip-flop has its data from the lookup table beside it: `rtl.fpga.sites`.
    lut_inputs : of a lookup table, 4 or 6.
    luts, flip_flops, ram_luts, block_rams, dsps : what it holds; `ram_luts` of the LUTs can serve
        as RAM.
    """

    name: str
    title: str
    synthesis: str
    router: Router | None
    options: tuple[str, ...]
    lut_inputs: int
    luts: int
    flip_flops: int
    ram_luts: int
    block_rams: int
    dsps: int
    measured_as: str = ""
    folds_carries: bool = False
    lone_flip_flops: bool = False

    @property
    def measured(self) -> str:
        """Name of the FPGA whose measurements tell its cells: its own, or one's like it."""
        return self.measured_as or self.name

    @property
    def sites(self) -> int:
        """Places of lookup tables."""
        return self.luts


# Without -abc9 the tables come out two to three times too many.
_ICE40 = "synth_ice40 -abc9 -device"

_ECP5_85K = Device(
    name="ecp5-85k",
    title="Lattice ECP5 LFE5U-85F-6BG381C",
    synthesis="synth_ecp5 -abc9",
    router=ECP5,
    options=("--85k", "--package", "CABGA381", "--speed", "6"),
    lut_inputs=4,
    luts=83640,
    flip_flops=83640,
    ram_luts=62736,
    block_rams=208,
    dsps=156,
    folds_carries=True,
)

DEVICES = {
    device.name: device
    for device in (
        _ECP5_85K,
        replace(
            _ECP5_85K,
            name="ecp5-5g-85k",
            title="Lattice ECP5-5G LFE5UM5G-85F-8BG381C",
            options=("--um5g-85k", "--package", "CABGA381", "--speed", "8"),
        ),
        replace(
            _ECP5_85K,
            name="ecp5-25k",
            title="Lattice ECP5 LFE5U-25F-6BG381C",
            options=("--25k", "--package", "CABGA381", "--speed", "6"),
            luts=24288,
            flip_flops=24288,
            ram_luts=18186,
            block_rams=56,
            dsps=28,
            measured_as="ecp5-85k",
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
            ram_luts=0,
            block_rams=30,
            dsps=8,
            lone_flip_flops=True,
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
            ram_luts=0,
            block_rams=32,
            dsps=0,
            measured_as="ice40-up5k",
            lone_flip_flops=True,
        ),
        Device(
            name="gw1nr-9c",
            title="Gowin GW1NR-LV9QN88PC6/I5",
            synthesis="synth_gowin -nodsp",
            router=GOWIN,
            options=("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"),
            lut_inputs=4,
            luts=8640,
            flip_flops=6480,
            ram_luts=1620,
            block_rams=26,
            dsps=20,
            lone_flip_flops=True,
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
            ram_luts=19000,
            block_rams=270,
            dsps=240,
        ),
    )
}


def find_device(name: str) -> Device:
    """Return the device of that name; raises InputError."""
    return DEVICES[require_choice("target", name, DEVICES)]
