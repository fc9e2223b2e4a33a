// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/exec/arguments.h"

#include <cstring>

#include "kernel/kpi/errno.h"

namespace exec {

using base::Errno;
using base::Error;

Error Arguments::Begin(std::string_view part) {
  const size_t at = strings.size();
  const size_t pointers = (argument_count + environment_count + 1) * sizeof(uintptr_t);
  if (unfinished + part.size() + 1 > kArgumentMax) return Errno(E2BIG);
  if (at + part.size() + 1 + pointers > kArgumentsMax) return Errno(E2BIG);
  // With room for the NUL, so that what fails here changes nothing and what follows cannot fail.
  if (!strings.Reserve(at + part.size() + 1)) return Errno(ENOMEM);
  (void)strings.Resize(at + part.size(), '\0');
  if (!part.empty()) std::memcpy(strings.data() + at, part.data(), part.size());
  unfinished += part.size();
  return Error::kOk;
}

Error Arguments::Add(std::string_view text, bool environment) {
  const Error error = Begin(text);
  if (!base::Ok(error)) return error;
  (void)strings.Push('\0');
  unfinished = 0;
  ++(environment ? environment_count : argument_count);
  return Error::kOk;
}

}  // namespace exec
