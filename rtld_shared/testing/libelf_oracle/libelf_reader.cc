// SPDX-License-Identifier: BSD-2-Clause
//
// ReadImage by libelf.

#include <elf.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

#include "rtld_shared/testing/libelf_oracle/image.h"
#include "rtld_shared/testing/libelf_oracle/records.h"

namespace oracle {
namespace {

struct ElfEnd {
  void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, ElfEnd>;

ElfHandle OpenMemory(std::vector<uint8_t>& file) {
  if (elf_version(EV_CURRENT) == EV_NONE) throw std::runtime_error("libelf is too old");
  ElfHandle elf(elf_memory(reinterpret_cast<char*>(file.data()), file.size()));
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF) throw std::runtime_error("not an ELF file");
  return elf;
}

constexpr uint64_t kGnuHash = 0x6ffffef5;
constexpr uint64_t kRelr = 36, kRelrSize = 35;

// Reads one image; throws a std::runtime_error that says what is wrong with it.
class Reader {
 public:
  Reader(std::vector<uint8_t>& file, const Format& format, Image& image)
      : file_(file), image_(image), format_(format) {}

  void Read() {
    elf_ = OpenMemory(file_);
    ReadHeaders();
    ReadDynamic();
    ReadSymbols();
    ReadVersions();
    ReadRelocations();
    ReadGot();
    ReadPacked();
  }

 private:
  static void Check(bool good, const char* what) {
    if (!good) throw std::runtime_error(what);
  }

  // One number of libelf type `type` at a file offset: xlatetom converts the byte order.
  uint64_t Number(uint64_t offset, Elf_Type type, unsigned size) {
    Check(offset <= file_.size() && size <= file_.size() - offset, "a table leaves the file");
    alignas(8) uint8_t raw[8] = {}, host[8] = {};
    std::memcpy(raw, file_.data() + offset, size);
    Elf_Data from = {}, to = {};
    from.d_buf = raw;
    to.d_buf = host;
    from.d_type = to.d_type = type;
    from.d_size = to.d_size = size;
    from.d_version = to.d_version = EV_CURRENT;
    Check(gelf_xlatetom(elf_.get(), &to, &from, image_.big_endian ? ELFDATA2MSB : ELFDATA2LSB),
          "xlatetom");
    switch (size) {
      case 1:
        return host[0];
      case 2:
        return As<uint16_t>(host);
      case 4:
        return As<uint32_t>(host);
      default:
        return As<uint64_t>(host);
    }
  }
  template <class T>
  static T As(const uint8_t* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof(value));
    return value;
  }
  uint64_t Half(uint64_t offset) { return Number(offset, ELF_T_HALF, 2); }
  uint64_t Word(uint64_t offset) { return Number(offset, ELF_T_WORD, 4); }
  uint64_t Address(uint64_t offset) { return Number(offset, ELF_T_ADDR, image_.address_bytes); }
  uint64_t Byte(uint64_t offset) { return Number(offset, ELF_T_BYTE, 1); }

  uint64_t OffsetOf(uint64_t vaddr) const {
    if (const std::optional<uint64_t> offset = image_.FileOffset(vaddr)) return *offset;
    throw std::runtime_error("a table is in no segment");
  }

  std::string String(uint64_t offset) const {
    const uint64_t at = OffsetOf(Tag(DT_STRTAB)) + offset;
    Check(offset < Tag(DT_STRSZ) && at < file_.size(), "a name leaves DT_STRTAB");
    const auto begin = file_.begin() + static_cast<ptrdiff_t>(at);
    return {begin, std::find(begin, file_.end(), 0)};
  }

  bool Has(uint64_t tag) const { return image_.tags.contains(tag); }
  uint64_t Tag(uint64_t tag) const {
    const auto found = image_.tags.find(tag);
    return found == image_.tags.end() ? 0 : found->second;
  }

  void ReadHeaders() {
    GElf_Ehdr ehdr;
    Check(gelf_getehdr(elf_.get(), &ehdr) != nullptr, "no ELF header");
    image_.machine = ehdr.e_machine;
    image_.flags = ehdr.e_flags;
    image_.address_bytes = gelf_getclass(elf_.get()) == ELFCLASS64 ? 8 : 4;
    image_.big_endian = ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
    size_t count = 0;
    Check(elf_getphdrnum(elf_.get(), &count) == 0, "no program headers");
    for (size_t i = 0; i < count; ++i) {
      GElf_Phdr phdr;
      Check(gelf_getphdr(elf_.get(), static_cast<int>(i), &phdr) != nullptr, "bad program header");
      image_.segments.push_back({phdr.p_type, phdr.p_flags, phdr.p_vaddr, phdr.p_memsz,
                                 phdr.p_offset, phdr.p_filesz, phdr.p_align});
    }
  }

