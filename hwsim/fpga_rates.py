"""How fast an array on a board is: at its best, behind its serial line, with the board's memory."""

from dataclasses import asdict, dataclass, replace

from hwsim.modelling import choose_model
from hwsim.phases import Phase, run_phase
from rtl.config import ArrayConfig
from rtl.fpga.boards import Board
from rtl.fpga.slip import encode_frame
from workloads.shapes import ModelShape

#: The models whose speed is told, and the tokens of a prefill.
MODELS = ("tiny", "3B")
PREFILL_TOKENS = 128

_LINE_BITS = 10  # of a byte: start, eight of data, stop
_FRAME_BYTES = len(encode_frame(b"\0"))  # a frame's kind and end


@dataclass(frozen=True, kw_only=True)
class ModelRates:
    """One model on an array of a board.

    Attributes
    ----------
    model : its name.
    weight_bytes : of its ternary weights as the array's packing codes them.
    fits : True if the board's memory holds them.
    line_tokens_per_second : decode, weights and activations through the serial line: what this
        bitstream does.
    memory_tokens_per_second : decode, weights from the board's memory as fast as it and the array's
        weight bus can be; None if they do not fit. Needs a memory controller beside the array.
    memory_bound_by : what sets the time of that decode: ``memory``, ``weight bus`` or ``array``;
        None if the weights do not fit.
    memory_prefill_tokens_per_second : the same in a prefill of `PREFILL_TOKENS`.
    sustained_gops : in that prefill, 1e9 select-and-adds a second; None if they do not fit.
    """

    model: str
    weight_bytes: int
    fits: bool
    line_tokens_per_second: float
    memory_tokens_per_second: float | None
    memory_bound_by: str | None
    memory_prefill_tokens_per_second: float | None
    sustained_gops: float | None


def rate_model(model: str, config: ArrayConfig, board: Board, baud: int) -> ModelRates:
    """Return how fast `model` is on `config` and `board`; raises InputError."""
    shape = choose_model(model).shape
    decode = run_phase(config, shape, "decode", 1, 1)
    line = sum(m.count * _count_line_bytes(config, m.n, m.k) for m, _ in decode.matmuls)
    weight_bytes = _count_weight_bytes(config, shape)
    fits = weight_bytes <= board.memory_bytes
    fed = _feed(config, board)
    fed_decode = run_phase(fed, shape, "decode", 1, 1)
    prefill = run_phase(fed, shape, "prefill", PREFILL_TOKENS, PREFILL_TOKENS)
    operations = prefill.total("lane_operations")
    return ModelRates(
        model=model,
        weight_bytes=weight_bytes,
        fits=fits,
        line_tokens_per_second=baud / _LINE_BITS / line,
        memory_tokens_per_second=fed_decode.tokens_per_second if fits else None,
        memory_bound_by=_find_bound(fed_decode, config) if fits else None,
        memory_prefill_tokens_per_second=prefill.tokens_per_second if fits else None,
        sustained_gops=operations / prefill.seconds / 1e9 if fits else None,
    )


def rate_all(config: ArrayConfig, board: Board, baud: int) -> list[dict[str, object]]:
    """Return the rates of all of `MODELS` that the array's accumulators can take."""
    return [
        asdict(rate_model(model, config, board, baud))
        for model in MODELS
        if choose_model(model).shape.max_reduction <= config.max_reduction
    ]


def _feed(config: ArrayConfig, board: Board) -> ArrayConfig:
    """Return `config` with the bus that the board's memory can keep busy."""
    bits = int(board.memory_gb_s * 8000 / config.clock_mhz)
    return replace(config, weight_bus_bits=max(config.code_bits, min(bits, config.weight_bus_bits)))


def _find_bound(decode: Phase, config: ArrayConfig) -> str:
    if decode.bound != "memory":
        return "array"
    return "memory" if decode.config.weight_bus_bits < config.weight_bus_bits else "weight bus"


def _count_weight_bytes(config: ArrayConfig, shape: ModelShape) -> int:
    bits = sum(
        m.count * -(-m.k // config.code_lanes) * m.n * config.code_bits for m in shape.matmuls(1)
    )
    return -(-bits // 8)


def _count_line_bytes(config: ArrayConfig, n: int, k: int) -> int:
    """Return the bytes to the board for one token of a matmul, its weights included."""
    column_tiles, lane_tiles = -(-n // config.columns), -(-k // config.lanes)
    tiles = column_tiles * lane_tiles
    folds = -(-column_tiles // config.strip_depth) * lane_tiles
    beat = -(-config.weight_bus_bits // 8)
    content = tiles * config.beats_per_tile * beat + folds * config.lanes
    return content + 2 * folds * _FRAME_BYTES
