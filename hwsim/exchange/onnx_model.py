"""One ternary matmul as an ONNX model: MatMulInteger, int8 by int8 to int32, exact."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwsim.accounting.subject import Subject
from workloads.checkpoint import SHIPPED, read_checkpoint
from workloads.errors import InputError, require_int
from workloads.shapes import Matmul, ModelShape

# MatMulInteger came with operator set 10; IR version 8 is read by ONNX Runtime since 1.10.
OPERATOR_SET, IR_VERSION = 13, 8


def make_model(matmul: Matmul, weight: NDArray[np.int8] | None = None) -> bytes:
    """Return the serialized model of y[M, N] = x[M, K] @ w[N, K].T.

    Parameters
    ----------
    weight : w int8[N, K], stored as the constant ``w`` of shape [K, N]; without it ``w`` is an
        input beside ``x``.

    Raises InputError if `onnx` is not installed, or the weight has another shape.
    """
    try:
        from onnx import TensorProto, checker, helper, numpy_helper
    except ImportError:
        raise InputError(
            "an ONNX model needs the package onnx: pip install 'hwsim[exchange]'"
        ) from None
    if weight is not None and weight.shape != (matmul.n, matmul.k):
        raise InputError(f"weight must have the shape {(matmul.n, matmul.k)}, not {weight.shape}")
    int8, int32 = TensorProto.INT8, TensorProto.INT32
    inputs = [helper.make_tensor_value_info("x", int8, [matmul.m, matmul.k])]
    constants = []
    if weight is None:
        inputs.append(helper.make_tensor_value_info("w", int8, [matmul.k, matmul.n]))
    else:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(weight.T), "w"))
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        matmul.name,
        inputs,
        [helper.make_tensor_value_info("y", int32, [matmul.m, matmul.n])],
        constants,
    )
    model = helper.make_model(
        graph,
        producer_name="hwsim",
        opset_imports=[helper.make_opsetid("", OPERATOR_SET)],
        ir_version=IR_VERSION,
    )
    checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def find_weight(
    subject: Subject,
    model: str | Path | ModelShape,
    matmul: Matmul,
    layer: int,
    *,
    quantize: str | None = None,
) -> NDArray[np.int8] | None:
    """Return w int8[N, K] of a layer of a checkpoint or trace, None for a mere shape.

    Raises InputError if the model has no such layer, or its checkpoint is damaged.
    """
    if subject.trace is not None:
        checkpoint = subject.trace.checkpoint
    elif isinstance(model, ModelShape) or not _has_weights(str(model)):
        return None
    else:
        checkpoint = read_checkpoint(model, quantize=quantize)
    layers = checkpoint.weights.layers
    require_int("layer", layer, 0, len(layers) - 1)
    (linear,) = (
        linear
        for name, linear in layers[layer].linears.items()
        if matmul.name == name or matmul.name.startswith(f"{name}_")
    )
    weight: NDArray[np.int8] = linear.weight.unpack()
    return weight


def _has_weights(model: str) -> bool:
    if model in SHIPPED:
        return True
    path = Path(model)
    if path.is_dir():  # of a checkpoint, or of config.json alone
        return any(path.glob("*.safetensors"))
    return path.is_file() and path.suffix != ".json"
