// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/fuzz/seeds.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "rtld_shared/fuzz/machines.h"
#include "rtld_shared/testing/image_builder.h"

namespace rtld::fuzz {

namespace {

template <class A>
class Seeds {
 public:
  using L = typename A::Layout;
  using Builder = rtld::testing::ImageBuilder<A>;
  static constexpr uint64_t kWord = Builder::kWord;

  static Bytes Root(unsigned variant) {
    switch (variant) {
      case 0:
        return Rich(/*sysv=*/false);
      case 1:
        return Rich(/*sysv=*/true);
      case 2:
        return InPlace();
      case 3:
        return Overwritten();
      case 4:
        return Program();
      case 5:
        return ThreadLocal();
      default:
        return Weird();
    }
  }

  static Bytes Dependency(unsigned variant) {
    Builder builder("dep.so");
    builder.sysv_hash = variant == 1;
    builder.gnu_hash = variant != 1;
    const std::string version = variant == 3 ? "D_2" : "D_1";
    const uint64_t f = builder.Function(Builder::kText, A::kRelative);
    const uint64_t g = builder.Function(Builder::kText + 8, A::kRelative);
    builder.Define("f", f, {.type = elf::kSttFunc, .version = version});
    builder.Define("g", g, {.type = elf::kSttGnuIfunc, .version = version});
    builder.Define("plain", Builder::kData);
    builder.Define("kept", Builder::kData + 16, {.visibility = elf::kStvHidden});
    builder.Rela(builder.Word(), A::kRelative, 0, Builder::kText);
    // The program's copy of it has what a resolver stores here.
    const uint64_t table = builder.Room(2 * kWord);
    builder.Define("table", table, {.size = 2 * kWord});
    builder.Rela(table + kWord, A::kIrelative, 0, f);
    if (variant == 2) {
      // A cycle: the root is found under this name.
      builder.Needed("root.so");
      builder.Define("t", 4, {.type = elf::kSttTls});
      builder.Segment(elf::kPtTls, Builder::kData, 16, elf::kPfR);
    }
    return Finish(builder);
  }

 private:
  static constexpr uint64_t kDataSize = 0x200;

  // Less of the builder's padding: text has no bytes in the file, data no more than are used. With
  // `strings_last`, DT_STRTAB is the end of the writable segment.
  static Bytes Finish(Builder& builder, bool strings_last = false) {
    builder.data_size = kDataSize;
    uint64_t text_at = 0, data_at = 0, strings_at = 0, strings = 0, strings_size = 0;
    builder.edit_dynamic = [&](auto& entries) {
      for (auto& [tag, value] : entries) {
        if (tag == elf::kDtStrSz) strings_size = value;
        if (tag == elf::kDtStrTab) {
          strings_at = value;
          if (strings_last) value = Builder::kData + kDataSize - strings_size;
          strings = value;
        }
        if (arch::HasTranslatedHash<A> && tag == elf::kDtGnuHash) tag = kDtHashOfMachine;
      }
      if (arch::HasTranslatedHash<A>) {
        entries.insert(entries.begin(), {kDtSymbolsOfMachine, builder.symbols()});
      }
    };
    builder.edit_phdrs = [&](auto& phdrs) {
      text_at = phdrs[1].offset;
      data_at = phdrs[2].offset;
      for (auto& header : phdrs) {
        if (header.offset > text_at) header.offset = header.offset - Builder::kTextSize;
      }
      phdrs[1].offset = 0;
      phdrs[1].filesz = 0;
    };
    builder.edit_bytes = [&](std::vector<std::byte>& bytes) {
      if (strings_last) {
        std::memcpy(bytes.data() + data_at + (strings - Builder::kRelro),
                    bytes.data() + (strings_at - Builder::kBase), strings_size);
      }
      const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(text_at);
      bytes.erase(begin, begin + static_cast<std::ptrdiff_t>(Builder::kTextSize));
    };
    Bytes result;
    for (const std::byte byte : builder.Build()) result.push_back(static_cast<uint8_t>(byte));
    return result;
  }

