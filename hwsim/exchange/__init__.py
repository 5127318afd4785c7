"""A model's matmuls in the formats of other tools, and theirs in ours."""

#: What `hwsim.exchange.exports.export_matmuls` writes; the last two hold a single matmul.
FORMATS = ("scale-sim", "zigzag", "timeloop", "onnx")
