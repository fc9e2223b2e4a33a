// SPDX-License-Identifier: BSD-2-Clause

#include "tests/oracle/host_libraries.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <utility>

#include "rtld_shared/seams/policy.h"
#include "rtld_shared/testing/libelf_oracle/comparison.h"
#include "rtld_shared/testing/libelf_oracle/image.h"
#include "rtld_shared/testing/libelf_oracle/oracle.h"

namespace tests {
namespace {

namespace fs = std::filesystem;
using arch::testing::Machine;
using rtld::testing::Comparison;

// What the session reported, sorted by what it means for this test.
enum class Outcome { kUndefined, kIncomplete, kOther };

Outcome OutcomeOf(const rtld::testing::Collector& diagnostics) {
  Outcome outcome = Outcome::kUndefined;
  for (const rtld::testing::StoredReport& report : diagnostics.errors()) {
    switch (report.flat.error) {
      case rtld::Error::kUndefinedSymbol:
        break;
      case rtld::Error::kMissingDependency:
      case rtld::Error::kMissingVersion:
        outcome = Outcome::kIncomplete;
        break;
      default:
        return Outcome::kOther;
    }
  }
  return diagnostics.errors().empty() ? Outcome::kOther : outcome;
}

// Undefined symbols of the root: ours by the reports, theirs by the oracle.
bool AgreeOnUndefined(Comparison& comparison, const std::string& path, std::string& why) {
  std::set<std::string> ours, theirs;
  for (const rtld::testing::StoredReport& report : comparison.diagnostics().errors()) {
    if (report.flat.image == path) ours.emplace(report.flat.symbol);
  }
  oracle::Expectation expectation;
  if (!comparison.Expect(0, expectation, why)) return false;
  for (const oracle::Undefined& undefined : expectation.undefined) {
    theirs.insert(undefined.symbol);
  }
  std::vector<std::string> differing;
  std::set_symmetric_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                                std::back_inserter(differing));
  if (!differing.empty()) why = "undefined for one of the two only: " + differing[0];
  return differing.empty();
}

}  // namespace

std::vector<std::string> DirectoriesOf(const Machine& machine) {
  std::ifstream file("arch/" + machine.name + "/triple");
  std::string triple;
  if (!(file >> triple)) return {};
  std::vector<std::string> directories;
  for (const std::string& candidate :
       {"/usr/lib/" + triple, "/usr/" + triple + "/lib", "/usr/" + triple + "/lib64"}) {
    if (fs::is_directory(candidate)) directories.push_back(candidate);
  }
  return directories;
}

bool ReadCalculationsOf(const Machine& machine, oracle::Calculations& calculations,
                        std::string& error) {
  return oracle::ReadCalculations("arch/" + machine.name + "/relocations", calculations, error);
}

std::vector<std::string> HostLibraries::Find(size_t largest) const {
  std::set<std::string> found;
  for (const std::string& directory : directories_) {
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
      std::error_code error;
      const std::string name = entry.path().filename();
      if (name.find(".so") == std::string::npos || !entry.is_regular_file(error)) continue;
      if (fs::file_size(entry.path(), error) > largest || error) continue;
      const std::string path = fs::canonical(entry.path(), error);
      if (!error && oracle::Image::MachineOf(path) == calculations_.machine) found.insert(path);
    }
  }
  return {found.begin(), found.end()};
}

std::string HostLibraries::Locate(const std::string& name) const {
  for (const std::string& directory : directories_) {
    const std::string path = directory + "/" + name;
    if (fs::exists(path)) return path;
  }
  return {};
}

const std::vector<std::string>* HostLibraries::NeededBy(const std::string& path) {
  const auto known = needed_.find(path);
  if (known != needed_.end()) return &known->second;
  oracle::Image image;
  std::string error;
  if (!image.Open(path, calculations_.format, error)) return nullptr;
  return &(needed_[path] = std::move(image.needed));
}

void HostLibraries::Check(const std::string& path, LibraryCounts& counts,
                          const std::function<void(const std::string&)>& tell) {
  const uint64_t bias = machine_.word == 8 ? 0x7f0000000000 : 0x20000000;
  const Machine::Comparison linker =
      machine_.NewPrograms(rtld::kProgramPolicy, calculations_, bias);
  Comparison& comparison = *linker;
  comparison.MakeRoom(uint64_t{1} << 30);  // the largest libraries have a tenth of it
  comparison.AddRoot(path, rtld::testing::ReadBytes(path));
  // Everything it needs, by the oracle's reading.
  std::vector<std::string> open = {path};
  std::set<std::string> known;
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    const std::vector<std::string>* needed = NeededBy(next);
    if (needed == nullptr) {
      ++counts.incomplete;
      return tell(next + " cannot be read, passed over");
    }
    for (const std::string& name : *needed) {
      const std::string file = Locate(name);
      if (file.empty() || !known.insert(name).second) continue;
      comparison.AddFile(name, file, rtld::testing::ReadBytes(file));
      open.push_back(file);
    }
  }

  std::string why;
  if (comparison.Link()) {
    size_t words = 0;
    why = comparison.Differences(words, 1);
    if (why.empty()) {
      ++counts.compared;
      counts.words += words;
      return;
    }
  } else {
    switch (OutcomeOf(comparison.diagnostics())) {
      case Outcome::kIncomplete:
        ++counts.incomplete;
        return;
      case Outcome::kUndefined:
        if (AgreeOnUndefined(comparison, path, why)) {
          ++counts.undefined;
          return;
        }
        break;
      case Outcome::kOther:
        why = comparison.diagnostics().text();
        break;
    }
  }
  ++counts.different;
  tell(path + ": " + why);
}

}  // namespace tests