  void ReadDynamic() {
    const auto dynamic = std::find_if(image_.segments.begin(), image_.segments.end(),
                                      [](const Segment& s) { return s.type == PT_DYNAMIC; });
    Check(dynamic != image_.segments.end(), "no PT_DYNAMIC");
    std::vector<uint64_t> names;
    const uint64_t entry = 2 * image_.address_bytes;
    for (uint64_t at = dynamic->offset; at < dynamic->offset + dynamic->filesz; at += entry) {
      const uint64_t tag = Address(at);
      const uint64_t value = Address(at + image_.address_bytes);
      if (tag == DT_NULL) break;
      if (tag == DT_NEEDED) names.push_back(value);
      image_.tags.emplace(tag, value);
    }
    for (const uint64_t name : names) image_.needed.push_back(String(name));
    if (Has(DT_SONAME)) image_.soname = String(Tag(DT_SONAME));
  }

  // DT_SYMTAB does not say its length. Section headers do; else the hash tables imply it.
  uint64_t SymbolCount() {
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_.get(), section)) != nullptr;) {
      GElf_Shdr header;
      Check(gelf_getshdr(section, &header) != nullptr, "bad section header");
      if (header.sh_type == SHT_DYNSYM && header.sh_entsize != 0) {
        return header.sh_size / header.sh_entsize;
      }
    }
    if (Has(DT_HASH)) {
      const uint64_t at = OffsetOf(Tag(DT_HASH)) + format_.hash_word;
      return format_.hash_word == 8 ? Number(at, ELF_T_XWORD, 8) : Word(at);
    }
    if (format_.got) return Tag(format_.got->all_tag);
    Check(Has(kGnuHash), "no way to count the symbols");
    const uint64_t table = OffsetOf(Tag(kGnuHash));
    const uint64_t buckets = Word(table), first = Word(table + 4), bloom = Word(table + 8);
    const uint64_t bucket = table + 16 + bloom * image_.address_bytes;
    const uint64_t chain = bucket + 4 * buckets;
    uint64_t last = 0;
    for (uint64_t i = 0; i < buckets; ++i) last = std::max(last, Word(bucket + 4 * i));
    if (last < first) return first;
    while ((Word(chain + 4 * (last - first)) & 1) == 0) ++last;
    return last + 1;
  }

  void ReadSymbols() {
    const uint64_t count = SymbolCount();
    const bool wide = image_.address_bytes == 8;
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t at = OffsetOf(Tag(DT_SYMTAB)) + i * (wide ? 24 : 16);
      const uint64_t info = Byte(at + (wide ? 4 : 12));
      Symbol symbol;
      symbol.name = String(Word(at));
      symbol.value = Address(at + (wide ? 8 : 4));
      symbol.size = Address(at + (wide ? 16 : 8));
      symbol.bind = static_cast<unsigned>(info >> 4);
      symbol.type = static_cast<unsigned>(info & 0xf);
      symbol.other = static_cast<unsigned>(Byte(at + (wide ? 5 : 13)));
      symbol.section = static_cast<unsigned>(Half(at + (wide ? 6 : 14)));
      image_.by_name[symbol.name].push_back(static_cast<uint32_t>(i));
      image_.symbols.push_back(std::move(symbol));
    }
  }

  void ReadVersions() {
    if (!Has(DT_VERSYM)) return;
    std::map<uint64_t, Version> versions;
    uint64_t at = Has(DT_VERDEF) ? OffsetOf(Tag(DT_VERDEF)) : 0;
    for (uint64_t i = 0; i < Tag(DT_VERDEFNUM); ++i) {
      const bool base = (Half(at + 2) & VER_FLG_BASE) != 0;
      Version version;
      if (!base) version.name = String(Word(at + Word(at + 12)));
      versions[Half(at + 4) & 0x7fff] = version;
      at += Word(at + 16);
    }
    at = Has(DT_VERNEED) ? OffsetOf(Tag(DT_VERNEED)) : 0;
    for (uint64_t i = 0; i < Tag(DT_VERNEEDNUM); ++i) {
      uint64_t aux = at + Word(at + 8);
      for (uint64_t j = 0, count = Half(at + 2); j < count; ++j) {
        Version version;
        version.file = String(Word(at + 4));
        version.name = String(Word(aux + 8));
        version.weak = (Half(aux + 4) & VER_FLG_WEAK) != 0;
        versions[Half(aux + 6) & 0x7fff] = version;
        aux += Word(aux + 12);
      }
      at += Word(at + 12);
    }
    for (size_t i = 0; i < image_.symbols.size(); ++i) {
      const uint64_t entry = Half(OffsetOf(Tag(DT_VERSYM)) + 2 * i);
      Version& version = image_.symbols[i].version;
      if (const auto found = versions.find(entry & 0x7fff); found != versions.end()) {
        version = found->second;
      }
      version.hidden = (entry & 0x8000) != 0;
      version.local = (entry & 0x7fff) == 0;
      version.oldest = (entry & 0x7fff) <= 2;
    }
  }

  void ReadInfo(uint64_t at, Relocation& relocation) {
    if (format_.composed) {
      // libelf knows nothing of it and leaves one number.
      relocation.symbol = static_cast<uint32_t>(Word(at));
      for (unsigned i = 0; i < 4; ++i) {
        relocation.type |= static_cast<uint32_t>(Byte(at + 7 - i)) << (8 * i);
      }
      return;
    }
    const uint64_t info = Address(at);
    const bool wide = image_.address_bytes == 8;
    relocation.type = static_cast<uint32_t>(wide ? GELF_R_TYPE(info) : info & 0xff);
    relocation.symbol = static_cast<uint32_t>(wide ? GELF_R_SYM(info) : info >> 8);
  }

  void ReadTable(uint64_t table, uint64_t bytes, bool with_addend, bool slots) {
    if (bytes == 0) return;
    const uint64_t word = image_.address_bytes;
    const uint64_t entry = word * (with_addend ? 3 : 2);
    const uint64_t begin = OffsetOf(table);
    for (uint64_t at = begin; at < begin + bytes; at += entry) {
      // What DT_JMPREL has too is read there, and not twice.
      if (!slots && table + (at - begin) - Tag(DT_JMPREL) < Tag(DT_PLTRELSZ)) continue;
      Relocation relocation;
      relocation.place = Address(at);
      relocation.slot = slots;
      ReadInfo(at + word, relocation);
      if (with_addend) relocation.addend = SignExtend(Address(at + 2 * word));
      image_.relocations.push_back(relocation);
    }
  }

  uint64_t SignExtend(uint64_t value) const {
    return image_.address_bytes == 8
               ? value
               : static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(value)));
  }

  void ReadRelocations() {
    ReadTable(Tag(DT_REL), Tag(DT_RELSZ), false, false);
    ReadTable(Tag(DT_RELA), Tag(DT_RELASZ), true, false);
    ReadTable(Tag(DT_JMPREL), Tag(DT_PLTRELSZ), Tag(DT_PLTREL) == DT_RELA, true);
  }

  // Words that are relocated without entries. The first one is the lazy resolver's; so is the second
  // if its highest bit says that the static linker left it for the dynamic one. A symbol's word is
  // its value, whatever the file has there; that of a section symbol is an address of the image.
  void ReadGot() {
    if (!format_.got || !Has(format_.got->local_tag)) return;
    const unsigned word = image_.address_bytes;
    const uint64_t got = Tag(DT_PLTGOT), local = Tag(format_.got->local_tag);
    const std::optional<uint64_t> second = image_.Word(got + word, word);
    const bool marked = local > 1 && second && *second >> (8 * word - 1) != 0;
    for (uint64_t i = marked ? 2 : 1; i < local; ++i) {
      Relocation relocation;
      relocation.place = got + i * word;
      relocation.type = format_.got->type;
      image_.relocations.push_back(relocation);
    }
    uint64_t place = got + local * word;
    for (uint64_t i = Tag(format_.got->first_tag); i < Tag(format_.got->all_tag); ++i) {
      Check(i < image_.symbols.size(), "a table of addresses names no symbol");
      Relocation relocation;
      relocation.place = place;
      relocation.type = format_.got->type;
      if (image_.symbols[i].type != STT_SECTION) {
        relocation.symbol = static_cast<uint32_t>(i);
        relocation.addend = 0;
      }
      image_.relocations.push_back(relocation);
      place += word;
    }
  }

  // gABI, "Relocation", RELR: an even word is a place; an odd one a bitmap of the words after.
  void ReadPacked() {
    const uint64_t word = image_.address_bytes;
    uint64_t next = 0;
    for (uint64_t i = 0; i < Tag(kRelrSize) / word; ++i) {
      const uint64_t entry = Address(OffsetOf(Tag(kRelr)) + i * word);
      if ((entry & 1) == 0) {
        image_.packed.push_back(entry);
        next = entry + word;
        continue;
      }
      for (uint64_t bit = 1; bit < word * 8; ++bit) {
        if ((entry >> bit & 1) != 0) image_.packed.push_back(next + (bit - 1) * word);
      }
      next += (word * 8 - 1) * word;
    }
  }

  std::vector<uint8_t>& file_;
  Image& image_;
  const Format& format_;
  ElfHandle elf_;
};

}  // namespace

void ReadImage(std::vector<uint8_t>& file, const Format& format, Image& image) {
  Reader(file, format, image).Read();
  Records& records = Records::Get();
  if (records.writing()) records.Write(KeyOf(file, format), Describe(image));
}

uint16_t Image::MachineOf(const std::string& path) {
  try {
    std::vector<uint8_t> file = ReadBytes(path);
    const ElfHandle elf = OpenMemory(file);
    GElf_Ehdr ehdr;
    return gelf_getehdr(elf.get(), &ehdr) != nullptr ? ehdr.e_machine : 0;
  } catch (const std::runtime_error&) {
    return 0;
  }
}

}  // namespace oracle
