// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/vfs/mounts.h"

#include <cstring>

#include "kernel/kpi/errno.h"
#include "kernel/sched/sync.h"

namespace vfs {

using base::Errno;
using base::Error;
using base::Result;

namespace {

struct Entry {
  Node* root;  // kept by the mount itself
  MountInfo info;
};

sched::Mutex g_lock;  // taken before any lock of nodes
Entry g_mounts[kMostMounts];
size_t g_count = 0;

// With the lock held. Once this tree is out of reach, nobody could unmount what is mounted in it.
bool HoldsMount(Node& root) {
  const uint64_t filesystem = root.Stat().filesystem;
  for (size_t i = 0; i < g_count; ++i) {
    const NodeRef covered = g_mounts[i].root->Covered();
    if (covered && covered->Stat().filesystem == filesystem) return true;
  }
  return false;
}

}  // namespace

Error MountAt(const Context& context, std::string_view path, std::string_view type,
              const NodeRef& root) {
  Entry entry{};
  if (type.size() >= sizeof entry.info.type) return Errno(ENAMETOOLONG);
  std::memcpy(entry.info.type, type.data(), type.size());
  sched::Guard guard(g_lock);  // what holds the place is not unmounted meanwhile
  const Result<NodeRef> place = Walk(context, path);
  if (!place.ok()) return place.error();
  const Result<size_t> length =
      ResolvedPath(context, path, entry.info.path, sizeof entry.info.path);
  if (!length.ok()) return length.error() == Errno(ERANGE) ? Errno(ENAMETOOLONG) : length.error();
  entry.root = root.get();
  if (g_count == kMostMounts) return Errno(ENOMEM);
  const Error error = place.value()->Mount(root);
  if (base::Ok(error)) g_mounts[g_count++] = entry;
  return error;
}

Error UnmountAt(const Context& context, std::string_view path) {
  const Result<NodeRef> root = Walk(context, path);
  if (!root.ok()) return root.error();
  sched::Guard guard(g_lock);
  if (root.value()->Covered() && HoldsMount(*root.value())) return Errno(EBUSY);
  const Error error = root.value()->Unmount();
  if (!base::Ok(error)) return error;
  size_t kept = 0;
  for (size_t i = 0; i < g_count; ++i) {
    if (g_mounts[i].root != root.value().get()) g_mounts[kept++] = g_mounts[i];
  }
  g_count = kept;
  return Error::kOk;
}

bool ListMount(size_t index, MountInfo* out) {
  sched::Guard guard(g_lock);
  if (index >= g_count) return false;
  *out = g_mounts[index].info;
  return true;
}

}  // namespace vfs
