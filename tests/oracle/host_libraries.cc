// SPDX-License-Identifier: BSD-2-Clause

#include "tests/oracle/host_libraries.h"

#include <elf.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "rtld_shared/seams/policy.h"
#include "rtld_shared/testing/libelf_oracle/comparison.h"
#include "rtld_shared/testing/libelf_oracle/image.h"
#include "rtld_shared/testing/libelf_oracle/oracle.h"

namespace tests {
namespace {

namespace fs = std::filesystem;
using arch::testing::Machine;
using rtld::testing::Comparison;

// What is lacking, in the words into which both findings are put. A file may be reached by many
// paths.
constexpr std::string_view kNeeds = " needs ";
std::string LacksFile(const std::string& image, const std::string& name) {
  return fs::weakly_canonical(image).string().append(kNeeds) + name;
}
std::string LacksVersion(const std::string& image, const std::string& version,
                         const std::string& provider) {
  return LacksFile(image, version + " of " + fs::weakly_canonical(provider).string());
}

// What the relocator says is lacking; empty if that is not all it says.
std::set<std::string> ReportedLacking(const rtld::testing::Collector& diagnostics) {
  std::set<std::string> lacking;
  for (const rtld::testing::StoredReport& report : diagnostics.errors()) {
    const std::string image(report.flat.image), wanted(report.flat.wanted);
    if (report.flat.error == rtld::Error::kMissingDependency) {
      lacking.insert(LacksFile(image, wanted));
    } else if (report.flat.error == rtld::Error::kMissingVersion) {
      lacking.insert(LacksVersion(image, wanted, std::string(report.flat.other)));
    } else {
      return {};
    }
  }
  return lacking;
}

// The root's bytes, what it needs is compared in its own turn. What differs, or nothing.
std::string Compare(Comparison& linked, size_t& equal, size_t& words) {
  size_t more = 0;
  std::string why = linked.Differences(more, 1);
  if (!why.empty()) return why;
  ++equal;
  words += more;
  return {};
}

}  // namespace

void LibraryCounts::Add(const LibraryCounts& other) {
  compared += other.compared;
  undefined += other.undefined;
  incomplete += other.incomplete;
  words += other.words;
  different += other.different;
  for (const auto& [what, times] : other.reasons) reasons[what] += times;
}

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

std::vector<std::string> HostLibraries::Find(size_t largest, const std::string& prefix) const {
  std::set<std::string> found;
  for (const std::string& directory : directories_) {
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
      std::error_code error;
      const std::string name = entry.path().filename();
      if (!name.starts_with(prefix) || name.find(".so") == std::string::npos) continue;
      if (!entry.is_regular_file(error)) continue;
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

const HostLibraries::Needs& HostLibraries::NeedsOf(const std::string& path) {
  const auto known = needs_.find(path);
  if (known != needs_.end()) return known->second;
  oracle::Image image;
  std::string error;
  if (!image.Open(path, calculations_.format, error)) throw std::runtime_error(error);
  return needs_[path] = {.files = image.needed, .versions = oracle::VersionsOf(image)};
}

HostLibraries::Closure HostLibraries::ClosureOf(const std::string& path) {
  Closure closure{.root = path};
  std::vector<std::string> open = {path};
  std::set<std::string> known;
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    const Needs& needs = NeedsOf(next);
    closure.needs[next] = &needs;
    for (const std::string& name : needs.files) {
      const std::string file = Locate(name);
      if (file.empty() || !known.insert(name).second) continue;
      closure.files.emplace_back(name, file);
      open.push_back(file);
    }
  }
  return closure;
}

std::set<std::string> HostLibraries::LackingIn(const Closure& closure) const {
  std::set<std::string> lacking;
  for (const auto& [path, needs] : closure.needs) {
    for (const std::string& name : needs->files) {
      if (Locate(name).empty()) lacking.insert(LacksFile(path, name));
    }
  }
  if (!lacking.empty()) return lacking;
  for (const auto& [path, needs] : closure.needs) {
    for (const oracle::NeededVersion& version : needs->versions.needed) {
      const std::string file = Locate(version.file);
      const auto provider = closure.needs.find(file);
      // Programs are satisfied by a file that has no versions at all, or that nobody needs.
      if (version.weak || provider == closure.needs.end()) continue;
      const std::set<std::string>& defined = provider->second->versions.defined;
      if (defined.empty() || defined.contains(version.name)) continue;
      lacking.insert(LacksVersion(path, version.name, file));
    }
  }
  return lacking;
}

std::vector<uint8_t> HostLibraries::ReadFile(const std::string& path, const References& weak) {
  std::vector<uint8_t> bytes = rtld::testing::ReadBytes(path);
  if (weak.empty()) return bytes;
  oracle::Image image;
  std::string error;
  if (!image.Open(path, calculations_.format, error)) throw std::runtime_error(error);
  const bool wide = image.address_bytes == 8;
  for (size_t i = 0; i < image.symbols.size(); ++i) {
    const oracle::Symbol& symbol = image.symbols[i];
    if (!weak.contains({path, symbol.name, symbol.version.name})) continue;
    // st_info: Elf64_Sym has it behind st_name, Elf32_Sym behind st_size too.
    const uint64_t vaddr = image.tags.at(DT_SYMTAB) + i * (wide ? 24 : 16) + (wide ? 4 : 12);
    uint8_t& info = bytes.at(image.FileOffset(vaddr).value());
    info = static_cast<uint8_t>(ELF64_ST_INFO(STB_WEAK, ELF64_ST_TYPE(info)));
  }
  return bytes;
}

std::unique_ptr<Comparison> HostLibraries::NewLinker(const Closure& closure,
                                                     const References& weak) {
  const uint64_t bias = machine_.word == 8 ? 0x7f0000000000 : 0x20000000;
  Machine::Comparison linker = machine_.NewPrograms(rtld::kProgramPolicy, calculations_, bias);
  linker->MakeRoom(uint64_t{1} << 30);  // the largest libraries have a tenth of it
  linker->AddRoot(closure.root, ReadFile(closure.root, weak));
  for (const auto& [name, path] : closure.files) linker->AddFile(name, path, ReadFile(path, weak));
  return linker;
}

HostLibraries::References HostLibraries::UndefinedIn(Comparison& comparison) {
  References undefined;
  const std::vector<rtld::testing::LinkedImage> images = comparison.Images();
  for (size_t i = 0; i < images.size(); ++i) {
    oracle::Expectation expectation;
    std::string error;
    if (!comparison.Expect(i, expectation, error)) throw std::runtime_error(error);
    for (const oracle::Undefined& one : expectation.undefined) {
      undefined.insert({images[i].path, one.symbol, one.version});
    }
  }
  return undefined;
}

std::string HostLibraries::CheckUndefined(const Closure& closure, Comparison& failed,
                                          LibraryCounts& counts) {
  References ours;
  for (const rtld::testing::StoredReport& report : failed.diagnostics().errors()) {
    if (report.flat.error != rtld::Error::kUndefinedSymbol) return failed.diagnostics().text();
    ours.insert({std::string(report.flat.image), std::string(report.flat.symbol),
                 std::string(report.flat.wanted)});
  }
  if (ours.empty()) return "it fails without an error";
  const References theirs = UndefinedIn(failed);
  std::vector<Reference> differing;
  std::set_symmetric_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                                std::back_inserter(differing));
  if (!differing.empty()) {
    const Reference& one = differing[0];
    return "undefined for one of the two only: " + one.symbol + "@" + one.version + " in " +
           one.image;
  }
  // A reference that nobody defines stops the relocator. Were it a weak one, all would be done.
  const std::unique_ptr<Comparison> linker = NewLinker(closure, theirs);
  if (!linker->Link()) return "undefined ones taken for weak: " + linker->diagnostics().text();
  return Compare(*linker, counts.undefined, counts.words);
}

std::string HostLibraries::CheckClosure(const Closure& closure, LibraryCounts& counts) {
  const std::set<std::string> lacking = LackingIn(closure);
  const std::unique_ptr<Comparison> linker = NewLinker(closure);
  const bool linked = linker->Link();
  if (!lacking.empty()) {
    if (linked) return "it is linked, but " + *lacking.begin();
    if (ReportedLacking(linker->diagnostics()) != lacking) {
      return *lacking.begin() + ", but we say " + linker->diagnostics().text();
    }
    ++counts.incomplete;
    for (const std::string& line : lacking) {
      ++counts.reasons[line.substr(line.find(kNeeds) + kNeeds.size())];
    }
    return {};
  }
  if (!linked) return CheckUndefined(closure, *linker, counts);
  return Compare(*linker, counts.compared, counts.words);
}

void HostLibraries::Check(const std::string& path, LibraryCounts& counts,
                          const std::function<void(const std::string&)>& tell) {
  std::string why;
  try {
    why = CheckClosure(ClosureOf(path), counts);
  } catch (const std::runtime_error& failure) {
    why = failure.what();
  }
  if (why.empty()) return;
  ++counts.different;
  tell(path + ": " + why);
}

}  // namespace tests
