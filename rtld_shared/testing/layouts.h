// SPDX-License-Identifier: BSD-2-Clause
//
// The layouts that typed tests run with: every class and byte order where the tests are part of a
// plain build. A program for an emulator has the machine's own and the one that differs from it in
// both, because each layout more costs every CPU its compile time again; what is left out of the
// pairs of machine and image, class or order alone, //arch:images_test has, with --all-cpus.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <type_traits>

#include "rtld_shared/elf/layout.h"

namespace rtld::testing {

#ifdef RTLD_TESTING_TWO_LAYOUTS
inline constexpr bool kIs64 = sizeof(void*) == 8;
using Own = elf::Layout<std::conditional_t<kIs64, uint64_t, uint32_t>, std::endian::native>;
using Other = elf::Layout<std::conditional_t<kIs64, uint32_t, uint64_t>,
                          std::endian::native == std::endian::little ? std::endian::big
                                                                     : std::endian::little>;
using Layouts = ::testing::Types<Own, Other>;
#else
using Layouts =
    ::testing::Types<elf::Layout32Le, elf::Layout32Be, elf::Layout64Le, elf::Layout64Be>;
#endif

}  // namespace rtld::testing
