// SPDX-License-Identifier: BSD-2-Clause
//
// From a linked image to the record of a file: names, metadata, handlers, constructors, symbols,
// edges. On the linker thread; the image may lack its ifuncs still.
#pragma once

#include "kernel/dynlink/file.h"
#include "kernel/dynlink/link.h"

namespace kld {

// Fills a new record. On failure (which it has told) the record is good for nothing but to be
// listed as LOADING and to be destroyed.
[[nodiscard]] int FillRecord(File& file, Linked& linked, Teller& teller);

}  // namespace kld
