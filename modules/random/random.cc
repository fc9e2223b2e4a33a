// SPDX-License-Identifier: BSD-2-Clause
//
// /dev/random and /dev/urandom: a pool that hashes nothing but permutes everything, and a generator
// with fast key erasure on ChaCha20.
//
//   sources   the CPU's generator when there is one, and the jitter of the cycle counter, always;
//             what users write to the device
//   pool      512 bits; absorbing XORs 32 bytes into it and passes the whole through the ChaCha
//             block function keyed by its other half, so every bit depends on all absorbed
//   key       taken from the pool at each reseed (every `reseed_ms`, and after a write), by the
//             block function again, never the pool itself
//   output    each request: one block; its first 32 bytes replace the key at once (so that who
//             learns the key later cannot compute what was given out), the rest and as many further
//             blocks as it takes are the caller's
//
// Reads never block: seeding is done before the devices exist.

#include "kernel/kpi/cpu_random.h"
#include "kernel/kpi/device.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/module.h"
#include "kernel/kpi/string.h"
#include "kernel/kpi/sync.h"
#include "modules/chacha/chacha.h"
#include "modules/random/jitter.h"

KLD_MODULE(random, "1.0", "/dev/random and /dev/urandom");
KLD_AUTHOR(random, "Dynlink");
KLD_LICENSE(random, "BSD-2-Clause");
KLD_FLAG(random, autoload);
KLD_PARAM_NUMBER(random, reseed_ms, 5000, "milliseconds after which fresh noise is mixed in");

namespace {

constexpr size_t kHalf = CHACHA_KEY_BYTES;
constexpr uint64_t kNsPerMs = 1'000'000;

// Cleared so that the compiler does not leave it out as dead.
void Wipe(void* bytes, size_t size) {
  memset(bytes, 0, size);
  asm volatile("" : : "r"(bytes) : "memory");
}

class Pool {
 public:
  // XORs into one half and permutes; twice, so that both halves depend on the input.
  void Absorb(const uint8_t* bytes, size_t size) {
    for (size_t at = 0; at < size;) {
      const size_t now = size - at < kHalf ? size - at : kHalf;
      for (size_t i = 0; i < now; ++i) state_[i] ^= bytes[at + i];
      at += now;
      Permute();
      Permute();
    }
  }

  void AbsorbWord(uint64_t word) { Absorb(reinterpret_cast<const uint8_t*>(&word), sizeof word); }

  // A key that tells nothing about the pool.
  void Extract(uint8_t key[kHalf]) {
    uint8_t block[CHACHA_BLOCK_BYTES];
    constexpr uint8_t kNonce[CHACHA_NONCE_BYTES] = {'k', 'e', 'y'};
    chacha_block(state_, static_cast<uint32_t>(turns_), kNonce, block);
    memcpy(key, block, kHalf);
    // The rest goes back: the pool moves on, and the step cannot be undone.
    Absorb(block + kHalf, kHalf);
    Wipe(block, sizeof block);
  }

 private:
  // The halves change places; the new first one is XORed with what the old first one keys.
  void Permute() {
    uint8_t block[CHACHA_BLOCK_BYTES];
    uint8_t nonce[CHACHA_NONCE_BYTES] = {'p', 'o', 'o', 'l'};
    memcpy(nonce + 4, &turns_, sizeof turns_);
    ++turns_;
    chacha_block(state_, 0, nonce, block);
    for (size_t i = 0; i < kHalf; ++i) {
      const uint8_t second = state_[kHalf + i];
      state_[kHalf + i] = state_[i] ^ block[kHalf + i];
      state_[i] = second ^ block[i];
    }
    Wipe(block, sizeof block);
  }

  uint8_t state_[2 * kHalf] = {};
  uint64_t turns_ = 0;
};

class Generator {
 public:
  // False: neither of the sources gives anything that changes.
  [[nodiscard]] bool Seed() {
    for (int i = 0; i < 4; ++i) {
      if (!Gather()) return false;
    }
    pool_.Extract(key_);
    reseed_at_ = know_ns() + static_cast<uint64_t>(reseed_ms) * kNsPerMs;
    return true;
  }

