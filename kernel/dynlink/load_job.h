// SPDX-License-Identifier: BSD-2-Clause
//
// The linking half of a load: the files that were read, the session that links them, and the
// answers to its planner. Made by the linker thread when it begins to plan; thrown away when the
// load ends or is set aside.
#pragma once

#include <optional>

#include "kernel/dynlink/file.h"
#include "kernel/dynlink/link.h"
#include "kernel/dynlink/loader.h"
#include "kernel/dynlink/memory.h"
#include "kernel/dynlink/transaction.h"
#include "rtld_shared/link/session.h"

namespace kld {

using Session = rtld::Session<Seams>;

class LoadJob final : public Finder {
 public:
  LoadJob(Transaction& transaction, uintptr_t near);

  // Finder.
  LinkModule* Loaded(std::string_view soname) override;
  rtld::Found<Contents> Search(std::string_view soname, const LinkModule& requester) override;
  std::span<LinkModule* const> AllLoaded() override;

  // The root's headers and tables. False: `existing` is a file that has the root's name already, or
  // an error was told.
  [[nodiscard]] bool ReadRoot(Contents& contents);
  // The file that made ReadRoot or the plan give up: it exists already, or another transaction is
  // changing it.
  File* existing() { return existing_; }
  File* wanted() { return wanted_; }

  Session& session() { return *session_; }
  Teller& teller() { return teller_; }

 private:
  // One directory after the other: those of kern.module_path, then the root's own when it was given
  // by path.
  [[nodiscard]] bool NextDirectory(size_t& at, std::string_view& directory) const;
  // Reads DIRECTORY/NAME. ENOENT: go on looking.
  [[nodiscard]] int TryOpen(std::string_view directory, std::string_view name);

  Transaction& transaction_;
  Teller teller_;
  ModuleLoader loader_;
  HeapArena arena_;
  Array<Owned<Contents>> contents_;
  Array<Text> looked_in_;
  Array<std::string_view> looked_in_names_;
  Array<LinkModule*> all_;
  char module_path_[1024];
  bool in_root_ = false;
  File* existing_ = nullptr;
  File* wanted_ = nullptr;
  std::optional<Session> session_;
};

}  // namespace kld
