"""Wave files as a viewer reads them, FST or VCD."""

from pathlib import Path

from pywellen import Waveform

TOP = "TOP.ternary_array."


class Waves:
    """Signals of the array by name, sampled before each rising edge of a 1000 MHz clock."""

    def __init__(self, path: Path) -> None:
        self._waveform = Waveform(str(path))
        self._variables = {
            variable.full_name.removeprefix(TOP): variable
            for variable in self._waveform.all_vars()
            if variable.full_name.startswith(TOP)
        }
        self.names = set(self._variables)
        self.format = self._waveform.file_format

    def read(self, name: str, cycles: int) -> list[int]:
        """Return the values of `name` in the first `cycles` cycles; the first one is of reset."""
        signal = self._variables[name].signal
        return [int(signal.value_at(1000 * cycle + 499)) for cycle in range(cycles)]
