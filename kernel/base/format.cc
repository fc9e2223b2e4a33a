// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/base/format.h"

#include <cstdint>

#include "kernel/base/string.h"

namespace base {
namespace {

struct Spec {
  bool left = false;
  bool plus = false;
  bool space = false;
  bool alternate = false;
  bool zero = false;
  int width = 0;
  int precision = -1;  // -1: none given
};

enum class Length { kChar, kShort, kInt, kLong, kLongLong, kSize, kMax, kDifference };

class Formatter {
 public:
  Formatter(FormatSink sink, void* context) : sink_(sink), context_(context) {}

  void Run(const char* format, std::va_list arguments) {
    va_copy(arguments_, arguments);
    for (const char* at = format; *at;) {
      const char* percent = at;
      while (*percent && *percent != '%') percent++;
      if (percent != at) sink_(context_, at, static_cast<size_t>(percent - at));
      at = *percent ? Conversion(percent) : percent;
    }
    va_end(arguments_);
  }

 private:
  // `at` is the percent sign; returns where the format goes on.
  const char* Conversion(const char* at) {
    const char* start = at++;
    Spec spec;
    at = Flags(at, spec);
    if (*at == '*') {
      spec.width = va_arg(arguments_, int);
      if (spec.width < 0) {
        spec.left = true;
        spec.width = -spec.width;
      }
      at++;
    } else {
      at = Number(at, &spec.width);
    }
    if (*at == '.') {
      at++;
      spec.precision = 0;
      if (*at == '*') {
        spec.precision = va_arg(arguments_, int);
        at++;
      } else {
        at = Number(at, &spec.precision);
      }
    }
    Length length = Length::kInt;
    at = LengthOf(at, &length);
    switch (*at) {
      case '%':
        sink_(context_, "%", 1);
        break;
      case 'c': {
        char c = static_cast<char>(va_arg(arguments_, int));
        Padded(spec, nullptr, 0, &c, 1);
        break;
      }
      case 's':
        String(spec);
        break;
      case 'd':
      case 'i':
        Signed(spec, length);
        break;
      case 'u':
        Unsigned(spec, TakeUnsigned(length), 10, false);
        break;
      case 'o':
        Unsigned(spec, TakeUnsigned(length), 8, false);
        break;
      case 'x':
      case 'X':
        Unsigned(spec, TakeUnsigned(length), 16, *at == 'X');
        break;
      case 'p':
        spec.alternate = true;
        Unsigned(spec, reinterpret_cast<uintptr_t>(va_arg(arguments_, void*)), 16, false);
        break;
      case '\0':
        sink_(context_, start, static_cast<size_t>(at - start));
        return at;
      default:
        sink_(context_, start, static_cast<size_t>(at + 1 - start));
        break;
    }
    return at + 1;
  }

  static const char* Flags(const char* at, Spec& spec) {
    for (;; at++) {
      switch (*at) {
        case '-':
          spec.left = true;
          break;
        case '+':
          spec.plus = true;
          break;
        case ' ':
          spec.space = true;
          break;
        case '#':
          spec.alternate = true;
          break;
        case '0':
          spec.zero = true;
          break;
        default:
          return at;
      }
    }
  }

  static const char* Number(const char* at, int* out) {
    constexpr int kMost = 1 << 20;
    for (; *at >= '0' && *at <= '9'; at++) {
      if (*out < kMost) *out = *out * 10 + (*at - '0');
    }
    return at;
  }

  static const char* LengthOf(const char* at, Length* length) {
    switch (*at) {
      case 'h':
        *length = at[1] == 'h' ? Length::kChar : Length::kShort;
        return at + (at[1] == 'h' ? 2 : 1);
      case 'l':
        *length = at[1] == 'l' ? Length::kLongLong : Length::kLong;
        return at + (at[1] == 'l' ? 2 : 1);
      case 'z':
        *length = Length::kSize;
        return at + 1;
      case 'j':
        *length = Length::kMax;
        return at + 1;
      case 't':
        *length = Length::kDifference;
        return at + 1;
      default:
        return at;
    }
  }

  intmax_t TakeSigned(Length length) {
    switch (length) {
      case Length::kChar:
        return static_cast<signed char>(va_arg(arguments_, int));
      case Length::kShort:
        return static_cast<short>(va_arg(arguments_, int));
      case Length::kMax:
        return va_arg(arguments_, intmax_t);
      case Length::kInt:
        return va_arg(arguments_, int);
      case Length::kLong:
        return va_arg(arguments_, long);
      case Length::kLongLong:
        return va_arg(arguments_, long long);
      case Length::kSize:
      case Length::kDifference:
        return va_arg(arguments_, ptrdiff_t);
    }
    return 0;
  }

