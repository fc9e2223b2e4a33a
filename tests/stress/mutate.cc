// SPDX-License-Identifier: BSD-2-Clause
#include "tests/stress/mutate.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "lib/kld/report.h"
#include "lib/kld/text.h"
#include "tests/stress/held.h"

namespace stress {
namespace {

constexpr char kCopy[] = "/tmp/mutated.kld";

// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators".
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2 + 1) {}
  uint64_t Below(uint64_t limit) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return (state_ * 0x2545f4914f6cdd1d >> 32) % limit;
  }

 private:
  uint64_t state_;
};

using Bytes = std::vector<unsigned char>;

bool Read(const std::string& path, Bytes& bytes) {
  const int file = open(path.c_str(), O_RDONLY);
  if (file < 0) return Complain(path, kld::ErrorText(errno));
  unsigned char piece[4096];
  ssize_t got;
  while ((got = read(file, piece, sizeof piece)) > 0) bytes.insert(bytes.end(), piece, piece + got);
  close(file);
  return got == 0 || Complain(path, kld::ErrorText(errno));
}

// Headers and tables are where most of what the linker reads lies.
constexpr size_t kHead = 4096;
constexpr uint64_t kSpecial[] = {0,          1,          7,          0x7f,       0x80,      0xff,
                                 0xffff,     0x7fffffff, 0x80000000, 0xffffffff, 0x1000,    ~0ull,
                                 1ull << 63, ~0ull >> 1, ~0xfffull,  ~0ull - 7,  1ull << 40};

// Changes up to four places of `bytes`: single bits, bytes, or words of odd values.
void Change(Random& random, Bytes& bytes) {
  for (uint64_t n = 1 + random.Below(4); n != 0; --n) {
    const size_t range = random.Below(3) != 0 ? std::min(kHead, bytes.size()) : bytes.size();
    const size_t at = random.Below(range);
    switch (random.Below(4)) {
      case 0:
        bytes[at] ^= static_cast<unsigned char>(1 << random.Below(8));
        break;
      case 1:
        bytes[at] = static_cast<unsigned char>(random.Below(256));
        break;
      default: {
        const size_t width = size_t{1} << (1 + random.Below(3));
        const uint64_t word = kSpecial[random.Below(std::size(kSpecial))];
        const size_t place = at & ~(width - 1);
        if (place + width > bytes.size()) break;
        // Little or big endian: the values are odd either way.
        std::memcpy(&bytes[place], &word, width);
        break;
      }
    }
  }
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}
  ~Mutator() {
    if (copy_ >= 0) close(copy_);
    unlink(kCopy);
  }

  bool Open(const std::string& file) {
    if (!Read(file, original_)) return false;
    changed_ = original_;
    copy_ = open(kCopy, O_RDWR | O_CREAT | O_TRUNC, 0644);
    return (copy_ >= 0 && Store()) || Complain(kCopy, kld::ErrorText(errno));
  }

  // A good file links, so that a bad one's failure says something.
  bool LinksUnchanged() {
    return system_.Load(kCopy, "", KLD_LINK_ONLY) >= 0 || Complain(kCopy, kld::LastReport(system_));
  }

  bool OneRound() {
    changed_ = original_;
    Change(random_, changed_);
    if (!Store()) return Complain(kCopy, kld::ErrorText(errno));
    const int64_t error = system_.Load(kCopy, "", KLD_LINK_ONLY);
    if (error >= 0) return true;
    ++failures_;
    return !kld::LastReport(system_).empty() || Complain(kCopy, "failed without a word");
  }

  long failures() const { return failures_; }
  kld::KernelSystem& system() { return system_; }

 private:
  bool Store() {
    return pwrite(copy_, changed_.data(), changed_.size(), 0) ==
           static_cast<ssize_t>(changed_.size());
  }

  Random random_;
  kld::KernelSystem system_;
  Bytes original_, changed_;
  int copy_ = -1;
  long failures_ = 0;
};

}  // namespace

int Mutate(long rounds, uint64_t seed, const std::string& file) {
  constexpr long kWarmUps = 20;
  Mutator mutator(seed);
  if (!mutator.Open(file) || !mutator.LinksUnchanged()) return 1;
  for (long round = 0; round < kWarmUps; ++round) {
    if (!mutator.OneRound()) return 1;
  }
  kld_counters before;
  static_cast<void>(mutator.system().Counters(before));
  if (!AsBefore(mutator.system(), before, Scope::kSystem, "before")) return 1;
  for (long round = 1; round <= rounds; ++round) {
    const std::string when =
        kld::Format("round %ld of seed %llu", round, static_cast<unsigned long long>(seed));
    if (!mutator.OneRound() || !AsBefore(mutator.system(), before, Scope::kSystem, when)) return 1;
    if (!NoAliasFault(mutator.system(), when)) return 1;
  }
  std::printf("%ld damaged files, %ld refused, every counter as before\n", rounds,
              mutator.failures());
  return 0;
}

}  // namespace stress
