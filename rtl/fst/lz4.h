// The two functions of liblz4 that Verilator's FST writer calls, so that waves need no system
// library: a greedy encoder of LZ4 blocks.
//
// Ref: LZ4 Block Format Description, https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md

#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

inline int LZ4_compressBound(int size) { return size + size / 255 + 16; }

namespace lz4 {

inline uint32_t read_word(const uint8_t* at) {
    uint32_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// A length's nibble is 15 if more follows: bytes of 255, then one below.
inline uint8_t* write_length(uint8_t* out, int length) {
    if (length < 15) return out;
    for (length -= 15; length >= 255; length -= 255) *out++ = 255;
    *out++ = static_cast<uint8_t>(length);
    return out;
}

// Literals and the length of the match behind them; `match` is its length - 4, or -1 at the end.
inline uint8_t* write_sequence(uint8_t* out, const uint8_t* literals, int count, int match) {
    const int nibble = match < 0 ? 0 : match < 15 ? match : 15;
    *out++ = static_cast<uint8_t>((count < 15 ? count : 15) << 4 | nibble);
    out = write_length(out, count);
    if (count) std::memcpy(out, literals, count);
    return out + count;
}

}  // namespace lz4

// `target` has room for LZ4_compressBound(size) bytes. Returns the bytes written.
inline int LZ4_compress_default(const char* source, char* target, int size, int) {
    constexpr int kHashBits = 14, kFarthest = 65535, kShortest = 4;
    const auto* in = reinterpret_cast<const uint8_t*>(source);
    auto* out = reinterpret_cast<uint8_t*>(target);
    std::vector<int> places(1 << kHashBits, -1);  // where a hash was seen last
    int start = 0;                                // of the literals not written yet
    // The last match begins 12 bytes before the end or earlier, and leaves 5 literals.
    for (int at = 0; at + 12 <= size;) {
        const uint32_t word = lz4::read_word(in + at);
        int& place = places[word * 2654435761u >> (32 - kHashBits)];
        const int found = place;
        place = at;
        if (found < 0 || at - found > kFarthest || lz4::read_word(in + found) != word) {
            ++at;
            continue;
        }
        int length = kShortest;
        while (at + length < size - 5 && in[found + length] == in[at + length]) ++length;
        out = lz4::write_sequence(out, in + start, at - start, length - kShortest);
        *out++ = static_cast<uint8_t>(at - found);
        *out++ = static_cast<uint8_t>((at - found) >> 8);
        out = lz4::write_length(out, length - kShortest);
        start = at += length;
    }
    out = lz4::write_sequence(out, in + start, size - start, -1);
    return static_cast<int>(reinterpret_cast<char*>(out) - target);
}
