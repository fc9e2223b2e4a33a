// SPDX-License-Identifier: BSD-2-Clause
//
// What the boot loader tells the kernel. One block of plain data, the same on every CPU: all
// numbers are 64 bits in the CPU's byte order, all addresses physical unless their comment says
// otherwise. The loader puts it into memory of type kHandoffLoader and passes its address, as seen
// through the direct map, in the first argument register. The kernel copies what it keeps and then
// frees that memory.
//
// The version changes when a field changes its meaning; fields are only ever added at the end, and
// `size` says how many bytes the loader knew. A kernel refuses another version or a smaller size
// with a message and the status 125.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dynamic {

inline constexpr uint64_t kHandoffMagic = 0x4b4e494c4e594421;  // "!DYNLINK"
inline constexpr uint32_t kHandoffVersion = 1;

inline constexpr size_t kHandoffMaxRanges = 64;
inline constexpr size_t kHandoffMaxImages = 32;
inline constexpr size_t kHandoffMaxIfuncs = 256;
inline constexpr size_t kHandoffCommandLine = 2048;
inline constexpr size_t kHandoffMessages = 4096;

enum HandoffRangeType : uint64_t {
  kHandoffUsable = 1,      // RAM nobody uses
  kHandoffReserved = 2,    // never touch
  kHandoffLoader = 3,      // the loader and this block: the kernel frees it
  kHandoffPageTables = 4,  // the tables in force: kept
  kHandoffImage = 5,       // an image of `images`
  kHandoffArchive = 6,     // the boot archive: freed once unpacked
};

struct HandoffRange {
  uint64_t base;
  uint64_t bytes;
  uint64_t type;  // ranges do not overlap and are sorted by base
};

enum HandoffImageFlags : uint64_t {
  kHandoffKernel = 1,     // image 0, and only it
  kHandoffRelocated = 2,  // REL, RELA, RELR and symbolic relocations are applied; never apply again
  kHandoffRequested = 4,  // loader.conf names it; without: only another image's DT_NEEDED does
};

struct HandoffImage {
  uint64_t flags;
  uint64_t bias;        // run-time address = link-time address + bias (modulo 2^64)
  uint64_t link_start;  // lowest link-time page of the image
  uint64_t bytes;       // span of the image in pages
  uint64_t frames;      // physically contiguous, `bytes` long
  // Link-time address (`bias` is added) of a table that stays, aligned as in a file.
  uint64_t program_headers;
  uint64_t program_header_count;
  uint64_t entry;  // link-time address
  // The file in the archive it came from (for .symtab, notes, identity), at a multiple of 4.
  uint64_t file;
  uint64_t file_bytes;
  // .symtab and its strings, inside `file`; 0 and 0 when stripped.
  uint64_t symbols, symbol_bytes;
  uint64_t strings, string_bytes;
  uint64_t build_id_bytes;
  uint8_t build_id[24];
  char soname[64];
  char path[128];  // absolute, as in the archive
};

// An IRELATIVE (or a symbolic reference to an STT_GNU_IFUNC definition) the loader left open,
// because resolvers run once CPU features are known.
struct HandoffIfunc {
  uint64_t image;     // index into images
  uint64_t place;     // link-time address in that image
  uint64_t resolver;  // run-time address
  uint64_t addend;    // added to what the resolver returns
};

struct Handoff {
  uint64_t magic;
  uint32_t version;
  uint32_t size;

  uint64_t direct_map;  // virtual address at which physical 0 appears, RAM mapped RW and NX
  uint64_t direct_map_bytes;
  uint64_t root_table;  // the page table in force
  uint64_t firmware;    // CPU-specific: ACPI RSDP or flattened device tree; 0 = none

  uint64_t archive, archive_bytes;  // the newc boot archive; several may be concatenated

  uint64_t range_count;
  HandoffRange ranges[kHandoffMaxRanges];
  uint64_t image_count;
  HandoffImage images[kHandoffMaxImages];
  uint64_t ifunc_count;
  HandoffIfunc ifuncs[kHandoffMaxIfuncs];

  // Bits of randomness gathered, in the CPU's best source; `entropy_bits` is a careful estimate.
  uint64_t entropy_bits;
  uint8_t entropy[64];

  // CPU counter ticks: entry into the loader, before loading, after relocation, before the jump.
  uint64_t ticks_entry, ticks_load, ticks_relocated, ticks_jump;
  uint64_t relocations;  // how many the loader applied

  char command_line[kHandoffCommandLine];  // NUL-terminated
  char messages[kHandoffMessages];  // lines the loader said (preloads that failed), for dmesg
};

}  // namespace dynamic
