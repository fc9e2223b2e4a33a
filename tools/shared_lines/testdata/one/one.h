// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "arch/current/elf_traits.h"
#include "rtld_shared/first.h"

template <class Arch>
int One(int n) {
  return First(n);
}
