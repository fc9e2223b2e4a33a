// SPDX-License-Identifier: BSD-2-Clause
//
// The core of ChaCha20 (RFC 8439, 2.3), for what stirs random words before there are modules: the
// boot loader's entropy pool and the kernel's generator.
#pragma once

#include <bit>
#include <cstdint>

namespace chacha {

inline constexpr int kWords = 16;

// RFC 8439, 2.1.
constexpr void QuarterRound(uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d) {
  a += b;
  d = std::rotl(d ^ a, 16);
  c += d;
  b = std::rotl(b ^ c, 12);
  a += b;
  d = std::rotl(d ^ a, 8);
  c += d;
  b = std::rotl(b ^ c, 7);
}

// Twenty rounds over the state, and the state as it was added to them: nobody can go back.
constexpr void Permute(uint32_t (&state)[kWords]) {
  uint32_t x[kWords];
  for (int i = 0; i < kWords; ++i) x[i] = state[i];
  for (int round = 0; round < 10; ++round) {
    QuarterRound(x[0], x[4], x[8], x[12]);
    QuarterRound(x[1], x[5], x[9], x[13]);
    QuarterRound(x[2], x[6], x[10], x[14]);
    QuarterRound(x[3], x[7], x[11], x[15]);
    QuarterRound(x[0], x[5], x[10], x[15]);
    QuarterRound(x[1], x[6], x[11], x[12]);
    QuarterRound(x[2], x[7], x[8], x[13]);
    QuarterRound(x[3], x[4], x[9], x[14]);
  }
  for (int i = 0; i < kWords; ++i) state[i] += x[i];
}

}  // namespace chacha
