// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/fuzz/mutator.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <vector>

#include "rtld_shared/elf/constants.h"
#include "rtld_shared/fuzz/seeds.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned int seed);
extern "C" const char* __asan_default_options();

// Most of what a run costs otherwise: memory that is kept from use, and stacks of allocations.
extern "C" const char* __asan_default_options() {
  return "quarantine_size_mb=8:malloc_context_size=4:max_malloc_fill_size=256";
}

namespace rtld::fuzz {

namespace {

// SplitMix64: every seed gives another sequence.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  uint64_t Below(uint64_t n) { return n == 0 ? 0 : Next() % n; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

 private:
  uint64_t state_;
};

constexpr uint64_t kTags[] = {
    elf::kDtNull,    elf::kDtNeeded,       elf::kDtPltRelSz,       elf::kDtHash,
    elf::kDtStrTab,  elf::kDtSymTab,       elf::kDtRela,           elf::kDtRelaSz,
    elf::kDtRelaEnt, elf::kDtStrSz,        elf::kDtSymEnt,         elf::kDtInit,
    elf::kDtFini,    elf::kDtSoname,       elf::kDtRpath,          elf::kDtSymbolic,
    elf::kDtRel,     elf::kDtRelSz,        elf::kDtRelEnt,         elf::kDtPltRel,
    elf::kDtTextRel, elf::kDtJmpRel,       elf::kDtInitArray,      elf::kDtFiniArray,
    elf::kDtRunPath, elf::kDtInitArraySz,  elf::kDtFiniArraySz,    elf::kDtFlags,
    elf::kDtRelrSz,  elf::kDtPreinitArray, elf::kDtPreinitArraySz, elf::kDtRelr,
    elf::kDtRelrEnt, elf::kDtGnuHash,      elf::kDtVerSym,         elf::kDtFlags1,
    elf::kDtVerDef,  elf::kDtVerDefNum,    elf::kDtVerNeed,        elf::kDtVerNeedNum,
    elf::kDtPltGot,  kDtHashOfMachine,     kDtSymbolsOfMachine,    kDtTableOfMachine};
constexpr uint64_t kSegmentTypes[] = {
    elf::kPtNull, elf::kPtLoad, elf::kPtDynamic,    elf::kPtInterp,   elf::kPtNote,
    elf::kPtPhdr, elf::kPtTls,  elf::kPtGnuEhFrame, elf::kPtGnuStack, elf::kPtGnuRelro};

// One image under mutation.
class Damage {
 public:
  Damage(std::span<uint8_t> bytes, unsigned layout, std::span<const Kind> focus, Random& random)
      : image_(bytes, layout), focus_(focus), random_(random) {}

  void Run() {
    if (image_.tables().empty()) return Bytes();
    const uint64_t count = 1 + random_.Below(random_.OneIn(4) ? 12 : 3);
    for (uint64_t i = 0; i < count; ++i) One();
  }

 private:
  void One() {
    const Table& table = PickTable();
    switch (random_.Below(12)) {
      case 0:
        return Entry(table);
      case 1:
        return TableBytes(table);
      case 2:
        return Relocation();
      case 3:
        return VersionName();
      case 4:
        return HashWord();
      case 5:
        return DynamicValue();
      default:
        return Field(table);
    }
  }

  const Table& PickTable() {
    const auto& tables = image_.tables();
    if (!focus_.empty() && !random_.OneIn(4)) {
      for (int i = 0; i < 8; ++i) {
        const Table& table = tables[random_.Below(tables.size())];
        if (std::find(focus_.begin(), focus_.end(), table.kind) != focus_.end()) return table;
      }
    }
    return tables[random_.Below(tables.size())];
  }

  size_t EntryIn(const Table& table) { return table.at + random_.Below(table.count) * table.entry; }

  void Field(const Table& table) {
    const std::span<const FieldAt> fields = image_.FieldsOf(table.kind);
    const FieldAt field = fields[random_.Below(fields.size())];
    const size_t at = EntryIn(table) + field.offset;
    image_.Store(at, field.width, Value(table, field, image_.Load(at, field.width)));
  }

  uint64_t Value(const Table& table, FieldAt field, uint64_t old) {
    switch (random_.Below(11)) {
      case 0:
        return 0;
      case 1:
        return ~uint64_t{0} - random_.Below(3) * (image_.word() - 1);
      case 2:
        return old + 1 + random_.Below(16);
      case 3:
        return old - 1 - random_.Below(16);
      case 4:
        return old ^ uint64_t { 1 } << random_.Below(8 * field.width);
      case 5:
        return random_.Next();
      case 6:
        return Address();
      case 7:  // what stands there in another entry
        return image_.Load(EntryIn(table) + field.offset, field.width);
      case 8:
        return random_.OneIn(2) ? random_.Below(64) : image_.bytes().size() - random_.Below(64);
      case 9:
        return random_.OneIn(2) ? old << 1 : uint64_t{1} << random_.Below(8 * field.width);
      default:
        return Meaningful(table, field, old);
    }
  }

