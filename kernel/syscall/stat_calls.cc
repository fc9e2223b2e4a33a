// SPDX-License-Identifier: BSD-2-Clause
//
// What is known about files: stat and its kin, access, readlink, statfs.

#include "arch/contract/kernel/linux_abi.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/syscall/user_memory.h"

namespace syscalls {

using base::Error;
using base::Result;

namespace {

constexpr size_t kMostStatBytes = 256;

Result<vfs::Attributes> AttributesAt(proc::Process& process, int32_t directory, uint64_t address,
                                     uint64_t flags) {
  const Result<std::string_view> path = UserPath(process, address);
  if (!path.ok()) return path.error();
  if (path.value().empty() && (flags & kEmptyPath)) {
    if (directory == kAtCwd) return process.context.cwd->Stat();
    const Result<vfs::FileRef> file = process.files.Get(directory);
    if (!file.ok()) return file.error();
    return file.value()->Stat();
  }
  const Result<vfs::NodeRef> start = StartOf(process, directory, path.value());
  if (!start.ok()) return start.error();
  const unsigned follow = flags & kNoFollow ? 0u : unsigned{vfs::kFollow};
  const Result<vfs::NodeRef> node =
      vfs::Walk(process.context, path.value(), follow, start.value().get());
  if (!node.ok()) return node.error();
  return node.value()->Stat();
}

int64_t GiveStat(const Result<vfs::Attributes>& attributes, uint64_t to) {
  if (!attributes.ok()) return Fail(attributes.error());
  const arch::LinuxAbi& abi = arch::kLinuxAbi;
  char encoded[kMostStatBytes];
  abi.encode_stat(attributes.value(), encoded);
  return Fail(mm::CopyOut(to, encoded, abi.stat_bytes));
}

// struct statx, the same on every CPU (uapi/linux/stat.h).
struct StatxTime {
  int64_t seconds;
  uint32_t nanoseconds;
  int32_t padding;
};
struct Statx {
  uint32_t mask;
  uint32_t block_size;
  uint64_t attributes;
  uint32_t links, uid, gid;
  uint16_t mode, padding;
  uint64_t inode, size, blocks, attributes_mask;
  StatxTime accessed, born, changed, modified;
  uint32_t special_major, special_minor, major, minor;
  uint64_t spare[14];
};
static_assert(sizeof(Statx) == 256);

constexpr StatxTime EncodeTime(uint64_t ns) {
  return {static_cast<int64_t>(ns / kNsPerSecond), static_cast<uint32_t>(ns % kNsPerSecond), 0};
}

// Linux's dev_t in 64 bits (new_encode_dev).
constexpr uint32_t Major(uint64_t device) { return device >> 8 & 0xfff; }
constexpr uint32_t Minor(uint64_t device) {
  return static_cast<uint32_t>((device & 0xff) | (device >> 12 & 0xfff00));
}

int64_t CheckAccessAt(Arguments& a, int32_t directory, uint64_t address, uint64_t wanted,
                      uint64_t flags) {
  if (wanted > 7) return -EINVAL;
  // The real ids count, unless told otherwise.
  vfs::Context context = a.process.context;
  if ((flags & kEffectiveIds) == 0) {
    context.who.euid = context.who.uid;
    context.who.egid = context.who.gid;
  }
  const Result<std::string_view> path = UserPath(a.process, address);
  if (!path.ok()) return Fail(path.error());
  const Result<vfs::NodeRef> start = StartOf(a.process, directory, path.value());
  if (!start.ok()) return Fail(start.error());
  const unsigned follow = flags & kNoFollow ? 0u : unsigned{vfs::kFollow};
  const Result<vfs::NodeRef> node = vfs::Walk(context, path.value(), follow, start.value().get());
  if (!node.ok()) return Fail(node.error());
  return Fail(vfs::CheckAccess(context, *node.value(), static_cast<unsigned>(wanted)));
}

int64_t ReadLinkAt(Arguments& a, int32_t directory, uint64_t address, uint64_t to,
                   uint64_t capacity) {
  const Result<std::string_view> path = UserPath(a.process, address, 0);
  if (!path.ok()) return Fail(path.error());
  if (static_cast<SignedWord>(capacity) <= 0) return -EINVAL;
  const Result<vfs::NodeRef> start = StartOf(a.process, directory, path.value());
  if (!start.ok()) return Fail(start.error());
  const Result<vfs::NodeRef> node =
      path.value().empty() ? start
                           : vfs::Walk(a.process.context, path.value(), 0, start.value().get());
  if (!node.ok()) return Fail(node.error());
  if (!node.value()) return -ENOENT;
  char* const target = a.process.bounce + vfs::kPathMax;
  const size_t most = capacity < vfs::kPathMax ? capacity : vfs::kPathMax;
  const Result<size_t> length = node.value()->ReadLink(target, most);
  if (!length.ok()) return Fail(length.error());
  const Error error = mm::CopyOut(to, target, length.value());
  return base::Ok(error) ? static_cast<int64_t>(length.value()) : Fail(error);
}

// struct statfs (asm-generic/statfs.h) with counts in words, and statfs64 with counts of 64 bits.
template <class Count>
struct StatfsOf {
  SignedWord type, block_size;
  Count blocks, free, available, files, files_free;
  int32_t id[2];
  SignedWord name_length, fragment_size, flags, spare[4];
};
using Statfs = StatfsOf<Word>;
using Statfs64 = StatfsOf<uint64_t>;
static_assert(sizeof(Statfs) == 14 * sizeof(Word) + 2 * sizeof(int32_t));

template <class T>
int64_t GiveStatfs(uint64_t to) {
  constexpr SignedWord kTmpfsMagic = 0x01021994;
  const mm::FrameCounts frames = mm::CountFrames();
  T result{};
  result.type = kTmpfsMagic;
  result.block_size = result.fragment_size = mm::kPageSize;
  result.blocks = static_cast<decltype(result.blocks)>(frames.total);
  result.free = result.available = static_cast<decltype(result.free)>(frames.free);
  result.name_length = vfs::kNameMax;
  return Fail(WriteUser(to, result));
}

}  // namespace

int64_t SysStat(Arguments& a) { return GiveStat(AttributesAt(a.process, kAtCwd, a[0], 0), a[1]); }
int64_t SysLstat(Arguments& a) {
  return GiveStat(AttributesAt(a.process, kAtCwd, a[0], kNoFollow), a[1]);
}
int64_t SysFstat(Arguments& a) {
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  return GiveStat(file.value()->Stat(), a[1]);
}
int64_t SysNewfstatat(Arguments& a) {
  return GiveStat(AttributesAt(a.process, a.Int(0), a[1], a[3]), a[2]);
}

int64_t SysStatx(Arguments& a) {
  constexpr uint32_t kBasic = 0x7ff;
  const Result<vfs::Attributes> found = AttributesAt(a.process, a.Int(0), a[1], a[2]);
  if (!found.ok()) return Fail(found.error());
  const vfs::Attributes& from = found.value();
  Statx to{};
  to.mask = kBasic;
  to.block_size = mm::kPageSize;
  to.links = from.links;
  to.uid = from.uid;
  to.gid = from.gid;
  to.mode = static_cast<uint16_t>(static_cast<uint32_t>(from.kind) | from.mode);
  to.inode = from.inode;
  to.size = from.size;
  to.blocks = from.blocks;
  to.accessed = EncodeTime(from.accessed_ns);
  to.changed = EncodeTime(from.changed_ns);
  to.modified = EncodeTime(from.modified_ns);
  to.special_major = Major(from.device);
  to.special_minor = Minor(from.device);
  to.minor = static_cast<uint32_t>(from.filesystem);
  return Fail(WriteUser(a[4], to));
}

int64_t SysAccess(Arguments& a) { return CheckAccessAt(a, kAtCwd, a[0], a[1], 0); }
int64_t SysFaccessat(Arguments& a) { return CheckAccessAt(a, a.Int(0), a[1], a[2], 0); }
int64_t SysFaccessat2(Arguments& a) { return CheckAccessAt(a, a.Int(0), a[1], a[2], a[3]); }
int64_t SysReadlink(Arguments& a) { return ReadLinkAt(a, kAtCwd, a[0], a[1], a[2]); }
int64_t SysReadlinkat(Arguments& a) { return ReadLinkAt(a, a.Int(0), a[1], a[2], a[3]); }

int64_t SysStatfs(Arguments& a) {
  const Result<vfs::Attributes> found = AttributesAt(a.process, kAtCwd, a[0], 0);
  return found.ok() ? GiveStatfs<Statfs>(a[1]) : Fail(found.error());
}
int64_t SysFstatfs(Arguments& a) {
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  return file.ok() ? GiveStatfs<Statfs>(a[1]) : Fail(file.error());
}
// These are told the size that they expect.
int64_t SysStatfs64(Arguments& a) {
  if (a[1] != sizeof(Statfs64)) return -EINVAL;
  const Result<vfs::Attributes> found = AttributesAt(a.process, kAtCwd, a[0], 0);
  return found.ok() ? GiveStatfs<Statfs64>(a[2]) : Fail(found.error());
}
int64_t SysFstatfs64(Arguments& a) {
  if (a[1] != sizeof(Statfs64)) return -EINVAL;
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  return file.ok() ? GiveStatfs<Statfs64>(a[2]) : Fail(file.error());
}

}  // namespace syscalls
