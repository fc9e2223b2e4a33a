// SPDX-License-Identifier: BSD-2-Clause
// Four lines with code in them, three of them executed by whoever calls Both.
#pragma once

inline int Both(int n) {
  /* a comment
     of two lines */
  return n + 1;
}
