// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/proc/fd_table.h"

#include "kernel/kpi/errno.h"

namespace proc {

using base::Errno;
using base::Error;
using base::Result;

Result<vfs::FileRef> FdTable::Get(int descriptor) const {
  if (!Used(descriptor)) return Errno(EBADF);
  return vfs::FileRef::Share(slots_[descriptor].file);
}

Result<int> FdTable::Add(vfs::FileRef file, bool close_on_exec, int from) {
  int descriptor = from;
  while (Used(descriptor)) ++descriptor;
  if (descriptor >= limit_) return Errno(EMFILE);
  if (descriptor >= End() && !slots_.Resize(descriptor + 1, Slot{})) return Errno(ENOMEM);
  slots_[descriptor] = {file.Leak(), close_on_exec};
  return descriptor;
}

Error FdTable::Set(int descriptor, vfs::FileRef file, bool close_on_exec) {
  if (descriptor < 0 || descriptor >= limit_) return Errno(EBADF);
  if (descriptor >= End() && !slots_.Resize(descriptor + 1, Slot{})) return Errno(ENOMEM);
  Clear(descriptor);
  slots_[descriptor] = {file.Leak(), close_on_exec};
  return Error::kOk;
}

void FdTable::Clear(int descriptor) {
  vfs::File* const file = slots_[descriptor].file;
  slots_[descriptor] = Slot{};
  if (!file) return;
  file->DescriptorClosed();
  file->Release();
}

Error FdTable::Close(int descriptor) {
  if (!Used(descriptor)) return Errno(EBADF);
  Clear(descriptor);
  return Error::kOk;
}

Result<bool> FdTable::CloseOnExec(int descriptor) const {
  if (!Used(descriptor)) return Errno(EBADF);
  return slots_[descriptor].close_on_exec;
}

Error FdTable::SetCloseOnExec(int descriptor, bool on) {
  if (!Used(descriptor)) return Errno(EBADF);
  slots_[descriptor].close_on_exec = on;
  return Error::kOk;
}

void FdTable::CloseAll() {
  for (int i = 0; i < End(); ++i) Clear(i);
  slots_.Clear();
}

void FdTable::CloseForExec() {
  for (int i = 0; i < End(); ++i) {
    if (slots_[i].close_on_exec) Clear(i);
  }
}

Error FdTable::CopyFrom(const FdTable& from) {
  CloseAll();
  if (!slots_.Resize(from.End(), Slot{})) return Errno(ENOMEM);
  for (int i = 0; i < from.End(); ++i) {
    slots_[i] = from.slots_[i];
    if (slots_[i].file) slots_[i].file->Retain();
  }
  limit_ = from.limit_;
  return Error::kOk;
}

}  // namespace proc
