"""Whether a synthesised design has room on its FPGA: the exact answer, before place and route."""

from rtl.fpga.cells import KINDS, Cells, count_things
from rtl.fpga.devices import Device
from workloads.errors import InputError

#: Of the device's lookup tables and of its flip-flops, what place and route can still use: nextpnr
#: finds places for an array with 83 % of ECP5's flip-flops, and not for one with 97 %.
USABLE = 0.9


class NoRoomError(InputError):
    """A design has more cells than the FPGA.

    Attributes
    ----------
    cells : Cells
        Of the design.
    """

    cells: Cells

    def __init__(self, message: str, cells: Cells) -> None:
        super().__init__(message)
        self.cells = cells


def require_room(cells: Cells, device: Device) -> None:
    """Refuse a design of more cells than `device` has; raises NoRoomError."""
    for kind, title in KINDS.items():
        needed, held = getattr(cells, kind), getattr(device, kind)
        if needed > held:
            raise NoRoomError(
                f"array must fit {device.name} beside what is around it: together they need "
                f"{count_things(needed, title)} of {held:,}",
                cells,
            )
