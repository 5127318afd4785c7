"""A test bench in plain Verilog that checks itself; its vectors are files beside it."""

import numpy as np
from numpy.typing import NDArray

from rtl.beats import cut_folds
from rtl.config import ArrayConfig
from rtl.package.vectors import Vector
from rtl.verilog import TOP

_BENCH = """\
// Runs {source}
// through {top}: once without waits, once with waits on every stream. Prints PASSED or FAILED.
module testbench;
    localparam WEIGHT_BEATS = {weight_beats}, ACTIVATION_BEATS = {activation_beats};
    localparam RESULT_BEATS = {result_beats}, EXPECTED_CYCLES = {cycles};

    reg [{weight_bits}-1:0] weights [0:WEIGHT_BEATS-1];
    reg [{activation_bits}-1:0] activations [0:ACTIVATION_BEATS-1];
    reg [{result_bits}-1:0] results [0:RESULT_BEATS-1];

    reg clk = 0, rst = 1;
    reg waits = 0;            // the second run
    reg given = 0;            // the command is taken
    reg [31:0] random = 1;    // xorshift
    integer weight = 0, activation = 0, result = 0, wrong = 0, ticks = 0;
    wire command_ready, weights_ready, activations_ready, results_valid, busy, error;
    wire [{result_bits}-1:0] results_payload;
    wire [47:0] cycles;
    // A beat that was offered stays until it is taken.
    reg offer_weights = 0, offer_activations = 0, take_results = 0;
    wire weights_valid = weight < WEIGHT_BEATS && given && (offer_weights || !waits);
    wire activations_valid =
        activation < ACTIVATION_BEATS && given && (offer_activations || !waits);
    wire results_ready = take_results || !waits;

    {top} dut (
        .clk(clk), .rst(rst),
        .command__payload(48'h{command}), .command__valid(!given && !rst),
        .command__ready(command_ready),
        .weights__payload(weights[weight < WEIGHT_BEATS ? weight : 0]),
        .weights__valid(weights_valid), .weights__ready(weights_ready),
        .activations__payload(activations[activation < ACTIVATION_BEATS ? activation : 0]),
        .activations__valid(activations_valid), .activations__ready(activations_ready),
        .results__payload(results_payload), .results__valid(results_valid),
        .results__ready(results_ready),
        .busy(busy), .error(error), .cycles(cycles)
    );

    always #5 clk = !clk;

    initial begin
        $readmemh("weights.hex", weights);
        $readmemh("activations.hex", activations);
        $readmemh("results.hex", results);
    end

    always @(posedge clk) begin
        ticks <= ticks + 1;
        rst <= ticks < 3;
        random <= random ^ random << 13 ^ (random ^ random << 13) >> 17
                  ^ (random ^ random << 13 ^ (random ^ random << 13) >> 17) << 5;
        if (command_ready && !given && !rst) given <= 1;
        if (!offer_weights) offer_weights <= random[0] & random[7];
        if (!offer_activations) offer_activations <= random[1] | random[9];
        take_results <= random[2] & random[11];
        if (weights_valid && weights_ready) begin
            weight <= weight + 1;
            offer_weights <= random[3];
        end
        if (activations_valid && activations_ready) begin
            activation <= activation + 1;
            offer_activations <= random[4];
        end
        if (results_valid && results_ready && given) begin
            if (result >= RESULT_BEATS) begin
                wrong <= wrong + 1;
                $display("result %0d is one too many: %h", result, results_payload);
            end else if (results_payload !== results[result]) begin
                wrong <= wrong + 1;
                $display("result %0d is wrong: %h instead of %h", result, results_payload,
                         results[result]);
            end
            result <= result + 1;
        end
        if (given && result == RESULT_BEATS && !busy) begin
            if (error) begin
                wrong = wrong + 1;
                $display("the array signals an error");
            end
            if (!waits && EXPECTED_CYCLES != 0 && cycles != EXPECTED_CYCLES) begin
                wrong = wrong + 1;
                $display("%0d cycles instead of %0d", cycles, EXPECTED_CYCLES);
            end
            $display("%0d results, %0d cycles%0s", result, cycles, waits ? " with waits" : "");
            if (waits || wrong != 0) finish;
            waits <= 1;
            given <= 0;
            weight <= 0;
            activation <= 0;
            result <= 0;
        end
        if (ticks == {limit}) begin
            wrong = wrong + 1;
            $display("the array stopped after %0d results", result);
            finish;
        end
    end

    task finish;
        begin
            if (wrong == 0) begin
                $display("PASSED");
                $finish;
            end else begin
                $display("FAILED");
                $stop;
            end
        end
    endtask
endmodule
"""


def write_testbench(config: ArrayConfig, vector: Vector, cycles: int | None) -> dict[str, str]:
    """Return the test bench of `vector` on `config`, and what it reads: texts by file name.

    Parameters
    ----------
    cycles : of the matmul without waits, which the bench then checks; None if not known.
    """
    folds = list(cut_folds(vector.x, vector.w, config))
    weights = np.concatenate([fold.weights for fold in folds])
    activations = np.concatenate([fold.activations for fold in folds])
    results = _split_results(vector.y, config)
    tiles = -(-len(vector.w) // config.columns), -(-vector.x.shape[1] // config.lanes)
    command = len(vector.x) | tiles[0] << 16 | tiles[1] << 32
    bench = _BENCH.format(
        top=TOP,
        source=vector.source,
        weight_beats=len(weights),
        activation_beats=len(activations),
        result_beats=len(results),
        weight_bits=config.weight_bus_bits,
        activation_bits=8 * config.lanes,
        result_bits=config.columns * config.accumulator_width,
        cycles=cycles or 0,
        command=f"{command:012x}",
        limit=100 * (len(weights) + len(activations) + len(results) + config.latency_cycles) + 1000,
    )
    streams = {
        "weights": (weights, config.weight_bus_bits),
        "activations": (activations, 8 * config.lanes),
        "results": (results, config.columns * config.accumulator_width),
    }
    files = {f"{name}.hex": _write_hex(*stream) for name, stream in streams.items()}
    return {"testbench.v": bench, **files}


def _split_results(y: NDArray[np.int32], config: ArrayConfig) -> NDArray[np.uint8]:
    """Return the result beats of `y`, uint8 [beats, ceil(A C / 8)], in their order."""
    columns = config.columns
    padded = np.pad(y, ((0, 0), (0, -y.shape[1] % columns))).reshape(len(y), -1, columns)
    beats = []
    for token in range(0, len(y), config.token_depth):
        for tile in range(0, padded.shape[1], config.strip_depth):
            part = padded[token : token + config.token_depth, tile : tile + config.strip_depth]
            beats.append(part.reshape(-1, columns))
    sums = np.concatenate(beats)
    places = np.arange(config.accumulator_width)[:, None]
    planes = (sums[:, None, :] >> places & 1).astype(np.uint8)
    return np.packbits(planes.reshape(len(sums), -1), axis=1, bitorder="little")


def _write_hex(beats: NDArray[np.uint8], bits: int) -> str:
    digits = -(-bits // 4)
    return "".join(f"{beat[::-1].tobytes().hex()[-digits:]}\n" for beat in beats)