  uint64_t Meaningful(const Table& table, FieldAt field, uint64_t old) {
    if (field.offset == 0 && table.kind == Kind::kDyn)
      return kTags[random_.Below(std::size(kTags))];
    if (field.offset == 0 && table.kind == Kind::kPhdr) {
      return kSegmentTypes[random_.Below(std::size(kSegmentTypes))];
    }
    return old + (random_.OneIn(2) ? 0x1000 : image_.word());
  }

  // At, in or just beyond a segment, or where a table stands.
  uint64_t Address() {
    const auto& loads = image_.loads();
    if (loads.empty()) return random_.Below(0x10000);
    const Image::Load64& load = loads[random_.Below(loads.size())];
    switch (random_.Below(5)) {
      case 0:
        return load.vaddr + load.memsz - random_.Below(2 * image_.word() + 1);
      case 1:
        return load.vaddr + load.filesz - random_.Below(2 * image_.word() + 1);
      case 2:
        return load.vaddr + random_.Below(load.memsz + 1);
      case 3: {
        const auto& tables = image_.tables();
        return load.vaddr + tables[random_.Below(tables.size())].at - load.offset;
      }
      default:
        return load.vaddr - random_.Below(image_.word() + 1);
    }
  }

  void Entry(const Table& table) {
    const std::span<uint8_t> bytes = image_.bytes();
    const auto one = bytes.subspan(EntryIn(table), table.entry);
    const auto other = bytes.subspan(EntryIn(table), table.entry);
    switch (random_.Below(3)) {
      case 0:
        std::fill(one.begin(), one.end(), uint8_t{0});
        break;
      case 1:
        std::memmove(one.data(), other.data(), table.entry);
        break;
      default:
        if (one.data() != other.data()) std::swap_ranges(one.begin(), one.end(), other.begin());
        break;
    }
  }

  void TableBytes(const Table& table) {
    const std::span<uint8_t> bytes = image_.bytes().subspan(table.at, table.count * table.entry);
    LLVMFuzzerMutate(bytes.data(), bytes.size(), bytes.size());
  }
  void Bytes() {
    const std::span<uint8_t> bytes = image_.bytes();
    if (!bytes.empty()) LLVMFuzzerMutate(bytes.data(), bytes.size(), bytes.size());
  }

  const Table* PickOf(std::initializer_list<Kind> kinds) {
    const auto& tables = image_.tables();
    const size_t from = random_.Below(tables.size());
    for (size_t i = 0; i < tables.size(); ++i) {
      const Table& table = tables[(from + i) % tables.size()];
      if (std::find(kinds.begin(), kinds.end(), table.kind) != kinds.end()) return &table;
    }
    return nullptr;
  }

  // Another type, or another symbol.
  void Relocation() {
    const Table* table = PickOf({Kind::kRel, Kind::kRela});
    if (table == nullptr) return;
    const size_t at = EntryIn(*table) + image_.word();
    const uint64_t info = image_.Load(at, image_.word());
    uint64_t symbol = image_.is64() ? info >> 32 : info >> 8;
    uint64_t type = image_.is64() ? info & 0xffffffff : info & 0xff;
    if (random_.OneIn(2)) type = random_.Below(20);
    if (random_.OneIn(2)) symbol = random_.Below(24);
    image_.Store(at, image_.word(), image_.InfoOf(symbol, type));
  }

  // Some string of the image and how long it may be.
  const char* Name(uint64_t& offset, size_t& most) {
    const Table* strings = image_.Find(Kind::kString);
    if (strings == nullptr) return nullptr;
    offset = random_.Below(strings->count);
    most = strings->count - static_cast<size_t>(offset);
    return reinterpret_cast<const char*>(image_.bytes().data()) + strings->at + offset;
  }

  // Another name, with the hash that belongs to it.
  void VersionName() {
    const Table* table = PickOf({Kind::kVernaux, Kind::kVerdef});
    uint64_t offset = 0;
    size_t most = 0;
    const char* name = Name(offset, most);
    if (table == nullptr || name == nullptr) return;
    const bool defined = table->kind == Kind::kVerdef;
    const size_t at = defined ? table->at + image_.Load(table->at + 12, 4) : table->at + 8;
    image_.Store(at, 4, offset);
    image_.Store(table->at + (defined ? 8 : 0), 4, SysvHashOf(name, most));
  }

