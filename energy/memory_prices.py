"""Prices of moving bits to and from memories at one node."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from energy.derivations import derive_sram_pj
from energy.prices import MissingPriceError, OpEnergy, price_row
from energy.quantities import Energy
from energy.rows import MemoryRow
from workloads.errors import InputError, require_number

ACCESS_BITS = 64


@dataclass(frozen=True, kw_only=True)
class MemoryPrices:
    """Look-ups in the memory rows of all nodes; see `energy.technology`."""

    node_nm: int
    memories: tuple[MemoryRow, ...]

    def sram(self, capacity_bytes: float) -> OpEnergy:
        """Return the price of a 64-bit access to an SRAM of `capacity_bytes`."""
        kib = require_number("capacity_bytes", capacity_bytes) / 1024
        rows = self._list_srams()
        for row in rows:
            if row.capacity_kib == kib:
                return price_row(row, row.bit_pj * ACCESS_BITS)
        source = f"log-log line through the SRAMs of {rows[0].source}"
        return OpEnergy(pj=float(self.sram_pj(capacity_bytes)), kind="derived", source=source)

    def sram_pj(self, capacity_bytes: Any) -> Energy:
        """Return the energy of a 64-bit access; `capacity_bytes` may be an array."""
        rows = self._list_srams()
        capacities = [row.capacity_kib or 0.0 for row in rows]
        energies = [row.bit_pj * ACCESS_BITS for row in rows]
        kib = np.asarray(capacity_bytes) / 1024
        if len(rows) > 1:
            return derive_sram_pj(kib, capacities, energies)
        if (kib != capacities[0]).any():
            raise MissingPriceError(f"one sram size at {self.node_nm} nm prices no other size")
        return energies[0]

    def dram_bit(self, memory: str) -> OpEnergy:
        """Return the price of moving one bit to or from a DRAM, for example ``hbm2``."""
        rows = {row.node_nm: row for row in self.memories if row.memory == memory != "sram"}
        row = rows.get(self.node_nm) or rows.get(None)
        if row is None:
            usable = {r.memory for r in self.memories if r.node_nm in (None, self.node_nm)}
            names = ", ".join(sorted(usable - {"sram"}))
            raise InputError(f"dram must be one of {names} at {self.node_nm} nm, not {memory!r}")
        return price_row(row, row.bit_pj)

    def dram_bit_pj(self, memory: str) -> float:
        """Return `dram_bit(memory).pj`."""
        return self.dram_bit(memory).pj

    def _list_srams(self) -> list[MemoryRow]:
        rows = [r for r in self.memories if r.memory == "sram" and r.node_nm == self.node_nm]
        if not rows:
            raise MissingPriceError(f"no sram is priced at {self.node_nm} nm")
        return sorted(rows, key=lambda row: row.capacity_kib or 0.0)
