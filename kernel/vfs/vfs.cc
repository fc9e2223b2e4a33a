// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/vfs/vfs.h"

#include <span>

#include "kernel/base/new.h"
#include "kernel/kpi/errno.h"
#include "kernel/vfs/ramfs.h"
#include "lib/boot_archive/newc.h"

namespace vfs {

using base::Errno;
using base::Error;
using base::Result;

namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;

uint64_t (*g_now)() = nullptr;
DeviceOpener g_opener = nullptr;
Context* g_kernel = nullptr;  // for ever

// Makes the directories on the way to `path` (0755) and gives the last component's place.
Result<Last> PlaceFor(std::string_view path, char* storage) {
  for (size_t i = 1; i < path.size(); ++i) {
    if (path[i] != '/') continue;
    const Error error = MakeNode(*g_kernel, {path.data(), i}, Kind::kDirectory, 0755, 0);
    if (!base::Ok(error) && error != Errno(EEXIST)) return error;
  }
  return WalkToLast(*g_kernel, path, storage);
}

// Hard links in newc are entries with one inode number and a link count above one that follow each
// other; the bytes are with the last of them. Entries further apart are not taken for links:
// concatenated archives count their inodes each from 1.
struct LinkRun {
  NodeRef node;
  uint32_t inode = 0;
};

Error SetOwner(Node& node, const boot_archive::Entry& entry) {
  using Field = AttributeChange::Field;
  AttributeChange change;
  change.fields = Field::kUid | Field::kGid | Field::kModified | Field::kAccessed | Field::kMode;
  change.mode = entry.mode & kPermissionMask;
  change.uid = entry.uid;
  change.gid = entry.gid;
  change.modified_ns = change.accessed_ns = entry.mtime * kNsPerSecond;
  return node.Change(change);
}

Error UnpackEntry(const boot_archive::Entry& entry, LinkRun* run) {
  const LinkRun before = std::move(*run);
  *run = LinkRun{};
  const auto kind = static_cast<Kind>(entry.mode & kKindMask);
  if (entry.name.empty()) return SetOwner(*g_kernel->root, entry);
  char storage[kNameMax + 1];
  Result<Last> last = PlaceFor(entry.name, storage);
  if (!last.ok()) return last.error();
  Node& directory = *last.value().directory;
  const std::string_view name = last.value().name;
  if (name.empty() || name == "." || name == "..") return Errno(EINVAL);

  // 1. What is there already: a directory stays, anything else is replaced.
  Result<NodeRef> present = directory.Lookup(name);
  if (present.ok()) {
    if (kind == Kind::kDirectory && present.value()->Stat().kind == Kind::kDirectory) {
      return SetOwner(*present.value(), entry);
    }
    const Error error = directory.Unlink(name, present.value()->Stat().kind == Kind::kDirectory);
    if (!base::Ok(error)) return error;
  }

  // 2. The node.
  Attributes attributes;
  attributes.kind = kind;
  attributes.device = uint64_t{entry.device_major} << 8 | entry.device_minor;
  std::string_view target;
  if (kind == Kind::kSymlink) {
    target = {reinterpret_cast<const char*>(entry.data.data()), entry.data.size()};
    if (target.empty() || target.size() >= kPathMax) return Errno(EINVAL);
  }
  Result<NodeRef> made = NodeRef();
  if (kind == Kind::kRegular && entry.links > 1 && before.node && before.inode == entry.inode) {
    const Error error = directory.Link(name, *before.node);
    if (!base::Ok(error)) return error;
    made = before.node;
  } else {
    made = directory.Create(name, attributes, target);
    if (!made.ok()) return made.error();
  }
  if (kind == Kind::kRegular) {
    if (entry.links > 1) *run = {made.value(), entry.inode};
    if (!entry.data.empty()) BackWith(*made.value(), entry.data.data(), entry.data.size());
  }
  return SetOwner(*made.value(), entry);
}

bool KnownKind(uint32_t mode) {
  switch (static_cast<Kind>(mode & kKindMask)) {
    case Kind::kFifo:
    case Kind::kCharacter:
    case Kind::kDirectory:
    case Kind::kRegular:
    case Kind::kSymlink:
      return true;
  }
  return false;
}

}  // namespace

void SetClock(uint64_t (*now)()) { g_now = now; }
uint64_t Now() { return g_now ? g_now() : 0; }

void SetDeviceOpener(DeviceOpener opener) { g_opener = opener; }

Result<FileRef> OpenDevice(Node& node, uint64_t number, unsigned flags) {
  if (!g_opener) return Errno(ENXIO);
  return g_opener(node, number, flags);
}

Error Initialize() {
  Result<NodeRef> root = CreateRamTree();
  if (!root.ok()) return root.error();
  if (!g_kernel) g_kernel = base::New<Context>();
  if (!g_kernel) return Errno(ENOMEM);
  g_kernel->root = root.value();
  g_kernel->cwd = root.value();
  g_kernel->umask = 0;
  return MakeNode(*g_kernel, "/dev", Kind::kDirectory, 0755, 0);
}

const Context& KernelContext() { return *g_kernel; }

Error UnpackInPlace(const void* archive, size_t bytes) {
  boot_archive::Reader reader({static_cast<const std::byte*>(archive), bytes});
  boot_archive::Entry entry;
  LinkRun run;
  while (reader.Next(&entry)) {
    // Block devices and sockets have no use here; they are passed over.
    if (!KnownKind(entry.mode)) continue;
    const Error error = UnpackEntry(entry, &run);
    if (!base::Ok(error)) return error;
  }
  return reader.fault() == boot_archive::Fault::kNone ? Error::kOk : Errno(EINVAL);
}

Error ReadExactly(File& file, uint64_t offset, void* to, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    const Result<size_t> part =
        file.ReadAt(offset + done, static_cast<char*>(to) + done, bytes - done);
    if (!part.ok()) return part.error();
    if (!part.value()) return Errno(EIO);
    done += part.value();
  }
  return Error::kOk;
}

}  // namespace vfs
