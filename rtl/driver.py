"""The C interface of `rtl/driver.cpp`, field for field."""

import ctypes
from pathlib import Path

#: The streams that the driver can hold back, in the order of the C arrays.
STREAMS = ("weights", "activations", "results")


class Matmul(ctypes.Structure):
    """What to run."""

    _fields_ = (
        ("tokens", ctypes.c_uint64),
        ("features", ctypes.c_uint64),
        ("column_tiles", ctypes.c_uint64),
        ("lane_tiles", ctypes.c_uint64),
        ("weights", ctypes.c_void_p),
        ("activations", ctypes.c_void_p),
        ("results", ctypes.c_void_p),
        ("fold_stalls", ctypes.c_void_p),
        ("seed", ctypes.c_uint64),
        ("stall_odds", ctypes.c_uint64 * len(STREAMS)),
    )


class Outcome(ctypes.Structure):
    """What came of it, besides the results."""

    _fields_ = (
        ("cycles", ctypes.c_uint64),
        ("counted_cycles", ctypes.c_uint64),
        ("stall_cycles", ctypes.c_uint64 * len(STREAMS)),
        ("error", ctypes.c_uint64),
        ("finished", ctypes.c_uint64),
    )


def load_driver(library: Path) -> ctypes.CDLL:
    """Return the library with its functions' types declared; calls release the GIL."""
    driver = ctypes.CDLL(str(library))
    driver.array_create.argtypes = []
    driver.array_create.restype = ctypes.c_void_p
    driver.array_destroy.argtypes = [ctypes.c_void_p]
    driver.array_destroy.restype = None
    driver.array_run.argtypes = [
        ctypes.c_void_p,
        ctypes.POINTER(Matmul),
        ctypes.POINTER(Outcome),
    ]
    driver.array_run.restype = None
    if hasattr(driver, "array_open_waves"):
        driver.array_open_waves.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64]
        driver.array_open_waves.restype = None
        driver.array_close_waves.argtypes = [ctypes.c_void_p]
        driver.array_close_waves.restype = None
    return driver
