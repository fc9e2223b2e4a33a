// SPDX-License-Identifier: BSD-2-Clause
//
// ImageBuilder: makes shared objects for tests, of any layout, without a linker, among them images
// no linker would make.
//
// An image always has the same shape; link-time addresses, from `kBase` on:
//
//   kBase             R    ELF header, program headers, strings, symbols, hashes, versions,
//                          relocations, note
//   kBase + 0x40000   RX   text (a page)
//   kBase + 0x50000   RW   dynamic section, relro data (RELRO ends at a page)
//   ...               RW   data, bss
//
// Symbols and words are added first, in any order; Build lays everything out. `edit_*` hooks change
// headers, dynamic entries and the finished bytes just before they are final: that is how defects
// are put in, one per test.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/symtab.h"
#include "rtld_shared/elf/constants.h"
#include "rtld_shared/testing/image_tables.h"

namespace rtld::testing {

struct SymbolOptions {
  uint8_t bind = elf::kStbGlobal;
  uint8_t type = elf::kSttObject;
  uint8_t visibility = elf::kStvDefault;
  uint64_t size = 8;
  std::optional<uint16_t> shndx;  // default: 1 for definitions, undefined for references
  std::string version;            // of a definition, or wanted by a reference
  std::string file;               // of a reference: the soname that has the version
  bool hidden_version = false;    // name@VERSION, not name@@VERSION
};

template <arch::ElfArch A, uint64_t kLinkedAt = 0x10000>
class ImageBuilder {
 public:
  using L = typename A::Layout;
  using Addr = typename L::Addr;
  using Phdr = typename L::Phdr;

  static constexpr uint64_t kBase = kLinkedAt;
  static constexpr uint64_t kPage = A::kPageSize;
  static constexpr uint64_t kText = kBase + 0x40000;
  static constexpr uint64_t kTextSize = kPage;
  static constexpr uint64_t kRelro = kBase + 0x50000;
  static constexpr uint64_t kRelroData = kRelro + 0x800;
  static constexpr uint64_t kData = kRelro + kPage;
  static constexpr unsigned kWord = sizeof(Addr);

  // Which hash tables and the like.
  // A translated hash is said by tags of the CPU's own.
  bool gnu_hash = !L::kTranslatedHash;
  bool sysv_hash = L::kTranslatedHash;
  bool relro = true;
  bool versions = true;
  uint32_t buckets = 3;
  uint32_t bloom_words = 2;
  uint64_t data_size = 0x3000;
  uint64_t bss_size = 0x100;
  uint16_t type = elf::kEtDyn;
  uint16_t machine = A::kMachine;
  uint32_t flags = 0;
  uint64_t entry = 0;
  std::function<void(std::vector<Phdr>&)> edit_phdrs;
  std::function<void(std::vector<std::pair<uint64_t, uint64_t>>&)> edit_dynamic;
  std::function<void(std::vector<std::byte>&)> edit_bytes;
  std::set<std::string> weak_versions;  // wanted versions to be flagged weak
  std::string last_string;              // put at the end of DT_STRTAB without its NUL

  explicit ImageBuilder(std::string soname) : soname_(std::move(soname)) {
    strings_.push_back('\0');
    symbols_.push_back({});
  }

  ImageBuilder& Needed(std::string name) {
    needed_.push_back(std::move(name));
    return *this;
  }
  ImageBuilder& Dynamic(uint64_t tag, uint64_t value) {
    dynamic_.emplace_back(tag, value);
    return *this;
  }
  ImageBuilder& DynamicString(uint64_t tag, const std::string& text) {
    return Dynamic(tag, String(text));
  }
  ImageBuilder& Segment(uint32_t p_type, uint64_t vaddr, uint64_t size, uint32_t p_flags) {
    extra_.push_back({p_type, vaddr, size, p_flags});
    return *this;
  }
  ImageBuilder& BuildId(std::string id) {
    build_id_ = std::move(id);
    return *this;
  }

  // A definition at a link-time address. Returns its handle for relocations.
  uint32_t Define(const std::string& name, uint64_t value, SymbolOptions options = {}) {
    return Symbol(name, value, options.shndx.value_or(1), options);
  }
  uint32_t Refer(const std::string& name, SymbolOptions options = {}) {
    return Symbol(name, 0, options.shndx.value_or(elf::kShnUndef), options);
  }

