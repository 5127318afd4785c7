"""Every number in the prose of README and docs is computed here, or is a name or a citation.

What is shown in code blocks is compared by test_readme and test_docs. A number that this test does
not know fails it: say below where it comes from.
"""

import inspect
import json
import math
import re
import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

import hwsim
import hwsim.cli
from energy.counts import WEIGHT_BITS
from energy.papers import operation_ratio, paper_ratio
from energy.published import load_claims
from energy.technology import load_technology
from hwsim.configuration import DEFAULT_BANDWIDTH_GB_S, configure_array
from hwsim.drawn_trace import GAUSSIAN_ZERO_FRACTION
from hwsim.exchange.exports import export_matmuls
from hwsim.fold_times import count_table_words
from hwsim.modelling import choose_model
from hwsim.requirements import PYTHON
from hwsim.simulation import NODES_NM
from reports.scopes import BASES, PARTS
from rtl.config import code_size
from workloads.checkpoint import SHIPPED, find_checkpoint
from workloads.shapes import find_preset

ROOT = Path(__file__).parents[1]
# Pages whose numbers come from elsewhere than the library, and where they are held.
ELSEWHERE = {
    "specification.md": "the contract that array, reference and cycle model are written from",
    "proofs.md": "what tests/test_rtl_proofs_*.py prove",
    "how-to/axi.md": "the registers that tests/test_rtl_axi_registers.py reads back",
    "how-to/fpga.md": "boards and their clocks, of rtl/fpga",
    "how-to/waves.md": "examples of signals' names and cycles",
    "explanation/cells.md": "measured: cells and clocks of synthesised arrays",
    "explanation/engine.md": "measured: speed on a named machine on a named day",
}
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    *(p for p in sorted(DOCS.rglob("*.md")) if str(p.relative_to(DOCS)) not in ELSEWHERE),
]
# Measured with other people's programs, which the tests do not install, or over minutes.
MEASURED = (
    "log-probabilities agree to 0.0005",
    "about 16 minutes of CPU time",
)
CODE = re.compile(r"^```.*?^```$|^    [^\n]*$|`[^`\n]*`|(?<=\])\([^)]*\)|<!--.*?-->", re.M | re.S)

# Not quantities: names of models, formats, standards and papers, numbers of list items, symbols.
NAMES = re.compile(
    r"arXiv[: ]\d{4}\.\d{5}|(?:BitNet |a |real |of )?b1\.58(?:-2B-4T)?|\b3B\b|2B-4T|Llama3-8B-1\.58"
    r"|Falcon3|HF1BitLLM|1bitLLM|bitnet_b1_58|F32, F16, TQ1_0, TQ2_0, I2_S|\bint(?:8|32)\b"
    r"|ECP5|iCE40|Fig\. 2 and 3"
    r"|INT8|FP(?:16|32)|BF16|W8A8|W4A16|UTF-8|SHA-256|Apache-2\.0|relu2|hidden²|^\d+\. "
    r"|\b1e9 |weights are -1, 0 or \+1|\+a, -a or 0|0 to 1|ln 2|log2 W"
    r"|\([KM] \+ (?:2 )?R \+ C - 2\)|L \+ C - 2",
    re.MULTILINE,
)


@cache
def simulate(model: str, *, packing: str | None = None) -> hwsim.Simulation:
    config = None
    if packing:
        config = configure_array(find_preset(model).max_reduction, packing=packing)
    return hwsim.simulate(model, config, verify=False)


def count_parameters(model: str) -> str:
    """Count the values of all tensors of a shipped model; a byte holds four ternary ones."""
    content = (find_checkpoint(model) / "model.safetensors").read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    tensors = [tensor for name, tensor in header.items() if name != "__metadata__"]
    values = sum(math.prod(t["shape"]) * (4 if t["dtype"] == "U8" else 1) for t in tensors)
    return f"{values / 1e6:.1f} M parameters"


def claim(pattern: str = "{:.1f}") -> str:
    return pattern.format(operation_ratio(load_technology(7)))


def print_claim(name: str) -> str:
    return next(one.printed for one in load_claims() if one.claim == name)


