// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/testing/libelf_oracle/oracle.h"

#include <elf.h>

#include <algorithm>

namespace oracle {
namespace {

struct Definition {
  const Placed* owner = nullptr;
  const Symbol* symbol = nullptr;
};

const Segment* TlsSegment(const Image& image) {
  for (const Segment& segment : image.segments) {
    if (segment.type == PT_TLS) return &segment;
  }
  return nullptr;
}

// What a reference asks for.
struct Wanted {
  const Symbol& reference;
  Scope scope;
  unsigned plt_mark = 0;           // of a canonical PLT entry
  bool slot = false;               // no canonical PLT entry will do
  const Placed* except = nullptr;  // COPY: not the program itself
};

// A program that is not position independent has the one address of a function in its PLT: its
// symbol is undefined and has a value, and the type that the function has, if its assembler gave it
// one. It stands for the version that the program was linked with.
const Symbol* CanonicalPltEntry(const Image& image, const Symbol& reference, unsigned plt_mark) {
  const auto named = image.by_name.find(reference.name);
  if (named == image.by_name.end()) return nullptr;
  for (const uint32_t i : named->second) {
    const Symbol& symbol = image.symbols[i];
    const std::string &one = symbol.version.name, &other = reference.version.name;
    if (symbol.section == SHN_UNDEF && symbol.value != 0 &&
        (symbol.type == STT_FUNC || symbol.type == STT_NOTYPE) &&
        (symbol.other & plt_mark) == plt_mark && (one.empty() || other.empty() || one == other)) {
      return &symbol;
    }
  }
  return nullptr;
}

Definition FindIn(const Placed& owner, const Wanted& wanted) {
  if (&owner == wanted.except) return {};
  const Symbol& reference = wanted.reference;
  const int found = FindDefinition(*owner.image, reference.name, reference.version.name,
                                   wanted.scope == Scope::kModule);
  if (found >= 0) return {&owner, &owner.image->symbols[static_cast<size_t>(found)]};
  if (wanted.scope == Scope::kModule || wanted.slot || wanted.except != nullptr) return {};
  const Symbol* entry = CanonicalPltEntry(*owner.image, reference, wanted.plt_mark);
  return entry != nullptr ? Definition{&owner, entry} : Definition{};
}

const Placed* BySoname(const std::vector<Placed>& images, const std::string& soname) {
  for (const Placed& placed : images) {
    if (placed.image->soname == soname) return &placed;
  }
  return nullptr;
}

bool IsSymbolic(const Image& image) {
  const auto flags = image.tags.find(DT_FLAGS);
  return image.tags.contains(DT_SYMBOLIC) ||
         (flags != image.tags.end() && (flags->second & DF_SYMBOLIC) != 0);
}

Definition Resolve(const std::vector<Placed>& images, const Placed& from, const Wanted& wanted) {
  const Symbol& reference = wanted.reference;
  const bool is_definition = reference.section != SHN_UNDEF && wanted.except == nullptr;
  const bool binds_here = reference.visibility() != STV_DEFAULT || wanted.scope == Scope::kModule ||
                          IsSymbolic(*from.image);
  if (reference.bind == STB_LOCAL || (is_definition && binds_here)) {
    return {&from, &reference};
  }
  if (wanted.scope == Scope::kProgram) {
    for (const Placed& placed : images) {
      if (const Definition found = FindIn(placed, wanted); found.symbol) return found;
    }
    return {};
  }
  if (!reference.version.file.empty()) {
    const Placed* file = BySoname(images, reference.version.file);
    return file != nullptr ? FindIn(*file, wanted) : Definition{};
  }
  for (const std::string& soname : from.image->needed) {
    const Placed* file = BySoname(images, soname);
    if (file == nullptr) continue;
    if (const Definition found = FindIn(*file, wanted); found.symbol) return found;
  }
  return {};
}

// Value of a symbol: an address gets the bias, a number (SHN_ABS) and an offset (STT_TLS) do not.
uint64_t ValueOf(const Definition& definition) {
  const Symbol& symbol = *definition.symbol;
  const bool is_address = symbol.section != SHN_ABS && symbol.type != STT_TLS;
  return symbol.value + (is_address ? definition.owner->bias : 0);
}

std::string Describe(const Image& image, const Relocation& relocation) {
  return image.path + ": relocation type " + std::to_string(relocation.type) + " at " +
         std::to_string(relocation.place);
}

uint64_t Cut(uint64_t value, unsigned bytes) {
  return bytes >= 8 ? value : value & ((uint64_t{1} << (8 * bytes)) - 1);
}

// In place, as REL has it: the field, sign-extended. A TLS descriptor's is its argument.
uint64_t AddendInPlace(const Image& image, const Relocation& relocation, const Field& field,
                       bool argument_first) {
  const bool descriptor = field.words == 2;
  if (descriptor && argument_first && relocation.symbol != 0) return 0;
  const uint64_t at = relocation.place + (descriptor && !argument_first ? field.bytes : 0);
  const uint64_t word = image.Word(at, field.bytes).value_or(0);
  const unsigned unused = 64 - 8 * field.bytes;
  return static_cast<uint64_t>(static_cast<int64_t>(word << unused) >> unused);
}

// Weak and undefined symbols are at 0, also seen from P. A field that cannot hold that distance is
// a guarded call's which nobody makes: it must not overflow, so there they are at P.
bool IsAtPlace(const Calculations& calculations, const Calculation& calculation,
               const Image& image) {
  const bool narrow = calculation.field.bits() < 8 * image.address_bytes;
  return calculation.Uses('P') && (narrow || calculations.weak_at_place);
}

}  // namespace

void LayOutTls(const Calculations& calculations, std::vector<Placed>& images) {
  uint64_t module = 0;
  uint64_t used = calculations.tls_variant == 1 ? calculations.tcb_size : 0;
  for (Placed& placed : images) {
    const Segment* tls = TlsSegment(*placed.image);
    if (tls == nullptr) continue;
    placed.tls_module = ++module;
    // A variable's address must be as aligned as its link-time address is.
    const uint64_t align = std::max<uint64_t>(tls->align, 1);
    if (calculations.tls_variant == 1) {
      while (used % align != tls->vaddr % align) ++used;
      placed.tls_offset = used;
      used += tls->memsz;
    } else {
      used += tls->memsz;
      while (-used % align != tls->vaddr % align) ++used;
      placed.tls_offset = -used;
    }
  }
}

int FindDefinition(const Image& image, const std::string& name, const std::string& version,
                   bool exactly) {
  // Of a program's reference without a version: a default one, where there is none of the oldest.
  int later = -1;
  const bool has_versions = image.tags.contains(DT_VERSYM);
  int unversioned = -1;
  const auto named = image.by_name.find(name);
  if (named == image.by_name.end()) return -1;
  for (const uint32_t i : named->second) {
    const Symbol& symbol = image.symbols[i];
    if (symbol.section == SHN_UNDEF || symbol.bind == STB_LOCAL || symbol.version.local ||
        symbol.type == STT_SECTION || symbol.type == STT_FILE ||
        symbol.visibility() == STV_HIDDEN || symbol.visibility() == STV_INTERNAL) {
      continue;
    }
    const bool any = version.empty();
    if (any && !exactly && has_versions && !symbol.version.oldest) {
      if (later < 0 && !symbol.version.hidden) later = static_cast<int>(i);
      continue;
    }
    if (any ? !exactly || !symbol.version.hidden : symbol.version.name == version) {
      return static_cast<int>(i);
    }
    if (symbol.version.name.empty() && !symbol.version.hidden) unversioned = static_cast<int>(i);
  }
  if (exactly) return -1;
  return version.empty() ? later : unversioned;
}

bool Expect(const Calculations& calculations, const std::vector<Placed>& images, size_t which,
            Scope scope, Expectation& expectation, std::string& error) {
  using Kind = Calculation::Kind;
  const Placed& from = images[which];
  const Image& image = *from.image;

  // 1. Packed relative relocations: B + the word.
  for (const uint64_t place : image.packed) {
    Word word{.place = place, .bytes = image.address_bytes};
    word.value = Cut(image.Word(place, word.bytes).value_or(0) + from.bias, word.bytes);
    expectation.words.push_back(word);
  }

  // 2. All others.
  for (const Relocation& relocation : image.relocations) {
    const uint32_t type = calculations.TypeOf(relocation.type);
    const Calculation* calculation = calculations.Find(type);
    if (calculation == nullptr || calculation->kind == Kind::kStatic) {
      error = Describe(image, relocation) + " has no place in a dynamic image";
      return false;
    }
    if (calculation->kind == Kind::kNone) continue;
    if (relocation.symbol >= image.symbols.size()) {
      error = Describe(image, relocation) + " names no symbol";
      return false;
    }
    const Field& field = calculation->field;
    Word word{.slot = calculation->slot,
              .place = relocation.place,
              .bytes = field.bytes * field.words,
              .type = type};
    Values values{.bias = from.bias, .place = from.bias + relocation.place};
    values.module = from.tls_module;
    values.tls = from.tls_offset;
    values.other = calculations.OtherOf(relocation.type);
    values.addend = relocation.addend ? *relocation.addend
                    : field.bytes != 0
                        ? AddendInPlace(image, relocation, field, calculations.argument_first)
                        : 0;

    Definition definition;
    const bool wants_address = calculation->Uses('S') || calculation->Uses('R');
    const bool wants_symbol = calculation->kind == Kind::kCopy || wants_address ||
                              calculation->Uses('Z') || calculation->Uses('M');
    if (relocation.symbol != 0 && wants_symbol) {
      const Symbol& reference = image.symbols[relocation.symbol];
      word.symbol = reference.name;
      const bool copy = calculation->kind == Kind::kCopy;
      definition = Resolve(images, from,
                           {.reference = reference,
                            .scope = scope,
                            .plt_mark = calculations.plt_mark,
                            .slot = relocation.slot,
                            .except = copy ? &from : nullptr});
      if (definition.symbol == nullptr && reference.bind != STB_WEAK) {
        expectation.undefined.push_back({reference.name, reference.version.name});
        continue;
      }
    }
    if (definition.symbol != nullptr) {
      values.symbol = ValueOf(definition);
      values.size = definition.symbol->size;
      values.module = definition.owner->tls_module;
      values.tls = definition.owner->tls_offset;
    } else if (!word.symbol.empty()) {
      values.module = values.tls = 0;
      if (IsAtPlace(calculations, *calculation, image)) values.symbol = values.place;
    }
    values.symbol_or_bias = relocation.symbol != 0 ? values.symbol : from.bias;

    word.value = Evaluate(*calculation, values);
    if (calculation->kind == Kind::kCopy) {
      word.kind = Word::Kind::kCopy;
      word.value = values.symbol;
      const uint64_t room = image.symbols[relocation.symbol].size;
      word.bytes = static_cast<unsigned>(std::min(values.size, room));
    } else if (calculation->kind == Kind::kDescriptor) {
      word.kind = Word::Kind::kDescriptor;
      word.tls_module = values.module;
    } else if (calculation->kind == Kind::kCall) {
      word.kind = Word::Kind::kCall;
    } else if (definition.symbol != nullptr && definition.symbol->type == STT_GNU_IFUNC &&
               wants_address) {
      word.kind = Word::Kind::kCall;
      word.value = values.symbol;
      word.addend = calculation->Uses('A') ? values.addend : 0;
    } else if (word.slot == Word::Slot::kNone) {
      word.fits = field.Holds(word.value, image.address_bytes);
      const uint64_t old =
          field.parts.empty() ? 0 : image.Word(word.place, field.bytes).value_or(0);
      word.value = field.Insert(old, word.value);
    }
    if (word.slot == Word::Slot::kJump) {
      word.addend = calculation->Uses('A') ? 0 : values.addend;
      if (word.addend != 0) word.bytes = image.address_bytes;
    }
    if (word.kind != Word::Kind::kCopy) {
      const bool plain = word.kind == Word::Kind::kValue && word.slot == Word::Slot::kNone;
      word.value = Cut(word.value, plain ? field.bytes : image.address_bytes);
    }
    expectation.words.push_back(word);
  }
  return true;
}

}  // namespace oracle
