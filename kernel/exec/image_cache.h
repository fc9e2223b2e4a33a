// SPDX-License-Identifier: BSD-2-Clause
//
// Programs that were run before, ready to be run again: for each an address space that holds its
// image and nothing else and is never activated. A new process gets a fork of it, which shares
// text and read-only data and copies the rest; loading costs no copying of text then, and frames
// that were executable stay so.
//
// Only ET_EXEC programs without a run-time linker are kept: all others get another random place
// at every start. An entry is good for one version of the file's contents. The least recently used
// goes when there are too many; all go when memory runs out.
#pragma once

#include "kernel/base/result.h"
#include "kernel/exec/image.h"
#include "kernel/mm/address_space.h"
#include "kernel/vfs/node.h"

namespace exec {

struct CachedProgram {
  mm::AddressSpace* space = nullptr;  // the caller's; null: not in the cache
  Image image;
};

// A fresh space with the program in it. ENOMEM.
base::Result<CachedProgram> FromCache(vfs::Node& node);

// Remembers what `space` holds now for `node`, whose contents had this version before they were
// read. Failing to is no error.
void AddToCache(vfs::Node& node, uint64_t version, const Image& image, mm::AddressSpace& space);

// Gives all memory of the cache back; whether there was any.
bool DropCache();

}  // namespace exec
