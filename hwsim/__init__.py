"""hwsim: simulate hardware for ternary (BitNet b1.58) language models.

The public interface. Names are imported when they are first used, so that `import hwsim` is light:

>>> import hwsim
>>> hwsim.find_preset("3B").ternary_weights
3221504000
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hwsim.version import __version__

_PUBLIC = {
    "ArrayConfig": "rtl.config",
    "Certificate": "hwsim.certificate",
    "CompiledArray": "rtl.compiled",
    "InputError": "workloads.errors",
    "Matmul": "workloads.shapes",
    "MatmulCycles": "hwsim.cycles",
    "ModelShape": "workloads.shapes",
    "Phase": "hwsim.phases",
    "Simulation": "hwsim.result",
    "TernaryArray": "rtl.array",
    "EnergySettings": "hwsim.accounting.settings",
    "account_energy": "hwsim.accounting.account",
    "accumulator_width_for": "rtl.config",
    "compare_accelerators": "hwsim.comparison",
    "compare_runs": "hwsim.runs.comparison",
    "configure_array": "hwsim.configuration",
    "count_cycles": "hwsim.cycles",
    "count_footprint": "energy.footprint",
    "count_systolic_cycles": "hwsim.systolic",
    "emit_verilog": "rtl.verilog",
    "energy_of": "hwsim.accounting.points",
    "evaluate_claims": "energy.claims",
    "export_matmuls": "hwsim.exchange.exports",
    "find_preset": "workloads.shapes",
    "load_presets": "workloads.shapes",
    "load_technology": "energy.technology",
    "read_topology": "hwsim.exchange.scale_sim",
    "run_phase": "hwsim.phases",
    "simulate": "hwsim.simulation",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'hwsim' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def _refuse_shadowed_packages() -> None:
    home = Path(__file__).resolve().parents[1]
    for package in ("energy", "reports", "rtl", "workloads"):
        spec = find_spec(package)
        found = spec.origin if spec else None
        if not found or Path(found).resolve().parents[1] != home:
            raise ImportError(f"hwsim needs its own package {package!r} in {home}, not {found}")


_refuse_shadowed_packages()
