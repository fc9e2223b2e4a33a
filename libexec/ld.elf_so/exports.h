// SPDX-License-Identifier: BSD-2-Clause
//
// What programs may call: the names in ldso.map. __tls_get_addr is the psABIs', dl_iterate_phdr the
// unwinder's way to find tables; both are usable as soon as constructors run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "libexec/ld.elf_so/tls.h"

namespace ldso {

// <link.h>; `headers` are at their run-time address.
struct ImageInfo {
  uintptr_t address;
  const char* name;
  const void* headers;
  uint16_t header_count;
  unsigned long long added;
  unsigned long long removed;
  size_t tls_module;
  void* tls_data;
};

// The images that dl_iterate_phdr tells of, in load order; the span lives as long as the process.
void SetImages(std::span<Module* const> modules);

}  // namespace ldso
