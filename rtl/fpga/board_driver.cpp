// The compiled board behind its two serial lines: bytes in, bytes out, so many cycles at a time.
//
// BIT_CYCLES: clock cycles of a bit on the line.

#include "Varray.h"
#include "verilated.h"
#include <cstdint>

namespace {

struct Line {  // one direction: the bits of a byte, the lowest first, between a start and a stop bit
    uint32_t frame = 1;
    uint32_t bits = 0;
    uint32_t timer = 0;
};

struct Board {
    VerilatedContext context;
    Varray array{&context};
    Line to_board, from_board;

    void tick() {
        array.clk = 0;
        array.eval();
        array.clk = 1;
        array.eval();
    }
};

}  // namespace

double sc_time_stamp() { return 0; }

#define API extern "C" __attribute__((visibility("default")))

API Board* board_create() {
    auto* board = new Board;
    board->array.rx = 1;
    board->array.rst = 1;
    for (int cycle = 0; cycle < 4; ++cycle) board->tick();
    board->array.rst = 0;
    return board;
}

API void board_destroy(Board* board) { delete board; }

struct Traffic {
    const uint8_t* in;   // bytes to the board
    uint64_t in_count;   // how many; set to how many were sent
    uint8_t* out;        // bytes from the board
    uint64_t out_count;  // places; set to how many came
};

// Run `cycles`, or fewer if `out` is full.
API void board_run(Board* board, Traffic* traffic, uint64_t cycles) {
    uint64_t sent = 0, came = 0;
    Line& to = board->to_board;
    Line& from = board->from_board;
    for (; cycles && came < traffic->out_count; --cycles) {
        if (to.timer) {
            --to.timer;
        } else if (to.bits) {
            to.frame >>= 1;
            --to.bits;
            to.timer = BIT_CYCLES - 1;
        } else if (sent < traffic->in_count) {
            to.frame = 1u << 9 | uint32_t(traffic->in[sent++]) << 1;
            to.bits = 9;
            to.timer = BIT_CYCLES - 1;
        } else {
            to.frame = 1;
        }
        board->array.rx = to.frame & 1;
        board->tick();
        const uint32_t tx = board->array.tx;
        if (from.bits == 0) {
            if (!tx) {
                from = {0, 10, BIT_CYCLES / 2};
            }
        } else if (from.timer) {
            --from.timer;
        } else {
            from.frame |= tx << (10 - from.bits);
            from.timer = BIT_CYCLES - 1;
            if (--from.bits == 0) {
                traffic->out[came++] = from.frame >> 1 & 0xFF;
            }
        }
    }
    traffic->in_count = sent;
    traffic->out_count = came;
}
