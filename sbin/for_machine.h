// SPDX-License-Identifier: BSD-2-Clause
//
// Chooses a CPU's Traits by what a file says it is for.
#pragma once

#include <bit>
#include <type_traits>

#include "arch/all.h"
#include "rtld_shared/elf/constants.h"
#include "sbin/image_file.h"

namespace sbin {

template <class... Traits>
struct Machines {
  // Calls use.template operator()<A>() with the Traits of that CPU; false if there are none.
  template <class Use>
  static bool Call(const Identity& identity, Use&& use) {
    return (Try<Traits>(identity, use) || ...);
  }

 private:
  template <class A, class Use>
  static bool Try(const Identity& identity, Use& use) {
    using L = typename A::Layout;
    constexpr uint8_t kClass = L::k64 ? elf::kClass64 : elf::kClass32;
    constexpr uint8_t kData = L::kOrder == std::endian::little ? elf::kData2Lsb : elf::kData2Msb;
    if (identity.machine != A::kMachine || identity.elf_class != kClass || identity.data != kData) {
      return false;
    }
    use.template operator()<A>();
    return true;
  }
};

using EveryMachine = arch::All<Machines>;

}  // namespace sbin
