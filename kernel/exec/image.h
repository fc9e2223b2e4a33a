// SPDX-License-Identifier: BSD-2-Clause
//
// One ELF file into an address space.
#pragma once

#include "kernel/base/result.h"
#include "kernel/mm/address_space.h"
#include "kernel/vfs/file.h"

namespace exec {

struct Image {
  mm::VirtAddr bias = 0;  // run-time minus link-time address
  mm::VirtAddr entry = 0;
  bool movable = false;              // position-independent
  mm::VirtAddr end = 0;              // page behind the last segment
  mm::VirtAddr program_headers = 0;  // as the program sees them; 0 when no segment has them
  size_t program_header_count = 0;
  size_t program_header_bytes = 0;  // of one
};

inline constexpr size_t kInterpreterMax = 256;

// Maps the file's segments. `hint` is where a position-independent image should go, 0 = anywhere.
// The path in PT_INTERP goes to `interpreter` (kInterpreterMax bytes), empty when there is none;
// null refuses an image that has one. `path` is for messages.
//
// ENOEXEC not an ELF program of this machine or damaged (an entry that is no user address among
// that), EACCES a segment is writable and executable, ENOMEM (also: an ET_EXEC's addresses are not
// to be had), EIO. On failure the space holds part of the image: the caller destroys it.
base::Result<Image> LoadImage(mm::AddressSpace& space, vfs::File& file, const char* path,
                              mm::VirtAddr hint, char* interpreter);

}  // namespace exec