  // The next free word of data (or relro data), with a value; its link-time address.
  uint64_t Word(uint64_t value = 0) { return Put(data_, kData, value); }
  uint64_t RelroWord(uint64_t value = 0) { return Put(relro_data_, kRelroData, value); }
  // Room in data, kept aligned to words.
  uint64_t Room(size_t bytes) {
    const uint64_t at = kData + data_.size();
    data_.resize(data_.size() + (bytes + kWord - 1) / kWord * kWord);
    return at;
  }

  // The address of a function whose code is at `code`: that, or where functions have descriptors a
  // new one's, relocated by an entry of the type.
  uint64_t Function(uint64_t code, [[maybe_unused]] uint32_t relative) {
    if constexpr (arch::HasDescriptors<A>) {
      const uint64_t descriptor = Room(A::kDescriptorSize);
      Rela(descriptor, relative, 0, code);
      return descriptor;
    } else {
      return code;
    }
  }

  void Rela(uint64_t place, uint32_t reloc_type, uint32_t symbol = 0, uint64_t addend = 0) {
    rela_.push_back({place, reloc_type, symbol, addend});
  }
  void Rel(uint64_t place, uint32_t reloc_type, uint32_t symbol = 0) {
    rel_.push_back({place, reloc_type, symbol, 0});
  }
  void JmpRela(uint64_t place, uint32_t reloc_type, uint32_t symbol = 0, uint64_t addend = 0) {
    jmprela_.push_back({place, reloc_type, symbol, addend});
  }
  // How many symbols there are so far, the null symbol among them.
  size_t symbols() const { return symbols_.size(); }
  // Words of DT_RELR as they are; RelrOf encodes ascending places.
  void RelrWords(std::vector<uint64_t> words) { relr_ = std::move(words); }
  static std::vector<uint64_t> RelrOf(const std::vector<uint64_t>& places) {
    std::vector<uint64_t> words;
    constexpr uint64_t kBits = 8 * kWord - 1;
    size_t i = 0;
    while (i < places.size()) {
      words.push_back(places[i]);
      uint64_t next = places[i++] + kWord;
      for (;;) {
        uint64_t bitmap = 0;
        while (i < places.size() && places[i] >= next && places[i] < next + kBits * kWord &&
               (places[i] - next) % kWord == 0) {
          bitmap |= uint64_t{1} << ((places[i++] - next) / kWord);
        }
        if (bitmap == 0) break;
        words.push_back(bitmap << 1 | 1);
        next += kBits * kWord;
      }
    }
    return words;
  }

  std::vector<std::byte> Build() {
    SortSymbols();
    NumberVersions();
    const uint64_t soname = soname_.empty() ? 0 : String(soname_);
    std::vector<uint64_t> needed;
    for (const std::string& name : needed_) needed.push_back(String(name));
    head_.assign(sizeof(typename L::Ehdr) + 16 * sizeof(Phdr), std::byte{0});
    entries_.clear();
    for (const uint64_t name : needed) entries_.emplace_back(elf::kDtNeeded, name);
    if (soname != 0) entries_.emplace_back(elf::kDtSoname, soname);
    EmitVersions();
    EmitSymbols();
    EmitRelocations();
    EmitHashes();
    EmitNote();
    // Last, as everything above may have added strings.
    strings_.insert(strings_.end(), last_string.begin(), last_string.end());
    entries_.emplace_back(elf::kDtStrSz, strings_.size());
    entries_.emplace_back(elf::kDtStrTab, Append(strings_.data(), strings_.size()));
    for (const auto& entry : dynamic_) entries_.push_back(entry);
    entries_.emplace_back(elf::kDtNull, 0);
    if (edit_dynamic) edit_dynamic(entries_);
    return Assemble();
  }

 private:
  struct BuiltSymbol {
    std::string name;
    uint64_t value = 0;
    uint16_t shndx = 0;
    SymbolOptions options;
    uint16_t version = elf::kVerNdxGlobal;
  };
  struct Relocation {
    uint64_t place;
    uint32_t type;
    uint32_t symbol;
    uint64_t addend;
  };
  struct ExtraSegment {
    uint32_t type;
    uint64_t vaddr, size;
    uint32_t flags;
  };

  uint32_t Symbol(const std::string& name, uint64_t value, uint16_t shndx,
                  const SymbolOptions& options) {
    symbols_.push_back({name, value, shndx, options});
    return static_cast<uint32_t>(symbols_.size() - 1);
  }

