"""Run by ZigZag's own environment: cycles of a workload on an array whose memory never stalls.

Usage: run_zigzag.py WORKLOAD LANES COLUMNS, in a folder to write to.
"""

import json
import logging
import sys
from pathlib import Path

from zigzag.api import get_hardware_performance_zigzag


def port(kind: str, number: int, flow: str) -> dict[str, object]:
    name = f"{kind[0]}_port_{number}"
    wide = {"bandwidth_min": 8, "bandwidth_max": 1 << 20}
    return {"name": name, "type": kind, **wide, "allocation": [flow]}


workload, lanes, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
flows = (("read", 1, "I1, tl"), ("read", 2, "I2, tl"), ("read", 3, "O, tl"), ("write", 1, "O, fl"))
buffer = {
    **{"size": 1 << 30, "r_cost": 1, "w_cost": 1, "area": 0, "latency": 1},
    "operands": ["I1", "I2", "O"],
    "ports": [port(*flow) for flow in flows],
    "served_dimensions": ["D1", "D2"],
}
array = {
    **{"input_precision": [8, 2], "unit_energy": 1, "unit_area": 1},
    **{"dimensions": ["D1", "D2"], "sizes": [lanes, columns]},
}
accelerator = {"name": "ideal", "memories": {"buffer": buffer}, "operational_array": array}
mapping = {
    "name": "default",
    "spatial_mapping": {"D1": [f"C, {lanes}"], "D2": [f"K, {columns}"]},
    "memory_operand_links": {"O": "O", "W": "I2", "I": "I1"},
}
# JSON is YAML.
Path("accelerator.yaml").write_text(json.dumps(accelerator))
Path("mapping.yaml").write_text(json.dumps([mapping]))
logging.disable(logging.CRITICAL)
_, _, results = get_hardware_performance_zigzag(
    workload,
    "accelerator.yaml",
    "mapping.yaml",
    opt="latency",
    dump_folder="out",
    pickle_filename="out/results.pickle",
    loma_show_progress_bar=False,
)
cycles = {
    evaluation.layer.name: [evaluation.ideal_temporal_cycle, evaluation.latency_total2]
    for evaluation, _ in results[0][1]
}
Path("cycles.json").write_text(json.dumps(cycles))
