// SPDX-License-Identifier: BSD-2-Clause

#include "arch/testing/images.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <utility>

#include "rtld_shared/testing/libelf_oracle/records.h"

namespace arch::testing {

const Machine& MachineNamed(const std::string& name) {
  for (const Machine* machine : Machines()) {
    if (machine->name == name) return *machine;
  }
  std::cerr << "no CPU is called " << name << "\n";
  std::abort();
}

std::vector<const Machine*> MachinesWith(const std::string& image) {
  std::vector<const Machine*> machines;
  for (const Machine* machine : Machines()) {
    const std::string path = "arch/" + machine->name + "/testdata/" + image;
    if (std::filesystem::exists(path)) machines.push_back(machine);
  }
  return machines;
}

void Images::SetUp() {
  // Where the oracle has no libelf, it has this file.
  const std::string records = "arch/testing/images.records";
  if (std::filesystem::exists(records)) oracle::Records::Get().Read(records);
  std::string error;
  const std::string file = "arch/" + cpu().name + "/relocations";
  ASSERT_TRUE(oracle::ReadCalculations(file, psabi_, error)) << error;
}

bool Images::Has(const std::string& name) const { return std::filesystem::exists(Path(name)); }

std::vector<std::string> Images::Names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(Path(""))) {
    if (entry.path().extension() == ".so") names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Bytes Images::Contents(const std::string& name) const {
  Bytes bytes = rtld::testing::ReadBytes(Path(name));
  EXPECT_FALSE(bytes.empty()) << Path(name);
  return bytes;
}

oracle::Image Images::Read(const std::string& name) const {
  oracle::Image image;
  std::string error;
  EXPECT_TRUE(image.Open(Path(name), psabi_.format, error)) << error;
  return image;
}

void Images::Load(Comparison& comparison, const std::string& name) const {
  Load(comparison, name, Contents(name));
}

void Images::Load(Comparison& comparison, const std::string& name, Bytes contents) const {
  comparison.AddRoot(Path(name), std::move(contents));
  for (const char* needed : {"provider.so", "versions.so", "tls_provider.so", "follower.so"}) {
    if (name != needed) comparison.AddFile(needed, Path(needed), Contents(needed));
  }
}

void Images::Patch(Bytes& file, uint64_t offset, unsigned bytes, uint64_t value) const {
  ASSERT_LE(offset + bytes, file.size());
  for (unsigned i = 0; i < bytes; ++i) {
    file[offset + (cpu().big_endian ? bytes - 1 - i : i)] = static_cast<uint8_t>(value >> (8 * i));
  }
}

uint64_t Images::EntryOffset(const oracle::Image& image, size_t index) const {
  constexpr uint64_t kRel = 17, kRela = 7, kJumpRel = 23;
  const auto tag = [&](uint64_t number) {
    const auto found = image.tags.find(number);
    return found == image.tags.end() ? uint64_t{0} : found->second;
  };
  const uint64_t entry = cpu().word * (image.relocations[index].addend ? 3 : 2);
  const auto main = static_cast<uint64_t>(
      std::count_if(image.relocations.begin(), image.relocations.end(),
                    [](const oracle::Relocation& relocation) { return !relocation.slot; }));
  const bool slot = image.relocations[index].slot;
  const uint64_t table = slot ? tag(kJumpRel) : tag(kRel) != 0 ? tag(kRel) : tag(kRela);
  return image.FileOffset(table).value() + entry * (slot ? index - main : index);
}

uint64_t Images::AddendOffset(const oracle::Image& image, size_t index) const {
  const oracle::Relocation& relocation = image.relocations[index];
  return relocation.addend ? EntryOffset(image, index) + 2 * cpu().word
                           : image.FileOffset(relocation.place).value();
}

bool Images::HasIfunc() const {
  return std::any_of(psabi_.types.begin(), psabi_.types.end(), [](const auto& type) {
    return type.second.kind == oracle::Calculation::Kind::kCall;
  });
}

size_t Images::FindRelocation(const oracle::Image& image, Op op, const std::string& symbol) const {
  for (size_t i = 0; i < image.relocations.size(); ++i) {
    const oracle::Relocation& relocation = image.relocations[i];
    if (cpu().OpOf(relocation.type, relocation.symbol) != op) continue;
    if (symbol.empty() || image.symbols[relocation.symbol].name == symbol) return i;
  }
  ADD_FAILURE() << image.path << " has no such relocation";
  return 0;
}

}  // namespace arch::testing