  static uint64_t Put(std::vector<std::byte>& to, uint64_t base, uint64_t value) {
    const uint64_t at = base + to.size();
    const typename L::AddrField field = static_cast<Addr>(value);
    to.resize(to.size() + kWord);
    std::memcpy(to.data() + to.size() - kWord, &field, kWord);
    return at;
  }

  uint64_t String(const std::string& text) {
    const uint64_t at = strings_.size();
    strings_.insert(strings_.end(), text.begin(), text.end());
    strings_.push_back('\0');
    return at;
  }

  // Appends to the first segment, aligned; the link-time address.
  uint64_t Append(const void* bytes, size_t size) {
    head_.resize((head_.size() + 7) / 8 * 8);
    const uint64_t at = kBase + head_.size();
    if (size != 0) {
      head_.resize(head_.size() + size);
      std::memcpy(head_.data() + head_.size() - size, bytes, size);
    }
    return at;
  }
  template <class T>
  uint64_t AppendAll(const std::vector<T>& items) {
    return Append(static_cast<const void*>(items.data()), items.size() * sizeof(T));
  }

  // Undefined ones with a value are canonical PLT entries.
  bool IsHashed(const BuiltSymbol& symbol) const {
    return (symbol.shndx != elf::kShnUndef || symbol.value != 0) &&
           symbol.options.bind != elf::kStbLocal;
  }

  // GNU hash order: locals and undefined ones first, then by bucket. order_[handle] is the index.
  void SortSymbols() {
    std::vector<uint32_t> handles;
    for (uint32_t i = 1; i < symbols_.size(); ++i) handles.push_back(i);
    const auto rank = [&](uint32_t handle) {
      const BuiltSymbol& symbol = symbols_[handle];
      return IsHashed(symbol) ? 1 + SymbolName(symbol.name).hash % buckets : 0;
    };
    std::stable_sort(handles.begin(), handles.end(),
                     [&](uint32_t a, uint32_t b) { return rank(a) < rank(b); });
    order_.assign(symbols_.size(), 0);
    sorted_ = {0};
    first_hashed_ = static_cast<uint32_t>(symbols_.size());
    for (const uint32_t handle : handles) {
      order_[handle] = static_cast<uint32_t>(sorted_.size());
      if (rank(handle) != 0) first_hashed_ = std::min(first_hashed_, order_[handle]);
      sorted_.push_back(handle);
    }
  }

  void NumberVersions() {
    defined_.clear();
    wanted_.clear();
    for (const BuiltSymbol& symbol : symbols_) {
      if (symbol.options.version.empty()) continue;
      if (symbol.options.file.empty()) {
        defined_.emplace(symbol.options.version, 0);
      } else {
        wanted_[symbol.options.file].emplace(symbol.options.version, 0);
      }
    }
    uint16_t next = 2;
    for (auto& [name, index] : defined_) index = next++;
    for (auto& [file, names] : wanted_) {
      for (auto& [name, index] : names) index = next++;
    }
    for (BuiltSymbol& symbol : symbols_) {
      const SymbolOptions& options = symbol.options;
      if (options.version.empty()) continue;
      symbol.version =
          options.file.empty() ? defined_[options.version] : wanted_[options.file][options.version];
      if (options.hidden_version) symbol.version |= elf::kVersymHidden;
    }
  }

  void EmitVersions() {
    if (!versions || (defined_.empty() && wanted_.empty())) return;
    std::vector<typename L::Half> versym;
    for (const uint32_t handle : sorted_) {
      versym.push_back(handle == 0 ? elf::kVerNdxLocal : symbols_[handle].version);
    }
    entries_.emplace_back(elf::kDtVerSym, AppendAll(versym));
    if (!defined_.empty()) EmitDefined();
    if (!wanted_.empty()) EmitWanted();
  }

  void EmitDefined() {
    const std::string base = soname_.empty() ? "base" : soname_;
    entries_.emplace_back(elf::kDtVerDef, AppendAll(VerdefOf<L>(base, defined_, NewString())));
    entries_.emplace_back(elf::kDtVerDefNum, 1 + defined_.size());
  }

  void EmitWanted() {
    const auto table = VerneedOf<L>(wanted_, weak_versions, NewString());
    entries_.emplace_back(elf::kDtVerNeed, AppendAll(table));
    entries_.emplace_back(elf::kDtVerNeedNum, wanted_.size());
  }
  auto NewString() {
    return [this](const std::string& text) { return String(text); };
  }

