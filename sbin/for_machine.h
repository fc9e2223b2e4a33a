// SPDX-License-Identifier: BSD-2-Clause
//
// Chooses a CPU's Traits by what a file says it is for. On the host that is any CPU; a command of a
// booted system knows its own only, for each more is a linker more.
#pragma once

#include <bit>
#include <string>

#ifdef SBIN_EVERY_MACHINE
#include "arch/all.h"
#else
#include "arch/current/elf_traits.h"
#endif
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

  // All of them, for a message.
  static std::string Names() {
    std::string names;
    ((names.append(names.empty() ? "" : ", ").append(Traits::kName)), ...);
    return names;
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

#ifdef SBIN_EVERY_MACHINE
using KnownMachines = arch::All<Machines>;
#else
using KnownMachines = Machines<arch::Current>;
#endif

}  // namespace sbin
