"""From a template and plain values to one HTML file that loads nothing from elsewhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.notation import format_ratio, format_significant
from reports.sources import link_citations

FOLDER = Path(__file__).parent


def render_template(template: str, values: Mapping[str, Any]) -> str:
    """Return a page of this folder's `template`, with plotly.js, style sheet and script in it.

    Everything in `values` is escaped; a value that the template needs and lacks raises.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup
    from plotly.offline import get_plotlyjs

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "cite": link_citations,
        "ratio": format_ratio,
        "significant": format_significant,
    }
    parts = {
        "style": (FOLDER / "style.css").read_text(encoding="utf-8"),
        "script": (FOLDER / "page.js").read_text(encoding="utf-8"),
        "plotly": get_plotlyjs(),
    }
    trusted = {name: Markup(text) for name, text in parts.items()}
    return environment.get_template(template).render(**trusted, **values)
