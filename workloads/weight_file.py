"""Quantised weights of a large model in a file of no name, so that memory need not hold them.

What a checkpoint's files hold packed stays in them. What is quantised or repacked when it is read
would have to stay in memory; in a mapped file the system can write it out and drop it, as it does
with the checkpoint's own. The file is gone when its model, or the process, is.
"""

import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from workloads.decoder_layer import BitLinear, DecoderLayer
from workloads.shapes import ModelShape
from workloads.ternary import CODES_PER_BYTE, TernaryMatrix

SMALL_BYTES = 1 << 28  # a model that is not worth a file
_ALIGNMENT = 64  # bytes of a cache line


def put_aside(
    layers: Iterable[DecoderLayer], shape: ModelShape, *, small_bytes: int = SMALL_BYTES
) -> Iterator[DecoderLayer]:
    """Yield `layers`, one in memory at a time, with their weights in a file.

    They are yielded as they are if the model's packed weights have less than `small_bytes`, or if
    there is no room on the disk.
    """
    sizes = shape.projections.values()
    size = shape.layers * sum(_align(-(-n // CODES_PER_BYTE) * k) for n, k in sizes)
    memory = _map_file(size) if size >= small_bytes else None
    if memory is None:
        yield from layers
        return
    at = 0
    for layer in layers:
        linears = {}
        for name, linear in layer.linears.items():
            linears[name] = _copy(linear, memory, at)
            at += _align(linear.weight.packed.size)
        yield replace(layer, linears=linears)


def _copy(linear: BitLinear, memory: mmap.mmap, at: int) -> BitLinear:
    packed = linear.weight.packed
    copy = np.frombuffer(memory, np.uint8, packed.size, at).reshape(packed.shape)
    copy[:] = packed
    return replace(linear, weight=TernaryMatrix(packed=copy, rows=linear.weight.rows))


def _map_file(size: int) -> mmap.mmap | None:
    """Return `size` zero bytes of a new file without a name, or None where there is no room."""
    # /tmp may itself be memory; TMPDIR is the user's word.
    large = "/var/tmp" if "TMPDIR" not in os.environ and Path("/var/tmp").is_dir() else None
    try:
        with tempfile.TemporaryFile(dir=large) as file:
            file.truncate(size)
            if hasattr(os, "posix_fallocate"):  # else a full disk would end the process later
                os.posix_fallocate(file.fileno(), 0, size)
            return mmap.mmap(file.fileno(), size)
    except OSError:
        return None


def _align(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
