// SPDX-License-Identifier: BSD-2-Clause
//
// Links the shared objects that this machine has of a CPU, its own or another's, each with
// everything it needs, with rtld_shared in host memory, and compares what relocation stored with
// the libelf oracle. No code of theirs is run.
//
// The relocator does not excuse itself: what it says is missing or undefined, the oracle must find
// so too, all of it and nothing else.

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "arch/testing/machine.h"
#include "rtld_shared/testing/libelf_oracle/calculations.h"
#include "rtld_shared/testing/libelf_oracle/versions.h"

namespace tests {

struct LibraryCounts {
  size_t compared = 0;  // linked, and every byte is the oracle's
  // Plugins, mostly. Both find the same symbols undefined; linked once more as if these were weak,
  // every byte is the oracle's.
  size_t undefined = 0;
  size_t incomplete = 0;  // needs a library or a version that is not here, the oracle says so too
  size_t words = 0;       // of those compared and those undefined
  size_t different = 0;   // the two disagree: a bug of one of them
  std::map<std::string, size_t> reasons;  // of the incomplete ones: what is not here

  void Add(const LibraryCounts& other);
};

class HostLibraries {
 public:
  // `directories` are where libraries are looked for by name, in order.
  HostLibraries(const arch::testing::Machine& machine, const oracle::Calculations& calculations,
                std::vector<std::string> directories)
      : machine_(machine), calculations_(calculations), directories_(std::move(directories)) {}

  // All shared objects of the CPU in the directories whose names begin so, each file once, of at
  // most `largest` bytes; sorted.
  [[nodiscard]] std::vector<std::string> Find(size_t largest, const std::string& prefix = {}) const;

  // Links one and compares. What is worth telling goes to `tell`, a line at a time.
  void Check(const std::string& path, LibraryCounts& counts,
             const std::function<void(const std::string&)>& tell);

 private:
  // What the oracle reads of a file.
  struct Needs {
    std::vector<std::string> files;  // DT_NEEDED
    oracle::Versions versions;
  };
  // One library with everything it needs.
  struct Closure {
    std::string root;
    std::vector<std::pair<std::string, std::string>>
        files;                                  // names by which they are needed, paths
    std::map<std::string, const Needs*> needs;  // by path
  };
  // A reference of an image, by its path, to a symbol in a version or none (empty).
  struct Reference {
    std::string image, symbol, version;
    friend auto operator<=>(const Reference&, const Reference&) = default;
  };
  using References = std::set<Reference>;

  // Path of the library of that name, or empty.
  [[nodiscard]] std::string Locate(const std::string& name) const;
  // Throws a std::runtime_error if the file cannot be read.
  [[nodiscard]] const Needs& NeedsOf(const std::string& path);
  // Everything it needs, by the oracle's reading.
  [[nodiscard]] Closure ClosureOf(const std::string& path);
  // What is not here, by the oracle's reading: libraries; or, if all are here, versions. A line for
  // each that an image needs.
  [[nodiscard]] std::set<std::string> LackingIn(const Closure& closure) const;
  // Its references to `weak` as weak ones.
  [[nodiscard]] std::vector<uint8_t> ReadFile(const std::string& path, const References& weak);
  [[nodiscard]] std::unique_ptr<rtld::testing::Comparison> NewLinker(const Closure& closure,
                                                                     const References& weak = {});
  // Strong references of the images that the oracle finds undefined.
  [[nodiscard]] static References UndefinedIn(rtld::testing::Comparison& comparison);
  // What differs, or nothing.
  [[nodiscard]] std::string CheckClosure(const Closure& closure, LibraryCounts& counts);
  [[nodiscard]] std::string CheckUndefined(const Closure& closure,
                                           rtld::testing::Comparison& failed,
                                           LibraryCounts& counts);

  const arch::testing::Machine& machine_;
  const oracle::Calculations& calculations_;
  std::vector<std::string> directories_;
  std::map<std::string, Needs> needs_;  // what NeedsOf has read
};

// Where this machine has libraries of a CPU: those of its own CPU, or those of cross tools. Empty
// if there are none.
[[nodiscard]] std::vector<std::string> DirectoriesOf(const arch::testing::Machine& machine);

// arch/<cpu>/relocations.
[[nodiscard]] bool ReadCalculationsOf(const arch::testing::Machine& machine,
                                      oracle::Calculations& calculations, std::string& error);

}  // namespace tests
