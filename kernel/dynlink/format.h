// SPDX-License-Identifier: BSD-2-Clause
//
// snprintf for code that has no C library: %s %.*s %c %d %i %u %x %p %%, with width, 0, -, and the
// length modifiers l, ll, z. Returns the length that the whole text has, without the NUL; what is
// stored is cut to `capacity` and NUL-terminated (capacity 0: nothing is stored).
#pragma once

#include <cstdarg>
#include <cstddef>

namespace kld {

size_t FormatWith(char* to, size_t capacity, const char* format, va_list arguments);
__attribute__((format(printf, 3, 4))) size_t Format(char* to, size_t capacity, const char* format,
                                                    ...);

}  // namespace kld
