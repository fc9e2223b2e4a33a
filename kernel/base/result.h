// SPDX-License-Identifier: BSD-2-Clause
//
// What a kernel function that can fail returns. Functions with nothing to give return an `Error`;
// the others a `Result<T>`. Error values are the positive numbers of kernel/kpi/errno.h; 0 is
// success and nothing else is.
#pragma once

#include <utility>

namespace base {

enum class [[nodiscard]] Error : int{kOk = 0};

constexpr Error Errno(int number) { return static_cast<Error>(number); }
constexpr int Number(Error error) { return static_cast<int>(error); }
constexpr bool Ok(Error error) { return error == Error::kOk; }

// Holds a T or the reason why there is none. T is default-constructible and cheap to move: it is
// an address, a count, or an owning pointer.
template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit, so that `return value;` and `return error;` both are results.
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr Result(T value) : value_(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr Result(Error error) : error_(error) {}

  constexpr bool ok() const { return Ok(error_); }
  constexpr Error error() const { return error_; }
  constexpr T& value() { return value_; }
  constexpr const T& value() const { return value_; }

 private:
  T value_{};
  Error error_ = Error::kOk;
};

}  // namespace base
