"""The description as a C header: constants, and the offsets of what the link's replies carry."""

from collections.abc import Mapping
from typing import Any

from rtl.config import ADDERS, PACKINGS, STYLES


def write_header(description: Mapping[str, Any]) -> str:
    """Return the text of `ternary_array.h` for a description of `describe_package`."""
    lines = ["#ifndef TERNARY_ARRAY_H", "#define TERNARY_ARRAY_H", ""]
    lines += ["/* Kinds of array, packing and adders; the parameters below are of these. */"]
    lines += _define("STYLE", {name: index for index, name in enumerate(STYLES)})
    lines += _define("PACKING", {name: index for index, name in enumerate(PACKINGS)})
    lines += _define("ADDERS", {name: index for index, name in enumerate(ADDERS)})
    lines += ["", "/* Parameters of this array, and what follows from them. */"]
    parameters = dict(description["parameters"])
    for name, known in (("style", STYLES), ("packing", PACKINGS), ("adders", ADDERS)):
        parameters[name] = known.index(parameters[name])
    lines += _define("ARRAY", {**parameters, **description["derived"]})
    lines += ["", "/* Bits of the payload of the command stream. */"]
    for field in description["streams"]["command"]["fields"]:
        lines += _define(f"COMMAND_{field['name']}", {"low": field["low"], "width": field["width"]})
    if axi := description.get("axi"):
        lines += ["", "/* Registers of the AXI4-Lite port: byte addresses, and bits of two. */"]
        lines += _define("AXI", {row["name"]: row["offset"] for row in axi["registers"]})
        for name in ("control", "status"):
            lines += _define(f"AXI_{name}", {f["name"]: 1 << f["bit"] for f in axi[name]})
    if link := description.get("link"):
        lines += ["", "/* The link: framing, its CRC, kinds of frames, flags of the status. */"]
        framing = {key: value for key, value in link["framing"].items() if key != "reset_pair"}
        lines += _define("LINK", {"baud": link["baud"], "window": link["window"]} | framing)
        check = {key: link["crc"][key] for key in ("polynomial", "initial")}
        lines += _define("LINK_CRC", check)
        for name in ("requests", "replies"):
            lines += _define(f"LINK_{name[:-1].replace('ie', 'y')}", link[name])
        lines += _define("LINK_FLAG", link["flags"])
        lines += ["", "/* Its registers: offset and bytes in a reply, after its kind. */"]
        for name, fields in link["registers"].items():
            for field in fields:
                values = {"offset": field["offset"], "bytes": field["bytes"]}
                lines += _define(f"LINK_{name}_{field['name']}", values)
    return "\n".join([*lines, "", "#endif", ""])


def _define(prefix: str, values: Mapping[str, int]) -> list[str]:
    words = (
        (f"TERNARY_{prefix}_{name}".upper().replace("-", "_"), values[name]) for name in values
    )
    return [f"#define {name} {value}" for name, value in words]
