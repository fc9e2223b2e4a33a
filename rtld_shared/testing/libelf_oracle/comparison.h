// SPDX-License-Identifier: BSD-2-Clause
//
// Comparison: links images with rtld_shared's session in host memory and compares every byte of
// every segment with what the oracle says it must be.
//
// Resolvers are not run, being some CPU's code: both sides take FakeResult. TLS descriptors have
// the function 0xd000 + module id and the argument offset; blocks are laid out by both sides, and
// compared too. A PLT slot that is code may be any code that goes where it must: JumpTarget is the
// judge.
//
// This is the part that is the same for all CPUs; comparison_of.h has the session. So a test over
// all CPUs is compiled once, and each CPU's linker once.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "rtld_shared/seams/loader.h"
#include "rtld_shared/seams/policy.h"
#include "rtld_shared/testing/checked_scope.h"
#include "rtld_shared/testing/fakes.h"
#include "rtld_shared/testing/libelf_oracle/calculations.h"
#include "rtld_shared/testing/libelf_oracle/image.h"
#include "rtld_shared/testing/libelf_oracle/oracle.h"

namespace rtld::testing {

// Where functions have descriptors something that is another one, but in the image.
[[nodiscard]] inline uint64_t FakeResult(uint64_t resolver, bool descriptors) {
  return resolver + (descriptors ? 8 : 0x100);
}
inline constexpr uint64_t kFakeDescriptor = 0xd000;

// The contents of a file; empty if it cannot be read.
[[nodiscard]] std::vector<uint8_t> ReadBytes(const std::string& path);

// One image as the session has linked it.
struct LinkedImage {
  std::string path, name;
  uint64_t bias = 0;
  uint64_t tls_module = 0;
  uint64_t tls_offset = 0;
  bool gnu_hash = false, sysv_hash = false;
};

// Where another linker has put an image.
struct Place {
  uint64_t bias = 0;
  uint64_t tls_module = 0;  // 0: it has no PT_TLS
  int64_t tls_offset = 0;   // of its block, as the CPU's thread pointer relocations count
};

class Comparison {
 public:
  Comparison(const Policy& policy, oracle::Scope scope, const oracle::Calculations& calculations,
             uint64_t first_bias)
      : policy_(policy), scope_(scope), calculations_(calculations), loader_(first_bias) {}
  virtual ~Comparison() = default;
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;

  // At least one; the others, in order, are what a program is started with besides (preloads).
  void AddRoot(const std::string& path, std::vector<uint8_t> bytes) {
    roots_.push_back(&NewFile(path, std::move(bytes)));
  }
  // Before Link: the image of that path goes there. The others get places from `first_bias` on.
  void PlaceAt(const std::string& path, const Place& place) {
    loader_.PlaceAt(path, place.bias);
    places_[path] = place;
  }
  // Images up to so many bytes can be linked.
  void MakeRoom(uint64_t largest) { loader_.MakeRoom(largest); }
  // What DT_NEEDED may name besides the roots. `soname` is what it is asked for by.
  virtual void AddFile(const std::string& soname, const std::string& path,
                       std::vector<uint8_t> bytes) = 0;

  // Runs the session up to Seal. False when it failed; diagnostics() says why.
  [[nodiscard]] virtual bool Link() = 0;
  // Drops the session, which gives everything back.
  virtual void EndSession() = 0;
  // The session's images, roots first, then breadth first.
  [[nodiscard]] virtual std::vector<LinkedImage> Images() = 0;
  // `size` bytes of image `index` at a link-time address, as they are now; nullptr if there are
  // none.
  [[nodiscard]] virtual const std::byte* At(size_t index, uint64_t vaddr, uint64_t size) = 0;
  // The address-sized word there.
  [[nodiscard]] virtual uint64_t WordAt(size_t index, uint64_t vaddr) = 0;
  // Index of the symbol that the image defines by that name, strictly in that version (empty: the
  // default one); or -1.
  [[nodiscard]] virtual int FindSymbol(size_t index, const std::string& name,
                                       const std::string& version) = 0;
  // The run-time address that the code of a PLT slot at a link-time address goes to; nothing if it is
  // no such code, or the CPU's slots are none. `addend` is the slot's relocation's. With a `slot`,
  // of one that has these bytes instead.
  [[nodiscard]] virtual std::optional<uint64_t> JumpTarget(size_t index, uint64_t place,
                                                           uint64_t addend,
                                                           std::span<const std::byte> slot) = 0;
  // Whether the image carries the CPU's mark for calls that lazy binding must leave alone.
  [[nodiscard]] virtual bool HasVariantCalls(size_t index) = 0;

  // After Link succeeded: what differs from the oracle's bytes, at most ten lines, or nothing.
  // `words` is increased by the number of words the oracle knows. Only the first `count` images are
  // looked at; what they have COPY relocations of must be among them.
  [[nodiscard]] std::string Differences(size_t& words, size_t count = ~size_t{0});
  // After the images were mapped: what the oracle expects of image `index`, in the places they got.
  [[nodiscard]] bool Expect(size_t index, oracle::Expectation& expectation, std::string& error);

  [[nodiscard]] const Collector& diagnostics() const { return diagnostics_; }
  [[nodiscard]] const CountingArena& arena() const { return arena_; }
  [[nodiscard]] const FakeLoader& loader() const { return loader_; }
  // Of the references of programs so far; those of modules are not counted.
  [[nodiscard]] const ScopeChecks& scope_checks() const { return scope_checks_; }

 protected:
  BufferFile& NewFile(const std::string& path, std::vector<uint8_t> bytes);

  const Policy& policy_;
  const oracle::Scope scope_;
  const oracle::Calculations& calculations_;
  FakeLoader loader_;
  CountingArena arena_;
  Collector diagnostics_;
  ScopeChecks scope_checks_;
  std::vector<BufferFile*> roots_;
  std::map<std::string, Place> places_;

 private:
  [[nodiscard]] const std::vector<uint8_t>& ContentsOf(const std::string& path) const;
  [[nodiscard]] bool Open(std::string& error);
  std::string FindDifferences(size_t& words, size_t count);
  [[nodiscard]] uint64_t FakeResultOf(uint64_t resolver) const {
    return FakeResult(resolver, calculations_.descriptor != 0);
  }
  std::vector<uint8_t>& MemoryOf(size_t i);
  void AgreeWithRecords(std::ostringstream& text) const;
  void Store(size_t i, const oracle::Word& word);
  void Copy(size_t i, const oracle::Word& word);
  void Fetch(size_t i, const oracle::Word& word);
  void Judge(size_t i, const oracle::Word& word, std::ostringstream& text, size_t& lines);
  void Compare(size_t i, std::ostringstream& text, size_t& lines);

  std::deque<BufferFile> files_;
  std::deque<std::vector<uint8_t>> contents_;
  std::vector<LinkedImage> linked_;
  std::deque<oracle::Image> images_;
  std::vector<oracle::Placed> placed_;
  // Of the images that are compared, and of others as far as these have bytes of them.
  std::map<size_t, oracle::Expectation> expectations_;
  std::map<size_t, std::vector<uint8_t>> memories_;
};

}  // namespace rtld::testing
