// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/format.h"

#include <cstdint>
#include <cstring>

namespace kld {
namespace {

class Writer {
 public:
  Writer(char* to, size_t capacity) : to_(to), capacity_(capacity) {}

  void Put(char c) {
    if (length_ + 1 < capacity_) to_[length_] = c;
    ++length_;
  }
  void Fill(char c, size_t count) {
    for (size_t i = 0; i < count; ++i) Put(c);
  }
  void Put(const char* text, size_t size) {
    for (size_t i = 0; i < size; ++i) Put(text[i]);
  }
  size_t Finish() {
    if (capacity_ != 0) to_[length_ < capacity_ ? length_ : capacity_ - 1] = '\0';
    return length_;
  }

 private:
  char* to_;
  size_t capacity_;
  size_t length_ = 0;
};

struct Spec {
  bool zero = false, left = false, has_precision = false;
  size_t width = 0, precision = 0;
  int longs = 0;  // l = 1, ll = 2; z counts as the one that size_t is
};

constexpr int kSizeLongs = sizeof(size_t) == sizeof(int) ? 0 : 1;

size_t ReadNumber(const char*& at, va_list& arguments) {
  if (*at == '*') {
    ++at;
    const int value = va_arg(arguments, int);
    return value < 0 ? 0 : static_cast<size_t>(value);
  }
  size_t value = 0;
  while (*at >= '0' && *at <= '9') value = value * 10 + static_cast<size_t>(*at++ - '0');
  return value;
}

Spec ReadSpec(const char*& at, va_list& arguments) {
  Spec spec;
  for (;; ++at) {
    if (*at == '0') {
      spec.zero = true;
    } else if (*at == '-') {
      spec.left = true;
    } else {
      break;
    }
  }
  spec.width = ReadNumber(at, arguments);
  if (*at == '.') {
    ++at;
    spec.has_precision = true;
    spec.precision = ReadNumber(at, arguments);
  }
  for (; *at == 'l' || *at == 'z'; ++at) spec.longs += *at == 'l' ? 1 : kSizeLongs;
  return spec;
}

void PutPadded(Writer& out, const Spec& spec, const char* text, size_t size, bool number) {
  const size_t pad = spec.width > size ? spec.width - size : 0;
  if (spec.left) {
    out.Put(text, size);
    out.Fill(' ', pad);
  } else if (number && spec.zero) {
    const size_t sign = size != 0 && text[0] == '-' ? 1 : 0;
    out.Put(text, sign);
    out.Fill('0', pad);
    out.Put(text + sign, size - sign);
  } else {
    out.Fill(' ', pad);
    out.Put(text, size);
  }
}

void PutNumber(Writer& out, const Spec& spec, uint64_t value, unsigned base, const char* prefix) {
  char digits[32];
  size_t at = sizeof(digits);
  do {
    digits[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  for (size_t i = std::strlen(prefix); i != 0;) digits[--at] = prefix[--i];
  PutPadded(out, spec, digits + at, sizeof(digits) - at, true);
}

uint64_t TakeUnsigned(int longs, va_list& arguments) {
  if (longs == 0) return va_arg(arguments, unsigned);
  return longs == 1 ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned long long);
}

int64_t TakeSigned(int longs, va_list& arguments) {
  if (longs == 0) return va_arg(arguments, int);
  return longs == 1 ? va_arg(arguments, long) : va_arg(arguments, long long);
}

void PutString(Writer& out, const Spec& spec, const char* text) {
  if (text == nullptr) text = "(null)";
  size_t size = 0;
  while ((!spec.has_precision || size < spec.precision) && text[size] != '\0') ++size;
  PutPadded(out, spec, text, size, false);
}

}  // namespace

size_t FormatWith(char* to, size_t capacity, const char* format, va_list given) {
  Writer out(to, capacity);
  va_list arguments;
  va_copy(arguments, given);
  for (const char* at = format; *at != '\0'; ++at) {
    if (*at != '%') {
      out.Put(*at);
      continue;
    }
    ++at;
    const Spec spec = ReadSpec(at, arguments);
    if (*at == '\0') break;
    switch (*at) {
      case 's':
        PutString(out, spec, va_arg(arguments, const char*));
        break;
      case 'c': {
        const char c = static_cast<char>(va_arg(arguments, int));
        PutPadded(out, spec, &c, 1, false);
        break;
      }
      case 'd':
      case 'i': {
        const int64_t value = TakeSigned(spec.longs, arguments);
        const uint64_t magnitude = value < 0 ? -static_cast<uint64_t>(value) : value;
        PutNumber(out, spec, magnitude, 10, value < 0 ? "-" : "");
        break;
      }
      case 'u':
        PutNumber(out, spec, TakeUnsigned(spec.longs, arguments), 10, "");
        break;
      case 'x':
        PutNumber(out, spec, TakeUnsigned(spec.longs, arguments), 16, "");
        break;
      case 'p':
        PutNumber(out, spec, reinterpret_cast<uintptr_t>(va_arg(arguments, void*)), 16, "0x");
        break;
      default:
        out.Put(*at);
        break;
    }
  }
  va_end(arguments);
  return out.Finish();
}

size_t Format(char* to, size_t capacity, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const size_t length = FormatWith(to, capacity, format, arguments);
  va_end(arguments);
  return length;
}

}  // namespace kld
