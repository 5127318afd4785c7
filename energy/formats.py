"""The number formats that a model's linear layers are compared in, each with its accounting.

``ternary`` is b1.58; the others are baselines: the same matrices in another format. What is said
here is all that distinguishes them: arithmetic, arrays and memories price every format alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from energy.operations import accumulator_width
from energy.technology import Technology
from workloads.errors import InputError, require_choice


@dataclass(frozen=True, kw_only=True)
class NumberFormat:
    """How the linear layers compute.

    Attributes
    ----------
    name, title : as options and column heads spell it.
    product : format of a multiply; None where a weight selects +a, -a or 0 instead.
    sum : format of an add at the operands' width, as the papers price it.
    largest_product : largest magnitude of an integer product, which sets the width of an exact
        sum; None for floats.
    weight_bits : bits of a stored weight, the scales of its group included.
    activation_bits : bits of an activation.
    array_weight_bits : bits of a weight as an array holds it.
    scaled : an FP16 multiply for every input and output of a linear layer.
    dequantized : an FP16 multiply for every weight, once a pass.
    other : format of attention, biases, LM head, keys and values.
    accounting : the above in a sentence.
    """

    name: str
    title: str
    product: str | None
    sum: str
    weight_bits: float
    activation_bits: int
    array_weight_bits: int
    accounting: str
    largest_product: int | None = None
    scaled: bool = False
    dequantized: bool = False
    other: str = "fp16"

    def sum_format(self, k: int, sums: str) -> str:
        """Return the format of the adds of a sum of `k` products.

        `sums` is ``operand`` (as the papers), ``exact`` (integers as wide as any sum needs, floats
        as ``operand``), or the format itself.
        """
        if sums == "exact" and self.largest_product is not None:
            return f"int{accumulator_width(k, self.largest_product)}"
        return self.sum if sums in ("operand", "exact") else sums

    def is_priced(self, technology: Technology) -> bool:
        """Return whether a node's table has this format's prices; a user's may lack BF16."""
        try:
            for name in {self.product, self.other} - {None}:
                technology.mul(str(name))
            for name in {self.sum, self.other}:
                technology.add(name)
        except InputError:
            return False
        return True


_FLOAT = "{0} throughout: multiplies, adds, sums, attention, LM head; {1} bits a value"

FORMATS = {
    format.name: format
    for format in (
        NumberFormat(
            name="ternary",
            title="ternary",
            product=None,
            sum="int8",
            largest_product=128,
            weight_bits=2.0,
            activation_bits=8,
            array_weight_bits=2,
            scaled=True,
            accounting="an integer add for every weight, INT8 activations, FP16 scales; attention "
            "and LM head in FP16 (b1.58, arXiv:2402.17764)",
        ),
        NumberFormat(
            name="fp16",
            title="FP16",
            product="fp16",
            sum="fp16",
            weight_bits=16.0,
            activation_bits=16,
            array_weight_bits=16,
            accounting=_FLOAT.format("FP16", 16),
        ),
        NumberFormat(
            name="bf16",
            title="BF16",
            product="bf16",
            sum="bf16",
            weight_bits=16.0,
            activation_bits=16,
            array_weight_bits=16,
            other="bf16",
            accounting=_FLOAT.format("BF16", 16),
        ),
        NumberFormat(
            name="w8a8",
            title="W8A8",
            product="int8",
            sum="int8",
            largest_product=128 * 128,
            weight_bits=8.0,
            activation_bits=8,
            array_weight_bits=8,
            scaled=True,
            accounting="INT8 multiply and integer add, an FP16 scale for every input and output; "
            "attention and LM head in FP16 (as SmoothQuant, arXiv:2211.10438)",
        ),
        NumberFormat(
            name="w4a16",
            title="W4A16",
            product="fp16",
            sum="fp16",
            weight_bits=4.125,
            activation_bits=16,
            array_weight_bits=16,
            dequantized=True,
            accounting="4-bit weights with an FP16 scale for 128 (4.125 bits), made FP16 by a "
            "multiply each, once a pass; then as FP16 (as GPTQ, arXiv:2210.17323)",
        ),
        NumberFormat(
            name="fp32",
            title="FP32",
            product="fp32",
            sum="fp32",
            weight_bits=32.0,
            activation_bits=32,
            array_weight_bits=32,
            other="fp32",
            accounting=_FLOAT.format("FP32", 32),
        ),
    )
}

TERNARY = FORMATS["ternary"]
BASELINES = ("fp16", "bf16", "w8a8", "w4a16")


def list_formats(baselines: Sequence[str]) -> list[NumberFormat]:
    """Return ternary and the `baselines`, each once; raises InputError for what is no other."""
    others = [name for name in FORMATS if name != TERNARY.name]
    chosen = [require_choice("baselines", name, others) for name in dict.fromkeys(baselines)]
    return [TERNARY, *(FORMATS[name] for name in chosen)]


def find_format(name: str) -> NumberFormat:
    """Return a format by its name; raises InputError."""
    return FORMATS[require_choice("format", name, FORMATS)]
