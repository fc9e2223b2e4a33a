// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/load_job.h"

#include "kernel/dynlink/host.h"
#include "kernel/dynlink/manager.h"
#include "kernel/dynlink/monitor.h"
#include "kernel/kpi/errno.h"

namespace kld {
namespace {

constexpr rtld::Policy kPolicy = rtld::kKernelPolicy;

// Else segments of different permissions would share a page.
static_assert(KLD_HOST_PAGE >= arch::Current::kPageSize && rtld::IsPowerOfTwo(KLD_HOST_PAGE));

std::string_view DirectoryOf(std::string_view path) {
  size_t end = path.size();
  while (end > 0 && path[end - 1] != '/') --end;
  return {path.data(), end > 1 ? end - 1 : end};
}

}  // namespace

LoadJob::LoadJob(Transaction& transaction, uintptr_t near)
    : transaction_(transaction), teller_(transaction.report), loader_(near) {
  MonitorGuard guard;
  CopyText(manager.module_path, module_path_, sizeof(module_path_));
  session_.emplace(kPolicy, KLD_HOST_PAGE, Seams::Scope(), *this, loader_, arena_, teller_);
}

bool LoadJob::ReadRoot(Contents& contents) {
  in_root_ = true;
  const bool read = session_->AddRoot(contents);
  in_root_ = false;
  return read;
}

LinkModule* LoadJob::Loaded(std::string_view soname) {
  File* const file = FindFile(soname);
  if (file == nullptr) return nullptr;
  if (in_root_) {
    existing_ = file;
    teller_.Mute();
    return file->linked;
  }
  if (file->state() == State::kDead) {
    const std::string_view dead[] = {file->soname.view()};
    teller_.Error({.error = rtld::Error::kBusy,
                   .image = file->path.view(),
                   .detail = "is dead: it left something behind when it was unloaded",
                   .list = dead});
    return file->linked;
  }
  if (file->transaction != nullptr) {
    wanted_ = file;
    teller_.Mute();
  }
  return file->linked;
}

bool LoadJob::NextDirectory(size_t& at, std::string_view& directory) const {
  const std::string_view path(module_path_);
  while (at < path.size()) {
    size_t end = at;
    while (end < path.size() && path[end] != ';') ++end;
    directory = {path.data() + at, end - at};
    at = end + 1;
    if (!directory.empty()) return true;
  }
  if (!transaction_.by_path || at > path.size() + 1) return false;
  at = path.size() + 2;
  directory = DirectoryOf(transaction_.contents->Path());
  return true;
}

int LoadJob::TryOpen(std::string_view directory, std::string_view name) {
  Text path;
  Owned<Contents> contents;
  if (!path.Join(directory, directory.ends_with('/') ? "" : "/", name)) return ENOMEM;
  int error = Contents::Read(path.c_str(), contents);
  if (error == 0 && !contents_.Add(std::move(contents))) error = ENOMEM;
  // What was looked at is told even when there is no memory to tell all of it.
  if (error == ENOENT && looked_in_names_.Reserve(looked_in_.size() + 1) &&
      looked_in_.Add(std::move(path))) {
    static_cast<void>(looked_in_names_.Add(looked_in_[looked_in_.size() - 1].view()));
  }
  return error;
}

rtld::Found<Contents> LoadJob::Search(std::string_view soname, const LinkModule&) {
  looked_in_names_.Clear();
  looked_in_.Clear();
  // A name with a '/' would leave the directories.
  for (const char c : soname) {
    if (c == '/') return {};
  }
  size_t at = 0;
  std::string_view directory;
  while (NextDirectory(at, directory)) {
    const int error = TryOpen(directory, soname);
    if (error == 0) return {contents_[contents_.size() - 1].get(), {}};
    if (error == ENOENT) continue;
    const rtld::Error what = error == ENOMEM ? rtld::Error::kNoMemory : rtld::Error::kReadFailed;
    teller_.Error({.error = what, .image = soname, .detail = "file"});
    break;
  }
  return {nullptr, {looked_in_names_.data(), looked_in_names_.size()}};
}

std::span<LinkModule* const> LoadJob::AllLoaded() {
  all_.Clear();
  for (File* file : manager.files) {
    if (file->visible() && !all_.Add(file->linked)) break;
  }
  return {all_.data(), all_.size()};
}

}  // namespace kld
