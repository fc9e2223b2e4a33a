// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/vfs/node.h"

#include "kernel/kpi/errno.h"
#include "kernel/sched/sync.h"
#include "kernel/vfs/file.h"

namespace vfs {

using base::Errno;
using base::Error;
using base::Result;

namespace {

sched::Mutex g_mounted_lock;

}  // namespace

bool Permits(const Credentials& who, const Attributes& node, unsigned access) {
  if (who.Privileged()) {
    return (access & kExecute) == 0 || node.kind == Kind::kDirectory || (node.mode & 0111) != 0;
  }
  unsigned granted = node.mode & 7;
  if (who.euid == node.uid) {
    granted = node.mode >> 6 & 7;
  } else if (who.InGroup(node.gid)) {
    granted = node.mode >> 3 & 7;
  }
  return (access & ~granted) == 0;
}

Error Node::Change(const AttributeChange&) { return Errno(EPERM); }
Result<base::Ref<File>> Node::Open(unsigned) { return Errno(ENXIO); }
Result<size_t> Node::Read(uint64_t, void*, size_t) { return Errno(EINVAL); }
Result<size_t> Node::Write(uint64_t, const void*, size_t) { return Errno(EINVAL); }
Result<size_t> Node::Append(const void*, size_t, uint64_t*) { return Errno(EINVAL); }
Error Node::Truncate(uint64_t) { return Errno(EINVAL); }
Result<size_t> Node::ReadLink(char*, size_t) { return Errno(EINVAL); }
Result<NodeRef> Node::Lookup(std::string_view) { return Errno(ENOTDIR); }
Result<NodeRef> Node::Create(std::string_view, const Attributes&, std::string_view) {
  return Errno(EPERM);
}
Error Node::Link(std::string_view, Node&) { return Errno(EPERM); }
Error Node::Unlink(std::string_view, bool) { return Errno(EPERM); }
Error Node::Rename(std::string_view, Node&, std::string_view) { return Errno(EPERM); }
NodeRef Node::Parent() { return NodeRef::Share(this); }
bool Node::Next(uint64_t*, DirectoryEntry*, char*) { return false; }
size_t Node::NameInParent(char*) { return 0; }

bool Node::TryRetain() {
  uint32_t count = references_.load(std::memory_order_relaxed);
  while (count && !references_.compare_exchange_weak(count, count + 1, std::memory_order_relaxed)) {
  }
  return count != 0;
}

NodeRef Node::Mounted() const {
  // Most directories never have one: no lock for them.
  if (!IsMountPoint()) return nullptr;
  sched::Guard guard(g_mounted_lock);
  return NodeRef::Share(mounted_.load(std::memory_order_relaxed));
}

NodeRef Node::Covered() const {
  if (!covered_.load(std::memory_order_relaxed)) return nullptr;
  sched::Guard guard(g_mounted_lock);
  return NodeRef::Share(covered_.load(std::memory_order_relaxed));
}

Error Node::Mount(NodeRef root) {
  if (Stat().kind != Kind::kDirectory || root->Stat().kind != Kind::kDirectory) {
    return Errno(ENOTDIR);
  }
  sched::Guard guard(g_mounted_lock);
  if (mounted_ || root->covered_ || root.get() == this) return Errno(EBUSY);
  Retain();
  root->covered_ = this;
  mounted_ = root.Leak();
  return Error::kOk;
}

Error Node::Unmount() {
  NodeRef directory;
  NodeRef root;
  {
    sched::Guard guard(g_mounted_lock);
    if (!covered_) return Errno(EINVAL);
    directory = NodeRef::Adopt(covered_.exchange(nullptr));
    root = NodeRef::Adopt(directory->mounted_.exchange(nullptr));
  }
  return Error::kOk;
}

uint64_t NextFilesystem() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace vfs
