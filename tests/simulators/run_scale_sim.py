"""Run by SCALE-Sim's own environment: cycles of a GEMM topology, as JSON.

Usage: run_scale_sim.py TOPOLOGY LAYERS DATAFLOW ROWS COLUMNS, in a folder to write to.
"""

import contextlib
import csv
import io
import json
import sys
from pathlib import Path

from scalesim.scale_sim import scalesim

CONFIG = """
[general]
run_name = run
[architecture_presets]
ArrayHeight = {rows}
ArrayWidth = {columns}
IfmapSramSzkB = 4096
FilterSramSzkB = 4096
OfmapSramSzkB = 4096
IfmapOffset = 0
FilterOffset = 10000000
OfmapOffset = 20000000
Dataflow = {dataflow}
ReadRequestBuffer = 32
WriteRequestBuffer = 32
[layout]
IfmapCustomLayout = False
FilterCustomLayout = False
IfmapSRAMBankBandwidth = 10
IfmapSRAMBankNum = 10
IfmapSRAMBankPort = 2
FilterSRAMBankBandwidth = 10
FilterSRAMBankNum = 10
FilterSRAMBankPort = 2
[sparsity]
SparsitySupport = false
[run_presets]
InterfaceBandwidth = CALC
UseRamulatorTrace = False
"""

topology, layers, dataflow, rows, columns = sys.argv[1:]
Path("array.cfg").write_text(CONFIG.format(dataflow=dataflow, rows=rows, columns=columns))
# A layout that is not used, yet read: a row a layer.
Path("layout.csv").write_text("header,\n" + ("layer" + ", 1" * 20 + ",\n") * int(layers))
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    simulator = scalesim(
        save_disk_space=True,
        config="array.cfg",
        topology=topology,
        layout="layout.csv",
        input_type_gemm=True,
    )
    simulator.run_scale(top_path="out")
with Path("out/run/COMPUTE_REPORT.csv").open() as file:
    report = list(csv.DictReader(file, skipinitialspace=True))
print(json.dumps([[int(row["Total Cycles"]), int(row["Stall Cycles"])] for row in report]))