  void Write(const uint8_t* bytes, size_t size) {
    pool_.Absorb(bytes, size);
    reseed_at_ = 0;
  }

  void Read(uint8_t* to, size_t size) {
    if (know_ns() >= reseed_at_) Reseed();
    constexpr uint8_t kNonce[CHACHA_NONCE_BYTES] = {'o', 'u', 't'};
    uint8_t block[CHACHA_BLOCK_BYTES];
    chacha_block(key_, 0, kNonce, block);
    uint8_t stream_key[kHalf];
    memcpy(stream_key, key_, kHalf);
    memcpy(key_, block, kHalf);
    const size_t first = size < kHalf ? size : kHalf;
    memcpy(to, block + kHalf, first);
    // Blocks from 1 on, of a key that is gone when this returns.
    for (size_t at = first, counter = 1; at < size; ++counter) {
      chacha_block(stream_key, static_cast<uint32_t>(counter), kNonce, block);
      const size_t now = size - at < sizeof block ? size - at : sizeof block;
      memcpy(to + at, block, now);
      at += now;
    }
    Wipe(stream_key, sizeof stream_key);
    Wipe(block, sizeof block);
  }

 private:
  void Reseed() {
    static_cast<void>(Gather());  // the pool was good before: whatever comes can only help
    uint8_t fresh[kHalf];
    pool_.Extract(fresh);
    // The old key too, so that a failing source cannot make it worse.
    for (size_t i = 0; i < kHalf; ++i) key_[i] ^= fresh[i];
    Wipe(fresh, sizeof fresh);
    reseed_at_ = know_ns() + static_cast<uint64_t>(reseed_ms) * kNsPerMs;
  }

  // From all sources into the pool.
  [[nodiscard]] bool Gather() {
    uint64_t word;
    bool any = false;
    for (int i = 0; i < 8 && kcpu_random(&word) != 0; ++i) {
      pool_.AbsorbWord(word);
      any = true;
    }
    // Work whose time depends on caches and interrupts.
    uint64_t noise = 0;
    const bool jitter = random_module::CollectJitter(
        kcpu_cycles, [this](uint64_t word) { pool_.AbsorbWord(word); }, noise);
    pool_.AbsorbWord(noise ^ know_ns());
    return any || jitter;
  }

  Pool pool_;
  uint8_t key_[kHalf] = {};
  uint64_t reseed_at_ = 0;
};

Generator generator;
kmutex mutex;
kdev* devices[2];

int64_t Read(void*, kdev_file*, void* to, size_t bytes, uint64_t) {
  // In pieces, so that a long read leaves room for others and for signals.
  constexpr size_t kPiece = 4096;
  auto* const out = static_cast<uint8_t*>(to);
  size_t done = 0;
  while (done < bytes) {
    if (done != 0 && kdev_interrupted() != 0) break;
    const size_t now = bytes - done < kPiece ? bytes - done : kPiece;
    kmutex_lock(&mutex);
    generator.Read(out + done, now);
    kmutex_unlock(&mutex);
    done += now;
  }
  return static_cast<int64_t>(done);
}

int64_t Write(void*, kdev_file*, const void* from, size_t bytes, uint64_t) {
  kmutex_lock(&mutex);
  generator.Write(static_cast<const uint8_t*>(from), bytes);
  kmutex_unlock(&mutex);
  return static_cast<int64_t>(bytes);
}

constexpr kdev_ops kOps = {.version = sizeof(kdev_ops), .read = Read, .write = Write};

void DestroyDevices() {
  for (kdev*& device : devices) {
    kdev_destroy(device);
    device = nullptr;
  }
}

}  // namespace

KLD_LOAD(random) {
  kmutex_init(&mutex);
  if (!generator.Seed()) {
    kprintf("random: there is no source of randomness\n");
    return ENODEV;
  }
  const char* const names[] = {"random", "urandom"};
  for (size_t i = 0; i < 2; ++i) {
    const kdev_spec spec = {.name = names[i], .mode = 0666, .ops = &kOps};
    const int error = kdev_create(&spec, &devices[i]);
    if (error == 0) continue;
    DestroyDevices();
    return error;
  }
  return 0;
}

KLD_UNLOAD(random) {
  DestroyDevices();
  Wipe(&generator, sizeof generator);
}
