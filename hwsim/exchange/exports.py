"""`export_matmuls`: from a model to the text or bytes of another tool's file."""

from pathlib import Path

from hwsim.accounting.subject import find_subject
from hwsim.exchange import FORMATS
from hwsim.exchange.matmuls import list_matmuls
from hwsim.exchange.scale_sim import render_topology
from hwsim.exchange.workload_yaml import render_timeloop, render_zigzag
from workloads.errors import InputError, require_choice
from workloads.shapes import Matmul, ModelShape


def export_matmuls(
    model: str | Path | ModelShape,
    format_name: str,
    *,
    phase: str | None = None,
    tokens: int = 512,
    every_layer: bool = False,
    only: str | None = None,
    layer: int = 0,
    quantize: str | None = None,
) -> tuple[str | bytes, list[Matmul]]:
    """Return the file's content, bytes for ``onnx``, and the matmuls in it.

    Parameters
    ----------
    format_name : one of `FORMATS`.
    phase, tokens, every_layer : see `hwsim.exchange.matmuls.list_matmuls`.
    only : name of the one matmul to export; in a trace, the first with that name and any M.
    layer : of the weights in an ONNX model.
    quantize : ``absmean`` for a checkpoint whose files do not say that it is ternary.

    Raises InputError.
    """
    require_choice("format", format_name, FORMATS)
    subject = find_subject(model, quantize=quantize)
    matmuls = list_matmuls(subject, phase=phase, tokens=tokens, every_layer=every_layer)
    if only is not None:
        matmuls = [_choose(matmuls, only)]
    if format_name == "scale-sim":
        return render_topology(matmuls), matmuls
    if format_name == "zigzag":
        return render_zigzag(matmuls), matmuls
    if len(matmuls) > 1:
        names = ", ".join(matmul.name for matmul in matmuls)
        raise InputError(f"matmul must name the one for {format_name}: one of {names}")
    if format_name == "timeloop":
        return render_timeloop(matmuls[0]), matmuls
    from hwsim.exchange.onnx_model import find_weight, make_model

    weight = find_weight(subject, model, matmuls[0], layer, quantize=quantize)
    return make_model(matmuls[0], weight), matmuls


def _choose(matmuls: list[Matmul], name: str) -> Matmul:
    for matmul in matmuls:
        if name in (matmul.name, matmul.name.rpartition("_m")[0]):
            return matmul
    names = ", ".join(matmul.name for matmul in matmuls)
    raise InputError(f"matmul must be one of {names}, not {name!r}")
