// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/link.h"

#include "kernel/kpi/errno.h"
#include "rtld_shared/link/format_report.h"

namespace kld {

int ErrnoOf(rtld::Error error) {
  switch (rtld::FailureOf(error)) {
    case rtld::Failure::kNone:
      return 0;
    case rtld::Failure::kNotFound:
      return ENOENT;
    case rtld::Failure::kNotAModule:
      return ENOEXEC;
    case rtld::Failure::kWrongMachine:
      return ELIBBAD;
    case rtld::Failure::kMissingDependency:
      return ELIBACC;
    case rtld::Failure::kMissingVersion:
      return EPROTONOSUPPORT;
    case rtld::Failure::kUndefinedSymbols:
      return ENOLINK;
    case rtld::Failure::kCycle:
      return ELOOP;
    case rtld::Failure::kOwnAncestor:
      return EDEADLK;
    case rtld::Failure::kHandlerFailed:
      return ECANCELED;
    case rtld::Failure::kBusy:
      return EBUSY;
    case rtld::Failure::kAlreadyLoaded:
      return EEXIST;
    case rtld::Failure::kNotPermitted:
      return EPERM;
    case rtld::Failure::kSignature:
      return EKEYREJECTED;
    case rtld::Failure::kNoMemory:
      return ENOMEM;
    case rtld::Failure::kIo:
      return EIO;
    case rtld::Failure::kInternal:
      return EINVAL;
  }
  return EINVAL;
}

bool Teller::Error(const rtld::Report& report) {
  if (muted_) return false;
  if (error_ == 0) error_ = ErrnoOf(report.error);
  Tell(report);
  return true;
}

void Teller::Warning(const rtld::Report& report) {
  if (!muted_) Tell(report);
}

void Teller::Tell(const rtld::Report& report) {
  report_.BeginLine();
  rtld::FormatReport(
      report, [this](std::string_view piece) { report_.Append(piece.data(), piece.size()); });
  report_.EndLine();
}

}  // namespace kld
