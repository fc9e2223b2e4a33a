// SPDX-License-Identifier: BSD-2-Clause
//
// Calls that change the tree: directories, links, names, attributes, the caller's own place.

#include "kernel/dev/wall_clock.h"
#include "kernel/kpi/errno.h"
#include "kernel/proc/procfs.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/syscall/user_memory.h"
#include "kernel/vfs/mounts.h"
#include "kernel/vfs/ramfs.h"

namespace syscalls {

using base::Errno;
using base::Error;
using base::Result;
using vfs::AttributeChange;

namespace {

// A path argument with where it starts.
struct Place {
  std::string_view path;
  vfs::NodeRef start;
};

Result<Place> PlaceAt(proc::Process& process, int32_t directory, uint64_t address,
                      unsigned slot = 0) {
  const Result<std::string_view> path = UserPath(process, address, slot);
  if (!path.ok()) return path.error();
  const Result<vfs::NodeRef> start = StartOf(process, directory, path.value());
  if (!start.ok()) return start.error();
  return Place{path.value(), start.value()};
}

Result<vfs::NodeRef> NodeAt(proc::Process& process, int32_t directory, uint64_t address,
                            bool follow) {
  const Result<Place> place = PlaceAt(process, directory, address);
  if (!place.ok()) return place.error();
  return vfs::Walk(process.context, place.value().path, follow ? unsigned{vfs::kFollow} : 0u,
                   place.value().start.get());
}

int64_t MakeNodeAt(Arguments& a, int32_t directory, uint64_t path, vfs::Kind kind, uint64_t mode,
                   uint64_t device) {
  const Result<Place> place = PlaceAt(a.process, directory, path);
  if (!place.ok()) return Fail(place.error());
  return Fail(vfs::MakeNode(a.process.context, place.value().path, kind,
                            static_cast<uint32_t>(mode) & vfs::kPermissionMask, device,
                            place.value().start.get()));
}

int64_t MakeSpecialAt(Arguments& a, int32_t directory, uint64_t path, uint64_t mode,
                      uint64_t device) {
  const uint32_t bits = static_cast<uint32_t>(mode) & vfs::kKindMask;
  const vfs::Kind kind = bits ? static_cast<vfs::Kind>(bits) : vfs::Kind::kRegular;
  switch (kind) {
    case vfs::Kind::kRegular:
    case vfs::Kind::kFifo:
      device = 0;
      break;
    case vfs::Kind::kCharacter:
      if (!a.process.context.who.Privileged()) return -EPERM;
      break;
    default:
      return -EINVAL;
  }
  return MakeNodeAt(a, directory, path, kind, mode, device);
}

int64_t RemoveAt(Arguments& a, int32_t directory, uint64_t path, bool remove_directory) {
  const Result<Place> place = PlaceAt(a.process, directory, path);
  if (!place.ok()) return Fail(place.error());
  return Fail(vfs::Remove(a.process.context, place.value().path, remove_directory,
                          place.value().start.get()));
}

int64_t LinkAt(Arguments& a, int32_t from_directory, uint64_t from, int32_t to_directory,
               uint64_t to, uint64_t flags) {
  const bool follow = (flags & kSymlinkFollow) != 0;
  const Result<vfs::NodeRef> node = NodeAt(a.process, from_directory, from, follow);
  if (!node.ok()) return Fail(node.error());
  const Result<Place> place = PlaceAt(a.process, to_directory, to);
  if (!place.ok()) return Fail(place.error());
  return Fail(vfs::MakeLink(a.process.context, *node.value(), place.value().path,
                            place.value().start.get()));
}

int64_t SymlinkAt(Arguments& a, uint64_t target_address, int32_t directory, uint64_t path) {
  const Result<std::string_view> target = UserPath(a.process, target_address, 0);
  if (!target.ok()) return Fail(target.error());
  const Result<Place> place = PlaceAt(a.process, directory, path, 1);
  if (!place.ok()) return Fail(place.error());
  return Fail(vfs::MakeSymlink(a.process.context, target.value(), place.value().path,
                               place.value().start.get()));
}

int64_t RenameAt(Arguments& a, int32_t from_directory, uint64_t from, int32_t to_directory,
                 uint64_t to, uint64_t flags) {
  constexpr uint64_t kNoReplace = 1;
  if (flags & ~kNoReplace) return -EINVAL;
  const Result<Place> source = PlaceAt(a.process, from_directory, from, 0);
  if (!source.ok()) return Fail(source.error());
  const Result<Place> target = PlaceAt(a.process, to_directory, to, 1);
  if (!target.ok()) return Fail(target.error());
  return Fail(vfs::Move(a.process.context, source.value().path, source.value().start.get(),
                        target.value().path, target.value().start.get(),
                        (flags & kNoReplace) == 0));
}

int64_t Change(Arguments& a, const Result<vfs::NodeRef>& node, const AttributeChange& change) {
  if (!node.ok()) return Fail(node.error());
  return Fail(vfs::ChangeAttributes(a.process.context, *node.value(), change));
}

AttributeChange ModeChange(uint64_t mode) {
  AttributeChange change;
  change.fields = AttributeChange::kMode;
  change.mode = static_cast<uint32_t>(mode) & vfs::kPermissionMask;
  return change;
}

// -1 leaves an id as it is.
AttributeChange OwnerChange(uint64_t uid, uint64_t gid) {
  AttributeChange change;
  change.uid = static_cast<uint32_t>(uid);
  change.gid = static_cast<uint32_t>(gid);
  if (change.uid != ~0u) change.fields |= AttributeChange::kUid;
  if (change.gid != ~0u) change.fields |= AttributeChange::kGid;
  return change;
}

Result<vfs::NodeRef> NodeOf(proc::Process& process, int32_t descriptor) {
  const Result<vfs::FileRef> file = process.files.Get(descriptor);
  if (!file.ok()) return file.error();
  if (!file.value()->node()) return Errno(EINVAL);
  return vfs::NodeRef::Share(file.value()->node());
}

// The two times, read; null means now, UTIME_NOW and UTIME_OMIT one each.
template <class T>
Result<AttributeChange> TimesFromUser(uint64_t address) {
  constexpr SignedWord kUtimeNow = 0x3fffffff, kUtimeOmit = 0x3ffffffe;
  AttributeChange change;
  change.fields = AttributeChange::kAccessed | AttributeChange::kModified;
  change.accessed_ns = change.modified_ns = dev::WallClockNs();
  if (!address) return change;
  T times[2];
  const Error error = ReadUser(&times, address);
  if (!base::Ok(error)) return error;
  uint64_t* const to[2] = {&change.accessed_ns, &change.modified_ns};
  const uint32_t field[2] = {AttributeChange::kAccessed, AttributeChange::kModified};
  for (int i = 0; i < 2; ++i) {
    const auto rest = static_cast<SignedWord>(times[i].rest);
    if (T::kNsPerRest == 1 && rest == kUtimeNow) continue;
    if (T::kNsPerRest == 1 && rest == kUtimeOmit) {
      change.fields &= ~field[i];
      continue;
    }
    const Result<uint64_t> ns = ToNs(times[i]);
    if (!ns.ok()) return ns.error();
    *to[i] = ns.value();
  }
  return change;
}

template <class T>
int64_t SetTimes(Arguments& a, int32_t directory, uint64_t path, uint64_t times, bool follow) {
  const Result<AttributeChange> change = TimesFromUser<T>(times);
  if (!change.ok()) return Fail(change.error());
  if (!path) return Change(a, NodeOf(a.process, directory), change.value());
  return Change(a, NodeAt(a.process, directory, path, follow), change.value());
}

int64_t EnterDirectory(Arguments& a, vfs::NodeRef vfs::Context::*place,
                       const Result<vfs::NodeRef>& node) {
  if (!node.ok()) return Fail(node.error());
  if (node.value()->Stat().kind != vfs::Kind::kDirectory) return -ENOTDIR;
  const Error allowed = vfs::CheckAccess(a.process.context, *node.value(), vfs::kExecute);
  if (!base::Ok(allowed)) return Fail(allowed);
  a.process.context.*place = node.value();
  return 0;
}

}  // namespace

int64_t SysMkdir(Arguments& a) {
  return MakeNodeAt(a, kAtCwd, a[0], vfs::Kind::kDirectory, a[1], 0);
}
int64_t SysMkdirat(Arguments& a) {
  return MakeNodeAt(a, a.Int(0), a[1], vfs::Kind::kDirectory, a[2], 0);
}
int64_t SysMknod(Arguments& a) { return MakeSpecialAt(a, kAtCwd, a[0], a[1], a[2]); }
int64_t SysMknodat(Arguments& a) { return MakeSpecialAt(a, a.Int(0), a[1], a[2], a[3]); }
int64_t SysRmdir(Arguments& a) { return RemoveAt(a, kAtCwd, a[0], true); }
int64_t SysUnlink(Arguments& a) { return RemoveAt(a, kAtCwd, a[0], false); }
int64_t SysUnlinkat(Arguments& a) {
  if (a[2] & ~uint64_t{kRemoveDirectory}) return -EINVAL;
  return RemoveAt(a, a.Int(0), a[1], a[2] != 0);
}
int64_t SysLink(Arguments& a) { return LinkAt(a, kAtCwd, a[0], kAtCwd, a[1], 0); }
int64_t SysLinkat(Arguments& a) { return LinkAt(a, a.Int(0), a[1], a.Int(2), a[3], a[4]); }
int64_t SysSymlink(Arguments& a) { return SymlinkAt(a, a[0], kAtCwd, a[1]); }
int64_t SysSymlinkat(Arguments& a) { return SymlinkAt(a, a[0], a.Int(1), a[2]); }
int64_t SysRename(Arguments& a) { return RenameAt(a, kAtCwd, a[0], kAtCwd, a[1], 0); }
int64_t SysRenameat(Arguments& a) { return RenameAt(a, a.Int(0), a[1], a.Int(2), a[3], 0); }
int64_t SysRenameat2(Arguments& a) { return RenameAt(a, a.Int(0), a[1], a.Int(2), a[3], a[4]); }

int64_t SysChmod(Arguments& a) {
  return Change(a, NodeAt(a.process, kAtCwd, a[0], true), ModeChange(a[1]));
}
int64_t SysFchmod(Arguments& a) { return Change(a, NodeOf(a.process, a.Int(0)), ModeChange(a[1])); }
int64_t SysFchmodat(Arguments& a) {
  return Change(a, NodeAt(a.process, a.Int(0), a[1], true), ModeChange(a[2]));
}
int64_t SysChown(Arguments& a) {
  return Change(a, NodeAt(a.process, kAtCwd, a[0], true), OwnerChange(a[1], a[2]));
}
int64_t SysLchown(Arguments& a) {
  return Change(a, NodeAt(a.process, kAtCwd, a[0], false), OwnerChange(a[1], a[2]));
}
int64_t SysFchown(Arguments& a) {
  return Change(a, NodeOf(a.process, a.Int(0)), OwnerChange(a[1], a[2]));
}
int64_t SysFchownat(Arguments& a) {
  const bool follow = (a[4] & kNoFollow) == 0;
  return Change(a, NodeAt(a.process, a.Int(0), a[1], follow), OwnerChange(a[2], a[3]));
}

int64_t SysUtimensat(Arguments& a) {
  return SetTimes<Timespec>(a, a.Int(0), a[1], a[2], (a[3] & kNoFollow) == 0);
}
int64_t SysUtimensat64(Arguments& a) {
  return SetTimes<Timespec64>(a, a.Int(0), a[1], a[2], (a[3] & kNoFollow) == 0);
}
int64_t SysUtimes(Arguments& a) { return SetTimes<Timeval>(a, kAtCwd, a[0], a[1], true); }
int64_t SysFutimesat(Arguments& a) { return SetTimes<Timeval>(a, a.Int(0), a[1], a[2], true); }
int64_t SysUtime(Arguments& a) {
  AttributeChange change;
  change.fields = AttributeChange::kAccessed | AttributeChange::kModified;
  change.accessed_ns = change.modified_ns = dev::WallClockNs();
  if (a[1]) {
    Word seconds[2];
    const Error error = ReadUser(&seconds, a[1]);
    if (!base::Ok(error)) return Fail(error);
    change.accessed_ns = uint64_t{seconds[0]} * kNsPerSecond;
    change.modified_ns = uint64_t{seconds[1]} * kNsPerSecond;
  }
  return Change(a, NodeAt(a.process, kAtCwd, a[0], true), change);
}

int64_t SysUmask(Arguments& a) {
  const uint32_t before = a.process.context.umask;
  a.process.context.umask = static_cast<uint32_t>(a[0]) & 0777;
  return before;
}

int64_t SysGetcwd(Arguments& a) {
  const Result<size_t> length = vfs::PathOfDirectory(a.process.context, *a.process.context.cwd,
                                                     a.process.bounce, vfs::kPathMax);
  if (!length.ok()) return Fail(length.error());
  const size_t bytes = length.value() + 1;
  if (bytes > a[1]) return -ERANGE;
  const Error error = mm::CopyOut(a[0], a.process.bounce, bytes);
  return base::Ok(error) ? static_cast<int64_t>(bytes) : Fail(error);
}

int64_t SysChdir(Arguments& a) {
  return EnterDirectory(a, &vfs::Context::cwd, NodeAt(a.process, kAtCwd, a[0], true));
}
int64_t SysFchdir(Arguments& a) {
  return EnterDirectory(a, &vfs::Context::cwd, NodeOf(a.process, a.Int(0)));
}
int64_t SysChroot(Arguments& a) {
  if (!a.process.context.who.Privileged()) return -EPERM;
  return EnterDirectory(a, &vfs::Context::root, NodeAt(a.process, kAtCwd, a[0], true));
}

int64_t SysMount(Arguments& a) {
  if (!a.process.context.who.Privileged()) return -EPERM;
  char type[16];
  const Result<size_t> length = mm::CopyInString(type, a[2], sizeof type);
  if (!length.ok()) return length.error() == Errno(ENAMETOOLONG) ? -ENODEV : Fail(length.error());
  const std::string_view wanted(type, length.value());
  const Result<std::string_view> place = UserPath(a.process, a[1]);
  if (!place.ok()) return Fail(place.error());
  Result<vfs::NodeRef> root = Errno(ENODEV);
  if (wanted == "proc") root = proc::CreateProcTree();
  if (wanted == "tmpfs" || wanted == "ramfs") root = vfs::CreateRamTree();
  if (!root.ok()) return Fail(root.error());
  return Fail(vfs::MountAt(a.process.context, place.value(), wanted, root.value()));
}

int64_t SysUmount2(Arguments& a) {
  if (!a.process.context.who.Privileged()) return -EPERM;
  const Result<std::string_view> place = UserPath(a.process, a[0]);
  if (!place.ok()) return Fail(place.error());
  return Fail(vfs::UnmountAt(a.process.context, place.value()));
}

}  // namespace syscalls
