// SPDX-License-Identifier: BSD-2-Clause
//
// The ELF header and the program header table (gABI chapters 4 and 5), from a file.
//
// ReadHeaders says why it refuses: not ELF, wrong class, byte order, machine, flags, type, or a
// header that contradicts itself. The wrong-machine checks come first, so that an image of another
// CPU is called that and not "malformed". A client whose file is not as aligned as it should be is
// told so before a field is read.

#pragma once

#include <cstdint>
#include <span>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/view.h"
#include "rtld_shared/elf/constants.h"
#include "rtld_shared/seams/diagnostics.h"
#include "rtld_shared/seams/file.h"
#include "rtld_shared/seams/policy.h"

namespace rtld {

template <arch::ElfArch A>
struct Headers {
  using L = typename A::Layout;
  std::span<const typename L::Phdr> phdrs;  // stay where the file's bytes stay
  uint64_t entry = 0;                       // e_entry, 0 when there is none
  uint16_t type = 0;                        // e_type
};

// e_ident, machine, flags and version; not yet the tables.
template <arch::ElfArch A, Diagnostics D>
[[nodiscard]] bool CheckIdentity(D& diagnostics, const typename A::Layout::Ehdr& header) {
  using L = typename A::Layout;
  for (int i = 0; i < 4; ++i) {
    if (header.ident[i] != elf::kMagic[i]) {
      diagnostics.Error({.error = Error::kNotElf});
      return false;
    }
  }
  const uint8_t kClass = L::k64 ? elf::kClass64 : elf::kClass32;
  if (header.ident[elf::kEiClass] != kClass) {
    diagnostics.Error({.error = Error::kWrongClass,
                       .other = A::kName,
                       .value = header.ident[elf::kEiClass],
                       .limit = kClass});
    return false;
  }
  const uint8_t kData = L::kOrder == std::endian::little ? elf::kData2Lsb : elf::kData2Msb;
  if (header.ident[elf::kEiData] != kData) {
    diagnostics.Error({.error = Error::kWrongByteOrder,
                       .other = A::kName,
                       .value = header.ident[elf::kEiData],
                       .limit = kData});
    return false;
  }
  if (header.machine != A::kMachine) {
    diagnostics.Error({.error = Error::kWrongMachine,
                       .other = A::kName,
                       .value = header.machine,
                       .limit = A::kMachine});
    return false;
  }
  if constexpr (arch::HasFlagsCheck<A>) {
    if (!A::AcceptsFlags(header.flags)) {
      diagnostics.Error({.error = Error::kWrongFlags, .other = A::kName, .value = header.flags});
      return false;
    }
  }
  if (header.ident[elf::kEiVersion] != elf::kEvCurrent || header.version != elf::kEvCurrent) {
    diagnostics.Error({.error = Error::kBadHeader, .detail = "e_version", .value = header.version});
    return false;
  }
  return true;
}

template <arch::ElfArch A, Diagnostics D, File F>
[[nodiscard]] bool ReadHeaders(D& diagnostics, F& file, const Policy& policy, Headers<A>& out) {
  using L = typename A::Layout;
  using Ehdr = typename L::Ehdr;
  using Phdr = typename L::Phdr;
  // A file shorter than any identification is not ELF; one that ends inside the header is cut.
  const std::byte* magic = file.Bytes(0, 16);
  if (magic == nullptr) {
    diagnostics.Error({.error = Error::kNotElf});
    return false;
  }
  if (reinterpret_cast<uintptr_t>(magic) % kFileAlignment != 0) {
    diagnostics.Error(
        {.error = Error::kUnsupported, .detail = "a file whose bytes are not aligned to 8"});
    return false;
  }
  const std::byte* bytes = file.Bytes(0, sizeof(Ehdr));
  if (bytes == nullptr) {
    for (int i = 0; i < 4; ++i) {
      if (static_cast<uint8_t>(magic[i]) != elf::kMagic[i]) {
        diagnostics.Error({.error = Error::kNotElf});
        return false;
      }
    }
    diagnostics.Error({.error = Error::kReadFailed, .detail = "ELF header", .limit = sizeof(Ehdr)});
    return false;
  }
  const Ehdr& header = *reinterpret_cast<const Ehdr*>(bytes);
  if (!CheckIdentity<A>(diagnostics, header)) return false;
  const uint16_t type = header.type;
  if (type != elf::kEtDyn && !(type == elf::kEtExec && policy.allow_exec)) {
    diagnostics.Error({.error = Error::kBadType, .value = type});
    return false;
  }
  if (header.phentsize != sizeof(Phdr)) {
    diagnostics.Error(
        {.error = Error::kBadHeader, .detail = "e_phentsize", .value = header.phentsize});
    return false;
  }
  if (header.phnum == 0 || header.phnum == elf::kPnXnum) {
    diagnostics.Error({.error = Error::kBadHeader, .detail = "e_phnum", .value = header.phnum});
    return false;
  }
  const uint64_t size = uint64_t{header.phnum} * sizeof(Phdr);
  const std::byte* table = file.Bytes(header.phoff, size);
  if (table == nullptr || !IsAlignedFor<Phdr>(table)) {
    diagnostics.Error({.error = Error::kBadHeader, .detail = "e_phoff", .value = header.phoff});
    return false;
  }
  out.phdrs = {reinterpret_cast<const Phdr*>(table), header.phnum};
  out.entry = header.entry;
  out.type = type;
  return true;
}

}  // namespace rtld
