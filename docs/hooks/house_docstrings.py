"""Read the docstrings of this project for the documentation site.

They follow NumPy's sections, but say what a name means where NumPy names its type: annotations do
that. So `name : meaning` becomes an item with a description, text after a section becomes Notes,
and a doctest a code block.
"""

import re
from typing import Any

import griffe

ITEM = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*) : (.*)$")
UNDERLINE = re.compile(r"^-{3,}$")


def restate(docstring: str) -> str:
    """Return `docstring` in NumPy's own form."""
    stated: list[str] = []
    lines = docstring.splitlines()
    inside = doctest = False
    for index, line in enumerate(lines):
        if UNDERLINE.match(line):
            inside = True
        elif inside and index + 1 < len(lines) and UNDERLINE.match(lines[index + 1]):
            pass
        elif inside and (item := ITEM.match(line)):
            stated += [item[1], f"    {item[2]}"]
            continue
        elif inside and line[:1].strip() and not (stated and UNDERLINE.match(stated[-1])):
            if not stated[-1].strip():
                stated += ["Notes", "-----"]
            inside = False
        if line.startswith(">>>") and not doctest:
            stated.append("```pycon")
            doctest = True
        if doctest and not line.strip():
            stated.append("```")
            doctest = False
        stated.append(line)
    return "\n".join([*stated, "```"] if doctest else stated)


class HouseDocstrings(griffe.Extension):
    """Restates every docstring as it is loaded."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of `obj`, if it has one."""
        if obj.docstring is not None:
            obj.docstring.value = restate(obj.docstring.value)