def cut_into_strips(depth: int) -> tuple[int, int]:
    """Return the full strips of the 3B model's 64-column tiles, and the tiles of the last one."""
    return divmod(find_preset("3B").hidden // 64, depth)


def find_status(meaning: str) -> str:
    return (re.search(rf"(\d+) {meaning}", str(hwsim.cli.__doc__)) or [""])[1]


def list_groups() -> list[str]:
    with pytest.raises(hwsim.InputError) as error:
        configure_array(64, style="table", group=9)
    return re.findall(r"from (\d) to (\d)", str(error.value))[0]


def list_beats() -> set[int]:
    packings = ("two-bit", "five-trit")
    return {simulate("3B", packing=name).config.beats_per_tile for name in packings}


# Phrase of a page -> the same phrase, computed.
FACTS: dict[str, Callable[[], str]] = {
    "71.4 times less energy": lambda: f"{claim()} times less energy",
    "for them at 7 nm": lambda: f"for them at {NODES_NM[0]} nm",
    "two of 5.3 M parameters": lambda: f"two of {count_parameters('tiny')}",
    "at 7 and 45 nm": lambda: "at {} and {} nm".format(*NODES_NM),
    "71.4x and 21.7x": lambda: claim("{:.1f}x") + f" and {paper_ratio(load_technology(7)):.1f}x",
    "said of the 71.4 alone": lambda: "said of the {} alone".format(
        *(one.printed for one in load_claims() if one.verdict == "reproduced")
    ),
    "The 21.7 of the 3B model": lambda: f"The {print_claim('fig3-3B-ratio')} of the 3B model",
    "50.0 times at 45 nm": lambda: f"{print_claim('op-45nm')} times at 45 nm",
    "71.4x for one operation": lambda: claim("{:.1f}x for one operation"),
    "21.3x for all arithmetic": lambda: (
        f"{simulate('3B').headline['arithmetic_ratio']:.1f}x for all arithmetic"
    ),
    "5.8x for a decoded token": lambda: (
        f"{simulate('3B').headline['decode_ratio']:.1f}x for a decoded token"
    ),
    "Python 3.11 to 3.13": lambda: "Python {}.{} to {}.{}".format(*PYTHON[0], *PYTHON[1]),
    "weights of 2 or 1.6 bits": lambda: "weights of {:g} or {:g} bits".format(*WEIGHT_BITS),
    "Gaussian weights, 31.0 %": lambda: f"Gaussian weights, {100 * GAUSSIAN_ZERO_FRACTION:.1f} %",
    "| 0 | success": lambda: f"| {find_status('success')} | success",
    "| 1 | a check failed": lambda: f"| {find_status('a check failed')} | a check failed",
    "| 2 | bad input": lambda: f"| {find_status('bad input')} | bad input",
    "come with status 1": lambda: f"come with status {find_status('a check failed')}",
    "| 130 | interrupted": lambda: f"| {128 + signal.SIGINT} | interrupted",
    "| 143, 129 | ended": lambda: f"| {128 + signal.SIGTERM}, {128 + signal.SIGHUP} | ended",
    "one FP16 multiply and add at 7 nm": lambda: "one FP16 multiply and add at 7 nm",
    "with its 12 hidden² weights": lambda: (
        re.search(r"with its \d+ hidden² weights", BASES["paper"].counts) or [""]
    )[0],
    "array of 64 lanes and 64 columns": lambda: (
        "array of {0.lanes} lanes and {0.columns} columns".format(configure_array(8640))
    ),
    "largest K needs, 768 in": lambda: (
        f"largest K needs, {choose_model('tiny').shape.max_reduction} in"
    ),
    "2-bit weights, 8-bit activations": lambda: "{}-bit weights, {}-bit activations".format(
        *(
            re.search(rf"\b{name}: (\d+)", str(export_matmuls("3B", "zigzag")[0]))[1]  # type: ignore[index]
            for name in ("W", "I")
        )
    ),
    "problem YAML 0.4": lambda: (
        "problem YAML "
        + str(export_matmuls("3B", "timeloop", only="q_proj")[0])
        .partition("version: ")[2]
        .partition("\n")[0]
    ),
    "SCALE-Sim 3.0.0 and ZigZag 3.9.1": lambda: "SCALE-Sim {} and ZigZag {}".format(
        *re.findall(
            r"(?:scalesim|zigzag-dse)==([\d.]+)",
            (ROOT / "tests" / "test_hwsim_exchange_simulators.py").read_text(encoding="utf-8"),
        )
    ),
    "Bash 4.4 or newer": lambda: "Bash {} or newer".format(
        (re.search(r"older than (\d\.\d)", inspect.getsource(BashComplete)) or [])[1]
    ),
    "sums of 2 or 3 activations": lambda: "sums of {} or {} activations".format(*list_groups()),
    "( 2 or 3) in which": lambda: "( {} or {}) in which".format(*list_groups()),
    "for the 5 or 14 cycles": lambda: "for the {} or {} cycles".format(
        *(
            count_table_words(configure_array(64, style="table", lanes=6, group=group))
            for group in (2, 3)
        )
    ),
    "The 3200 outputs of\n3B are 50 tiles of 64 columns": lambda: (
        f"The {find_preset('3B').hidden} outputs of\n3B are {find_preset('3B').hidden // 64} "
        "tiles of 64 columns"
    ),
    "three strips of 16 and one of 2": lambda: {3: "three strips of 16 and one of {}"}[
        cut_into_strips(16)[0]
    ].format(cut_into_strips(16)[1]),
    "wastes 12 cycles of its 14": lambda: "wastes {} cycles of its {}".format(
        14 - cut_into_strips(16)[1], count_table_words(configure_array(64, style="table", lanes=6))
    ),
    "two strips of 25 waste none": lambda: {(2, 0): "two strips of 25 waste none"}[
        cut_into_strips(25)
    ],
    "(3B: 182\nmatmuls, about 13 seconds of CPU time)": lambda: (
        f"(3B: {sum(m.count for m in find_preset('3B').matmuls(1))}\n"
        "matmuls, about 13 seconds of CPU time)"
    ),
    "3B, 512 tokens: 1.6 10^12 select": lambda: "3B, 512 tokens: {:.1f} 10^12 select".format(
        sum(m.m * m.n * m.k * m.count for m in find_preset("3B").matmuls(512)) / 1e12
    ),
    "five weights in a byte, 1.6 bits": lambda: f"five weights in a byte, {8 / 5} bits",
    "4 bits for two weights or 5 for three": lambda: (
        "{} bits for two weights or {} for three".format(
            code_size("group", 2)[1], code_size("group", 3)[1]
        )
    ),
    "at 64 lanes and 256 GB/s both packings take four beats a tile, 2 bits a weight": lambda: {
        4: "at {} lanes and {:g} GB/s both packings take four beats a tile, {:g} bits a weight"
    }[list_beats().pop()].format(
        configure_array(8640).lanes, DEFAULT_BANDWIDTH_GB_S, 4 * 2048 / 64**2
    ),
}


def read_prose(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    return CODE.sub("", text)


@pytest.mark.parametrize("phrase", FACTS)
def test_a_number_in_prose_is_what_is_computed(phrase: str) -> None:
    assert any(phrase in read_prose(page) for page in PAGES), "no page says that any more"
    assert FACTS[phrase]() == phrase


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_number_is_without_its_source(page: Path) -> None:
    prose = read_prose(page)
    for word in (BASES | PARTS).values():
        prose = prose.replace(f"| {word.counts} |", "")  # compared by test_reports_scopes
    for phrase in sorted([*FACTS, *MEASURED], key=len, reverse=True):
        prose = prose.replace(phrase, "")
    prose = NAMES.sub("", prose)
    assert [line.strip() for line in prose.splitlines() if re.search(r"\d", line)] == []


def test_both_shipped_models_have_the_size_that_is_told() -> None:
    assert {count_parameters(model) for model in SHIPPED} == {"5.3 M parameters"}
    assert len(SHIPPED) == 2


def test_python_is_one_of_those_that_are_told() -> None:
    assert PYTHON[0] <= sys.version_info[:2] <= PYTHON[1]
