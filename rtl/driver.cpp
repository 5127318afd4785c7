// Drives the Verilated array from plain buffers: one call runs one matmul, cycle by cycle.
//
// Written from docs/specification.md, not from the gateware. The build defines LANES, COLUMNS,
// TOKEN_DEPTH, STRIP_DEPTH, ACCUMULATOR_WIDTH, WEIGHT_BUS_BITS and TILE_BEATS; `rtl/driver.py`
// mirrors Matmul and Outcome. Little-endian hosts only. With WAVES, the name of Verilator's class
// for a format, and WAVES_HEADER the array's signals can be written to a file.

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "Varray.h"
#include "verilated.h"
#ifdef WAVES
#include WAVES_HEADER
#endif

// Verilator writes the port `weights__valid` as weights___05Fvalid.
#define PORT(stream, member) top.stream##___05F##member

namespace {

constexpr int kTileWords = (TILE_BEATS * WEIGHT_BUS_BITS + 63) / 64;
constexpr int kBusWords = (WEIGHT_BUS_BITS + 63) / 64;
// Cycles in a row in which nothing is transferred and nothing held back; more than any latency.
constexpr int kHangCycles = 10000;

struct Matmul {
    uint64_t tokens, features, column_tiles, lane_tiles;
    const uint64_t* weights;    // [column_tiles][lane_tiles][kTileWords]
    const int8_t* activations;  // [tokens][lane_tiles * LANES]
    int32_t* results;           // [tokens][features]
    uint32_t* fold_stalls;      // [folds], zeros; stall cycles of the weights of each fold
    uint64_t seed;              // of the stalls
    uint64_t stall_odds[3];     // of weights, activations, results in a cycle, out of 2**32
};

struct Outcome {
    uint64_t cycles;           // the cycle of the last result, counted here
    uint64_t counted_cycles;   // the array's output `cycles`
    uint64_t stall_cycles[3];  // in which a transfer of weights, activations, results failed only
                               // because the driver held it back
    uint64_t error;            // the array's output `error`
    uint64_t finished;         // 0: it hung, or gave all results without taking all beats
};

// A stream's place in the specification's loop nest: token block, strip, lane tile, beat.
struct Stream {
    Stream(const Matmul& job, uint64_t lane_tiles, uint64_t odds, uint64_t seed)
        : tokens{job.tokens},
          column_tiles{job.column_tiles},
          lane_tiles{lane_tiles},
          odds{odds},
          state{seed} {
        start_block(0);
    }

    void start_block(uint64_t token) {
        first_token = token;
        block_tokens = std::min<uint64_t>(tokens - token, TOKEN_DEPTH);
        start_strip(0);
    }

    void start_strip(uint64_t tile) {
        first_tile = tile;
        strip_tiles = std::min<uint64_t>(column_tiles - tile, STRIP_DEPTH);
    }

    void next(uint64_t beats) {
        if (++beat < beats) return;
        beat = 0;
        ++fold;
        if (++lane_tile < lane_tiles) return;
        lane_tile = 0;
        if (first_tile + strip_tiles < column_tiles) return start_strip(first_tile + strip_tiles);
        start_block(first_token + block_tokens);
    }

    bool done() const { return first_token == tokens; }

    // Whether the driver holds the stream back in this cycle (splitmix64).
    bool stalls() {
        if (odds == 0) return false;
        uint64_t z = (state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return (z ^ (z >> 31)) >> 32 < odds;
    }

    const uint64_t tokens, column_tiles, lane_tiles, odds;
    uint64_t first_token, block_tokens, first_tile, strip_tiles, lane_tile = 0, beat = 0, fold = 0;
    uint64_t state, stall_cycles = 0;
};

// Bit c of row b becomes bit b of row c (H. S. Warren, Hacker's Delight, section 7-3).
void transpose(uint32_t rows[32]) {
    for (uint32_t width = 16, mask = 0x0000FFFF; width != 0; width >>= 1, mask ^= mask << width) {
        for (uint32_t low = 0; low < 32; low = (low + width + 1) & ~width) {
            const uint32_t swap = ((rows[low] >> width) ^ rows[low + width]) & mask;
            rows[low] ^= swap << width;
            rows[low + width] ^= swap;
        }
    }
}

struct Array {
    VerilatedContext context;
    Varray top{randomize(&context)};

