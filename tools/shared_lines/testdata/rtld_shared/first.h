// SPDX-License-Identifier: BSD-2-Clause
// A template that one client calls and the other only reads.
#pragma once

#include "rtld_shared/both.h"

template <class T>
T First(T n) {
  return Both(n);
}
