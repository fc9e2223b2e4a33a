// SPDX-License-Identifier: BSD-2-Clause
//
// LLVMFuzzerCustomMutator for all fuzzers of this folder, and what it needs to know of each.
//
// A mutation changes a few fields of the image's own tables, in its own layout: headers, counts,
// tags, hash words, versions, relocation entries, to values that mean something there; or it copies,
// swaps or clears entries; or it mutates bytes as libFuzzer does, of one table or of all. Now and
// then it begins again with another seed, so that no corpus is needed to start from.

#pragma once

#include <cstdint>
#include <span>

#include "rtld_shared/fuzz/input.h"
#include "rtld_shared/fuzz/tables.h"

namespace rtld::fuzz {

// Defined by each fuzzer. How many values of Control::entry there are, and which tables matter for
// one (all, if it names none).
unsigned Entries();
std::span<const Kind> FocusOf(const Control& control);
// Whether the bytes behind the Control are no image but whatever the entry makes of them.
bool IsRaw(const Control& control);

// Makes a plain ELF file an image that the fuzzer takes, and returns one that it may need.
Bytes TakePlain(Bytes& image, unsigned layout);

// For LLVMFuzzerInitialize: options that hold unless the command line says otherwise. Inputs may be as
// long as two images; without a corpus libFuzzer would cut them to 4,096 bytes. Its entropic
// schedule costs more than a session does.
void AddOptions(int* argc, char*** argv);

}  // namespace rtld::fuzz
