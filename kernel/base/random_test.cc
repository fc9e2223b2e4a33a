// SPDX-License-Identifier: BSD-2-Clause
//
// What is given out tells neither the generator's state nor the other kind of numbers, and where
// places are fixed they are.
#include "kernel/base/random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "arch/contract/kernel/cpu.h"
#include "kernel/base/random_source.h"

namespace {

bool g_has_generator = false;
uint64_t g_word = 0, g_cycles = 0;
bool g_interrupts = true;
int g_steps = 0;

}  // namespace

namespace arch {
bool DisableInterrupts() {
  ++g_steps;
  return std::exchange(g_interrupts, false);
}
void RestoreInterrupts(bool on) { g_interrupts = on; }
uint64_t CycleCount() { return g_cycles; }
bool RandomWord(uint64_t* out) {
  *out = g_word;
  return g_has_generator;
}
}  // namespace arch

namespace base {
namespace {

using Bytes = std::vector<uint8_t>;
using Numbers = std::vector<uint64_t>;

// RFC 8439, 2.3.2.
TEST(ChaCha20, GivesTheBlockOfTheRfc) {
  uint32_t key[8];
  for (uint32_t i = 0; i < 8; ++i) key[i] = 0x03020100 + 0x04040404 * i;
  const uint32_t nonce[3] = {0x09000000, 0x4a000000, 0};
  const uint8_t expected[64] = {0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd,
                                0x1f, 0xa3, 0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0,
                                0x68, 0x03, 0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2,
                                0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa, 0x09, 0x14, 0xc2, 0xd7, 0x05,
                                0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1, 0xde, 0x16, 0x4e,
                                0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e};
  uint8_t block[64];
  ChaCha20Block(key, 1, nonce, block);
  EXPECT_EQ(std::memcmp(block, expected, sizeof block), 0);
}

Bytes Step(RandomSource& source, const Nonce& nonce) {
  uint8_t out[RandomSource::kStepBytes];
  source.Step(nonce, out);
  return {out, out + sizeof out};
}

// Half a block is given out, the other half takes the key's place.
TEST(RandomSource, ErasesItsKeyAtEveryStep) {
  RandomSource source;
  uint32_t key[kChaChaWords] = {};
  for (uint32_t i = 0; i < 3; ++i) {
    const Nonce nonce = {i, 7, 0};
    uint8_t block[kChaChaBlock];
    ChaCha20Block(key, 0, nonce, block);
    EXPECT_EQ(Step(source, nonce), Bytes(block + sizeof key, block + sizeof block)) << i;
    std::memcpy(key, block, sizeof key);
  }
}

TEST(RandomSource, DependsOnEveryByteThatWasMixedIn) {
  const Nonce nonce = {};
  Bytes seed(29);
  RandomSource plain;
  plain.Mix(seed.data(), seed.size());
  const Bytes before = Step(plain, nonce);
  for (uint8_t& byte : seed) {
    byte = 1;
    RandomSource changed;
    changed.Mix(seed.data(), seed.size());
    EXPECT_NE(Step(changed, nonce), before);
    byte = 0;
  }
}

TEST(RandomSource, ExpandsOneStepToAnyLength) {
  uint8_t seed[RandomSource::kStepBytes];
  for (size_t i = 0; i < sizeof seed; ++i) seed[i] = static_cast<uint8_t>(i);
  uint32_t key[kChaChaWords];
  std::memcpy(key, seed, sizeof key);
  Bytes all;
  for (uint32_t counter = 0; counter < 3; ++counter) {
    uint8_t block[kChaChaBlock];
    ChaCha20Block(key, counter, Nonce{}, block);
    all.insert(all.end(), block, block + sizeof block);
  }
  for (const size_t bytes : {0, 1, 63, 64, 65, 150}) {
    Bytes got(bytes + 1, 0xee);
    Expand(seed, got.data(), bytes);
    EXPECT_EQ(got.back(), 0xee) << bytes;
    got.pop_back();
    EXPECT_EQ(got, Bytes(all.begin(), all.begin() + static_cast<ptrdiff_t>(bytes)));
  }
}

class RandomTest : public testing::Test {
 protected:
  RandomTest() {
    g_has_generator = false;
    g_word = g_cycles = 0;
    g_interrupts = true;
  }
  static void Seed(uint8_t entropy, bool fixed_places) {
    const Bytes seed(64, entropy);
    SeedRandom(seed.data(), seed.size(), fixed_places);
  }
  static Numbers Places(int count = 8) {
    Numbers numbers;
    while (count-- > 0) numbers.push_back(PlacementRandom());
    return numbers;
  }
  static Bytes Secret(size_t bytes = 16) {
    Bytes secret(bytes);
    GiveRandom(secret.data(), bytes);
    return secret;
  }
};

TEST_F(RandomTest, PlacesAreTheSameAtEveryBootOnlyWhereTheyAreFixed) {
  Seed(1, true);
  const Numbers fixed = Places();
  // Whatever the loader and the CPU say, and whatever programs ask for meanwhile.
  g_has_generator = true;
  g_word = 5;
  g_cycles = 6;
  Seed(2, true);
  Numbers again;
  for (size_t i = 0; i < fixed.size(); ++i) {
    again.push_back(PlacementRandom());
    Secret();
  }
  EXPECT_EQ(again, fixed);
  Seed(2, false);
  const Numbers free = Places();
  EXPECT_NE(free, fixed);
  Seed(3, false);
  EXPECT_NE(Places(), free);
  EXPECT_NE(Places(), Places());
}

// Neither the one before it nor the one after it: a number is half a block less the rest, and the key
// is the other half.
TEST_F(RandomTest, APlaceIsTheBeginningOfAStep) {
  Seed(1, true);
  RandomSource source;
  for (const uint64_t place : Places()) {
    uint64_t expected = 0;
    const Bytes step = Step(source, Nonce{});
    for (unsigned i = 0; i < 8; ++i) expected |= uint64_t{step[i]} << 8 * i;
    EXPECT_EQ(place, expected);
  }
}

// Fixed places are known to everybody, so secrets must come from elsewhere.
TEST_F(RandomTest, SecretsAreNoPlaces) {
  Seed(1, true);
  const Bytes secret = Secret(4096);
  Seed(1, true);
  for (const uint64_t place : Places(64)) {
    uint8_t bytes[sizeof place];
    std::memcpy(bytes, &place, sizeof place);
    EXPECT_EQ(std::search(secret.begin(), secret.end(), bytes, bytes + sizeof bytes), secret.end());
  }
}

// What programs get after a boot. The source is never begun again, so each boot is a process.
Bytes SecretAtBoot(uint8_t entropy, uint64_t cycles) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Bytes seed(64, entropy);
    g_cycles = cycles;
    SeedRandom(seed.data(), seed.size(), true);
    uint8_t secret[16];
    GiveRandom(secret, sizeof secret);
    _exit(write(ends[1], secret, sizeof secret) == sizeof secret ? 0 : 1);
  }
  Bytes secret(16);
  EXPECT_EQ(read(ends[0], secret.data(), secret.size()), 16);
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  return secret;
}

TEST_F(RandomTest, SecretsDependOnTheLoaderAndOnTheCpu) {
  const Bytes secret = SecretAtBoot(1, 1);
  EXPECT_EQ(SecretAtBoot(1, 1), secret);
  EXPECT_NE(SecretAtBoot(2, 1), secret);
  EXPECT_NE(SecretAtBoot(1, 2), secret);
  g_has_generator = true;
  const Bytes generated = SecretAtBoot(1, 1);
  EXPECT_NE(generated, secret);
  g_word = uint64_t{1} << 63;
  EXPECT_NE(SecretAtBoot(1, 1), generated);
}

TEST_F(RandomTest, NobodyComesBetweenAStepAndInterruptsAreAsBefore) {
  const Bytes first = Secret();
  EXPECT_NE(Secret(), first);
  g_steps = 0;
  Secret(4096);
  EXPECT_EQ(g_steps, 1);
  EXPECT_TRUE(g_interrupts);
  g_interrupts = false;
  Secret();
  PlacementRandom();
  EXPECT_FALSE(g_interrupts);
}

}  // namespace
}  // namespace base
