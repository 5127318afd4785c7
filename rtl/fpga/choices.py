"""What an FPGA user who does not state it gets: the style and size that measurements speak for."""

from rtl.fpga.devices import find_device
from rtl.fpga.measurements import Measurement, describe_size, read_measurements


def choose_style(target: str) -> tuple[str, str]:
    """Return the style that does most for a lookup table of `target`, and why, in a sentence.

    Styles are compared at the size of `choose_size`. Where nothing was routed, the fewest lookup
    tables a weight decide; where nothing was measured, it is `tree`.
    """
    device = find_device(find_device(target).measured)
    rows = [row for row in read_measurements() if row.target == device.name]
    if not rows:
        return "tree", f"nothing was measured on {device.title}"
    size = choose_size(target)
    rows = [row for row in rows if row.fmax_mhz] or rows
    rows = [row for row in rows if (row.config.lanes, row.config.columns) == size]
    ordered = sorted(rows, key=_rank, reverse=True)
    words = "; ".join(_describe(row) for row in ordered)
    return ordered[0].config.style, f"measured on {device.title}: {words}"


def choose_size(target: str) -> tuple[int, int]:
    """Return lanes and columns of the largest array that was placed and routed on `target`.

    Of the table's arrays that estimates are fitted to; of all of these where none was routed;
    4 x 4 where none was measured.
    """
    measured = find_device(target).measured
    rows = [row for row in read_measurements() if row.target == measured and not row.held_out]
    rows = [row for row in rows if row.fmax_mhz] or rows
    if not rows:
        return 4, 4
    largest = max(rows, key=lambda row: row.weights).config
    return largest.lanes, largest.columns


def _rank(row: Measurement) -> float:
    return row.mops_per_lut or 1 / row.luts_per_weight


def _describe(row: Measurement) -> str:
    size = f"{row.config.style} {describe_size(row.config)}"
    cells = f"{row.luts_per_weight:.1f} LUTs a weight"
    if row.fmax_mhz is None:
        return f"{size} {cells}"
    return f"{size} {cells} at {row.fmax_mhz:.0f} MHz, {row.mops_per_lut:.1f} Mop/s a LUT"
