// SPDX-License-Identifier: BSD-2-Clause
//
// printf-style formatting without a C library: flags `-+ #0`, width and precision (also `*`),
// lengths hh h l ll z j t, conversions d i u o x X c s p and %%. No floating point, no %n. A
// conversion that is not known is copied as it stands. A null string prints as "(null)".
#pragma once

#include <cstdarg>
#include <cstddef>

#define BASE_PRINTF(format_index, first_argument) \
  __attribute__((format(printf, format_index, first_argument)))

namespace base {

// Receives the text in pieces, in order.
using FormatSink = void (*)(void* context, const char* text, size_t bytes);

void FormatTo(FormatSink sink, void* context, const char* format, std::va_list arguments)
    BASE_PRINTF(3, 0);

// At most capacity - 1 characters and a NUL (nothing when capacity is 0). Returns the length that
// the whole text has, as snprintf does.
size_t Format(char* to, size_t capacity, const char* format, ...) BASE_PRINTF(3, 4);
size_t FormatV(char* to, size_t capacity, const char* format, std::va_list arguments)
    BASE_PRINTF(3, 0);

}  // namespace base