  void EmitSymbols() {
    std::vector<typename L::Sym> table;
    for (const uint32_t handle : sorted_) {
      const BuiltSymbol& symbol = symbols_[handle];
      typename L::Sym entry = {};
      if (handle != 0) {
        entry.name = static_cast<uint32_t>(String(symbol.name));
        entry.info = elf::SymbolInfo(symbol.options.bind, symbol.options.type);
        entry.other = symbol.options.visibility;
        entry.shndx = symbol.shndx;
        entry.value = static_cast<Addr>(symbol.value);
        entry.size = static_cast<Addr>(symbol.options.size);
      }
      table.push_back(entry);
    }
    entries_.emplace_back(elf::kDtSymTab, AppendAll(table));
    entries_.emplace_back(elf::kDtSymEnt, sizeof(typename L::Sym));
  }

  // Handles that no Define gave (bad symbol indices on purpose) stay as they are.
  uint32_t IndexOf(uint32_t handle) const {
    return handle < order_.size() ? order_[handle] : handle;
  }

  template <class Entry>
  std::vector<Entry> Entries(const std::vector<Relocation>& relocations) const {
    std::vector<Entry> table;
    for (const Relocation& relocation : relocations) {
      Entry entry;
      entry.offset = static_cast<Addr>(relocation.place);
      entry.info = L::InfoOf(IndexOf(relocation.symbol), relocation.type);
      if constexpr (requires { entry.addend; }) {
        entry.addend = static_cast<Addr>(relocation.addend);
      }
      table.push_back(entry);
    }
    return table;
  }

  void EmitRelocations() {
    const auto emit = [&](uint64_t tag, uint64_t size_tag, const auto& table) {
      if (table.empty()) return;
      entries_.emplace_back(tag, AppendAll(table));
      entries_.emplace_back(size_tag, table.size() * sizeof(table[0]));
    };
    emit(elf::kDtRela, elf::kDtRelaSz, Entries<typename L::Rela>(rela_));
    emit(elf::kDtRel, elf::kDtRelSz, Entries<typename L::Rel>(rel_));
    emit(elf::kDtJmpRel, elf::kDtPltRelSz, Entries<typename L::Rela>(jmprela_));
    if (!jmprela_.empty()) entries_.emplace_back(elf::kDtPltRel, elf::kDtRela);
    std::vector<typename L::Relr> relr;
    for (const uint64_t word : relr_) relr.push_back(static_cast<Addr>(word));
    emit(elf::kDtRelr, elf::kDtRelrSz, relr);
  }

  void EmitHashes() {
    std::vector<std::string> names;
    for (const uint32_t handle : sorted_) names.push_back(symbols_[handle].name);
    if (gnu_hash) {
      const auto table = GnuHashOf<L>(names, first_hashed_, buckets, bloom_words);
      entries_.emplace_back(elf::kDtGnuHash, AppendAll(table));
    }
    if (sysv_hash) entries_.emplace_back(elf::kDtHash, AppendAll(SysvHashOf<L>(names, buckets)));
  }

  void EmitNote() {
    if (build_id_.empty()) return;
    typename L::Nhdr header;
    header.namesz = 4u;
    header.descsz = static_cast<uint32_t>(build_id_.size());
    header.type = elf::kNtGnuBuildId;
    note_at_ = Append(&header, sizeof(header));
    std::string rest("GNU\0", 4);
    rest += build_id_;
    rest.resize((rest.size() + 3) / 4 * 4);
    AppendRaw(head_, std::vector<char>(rest.begin(), rest.end()));
    note_size_ = sizeof(header) + rest.size();
  }