    Array() { reset(); }
    ~Array() { top.final(); }

    // Registers and memories start with random bits, as in hardware: a reset must be enough.
    static VerilatedContext* randomize(VerilatedContext* context) {
        context->randReset(2);
        context->randSeed(1);
        return context;
    }

    // A cycle: inputs change, then `settle` shows the outputs they give, then `edge` ends it.
    void settle() { clock(0); }
    void edge() { clock(1); }

    void clock(int level) {
        top.clk = level;
        top.eval();
#ifdef WAVES
        if (waves.isOpen()) waves.dump(time);
        time += half_period;
#endif
    }

#ifdef WAVES
    WAVES waves;
    uint64_t time = 0, half_period = 0;  // ps

    // From here on every change of a signal is written to `path`, beginning with a reset.
    void open_waves(const char* path, uint64_t half_period_ps) {
        context.traceEverOn(true);
        top.trace(&waves, 99);
        waves.open(path);
        half_period = half_period_ps;
        time = 0;
        reset();
    }

    void close_waves() {
        settle();  // what the last edge made
        waves.close();
    }
#endif

    void reset() {
        PORT(command, valid) = PORT(weights, valid) = PORT(activations, valid) = 0;
        PORT(results, ready) = 0;
        top.rst = 1;
        settle();
        edge();
        top.rst = 0;
    }

    void put_weights(const uint64_t* tile, uint64_t beat) {
        uint64_t bus[kBusWords];
        const uint64_t bit = beat * WEIGHT_BUS_BITS;
        const uint64_t* from = tile + bit / 64;
        const int shift = bit % 64;
        if (shift == 0) {
            std::memcpy(bus, from, sizeof bus);
        } else {
            const uint64_t* end = tile + kTileWords;
            for (int word = 0; word < kBusWords; ++word, ++from) {
                bus[word] = *from >> shift | (from + 1 < end ? from[1] << (64 - shift) : 0);
            }
        }
        constexpr int used = WEIGHT_BUS_BITS % 64;
        if (used != 0) bus[kBusWords - 1] &= (uint64_t{1} << used) - 1;
        std::memcpy(&PORT(weights, payload), bus, sizeof PORT(weights, payload));
    }

    void put_activations(const int8_t* lanes) {
        std::memcpy(&PORT(activations, payload), lanes, LANES);
    }

    void take_results(int32_t* sums, uint64_t columns) {
        uint8_t payload[sizeof PORT(results, payload) + 8];  // slack: planes are read as 64 bits
        std::memcpy(payload, &PORT(results, payload), sizeof PORT(results, payload));
        for (uint64_t first = 0; first < columns; first += 32) {
            uint32_t rows[32];
            for (int plane = 0; plane < ACCUMULATOR_WIDTH; ++plane) {
                const uint64_t bit = plane * COLUMNS + first;
                uint64_t word;
                std::memcpy(&word, payload + bit / 8, sizeof word);
                rows[plane] = static_cast<uint32_t>(word >> bit % 8);
            }
            const uint32_t signs = rows[ACCUMULATOR_WIDTH - 1];
            std::fill(rows + ACCUMULATOR_WIDTH, rows + 32, signs);
            transpose(rows);
            std::memcpy(sums + first, rows, std::min<uint64_t>(32, columns - first) * sizeof *sums);
        }
    }

