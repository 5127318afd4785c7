"""The table of the points in the figures of the model's size."""

from collections.abc import Sequence

from reports.records import Record
from reports.scaling import FORMATS, QUANTITIES, list_models
from reports.tables import Table, make_table, show_number, show_text


def tabulate_scaling(points: Sequence[Record]) -> Table:
    """Return every point with its origin and source."""
    models = list_models(points)
    return make_table(
        "table-scaling",
        "Points of the figures of model size",
        ("quantity", "model", "format", "series", "origin", "value", "unit", "source"),
        [
            (
                show_text(point["quantity"]),
                show_text(point["model"]),
                show_text(FORMATS[point["format"]]),
                show_text(point["series"]),
                show_text(point["origin"], tone=""),
                show_number(point["value"]),
                show_text(point["unit"]),
                show_text(point["source"]),
            )
            for point in sorted(
                points,
                key=lambda p: (list(QUANTITIES).index(p["quantity"]), models.index(p["model"])),
            )
        ],
    )