  // Something of everything that a kernel's module may have.
  static Bytes Rich(bool sysv) {
    Builder builder("root.so");
    builder.gnu_hash = !sysv;
    builder.sysv_hash = sysv;
    builder.Needed("dep.so").BuildId("0123456789abcdef");
    builder.entry = Builder::kText + 4;
    std::vector<uint64_t> places;
    for (int i = 0; i < 6; ++i) places.push_back(builder.Word(Builder::kText + i));
    builder.Word();
    for (int i = 0; i < 6; ++i) places.push_back(builder.Word(Builder::kText + i));
    builder.RelrWords(Builder::RelrOf(places));
    builder.Define("defined", Builder::kData, {.version = "V_1"});
    builder.Define("old", Builder::kData + 8, {.version = "V_0", .hidden_version = true});
    builder.Define("absolute", 0x1234, {.shndx = elf::kShnAbs});
    builder.Define("local", Builder::kData, {.bind = elf::kStbLocal});
    const uint64_t function = builder.Function(Builder::kText, A::kRelative);
    const uint32_t ifunc = builder.Define("chosen", function, {.type = elf::kSttGnuIfunc});
    const uint32_t wanted = builder.Refer("f", {.version = "D_1", .file = "dep.so"});
    const uint32_t indirect = builder.Refer("g", {.version = "D_1", .file = "dep.so"});
    const uint32_t plain = builder.Refer("plain");
    const uint32_t weak = builder.Refer("weak", {.bind = elf::kStbWeak});
    builder.Rela(builder.Word(), A::kRelative, 0, Builder::kText);
    const uint64_t array = builder.RelroWord();
    builder.Rela(array, A::kRelative, 0, function);
    builder.Rela(builder.Word(), A::kSymbol, wanted, 4);
    builder.Rela(builder.Word(), A::kSymbol, weak);
    builder.Rela(builder.Word(), A::kPc32, weak);
    builder.Rela(builder.Word(), A::kSymbol, ifunc);
    builder.Rela(builder.Word(), A::kGlobDat, plain);
    builder.Rela(builder.Word(), A::kPc32, builder.Define("near", Builder::kData + 8), 1);
    builder.Rela(builder.Word(), A::kSize, plain, 1);
    builder.Rela(builder.Word(), A::kCustom, plain, 0x100);
    builder.Rela(builder.Word(), A::kNone);
    builder.Rel(builder.Word(8), A::kSymbol, wanted);
    builder.JmpRela(builder.RelroWord(), A::kJumpSlot, wanted);
    builder.JmpRela(builder.RelroWord(), A::kJumpSlot, indirect);
    builder.JmpRela(builder.RelroWord(), A::kIrelative, 0, function);
    builder.Dynamic(elf::kDtInitArray, array).Dynamic(elf::kDtInitArraySz, kWord);
    builder.Dynamic(elf::kDtFini, function).Dynamic(elf::kDtFlags, 0);
    if constexpr (arch::HasSlots<A>) {
      builder.JmpRela(builder.Room(2 * kWord), A::kIrelativeSlot, 0, function);
      builder.Dynamic(kDtTableOfMachine, builder.Word(1));
      for (const unsigned word : {0u, 2u, 0u, 0u}) builder.Word(word);
    }
    return Finish(builder);
  }

  // REL only, as some CPUs have it, with its jump slots inside the other table, and both hashes.
  static Bytes InPlace() {
    Builder builder("root.so");
    builder.sysv_hash = true;
    builder.versions = false;
    builder.relro = false;
    builder.Needed("dep.so");
    builder.Rel(builder.Word(Builder::kText), A::kRelative);
    builder.Rel(builder.Word(Builder::kData), A::kRelative);
    const uint32_t own = builder.Define("own", Builder::kData + 8, {.size = 24});
    builder.Rel(builder.Word(4), A::kSymbol, builder.Refer("plain"));
    builder.Rel(builder.Word(), A::kSize, own);
    builder.Rel(builder.Word(builder.Function(Builder::kText, A::kRelative)), A::kIrelative);
    builder.Rel(builder.Word(), A::kSymbol, builder.Refer("f"));
    if (!arch::HasTranslatedHash<A>) builder.Dynamic(A::kDtMark, 77);
    builder.Dynamic(elf::kDtFlags1, elf::kDf1Now);
    return Finish(builder);
  }

  // The last word of DT_STRTAB is written over, all its bytes, before a name is read that begins
  // there: later by more than are looked up at once.
  static Bytes Overwritten() {
    Builder builder("root.so");
    builder.gnu_hash = true;
    builder.versions = builder.relro = false;
    builder.bss_size = 0;
    builder.Needed("dep.so");
    const uint32_t ones =
        builder.Define("ones", 0x4141414141414141, {.bind = elf::kStbLocal, .shndx = elf::kShnAbs});
    // Last of all strings.
    const uint32_t last = builder.Refer("w", {.bind = elf::kStbWeak});
    const uint64_t word = builder.Word();
    builder.Rela(Builder::kData + kDataSize - kWord, A::kSymbol, ones);
    for (int i = 0; i < 20; ++i) builder.Rela(0, A::kNone);
    builder.Rela(word, A::kSymbol, last);
    return Finish(builder, /*strings_last=*/true);
  }

