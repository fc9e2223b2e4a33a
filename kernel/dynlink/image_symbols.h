// SPDX-License-Identifier: BSD-2-Clause
//
// The symbols of a linked image for ksyms: from .symtab of its file, which says most, else from its
// dynamic symbol table. Symbols in init-only segments are left out: they name memory that is given
// back.
#pragma once

#include "kernel/dynlink/link.h"
#include "kernel/dynlink/loader.h"
#include "kernel/ksyms/symbol_table.h"

namespace kld {

// `file` may be null. Null when there is no memory; the caller gets a reference.
const ksyms::SymbolTable* ReadSymbols(const Linked& linked, const Contents* file);

}  // namespace kld