    void run(const Matmul& job, Outcome& outcome);
};

void Array::run(const Matmul& job, Outcome& outcome) {
    Stream weights{job, job.lane_tiles, job.stall_odds[0], job.seed};
    Stream activations{job, job.lane_tiles, job.stall_odds[1], job.seed + 1};
    Stream results{job, 1, job.stall_odds[2], job.seed + 2};
    uint64_t cycle = 0;
    int idle = 0;

    PORT(command, payload) = job.tokens | job.column_tiles << 16 | job.lane_tiles << 32;
    PORT(command, valid) = 1;
    for (settle(); !PORT(command, ready) && idle < kHangCycles; ++idle) {
        edge();
        settle();
    }
    edge();  // cycle 0 ends
    PORT(command, valid) = 0;

    while (!results.done() && idle < kHangCycles) {
        ++cycle;
        bool held_weights = false, held_activations = false;
        if (!PORT(weights, valid) && !weights.done()) {
            held_weights = weights.stalls();
            if (!held_weights) {
                const uint64_t column_tile = weights.first_tile + weights.beat / TILE_BEATS;
                const uint64_t tile = column_tile * job.lane_tiles + weights.lane_tile;
                put_weights(job.weights + tile * kTileWords, weights.beat % TILE_BEATS);
                PORT(weights, valid) = 1;
            }
        }
        if (!PORT(activations, valid) && !activations.done()) {
            held_activations = activations.stalls();
            if (!held_activations) {
                const uint64_t token = activations.first_token + activations.beat;
                const uint64_t place = token * job.lane_tiles + activations.lane_tile;
                put_activations(job.activations + place * LANES);
                PORT(activations, valid) = 1;
            }
        }
        PORT(results, ready) = !results.stalls();
        settle();
        const bool took_weights = PORT(weights, valid) && PORT(weights, ready);
        const bool took_activations = PORT(activations, valid) && PORT(activations, ready);
        const bool gave_results = PORT(results, valid) && PORT(results, ready);
        const bool held_results = PORT(results, valid) && !PORT(results, ready);
        if (held_weights && PORT(weights, ready)) {
            ++weights.stall_cycles;
            ++job.fold_stalls[weights.fold];
        }
        activations.stall_cycles += held_activations && PORT(activations, ready);
        results.stall_cycles += held_results;
        if (gave_results) {
            const uint64_t token = results.first_token + results.beat / results.strip_tiles;
            const uint64_t tile = results.first_tile + results.beat % results.strip_tiles;
            const uint64_t column = tile * COLUMNS;
            take_results(job.results + token * job.features + column,
                         std::min<uint64_t>(COLUMNS, job.features - column));
            results.next(results.block_tokens * results.strip_tiles);
        }
        edge();
        if (took_weights) {
            PORT(weights, valid) = 0;
            weights.next(weights.strip_tiles * TILE_BEATS);
        }
        if (took_activations) {
            PORT(activations, valid) = 0;
            activations.next(activations.block_tokens);
        }
        const bool held = held_weights || held_activations || held_results;
        idle = held || took_weights || took_activations || gave_results ? 0 : idle + 1;
    }

    PORT(weights, valid) = PORT(activations, valid) = PORT(results, ready) = 0;
    settle();
    outcome.cycles = cycle;
    outcome.counted_cycles = top.cycles;
    outcome.stall_cycles[0] = weights.stall_cycles;
    outcome.stall_cycles[1] = activations.stall_cycles;
    outcome.stall_cycles[2] = results.stall_cycles;
    outcome.error = top.error;
    outcome.finished = results.done() && weights.done() && activations.done();
    if (!outcome.finished) reset();  // the next matmul must find an idle array
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT Array* array_create() { return new Array; }

EXPORT void array_destroy(Array* array) { delete array; }

#ifdef WAVES
EXPORT void array_open_waves(Array* array, const char* path, uint64_t half_period_ps) {
    array->open_waves(path, half_period_ps);
}

EXPORT void array_close_waves(Array* array) { array->close_waves(); }
#endif

EXPORT void array_run(Array* array, const Matmul* job, Outcome* outcome) {
    array->run(*job, *outcome);
}
