"""Whether a synthesised design has room on its FPGA: the exact answer, before place and route."""

from rtl.fpga.cells import KINDS, Cells, count_things
from rtl.fpga.devices import Device
from workloads.errors import InputError

#: Of the device's lookup tables and of its flip-flops, what place and route can still use. nextpnr
#: placed an array with 85 % of ECP5's flip-flops; of one with 92 % it had not found places for all
#: in an hour, nor at all of one with 97 %, and of one with 92 % of iCE40's sites.
USABLE = 0.9


class NoRoomError(InputError):
    """A design has more cells than can be used of the FPGA.

    Attributes
    ----------
    cells : Cells
        Of the design.
    """

    cells: Cells

    def __init__(self, message: str, cells: Cells) -> None:
        super().__init__(message)
        self.cells = cells


def count_usable(kind: str, device: Device, share: float = USABLE) -> int:
    """Return the cells of `kind` that can be used; of lookup tables only a `share`."""
    shares = {"luts": share, "sites": share, "flip_flops": USABLE}
    return int(shares.get(kind, 1) * getattr(device, kind))


def describe_usable(kind: str, device: Device, share: float = USABLE) -> str:
    """Return `count_usable` in words."""
    usable = count_usable(kind, device, share)
    return f"{usable:,}" + (" that can be used" if usable < getattr(device, kind) else "")


def require_room(cells: Cells, device: Device) -> None:
    """Refuse a design of more cells than can be used of `device`; raises NoRoomError."""
    for kind, title in KINDS.items():
        needed, usable = getattr(cells, kind), count_usable(kind, device)
        if needed > usable:
            raise NoRoomError(
                f"array must fit {device.name} beside what is around it: together they need "
                f"{count_things(needed, title)} of {describe_usable(kind, device)}",
                cells,
            )
