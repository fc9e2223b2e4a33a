// SPDX-License-Identifier: BSD-2-Clause
//
// A node: a file, directory, symlink or device as the tree holds it, whatever its names are. Nodes
// are counted; a node lives while a name, an open file or a caller holds it.
//
// Every operation has a default that answers the POSIX error of a node that cannot do it
// (ENOTDIR, EISDIR, EINVAL, EPERM). Permissions are the caller's work (kernel/vfs/path.h): a node
// does what it is told. Operations on one directory are atomic; each may sleep for the tree's
// lock and so needs a thread.
#pragma once

#include <atomic>

#include "kernel/base/ref.h"
#include "kernel/base/result.h"
#include "kernel/vfs/types.h"

namespace vfs {

class File;

// One entry of a directory, for File::ReadDirectory.
struct DirectoryEntry {
  std::string_view name;
  uint64_t inode;
  Kind kind;
};

class Node {
 public:
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void Retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() {
    if (Drop()) Destroy();
  }

  virtual Attributes Stat() = 0;
  virtual base::Error Change(const AttributeChange& change);

  // Makes an open file. `flags` are OpenFlags; permissions were checked.
  virtual base::Result<base::Ref<File>> Open(unsigned flags);

  // Regular files. A read past the end gives 0 bytes; a write may be short only with an error
  // left for the next one. Truncate extends with zeros.
  virtual base::Result<size_t> Read(uint64_t offset, void* to, size_t bytes);
  virtual base::Result<size_t> Write(uint64_t offset, const void* from, size_t bytes);
  // Writes behind the last byte, wherever another writer leaves it; `*offset` says where.
  virtual base::Result<size_t> Append(const void* from, size_t bytes, uint64_t* offset);
  virtual base::Error Truncate(uint64_t bytes);

  // Symlinks: the target, not NUL-terminated, cut at `capacity`; its length.
  virtual base::Result<size_t> ReadLink(char* to, size_t capacity);

  // Directories. Names are single components, never empty, "." or "..".
  virtual base::Result<base::Ref<Node>> Lookup(std::string_view name);
  // `attributes` gives kind, mode, uid, gid and device; `target` is a symlink's.
  virtual base::Result<base::Ref<Node>> Create(std::string_view name, const Attributes& attributes,
                                               std::string_view target);
  virtual base::Error Link(std::string_view name, Node& node);
  // Removes a name: a directory's (which must be empty) when `directory`, else anything else's.
  virtual base::Error Unlink(std::string_view name, bool directory);
  // Moves `from` here to `to` in `target`, a directory of the same file system, replacing what
  // POSIX rename(2) lets it replace.
  virtual base::Error Rename(std::string_view from, Node& target, std::string_view to);
  // The directory that holds this one; itself at a root.
  virtual base::Ref<Node> Parent();
  // Entry number `*cursor` and following: sets `*cursor` to the one after. False at the end.
  // `name` is at least kNameMax bytes and backs the entry's name.
  virtual bool Next(uint64_t* cursor, DirectoryEntry* entry, char* name);
  // The name that this directory has in its parent; its length, 0 for a root.
  virtual size_t NameInParent(char* to);

  // Mounts: a walk that reaches this directory goes on at the root mounted upon it, and ".." of
  // that root leads out of this directory. Null when there is none. Mount is EBUSY when something
  // is mounted here or `root` is mounted elsewhere, ENOTDIR unless both are directories; Unmount
  // is called on the mounted root, EINVAL when it is none.
  base::Ref<Node> Mounted() const;
  // Whether there is one; takes no reference, so that none is given up where that may not be.
  bool IsMountPoint() const { return mounted_.load(std::memory_order_relaxed) != nullptr; }
  base::Ref<Node> Covered() const;
  base::Error Mount(base::Ref<Node> root);
  base::Error Unmount();

 protected:
  Node() = default;
  ~Node() = default;
  virtual void Destroy() = 0;
  // Gives a reference up; true when it was the last, and then the caller destroys the node.
  [[nodiscard]] bool Drop() { return references_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
  // Takes a reference to a node that may be dying; false when it is.
  [[nodiscard]] bool TryRetain();

 private:
  std::atomic<uint32_t> references_{1};
  std::atomic<Node*> mounted_{nullptr};  // counted
  std::atomic<Node*> covered_{nullptr};  // counted
};

using NodeRef = base::Ref<Node>;

// A number for a new file system (Attributes::filesystem).
uint64_t NextFilesystem();

}  // namespace vfs