  // A chain word that fits some name.
  void HashWord() {
    const Table* table = PickOf({Kind::kGnuWord});
    uint64_t offset = 0;
    size_t most = 0;
    const char* name = Name(offset, most);
    if (table == nullptr || name == nullptr) return;
    const uint64_t end = random_.Below(2);
    image_.Store(EntryIn(*table), 4, (GnuHashOf(name, most) & ~uint64_t{1}) | end);
  }

  // The value of a tag: an address, a size, a count.
  void DynamicValue() {
    const Table* table = PickOf({Kind::kDyn});
    if (table == nullptr) return;
    const size_t at = EntryIn(*table) + image_.word();
    const uint64_t old = image_.Load(at, image_.word());
    const uint64_t step = 8 * (1 + random_.Below(8));
    const uint64_t choices[] = {Address(), old + step, old - step, 8 * random_.Below(512)};
    image_.Store(at, image_.word(), choices[random_.Below(4)]);
  }

  Image image_;
  std::span<const Kind> focus_;
  Random& random_;
};

Control RandomControl(Random& random) {
  Control control;
  control.layout = kLayouts[random.Below(std::size(kLayouts))];
  control.high = random.OneIn(3);
  control.entry = static_cast<uint8_t>(random.Below(Entries()));
  control.options = static_cast<uint8_t>(random.Next());
  // Most failures of the seams are rare ones.
  control.more = random.OneIn(2) ? 0 : static_cast<uint8_t>(random.Next());
  control.extra = static_cast<uint8_t>(random.Below(Control::kExtras));
  return control;
}

Bytes Fresh(Random& random) {
  const Control control = RandomControl(random);
  if (IsRaw(control)) {
    // Any table may be meant.
    Bytes image = RootSeed(control.layout, static_cast<unsigned>(random.Below(kRoots)));
    const auto tables = Image(image, control.layout).tables();
    const Table& table = tables[random.Below(tables.size())];
    return JoinInput(control, std::span(image).subspan(table.at, table.count * table.entry), {});
  }
  return JoinInput(
      control, RootSeed(control.layout, static_cast<unsigned>(random.Below(kRoots))),
      DependencySeed(control.layout,
                     static_cast<unsigned>(random.OneIn(2) ? 0 : random.Below(kDependencies))));
}

Control MutateControl(Control control, Random& random) {
  switch (random.Below(6)) {
    case 5:
      control.extra ^= static_cast<uint8_t>(1u << random.Below(4));
      break;
    case 4:
      control.high = !control.high;
      break;
    case 0:
      control.entry = static_cast<uint8_t>(random.Below(Entries()));
      break;
    case 1:
      control.options ^= static_cast<uint8_t>(1u << random.Below(8));
      break;
    case 2:
      control.more = random.OneIn(3) ? 0 : static_cast<uint8_t>(random.Next());
      break;
    default:
      control.more ^= static_cast<uint8_t>(1u << random.Below(8));
      break;
  }
  return control;
}

Bytes Mutated(std::span<const uint8_t> data, Random& random) {
  Input input = ParseInput(data);
  Bytes first(input.first.begin(), input.first.end());
  Bytes second(input.second.begin(), input.second.end());
  if (input.plain) second = TakePlain(first, input.control.layout);
  if (random.OneIn(8)) input.control = MutateControl(input.control, random);
  if (random.OneIn(40)) {
    second = DependencySeed(input.control.layout, static_cast<unsigned>(random.Below(4)));
  }
  Bytes& target = !second.empty() && random.OneIn(4) ? second : first;
  if (random.OneIn(60) && !target.empty()) target.resize(random.Below(target.size()));
  Damage(target, input.control.layout, FocusOf(input.control), random).Run();
  return JoinInput(input.control, first, second);
}

}  // namespace

void AddOptions(int* argc, char*** argv) {
  // Two images of linkers, and something more.
  static char length[] = "-max_len=49152";
  static char schedule[] = "-entropic=0";
  // The arenas of the fuzzers count what is given back; and names of functions for each new input
  // take longer than many inputs.
  static char leaks[] = "-detect_leaks=0";
  static char names[] = "-print_funcs=0";
  static std::vector<char*> arguments;
  arguments.assign(*argv, *argv + *argc);
  // In front, so that a later one counts.
  arguments.insert(arguments.begin() + 1, {length, schedule, leaks, names});
  *argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  *argv = arguments.data();
}

}  // namespace rtld::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned int seed) {
  using namespace rtld::fuzz;
  Random random(seed);
  const std::span<const uint8_t> old(data, size);
  const bool plain = IsPlain(old);
  if (!plain && size >= Control::kSize &&
      (IsRaw(ParseInput(old).control) ? !random.OneIn(8) : random.OneIn(8))) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  const bool begin = size < Control::kSize || random.OneIn(200);
  const Bytes made = begin ? Fresh(random) : Mutated(old, random);
  if (made.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, made.data(), made.size());
  return made.size();
}
