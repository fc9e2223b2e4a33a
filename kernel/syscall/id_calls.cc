// SPDX-License-Identifier: BSD-2-Clause
//
// User and group ids (setresuid(2) and its older forms), supplementary groups.

#include "kernel/kpi/errno.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/user_memory.h"

namespace syscalls {

using base::Error;
using vfs::Credentials;

namespace {

constexpr uint32_t kKeep = ~0u;

// The three ids of one kind, to treat users and groups alike.
struct Ids {
  uint32_t& real;
  uint32_t& effective;
  uint32_t& saved;
  bool Has(uint32_t id) const { return id == real || id == effective || id == saved; }
};

Ids UserIds(Arguments& a) {
  Credentials& who = a.process.context.who;
  return {who.uid, who.euid, who.suid};
}
Ids GroupIds(Arguments& a) {
  Credentials& who = a.process.context.who;
  return {who.gid, who.egid, who.sgid};
}

bool Privileged(const Arguments& a) { return a.process.context.who.Privileged(); }

// Unprivileged callers choose among the ids that they have.
int64_t SetThree(Arguments& a, Ids ids, uint32_t real, uint32_t effective, uint32_t saved) {
  for (const uint32_t id : {real, effective, saved}) {
    if (id != kKeep && !Privileged(a) && !ids.Has(id)) return -EPERM;
  }
  // /proc and kill read credentials with the table's lock.
  sched::Guard guard(proc::TableLock());
  if (real != kKeep) ids.real = real;
  if (effective != kKeep) ids.effective = effective;
  if (saved != kKeep) ids.saved = saved;
  return 0;
}

int64_t SetOne(Arguments& a, Ids ids, uint32_t id) {
  if (id == kKeep) return -EINVAL;
  return Privileged(a) ? SetThree(a, ids, id, id, id) : SetThree(a, ids, kKeep, id, kKeep);
}

// The saved id follows the effective one when the real id is set or the effective becomes another
// than the real.
int64_t SetTwo(Arguments& a, Ids ids, uint32_t real, uint32_t effective) {
  const bool follows = real != kKeep || (effective != kKeep && effective != ids.real);
  const uint32_t saved = !follows             ? kKeep
                         : effective != kKeep ? effective
                                              : uint32_t{ids.effective};
  return SetThree(a, ids, real, effective, saved);
}

int64_t GetThree(Arguments& a, Ids ids) {
  const uint32_t values[3] = {ids.real, ids.effective, ids.saved};
  for (unsigned i = 0; i < 3; ++i) {
    const Error error = WriteUser(a[i], values[i]);
    if (!base::Ok(error)) return Fail(error);
  }
  return 0;
}

uint32_t Id(const Arguments& a, unsigned index) { return static_cast<uint32_t>(a[index]); }

}  // namespace

int64_t SysGetuid(Arguments& a) { return a.process.context.who.uid; }
int64_t SysGeteuid(Arguments& a) { return a.process.context.who.euid; }
int64_t SysGetgid(Arguments& a) { return a.process.context.who.gid; }
int64_t SysGetegid(Arguments& a) { return a.process.context.who.egid; }
int64_t SysSetuid(Arguments& a) { return SetOne(a, UserIds(a), Id(a, 0)); }
int64_t SysSetgid(Arguments& a) { return SetOne(a, GroupIds(a), Id(a, 0)); }
int64_t SysSetreuid(Arguments& a) { return SetTwo(a, UserIds(a), Id(a, 0), Id(a, 1)); }
int64_t SysSetregid(Arguments& a) { return SetTwo(a, GroupIds(a), Id(a, 0), Id(a, 1)); }
int64_t SysSetresuid(Arguments& a) { return SetThree(a, UserIds(a), Id(a, 0), Id(a, 1), Id(a, 2)); }
int64_t SysSetresgid(Arguments& a) {
  return SetThree(a, GroupIds(a), Id(a, 0), Id(a, 1), Id(a, 2));
}
int64_t SysGetresuid(Arguments& a) { return GetThree(a, UserIds(a)); }
int64_t SysGetresgid(Arguments& a) { return GetThree(a, GroupIds(a)); }

int64_t SysGetgroups(Arguments& a) {
  const Credentials& who = a.process.context.who;
  if (a.Int(0) < 0) return -EINVAL;
  if (a.Int(0) == 0) return who.group_count;
  if (static_cast<uint32_t>(a.Int(0)) < who.group_count) return -EINVAL;
  const Error error = mm::CopyOut(a[1], who.groups, who.group_count * sizeof who.groups[0]);
  return base::Ok(error) ? who.group_count : Fail(error);
}

int64_t SysSetgroups(Arguments& a) {
  Credentials& who = a.process.context.who;
  if (!Privileged(a)) return -EPERM;
  if (a[0] > vfs::kGroupsMax) return -EINVAL;
  uint32_t groups[vfs::kGroupsMax];
  const Error error = mm::CopyIn(groups, a[1], a[0] * sizeof groups[0]);
  if (!base::Ok(error)) return Fail(error);
  for (uint64_t i = 0; i < a[0]; ++i) who.groups[i] = groups[i];
  who.group_count = static_cast<uint32_t>(a[0]);
  return 0;
}

}  // namespace syscalls