  // At a fixed address, with its copy of a table, an own PLT entry for f, and narrow relocations.
  static Bytes Program() {
    Builder builder("");
    builder.type = elf::kEtExec;
    builder.entry = Builder::kText;
    builder.Needed("dep.so");
    builder.gnu_hash = true;
    builder.Define("f", Builder::kText + 0x30, {.type = elf::kSttFunc, .shndx = elf::kShnUndef});
    const uint64_t copy = builder.Room(2 * kWord);
    builder.Rela(copy, A::kCopy, builder.Define("table", copy, {.size = 2 * kWord}));
    builder.Rela(builder.Word(), A::kSymbol32,
                 builder.Define("small", 0x100, {.shndx = elf::kShnAbs}));
    builder.Rela(builder.Word(), A::kSigned16, 0, 0x7f);
    builder.Rela(builder.Word(), A::kEither8, 0, 0xff);
    builder.Rela(builder.Word(), A::kPc, builder.Refer("nowhere", {.bind = elf::kStbWeak}));
    builder.Segment(elf::kPtInterp, Builder::kData, 8, elf::kPfR);
    builder.Segment(elf::kPtPhdr, Builder::kBase + sizeof(typename L::Ehdr), 64, elf::kPfR);
    builder.DynamicString(elf::kDtRunPath, "/opt/lib").DynamicString(elf::kDtRpath, "");
    builder.Dynamic(elf::kDtPreinitArray, Builder::kData).Dynamic(elf::kDtPreinitArraySz, kWord);
    builder.Dynamic(elf::kDtDebug, 0);
    return Finish(builder);
  }

  static Bytes ThreadLocal() {
    Builder builder("root.so");
    builder.Needed("dep.so");
    builder.Segment(elf::kPtTls, Builder::kData, 32, elf::kPfR);
    const uint32_t own = builder.Define("own", 8, {.type = elf::kSttTls});
    builder.Room(32);
    builder.Rela(builder.Word(), A::kTlsModule, own);
    builder.Rela(builder.Word(), A::kTlsOffset, own, 2);
    builder.Rela(builder.Word(), A::kTpOffset, own, 4);
    builder.Rela(builder.Word(), A::kTpDistance, own, 4);
    builder.Rela(builder.Word(), A::kTlsModule, 0);
    builder.Rela(builder.Room(2 * kWord), A::kTlsDesc, own, 1);
    builder.Rel(builder.Room(2 * kWord), A::kTlsDesc, own);
    builder.Rel(builder.Room(2 * kWord), A::kTlsDesc, 0);
    builder.Rela(builder.Word(), A::kTpOffset,
                 builder.Refer("t", {.bind = elf::kStbWeak, .type = elf::kSttTls}));
    builder.Define("once", Builder::kData, {.bind = elf::kStbGnuUnique});
    return Finish(builder);
  }

  // What few linkers make and no policy of the tree takes whole: text relocations, one long chain of
  // hashes, the same need twice, a version that may be missing.
  static Bytes Weird() {
    Builder builder("root.so");
    builder.weak_versions.insert("D_9");
    builder.buckets = 1;
    builder.Needed("dep.so").Needed("dep.so").BuildId("01");
    builder.Dynamic(elf::kDtSymbolic, 0).Dynamic(elf::kDtTextRel, 0).Dynamic(0x21, 1);
    builder.Segment(elf::kPtGnuEhFrame, Builder::kData, 8, elf::kPfR);
    const uint32_t section =
        builder.Define("", Builder::kData, {.bind = elf::kStbLocal, .type = elf::kSttSection});
    const uint32_t own =
        builder.Define("plain", Builder::kData, {.visibility = elf::kStvProtected});
    builder.Refer("q", {.bind = elf::kStbWeak, .version = "D_9", .file = "dep.so"});
    builder.Rela(builder.Word(), A::kRelative, 0, ~uint64_t{0});
    builder.Rela(builder.Word(), A::kSymbol, section, 8);
    builder.Rela(builder.Word(), A::kSymbol, own, 8);
    builder.Rela(builder.Word(), A::kRelative, 0, 0);
    builder.Rela(Builder::kText + 8, A::kSymbol, own, 8);
    return Finish(builder);
  }
};

struct All {
  std::array<Bytes, kRoots> roots;
  std::array<Bytes, kDependencies> dependencies;
};

template <class A>
All MakeAll() {
  All all;
  for (unsigned i = 0; i < kRoots; ++i) all.roots[i] = Seeds<A>::Root(i);
  for (unsigned i = 0; i < kDependencies; ++i) all.dependencies[i] = Seeds<A>::Dependency(i);
  return all;
}

const All& AllOf(unsigned layout) {
  static const std::array<All, 8> all = [] {
    std::array<All, 8> made;
    for (const uint8_t each : kLayouts) {
      made[each] = WithMachine(each, []<class A>() { return MakeAll<A>(); });
    }
    return made;
  }();
  return all[layout];
}

}  // namespace

const Bytes& RootSeed(unsigned layout, unsigned variant) {
  return AllOf(layout).roots[variant % kRoots];
}

const Bytes& DependencySeed(unsigned layout, unsigned variant) {
  return AllOf(layout).dependencies[variant % kDependencies];
}

}  // namespace rtld::fuzz