  uintmax_t TakeUnsigned(Length length) {
    switch (length) {
      case Length::kChar:
        return static_cast<unsigned char>(va_arg(arguments_, unsigned));
      case Length::kShort:
        return static_cast<unsigned short>(va_arg(arguments_, unsigned));
      case Length::kMax:
        return va_arg(arguments_, uintmax_t);
      case Length::kInt:
        return va_arg(arguments_, unsigned);
      case Length::kLong:
        return va_arg(arguments_, unsigned long);
      case Length::kLongLong:
        return va_arg(arguments_, unsigned long long);
      case Length::kSize:
      case Length::kDifference:
        return va_arg(arguments_, size_t);
    }
    return 0;
  }

  void String(const Spec& spec) {
    const char* text = va_arg(arguments_, const char*);
    if (!text) text = "(null)";
    size_t bytes = 0;
    // With a precision the text need not end in a NUL.
    size_t most = spec.precision < 0 ? ~size_t{0} : static_cast<size_t>(spec.precision);
    while (bytes < most && text[bytes]) bytes++;
    Spec plain = spec;
    plain.zero = false;
    plain.precision = -1;
    Padded(plain, nullptr, 0, text, bytes);
  }

  void Signed(const Spec& spec, Length length) {
    intmax_t value = TakeSigned(length);
    uintmax_t magnitude = static_cast<uintmax_t>(value);
    const char* prefix = spec.plus ? "+" : spec.space ? " " : "";
    if (value < 0) {
      magnitude = 0 - magnitude;
      prefix = "-";
    }
    Digits(spec, prefix, magnitude, 10, false);
  }

  void Unsigned(const Spec& spec, uintmax_t value, unsigned radix, bool capital) {
    const char* prefix = "";
    if (spec.alternate && radix == 16 && value) prefix = capital ? "0X" : "0x";
    if (spec.alternate && radix == 8 && value) prefix = "0";
    Digits(spec, prefix, value, radix, capital);
  }

  void Digits(const Spec& spec, const char* prefix, uintmax_t value, unsigned radix, bool capital) {
    char buffer[24];
    char* end = buffer + sizeof buffer;
    char* start = end;
    const char* digits = capital ? "0123456789ABCDEF" : "0123456789abcdef";
    for (; value; value /= radix) *--start = digits[value % radix];
    if (start == end && spec.precision != 0) *--start = '0';
    Padded(spec, prefix, StringLength(prefix), start, static_cast<size_t>(end - start));
  }

  // Pads with zeros between prefix and text up to the precision (or, with the zero flag, up to the
  // width), and with spaces outside.
  void Padded(const Spec& spec, const char* prefix, size_t prefix_bytes, const char* text,
              size_t bytes) {
    size_t width = static_cast<size_t>(spec.width);
    size_t zeros = 0;
    if (spec.precision > 0 && static_cast<size_t>(spec.precision) > bytes) {
      zeros = static_cast<size_t>(spec.precision) - bytes;
    } else if (spec.zero && !spec.left && spec.precision < 0 && width > prefix_bytes + bytes) {
      zeros = width - prefix_bytes - bytes;
    }
    size_t used = prefix_bytes + zeros + bytes;
    size_t spaces = width > used ? width - used : 0;
    if (!spec.left) Repeat(' ', spaces);
    if (prefix_bytes) sink_(context_, prefix, prefix_bytes);
    Repeat('0', zeros);
    if (bytes) sink_(context_, text, bytes);
    if (spec.left) Repeat(' ', spaces);
  }

  void Repeat(char c, size_t count) {
    char run[16];
    for (char& one : run) one = c;
    while (count) {
      size_t now = count < sizeof run ? count : sizeof run;
      sink_(context_, run, now);
      count -= now;
    }
  }

  FormatSink sink_;
  void* context_;
  std::va_list arguments_;
};

struct Buffer {
  char* to;
  size_t capacity;
  size_t length;
};

void AppendToBuffer(void* context, const char* text, size_t bytes) {
  auto* buffer = static_cast<Buffer*>(context);
  for (size_t i = 0; i < bytes; i++, buffer->length++) {
    if (buffer->length + 1 < buffer->capacity) buffer->to[buffer->length] = text[i];
  }
}

}  // namespace

void FormatTo(FormatSink sink, void* context, const char* format, std::va_list arguments) {
  Formatter(sink, context).Run(format, arguments);
}

size_t FormatV(char* to, size_t capacity, const char* format, std::va_list arguments) {
  Buffer buffer{to, capacity, 0};
  FormatTo(AppendToBuffer, &buffer, format, arguments);
  if (capacity) to[buffer.length < capacity ? buffer.length : capacity - 1] = '\0';
  return buffer.length;
}

size_t Format(char* to, size_t capacity, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  size_t length = FormatV(to, capacity, format, arguments);
  va_end(arguments);
  return length;
}

}  // namespace base
