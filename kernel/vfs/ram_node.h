// SPDX-License-Identifier: BSD-2-Clause
//
// The node of the RAM file system; kernel/vfs/ramfs.h says how it stores. Private to this room.
#pragma once

#include <span>

#include "kernel/base/vector.h"
#include "kernel/mm/types.h"
#include "kernel/sched/sync.h"
#include "kernel/vfs/node.h"

namespace vfs {

class Fifo;

class RamNode final : public Node {
 public:
  explicit RamNode(const Attributes& attributes);
  ~RamNode();

  Attributes Stat() override;
  base::Error Change(const AttributeChange& change) override;
  base::Result<base::Ref<File>> Open(unsigned flags) override;
  base::Result<size_t> Read(uint64_t offset, void* to, size_t bytes) override;
  base::Result<size_t> Write(uint64_t offset, const void* from, size_t bytes) override;
  base::Result<size_t> Append(const void* from, size_t bytes, uint64_t* offset) override;
  base::Error Truncate(uint64_t bytes) override;
  base::Result<size_t> ReadLink(char* to, size_t capacity) override;
  base::Result<NodeRef> Lookup(std::string_view name) override;
  base::Result<NodeRef> Create(std::string_view name, const Attributes& attributes,
                               std::string_view target) override;
  base::Error Link(std::string_view name, Node& node) override;
  base::Error Unlink(std::string_view name, bool directory) override;
  base::Error Rename(std::string_view from, Node& target, std::string_view to) override;
  NodeRef Parent() override;
  bool Next(uint64_t* cursor, DirectoryEntry* entry, char* name) override;
  size_t NameInParent(char* to) override;

  // As BackWith (ramfs.h).
  void SetBacking(const void* bytes, size_t count);

 private:
  struct Entry {
    char* name;
    uint32_t hash;
    uint8_t length;
    RamNode* node;  // counted
    uint64_t position;
  };
  static constexpr size_t kNone = ~size_t{0};

  void Destroy() override;
  // Gives up the nodes that this one, which is dying, holds. Those that die of it join `dead`.
  void LetGo(RamNode** dead);
  bool IsDirectory() const { return attributes_.kind == Kind::kDirectory; }

  // All of these with the tree's lock held. Nobody's last reference may be given up meanwhile, for
  // who dies takes the lock.
  base::Result<size_t> Put(uint64_t offset, const void* from, size_t bytes);
  size_t Find(std::string_view name) const;
  base::Error Insert(std::string_view name, RamNode& node);
  // Takes the entry out; the caller releases the node it returns, without the lock.
  RamNode* Take(size_t index);
  // An empty directory loses its name here.
  void MarkRemoved(RamNode& directory);
  void Touch();
  bool IsBelow(const RamNode& ancestor) const;
  base::Error CheckReplace(const RamNode& moved, const RamNode& replaced) const;
  char* PageFor(uint64_t index, bool create);
  // What the page holds while it has no frame: bytes of the backing, or none.
  std::span<const char> BackingOf(uint64_t index) const;
  void CountResident();

  Attributes attributes_;
  base::Vector<mm::PhysAddr> pages_;  // a regular file's; kNoFrame = backing, or a hole behind it
  std::span<const char> backing_;     // what was never written since boot
  uint64_t resident_ = 0;             // pages that are not holes
  base::Vector<char> target_;         // a symlink's
  base::Vector<Entry> entries_;       // a directory's
  uint64_t next_position_ = 1;
  RamNode* parent_ = nullptr;     // null at a root; counted if the directory was removed
  Fifo* fifo_ = nullptr;          // counted; made at the first open
  RamNode* next_dead_ = nullptr;  // while it waits for its end
};

}  // namespace vfs
