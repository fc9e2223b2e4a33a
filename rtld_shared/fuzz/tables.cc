// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/fuzz/tables.h"

#include <algorithm>

#include "rtld_shared/elf/constants.h"

namespace rtld::fuzz {

namespace {

// Offsets and widths of gABI structures; those of e_ident that mean something are single bytes.
constexpr FieldAt kEhdr32[] = {{4, 1},  {5, 1},  {6, 1},  {16, 2}, {18, 2}, {20, 4},
                               {24, 4}, {28, 4}, {36, 4}, {42, 2}, {44, 2}};
constexpr FieldAt kEhdr64[] = {{4, 1},  {5, 1},  {6, 1},  {16, 2}, {18, 2}, {20, 4},
                               {24, 8}, {32, 8}, {48, 4}, {54, 2}, {56, 2}};
constexpr FieldAt kPhdr32[] = {{0, 4}, {4, 4}, {8, 4}, {16, 4}, {20, 4}, {24, 4}, {28, 4}};
constexpr FieldAt kPhdr64[] = {{0, 4}, {4, 4}, {8, 8}, {16, 8}, {32, 8}, {40, 8}, {48, 8}};
constexpr FieldAt kSym32[] = {{0, 4}, {4, 4}, {8, 4}, {12, 1}, {13, 1}, {14, 2}};
constexpr FieldAt kSym64[] = {{0, 4}, {4, 1}, {5, 1}, {6, 2}, {8, 8}, {16, 8}};
constexpr FieldAt kWords32[] = {{0, 4}, {4, 4}, {8, 4}};
constexpr FieldAt kWords64[] = {{0, 8}, {8, 8}, {16, 8}};
constexpr FieldAt kVerdef[] = {{0, 2}, {2, 2}, {4, 2}, {6, 2}, {8, 4}, {12, 4}, {16, 4}};
constexpr FieldAt kVerneed[] = {{0, 2}, {2, 2}, {4, 4}, {8, 4}, {12, 4}};
constexpr FieldAt kVernaux[] = {{0, 4}, {4, 2}, {6, 2}, {8, 4}, {12, 4}};
constexpr FieldAt kFourWords[] = {{0, 4}, {4, 4}, {8, 4}, {12, 4}};
constexpr FieldAt kHalf[] = {{0, 2}};
constexpr FieldAt kByte[] = {{0, 1}};

}  // namespace

std::span<const FieldAt> Image::FieldsOf(Kind kind) const {
  const std::span<const FieldAt> words = is64() ? std::span<const FieldAt>(kWords64) : kWords32;
  const std::span<const FieldAt> narrow = kFourWords;
  switch (kind) {
    case Kind::kEhdr:
      return is64() ? std::span<const FieldAt>(kEhdr64) : kEhdr32;
    case Kind::kPhdr:
      return is64() ? std::span<const FieldAt>(kPhdr64) : kPhdr32;
    case Kind::kSym:
      return is64() ? std::span<const FieldAt>(kSym64) : kSym32;
    case Kind::kDyn:
    case Kind::kRel:
      return words.first(2);
    case Kind::kRela:
      return words;
    case Kind::kRelr:
    case Kind::kBloom:
    case Kind::kArray:
      return words.first(1);
    case Kind::kVersym:
      return kHalf;
    case Kind::kVerdef:
      return kVerdef;
    case Kind::kVerneed:
      return kVerneed;
    case Kind::kVernaux:
      return kVernaux;
    case Kind::kVerdaux:
      return narrow.first(2);
    case Kind::kGnuHead:
      return narrow;
    case Kind::kNote:
      return narrow.first(3);
    case Kind::kSysvWord:
      return (hash_word() == 8 ? words : narrow).first(1);
    case Kind::kString:
      return kByte;
    default:  // words of DT_GNU_HASH
      return narrow.first(1);
  }
}

size_t Image::EntryOf(Kind kind) const {
  switch (kind) {
    case Kind::kEhdr:
      return is64() ? 64 : 52;
    case Kind::kPhdr:
      return is64() ? 56 : 32;
    case Kind::kSym:
      return is64() ? 24 : 16;
    default: {
      const FieldAt last = FieldsOf(kind).back();
      return size_t{last.offset} + last.width;
    }
  }
}

uint64_t Image::Load(size_t at, unsigned width) const {
  if (at > bytes_.size() || width > bytes_.size() - at) return 0;
  uint64_t value = 0;
  for (unsigned i = 0; i < width; ++i) {
    const unsigned place = (layout_ & 2) != 0 ? i : width - 1 - i;
    value = value << 8 | bytes_[at + place];
  }
  return value;
}

void Image::Store(size_t at, unsigned width, uint64_t value) {
  if (at > bytes_.size() || width > bytes_.size() - at) return;
  for (unsigned i = 0; i < width; ++i) {
    const unsigned place = (layout_ & 2) != 0 ? width - 1 - i : i;
    bytes_[at + place] = static_cast<uint8_t>(value >> (8 * i));
  }
}

Image::Image(std::span<uint8_t> bytes, unsigned layout) : bytes_(bytes), layout_(layout) {
  AddHeaders();
  AddDynamic();
}

const Table* Image::Find(Kind kind) const {
  for (const Table& table : tables_) {
    if (table.kind == kind) return &table;
  }
  return nullptr;
}

void Image::Add(Kind kind, size_t at, uint64_t count) {
  const size_t entry = EntryOf(kind);
  if (at >= bytes_.size()) return;
  const size_t fits = (bytes_.size() - at) / entry;
  if (fits == 0 || count == 0) return;
  tables_.push_back({kind, at, static_cast<size_t>(std::min<uint64_t>(count, fits)), entry});
}

size_t Image::OffsetOf(uint64_t vaddr) const {
  for (const Load64& load : loads_) {
    if (vaddr >= load.vaddr && vaddr - load.vaddr < load.filesz) {
      return static_cast<size_t>(load.offset + (vaddr - load.vaddr));
    }
  }
  return bytes_.size();
}

void Image::AddHeaders() {
  Add(Kind::kEhdr, 0, 1);
  const size_t at = static_cast<size_t>(Word(is64() ? 32 : 28));
  const uint64_t count = Load(is64() ? 56 : 44, 2);
  Add(Kind::kPhdr, at, std::min<uint64_t>(count, 64));
  const Table* found = Find(Kind::kPhdr);
  if (found == nullptr) return;
  const Table phdrs = *found;
  for (size_t i = 0; i < phdrs.count; ++i) {
    const size_t phdr = phdrs.at + i * phdrs.entry;
    if (Load(phdr, 4) != elf::kPtLoad) continue;
    loads_.push_back({Word(phdr + (is64() ? 8 : 4)), Word(phdr + (is64() ? 16 : 8)),
                      Word(phdr + (is64() ? 32 : 16)), Word(phdr + (is64() ? 40 : 20))});
  }
  for (size_t i = 0; i < phdrs.count; ++i) {
    const size_t phdr = phdrs.at + i * phdrs.entry;
    const uint64_t type = Load(phdr, 4);
    const size_t offset = OffsetOf(Word(phdr + (is64() ? 16 : 8)));
    const uint64_t size = Word(phdr + (is64() ? 32 : 16));
    if (type == elf::kPtDynamic) Add(Kind::kDyn, offset, size / (2 * word()));
    if (type == elf::kPtNote) Add(Kind::kNote, offset, 1);
  }
}

void Image::AddDynamic() {
  const Table* found = Find(Kind::kDyn);
  if (found == nullptr) return;
  const Table dynamic = *found;
  // The last of each tag, as decoders have it.
  const auto value = [&](uint64_t tag) -> uint64_t {
    uint64_t last = 0;
    for (size_t i = 0; i < dynamic.count; ++i) {
      const size_t at = dynamic.at + i * dynamic.entry;
      if (Word(at) == elf::kDtNull) break;
      if (Word(at) == tag) last = Word(at + word());
    }
    return last;
  };
  const auto add = [&](Kind kind, uint64_t tag, uint64_t size_tag) {
    Add(kind, OffsetOf(value(tag)), value(size_tag) / EntryOf(kind));
  };
  add(Kind::kString, elf::kDtStrTab, elf::kDtStrSz);
  add(Kind::kRela, elf::kDtRela, elf::kDtRelaSz);
  add(Kind::kRel, elf::kDtRel, elf::kDtRelSz);
  add(Kind::kRelr, elf::kDtRelr, elf::kDtRelrSz);
  add(value(elf::kDtPltRel) == elf::kDtRela ? Kind::kRela : Kind::kRel, elf::kDtJmpRel,
      elf::kDtPltRelSz);
  add(Kind::kArray, elf::kDtInitArray, elf::kDtInitArraySz);
  add(Kind::kArray, elf::kDtFiniArray, elf::kDtFiniArraySz);
  AddHashes(value(layout_ == kDescribed ? kDtHashOfMachine : elf::kDtGnuHash), value(elf::kDtHash));
  // As many symbols as there may be: their table ends where the next begins, usually the strings.
  const size_t symbols = OffsetOf(value(elf::kDtSymTab));
  size_t end = bytes_.size();
  for (const Table& table : tables_) {
    if (table.at > symbols && table.at < end) end = table.at;
  }
  if (symbols >= bytes_.size()) return;
  const uint64_t count = std::min<uint64_t>((end - symbols) / EntryOf(Kind::kSym), 256);
  Add(Kind::kSym, symbols, count);
  Add(Kind::kVersym, OffsetOf(value(elf::kDtVerSym)), value(elf::kDtVerSym) != 0 ? count : 0);
  AddVersions(value(elf::kDtVerDef), Kind::kVerdef, Kind::kVerdaux);
  AddVersions(value(elf::kDtVerNeed), Kind::kVerneed, Kind::kVernaux);
}

// Entries follow one another at their own distances: each is a table of one, as are its names.
void Image::AddVersions(uint64_t vaddr, Kind kind, Kind aux) {
  if (vaddr == 0) return;
  const bool defined = kind == Kind::kVerdef;
  size_t at = OffsetOf(vaddr);
  for (int i = 0; i < 16 && at < bytes_.size(); ++i) {
    Add(kind, at, 1);
    size_t name = at + static_cast<size_t>(Load(at + (defined ? 12 : 8), 4));
    const uint64_t names = defined ? 1 : std::min<uint64_t>(Load(at + 2, 2), 16);
    for (uint64_t k = 0; k < names; ++k) {
      Add(aux, name, 1);
      name += static_cast<size_t>(Load(name + (defined ? 4 : 12), 4));
    }
    const size_t next = static_cast<size_t>(Load(at + (defined ? 16 : 12), 4));
    if (next == 0) break;
    at += next;
  }
}

void Image::AddHashes(uint64_t gnu, uint64_t sysv) {
  if (gnu != 0) {
    const size_t at = OffsetOf(gnu);
    const uint64_t buckets = Load(at, 4), bloom = Load(at + 8, 4);
    Add(Kind::kGnuHead, at, 1);
    Add(Kind::kBloom, at + 16, std::min<uint64_t>(bloom, 64));
    Add(Kind::kGnuWord, at + 16 + static_cast<size_t>(bloom) * word(), buckets + 64);
  }
  if (sysv != 0) {
    const size_t at = OffsetOf(sysv);
    Add(Kind::kSysvWord, at, 2 + Load(at, hash_word()) + Load(at + hash_word(), hash_word()));
  }
}

void Adapt(std::span<uint8_t> bytes, unsigned layout) {
  // The exemplar's e_machine and relocation types, arch/contract/elf_arch.h.
  constexpr uint64_t kMachine = 0xfe01, kRelative = 1, kSymbol = 2, kJumpSlot = 4, kTypes = 18;
  Image image(bytes, layout);
  const size_t flags = image.is64() ? 48 : 36;
  image.Store(18, 2, kMachine);
  image.Store(flags, 4, 0);
  int number = 0;
  for (const Table& table : image.tables()) {
    if (table.kind != Kind::kRel && table.kind != Kind::kRela) continue;
    ++number;
    for (size_t i = 0; i < table.count; ++i) {
      const size_t at = table.at + i * table.entry + image.word();
      const uint64_t info = image.Load(at, image.word());
      const uint64_t symbol = image.is64() ? info >> 32 : info >> 8;
      const uint64_t slot = number > 1 ? kJumpSlot : kSymbol;
      const uint64_t type = symbol == 0 ? kRelative : i % 8 == 7 ? info % kTypes : slot;
      image.Store(at, image.word(), image.InfoOf(symbol, type));
    }
  }
}

uint32_t SysvHashOf(const char* name, size_t most) {
  uint32_t hash = 0;
  for (size_t i = 0; i < most && name[i] != '\0'; ++i) {
    hash = (hash << 4) + static_cast<uint8_t>(name[i]);
    hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
  }
  return hash;
}

uint32_t GnuHashOf(const char* name, size_t most) {
  uint32_t hash = 5381;
  for (size_t i = 0; i < most && name[i] != '\0'; ++i) {
    hash = hash * 33 + static_cast<uint8_t>(name[i]);
  }
  return hash;
}

}  // namespace rtld::fuzz
