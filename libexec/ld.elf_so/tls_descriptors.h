// SPDX-License-Identifier: BSD-2-Clause
//
// The two words of TLS descriptors (rtld_shared/link/relocate.h): the function that code calls, and
// the argument that it finds there. What is called is the CPU's (arch/contract/rtld/machine.h).
#pragma once

#include "arch/contract/elf_arch.h"
#include "rtld_shared/elf/constants.h"
#include "rtld_shared/link/resolve.h"

namespace ldso {

template <arch::ElfArch A>
class TlsDescriptors {
 public:
  using Addr = typename A::Layout::Addr;

  // `in_static` returns the argument, an offset from the thread pointer; `undefined` the argument
  // less the thread pointer.
  TlsDescriptors(Addr in_static, Addr undefined) : in_static_(in_static), undefined_(undefined) {}

  // False: the variable is not in static TLS.
  [[nodiscard]] bool TlsDescriptor(const rtld::Definition<A>& symbol, Addr addend,
                                   Addr* words) const {
    if (symbol.module == nullptr) {
      // Undefined and weak: its address is the addend, as that of any other variable.
      words[0] = undefined_;
      words[1] = addend;
      return true;
    }
    if (!symbol.module->tls_static) return false;
    words[0] = in_static_;
    words[1] = static_cast<Addr>(symbol.module->tls_offset) + OffsetOf(symbol) + addend;
    return true;
  }

 private:
  // Symbol 0 and section symbols mean the image's own block, whatever their values are.
  static Addr OffsetOf(const rtld::Definition<A>& symbol) {
    const bool block = symbol.symbol == symbol.module->dynamic.symbols.data() ||
                       elf::SymbolTypeOf(symbol.symbol->info) == elf::kSttSection;
    return block ? 0 : symbol.symbol->value.get();
  }

  Addr in_static_, undefined_;
};

}  // namespace ldso
