"""Put the public names of `hwsim` where a page asks for them."""

from typing import Any

import hwsim

MARK = "<!-- public names -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the mark by one reference a name, functions before classes."""
    names = sorted(hwsim._PUBLIC.items(), key=lambda item: (item[0][0].isupper(), item[0]))
    return markdown.replace(MARK, "\n".join(f"::: {module}.{name}" for name, module in names))
