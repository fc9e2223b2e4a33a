// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/syscall/random_source.h"

#include <cstring>

#include "arch/contract/kernel/cpu.h"
#include "kernel/sched/sync.h"

namespace syscalls {
namespace {

constexpr size_t kBlock = 64;
constexpr size_t kKeyBytes = 32;

sched::Mutex g_key_lock;
uint32_t g_key[8];

// With the lock held: the key becomes a block of itself under this nonce, and all of it depends on
// all that was mixed in before.
void Mix(const uint32_t nonce[3]) {
  uint8_t block[kBlock];
  ChaCha20Block(g_key, 0, nonce, block);
  std::memcpy(g_key, block, kKeyBytes);
}

}  // namespace

void SeedRandom(const uint8_t* seed, size_t bytes) {
  sched::Guard guard(g_key_lock);
  while (bytes) {
    uint32_t nonce[3] = {};
    const size_t part = bytes < sizeof nonce ? bytes : sizeof nonce;
    std::memcpy(nonce, seed, part);
    Mix(nonce);
    seed += part;
    bytes -= part;
  }
}

void GiveRandom(uint8_t* to, size_t bytes) {
  sched::Guard guard(g_key_lock);
  uint64_t word = 0;
  if (!arch::RandomWord(&word)) word = arch::CycleCount();
  const uint32_t fresh[3] = {static_cast<uint32_t>(word), static_cast<uint32_t>(word >> 32),
                             static_cast<uint32_t>(arch::CycleCount())};
  uint8_t block[kBlock];
  uint32_t key[8];
  std::memcpy(key, g_key, sizeof key);
  Mix(fresh);
  // The old key, already replaced, makes this request's bytes from block 1 on.
  for (uint32_t counter = 1; bytes; ++counter) {
    ChaCha20Block(key, counter, fresh, block);
    const size_t part = bytes < kBlock ? bytes : kBlock;
    std::memcpy(to, block, part);
    to += part;
    bytes -= part;
  }
  // Nothing of it stays on the stack.
  std::memset(key, 0, sizeof key);
  std::memset(block, 0, sizeof block);
  asm volatile("" : : "r"(key), "r"(block) : "memory");
}

}  // namespace syscalls
