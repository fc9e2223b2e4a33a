// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/testing/test_module.h"

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "kernel/kpi/kld.h"
#include "kernel/kpi/module.h"

namespace kld::testing {
namespace {

constexpr size_t kWord = sizeof(uintptr_t);

// Rounds up to whole words.
size_t Words(size_t bytes) { return (bytes + kWord - 1) / kWord; }

// Stores bytes in the data segment; their link-time address.
uint64_t PutBytes(Builder& builder, const std::string& bytes) {
  uint64_t first = 0;
  for (size_t i = 0; i < Words(bytes.size()); ++i) {
    uintptr_t word = 0;
    const size_t left = bytes.size() - i * kWord;
    std::memcpy(&word, bytes.data() + i * kWord, left < kWord ? left : kWord);
    const uint64_t at = builder.Word(word);
    if (i == 0) first = at;
  }
  return first;
}

template <class T>
std::string Raw(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}

// The e_flags of this program: its ABI is the modules'.
uint32_t OwnFlags() {
  arch::Current::Layout::Ehdr header;
  std::ifstream self("/proc/self/exe", std::ios::binary);
  self.read(reinterpret_cast<char*>(&header), sizeof(header));
  return self ? static_cast<uint32_t>(header.flags) : 0;
}

// A type that does so in a whole word, or 0.
uint32_t FindType(arch::Op op) {
  const uint32_t symbol = op == arch::Op::kRelative ? 0 : 1;
  for (uint32_t type = 1; type < 0x10000; ++type) {
    const arch::Rule rule = arch::Current::RuleFor(type);
    if (arch::OpOf(rule, symbol) == op && rule.width == 0) return type;
  }
  return 0;
}

}  // namespace

uint32_t TypeFor(arch::Op op) {
  const uint32_t type = FindType(op);
  if (type == 0) std::abort();
  return type;
}

bool HasIfunc() { return FindType(arch::Op::kIrelative) != 0; }

TestModule::TestModule(const std::string& soname)
    : builder_(soname), soname_(soname), magic_(KLD_FILE_MAGIC) {
  builder_.flags = OwnFlags();
}

TestModule& TestModule::Needs(const std::string& soname) {
  builder_.Needed(soname);
  return *this;
}

TestModule& TestModule::Exports(const std::string& symbol, const std::string& version) {
  builder_.Define(symbol, NewFunction(), {.type = elf::kSttFunc, .size = 16, .version = version});
  return *this;
}

TestModule& TestModule::Uses(const std::string& symbol, const std::string& version,
                             const std::string& file) {
  const uint32_t handle = builder_.Refer(symbol, {.version = version, .file = file});
  const uint64_t place = builder_.RelroWord();
  builder_.Rela(place, TypeFor(arch::Op::kSymbol), handle);
  places_.emplace_back(symbol, place);
  return *this;
}

TestModule& TestModule::Calls(const std::string& symbol, const std::string& version,
                              const std::string& file) {
  const uint32_t handle = builder_.Refer(symbol, {.version = version, .file = file});
  const uint64_t place = builder_.Room(kSlotWords * kWord);
  builder_.JmpRela(place, TypeFor(arch::Op::kJumpSlot), handle);
  places_.emplace_back(symbol, place);
  return *this;
}

uint64_t TestModule::PlaceOf(const std::string& symbol) const {
  for (const auto& [name, place] : places_) {
    if (name == symbol) return place;
  }
  std::abort();
}

TestModule& TestModule::Module(const std::string& name, const std::string& version) {
  library_ = false;
  return Note(name, "version=" + version);
}
TestModule& TestModule::Note(const std::string& module, const std::string& pair) {
  notes_.emplace_back(module, pair);
  return *this;
}
TestModule& TestModule::On(Event event, const std::string& module) {
  entries_.push_back({event == Event::kLoad ? "load" : "handler", module, "",
                      static_cast<uint32_t>(event), NewFunction()});
  return *this;
}
TestModule& TestModule::Hook(const std::string& module, int order) {
  entries_.push_back({"hook", module, "", static_cast<uint32_t>(order), NewFunction()});
  return *this;
}
TestModule& TestModule::Parameter(const std::string& module, const std::string& name,
                                  uint32_t type) {
  entries_.push_back({"param", module, name, type, PutBytes(builder_, Raw(int64_t{0}))});
  return *this;
}
uint64_t TestModule::VariableOf(const std::string& name) const {
  for (const Entry& entry : entries_) {
    if (entry.name == name) return entry.variable;
  }
  std::abort();
}
TestModule& TestModule::Object(const std::string& set) {
  entries_.push_back({"set", set, "", 0, builder_.Word()});
  return *this;
}
TestModule& TestModule::Constructor() {
  ++constructors_;
  return *this;
}
TestModule& TestModule::Destructor() {
  ++destructors_;
  return *this;
}
TestModule& TestModule::Ifunc() {
  if (!HasIfunc()) return *this;
  const uint64_t resolver = NewFunction();
  chosen_ = NewFunction();
  if (chosen_ != resolver + kChosenOffset) std::abort();
  builder_.Rela(builder_.RelroWord(), TypeFor(arch::Op::kIrelative), 0, resolver);
  return *this;
}
uint64_t TestModule::FunctionOfHook(int order) const {
  for (const Entry& entry : entries_) {
    if (entry.set == "hook" && entry.number == static_cast<uint32_t>(order)) return entry.variable;
  }
  std::abort();
}
TestModule& TestModule::Magic(uint32_t magic) {
  magic_ = magic;
  return *this;
}

uint64_t TestModule::NewFunction() {
  next_function_ += 16;
  return builder_.Function(next_function_ - 16, TypeFor(arch::Op::kRelative));
}

uint64_t TestModule::StringWord(const std::string& text) {
  return PutBytes(builder_, text + std::string(1, '\0'));
}

uint64_t TestModule::Pointer(uint64_t target) {
  const uint64_t at = builder_.Word(0);
  if (target != 0) builder_.Rela(at, TypeFor(arch::Op::kRelative), 0, target);
  return at;
}

// A segment for each. The builder aligns extra segments to words, so the notes are padded to words
// too.
void TestModule::EmitNotes() {
  for (const auto& [module, pair] : notes_) {
    std::string all;
    const auto pad = [&all] { all.resize(Words(all.size()) * kWord); };
    const std::string text =
        "module=" + module + std::string(1, '\0') + pair + std::string(1, '\0');
    const uint32_t header[] = {sizeof(KLD_NOTE_OWNER), static_cast<uint32_t>(text.size()),
                               KLD_NOTE_MODULE};
    all += Raw(header);
    all += std::string(KLD_NOTE_OWNER, sizeof(KLD_NOTE_OWNER));
    pad();
    all += text;
    pad();
    builder_.Segment(elf::kPtNote, PutBytes(builder_, all), all.size(), elf::kPfR);
  }
}

void TestModule::EmitSets() {
  const std::vector<std::string> names = {"load", "handler", "hook", "param", "set"};
  struct Set {
    uint64_t first = 0, bytes = 0;
  };
  std::vector<Set> sets;
  for (const std::string& name : names) {
    std::vector<std::pair<const Entry*, std::vector<uint64_t>>> texts;
    for (const Entry& entry : entries_) {
      if (entry.set != name) continue;
      texts.push_back({&entry, {StringWord(entry.module), StringWord(entry.name)}});
    }
    Set set;
    for (const auto& [entry, strings] : texts) {
      const uint64_t at = Pointer(strings[0]);
      if (name == "param") Pointer(strings[1]);
      Pointer(entry->variable);
      if (name != "set") PutBytes(builder_, Raw(entry->number));
      if (set.first == 0) set.first = at;
    }
    const size_t size = name == "param"  ? sizeof(kld_param)
                        : name == "hook" ? sizeof(kld_hook)
                        : name == "set"  ? sizeof(kld_set_entry)
                                         : sizeof(kld_handler);
    set.bytes = texts.size() * size;
    sets.push_back(set);
  }
  const kld_file_directory header = {.magic = magic_, .count = static_cast<uint32_t>(names.size())};
  const uint64_t directory = PutBytes(builder_, Raw(header));
  for (size_t i = 0; i < names.size(); ++i) {
    const uint64_t at = PutBytes(builder_, names[i] + std::string(8 - names[i].size(), '\0'));
    const auto offset = static_cast<uint32_t>(sets[i].first - (at + 8));
    const uint32_t numbers[] = {offset, static_cast<uint32_t>(sets[i].bytes)};
    PutBytes(builder_, Raw(numbers));
  }
  builder_.Define("kld_file", directory, {.type = elf::kSttNoType, .version = "KLD_1.0"});
}

void TestModule::EmitArrays() {
  const auto emit = [this](size_t count, uint64_t tag, uint64_t size_tag) {
    if (count == 0) return;
    uint64_t first = 0;
    for (size_t i = 0; i < count; ++i) {
      const uint64_t at = builder_.RelroWord();
      builder_.Rela(at, TypeFor(arch::Op::kRelative), 0, NewFunction());
      if (i == 0) first = at;
    }
    builder_.Dynamic(tag, first).Dynamic(size_tag, count * kWord);
  };
  emit(constructors_, elf::kDtInitArray, elf::kDtInitArraySz);
  emit(destructors_, elf::kDtFiniArray, elf::kDtFiniArraySz);
}

std::vector<std::byte> TestModule::Build() {
  EmitNotes();
  if (!library_) EmitSets();
  EmitArrays();
  return builder_.Build();
}

}  // namespace kld::testing
