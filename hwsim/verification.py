"""Running matmuls on the compiled RTL and comparing every output and every cycle.

The reference for outputs is `workloads.kernels.matmul_reference`, a plain loop nest; that for cycles is
`hwsim.cycles.count_cycles`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from hwsim.certificate import Certificate
from hwsim.cycles import count_cycles
from rtl.compiled import CompiledArray
from rtl.config import ArrayConfig
from rtl.tiling import WeightTiles, pack_weight_bytes
from rtl.verilog import emit_verilog
from workloads.errors import InputError
from workloads.kernels import matmul_reference
from workloads.shapes import ModelShape

Report = Callable[[float, str], None]

DEFAULT_PROMPT = "In the beginning"