  std::vector<Phdr> ProgramHeaders(size_t text_at, size_t relro_at, size_t dynamic_size) {
    std::vector<Phdr> phdrs;
    const auto add = [&](uint32_t p_type, uint32_t p_flags, uint64_t offset, uint64_t vaddr,
                         uint64_t filesz, uint64_t memsz, uint64_t align) {
      Phdr header = {};
      header.type = p_type;
      header.flags = p_flags;
      header.offset = static_cast<Addr>(offset);
      header.vaddr = static_cast<Addr>(vaddr);
      header.paddr = static_cast<Addr>(vaddr);
      header.filesz = static_cast<Addr>(filesz);
      header.memsz = static_cast<Addr>(memsz);
      header.align = static_cast<Addr>(align);
      phdrs.push_back(header);
    };
    add(elf::kPtLoad, elf::kPfR, 0, kBase, head_.size(), head_.size(), kPage);
    add(elf::kPtLoad, elf::kPfR | elf::kPfX, text_at, kText, kTextSize, kTextSize, kPage);
    const uint64_t rw = kPage + data_size;
    add(elf::kPtLoad, elf::kPfR | elf::kPfW, relro_at, kRelro, rw, rw + bss_size, kPage);
    add(elf::kPtDynamic, elf::kPfR | elf::kPfW, relro_at, kRelro, dynamic_size, dynamic_size,
        kWord);
    if (relro) add(elf::kPtGnuRelro, elf::kPfR, relro_at, kRelro, kPage, kPage, 1);
    add(elf::kPtGnuStack, elf::kPfR | elf::kPfW, 0, 0, 0, 0, 16);
    if (note_size_ != 0) {
      add(elf::kPtNote, elf::kPfR, note_at_ - kBase, note_at_, note_size_, note_size_, 4);
    }
    for (const ExtraSegment& extra : extra_) {
      const uint64_t offset = extra.vaddr >= kRelro  ? relro_at + (extra.vaddr - kRelro)
                              : extra.vaddr >= kText ? text_at + (extra.vaddr - kText)
                                                     : extra.vaddr - kBase;
      add(extra.type, extra.flags, offset, extra.vaddr, extra.size, extra.size, kWord);
    }
    if (edit_phdrs) edit_phdrs(phdrs);
    return phdrs;
  }

  std::vector<std::byte> Assemble() {
    std::vector<typename L::Dyn> dynamic;
    for (const auto& [tag, value] : entries_) {
      dynamic.push_back({static_cast<Addr>(tag), static_cast<Addr>(value)});
    }
    // File: head, padding, text, relro page, data.
    const size_t text_at = (head_.size() + kPage - 1) / kPage * kPage;
    const size_t relro_at = text_at + kTextSize;
    const size_t data_at = relro_at + kPage;
    std::vector<std::byte> file = head_;
    file.resize(data_at + data_size);
    std::memcpy(file.data() + relro_at, dynamic.data(), dynamic.size() * sizeof(dynamic[0]));
    Copy(file, relro_at + 0x800, relro_data_);
    Copy(file, data_at, data_);

    const std::vector<Phdr> phdrs =
        ProgramHeaders(text_at, relro_at, dynamic.size() * sizeof(dynamic[0]));
    typename L::Ehdr header = {};
    std::memcpy(header.ident, elf::kMagic, 4);
    header.ident[elf::kEiClass] = L::k64 ? elf::kClass64 : elf::kClass32;
    header.ident[elf::kEiData] = L::kOrder == std::endian::little ? elf::kData2Lsb : elf::kData2Msb;
    header.ident[elf::kEiVersion] = elf::kEvCurrent;
    header.type = type;
    header.machine = machine;
    header.version = elf::kEvCurrent;
    header.entry = static_cast<Addr>(entry);
    header.phoff = sizeof(header);
    header.flags = flags;
    header.ehsize = sizeof(header);
    header.phentsize = sizeof(Phdr);
    header.phnum = static_cast<uint16_t>(phdrs.size());
    std::memcpy(file.data(), &header, sizeof(header));
    std::memcpy(file.data() + sizeof(header), phdrs.data(), phdrs.size() * sizeof(Phdr));
    if (edit_bytes) edit_bytes(file);
    return file;
  }

  static void Copy(std::vector<std::byte>& file, size_t at, const std::vector<std::byte>& from) {
    if (!from.empty()) std::memcpy(file.data() + at, from.data(), from.size());
  }

  std::string soname_;
  std::string build_id_;
  std::vector<std::string> needed_;
  std::vector<char> strings_;
  std::vector<BuiltSymbol> symbols_;
  std::vector<Relocation> rela_, rel_, jmprela_;
  std::vector<uint64_t> relr_;
  std::vector<std::pair<uint64_t, uint64_t>> dynamic_, entries_;
  std::vector<ExtraSegment> extra_;
  std::vector<std::byte> head_, data_, relro_data_;
  std::vector<uint32_t> order_, sorted_;
  uint32_t first_hashed_ = 0;
  VersionNumbers defined_;
  std::map<std::string, VersionNumbers> wanted_;
  uint64_t note_at_ = 0;
  uint64_t note_size_ = 0;
};

}  // namespace rtld::testing
