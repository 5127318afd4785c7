"""Where numbers come from: citations as links, and the list of what a run rests on."""

import re
from typing import Any

from reports.records import Record

_CITATION = re.compile(r"doi:(?P<doi>10\.[\w./()-]*\w)|arXiv[: ](?P<arxiv>[0-9]{4}\.[0-9]{4,5})")
_SOURCE = re.compile(r"[a-z]+[0-9]{4} (?:doi:|arXiv:)[\w./()-]*\w")


def link_citations(text: object) -> Any:
    """Return `text` as escaped markup in which doi and arXiv numbers are links."""
    from markupsafe import Markup, escape

    return Markup(_CITATION.sub(_make_link, str(escape(text))))


def list_sources(rows: list[Record]) -> dict[str, int]:
    """Return every source that the ledger's `rows` cite, with the number of rows that do."""
    counts: dict[str, int] = {}
    for row in rows:
        for source in set(_SOURCE.findall(row["source"])):
            counts[source] = counts.get(source, 0) + 1
    return dict(sorted(counts.items()))


def _make_link(match: re.Match[str]) -> str:
    doi, arxiv = match["doi"], match["arxiv"]
    address = f"https://doi.org/{doi}" if doi else f"https://arxiv.org/abs/{arxiv}"
    return f'<a href="{address}">{match[0]}</a>'
