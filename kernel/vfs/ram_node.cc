// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/vfs/ram_node.h"

#include <cstring>
#include <utility>

#include "kernel/base/new.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/vfs/pipe.h"
#include "kernel/vfs/ram_file.h"
#include "kernel/vfs/ramfs.h"
#include "kernel/vfs/vfs.h"

namespace vfs {

using base::Errno;
using base::Error;
using base::Result;

namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 40;

sched::Mutex g_tree;
std::atomic<uint64_t> g_next_inode{1};

uint32_t HashName(std::string_view name) {
  uint32_t hash = 5381;
  for (const char c : name) hash = hash * 33 + static_cast<unsigned char>(c);
  return hash;
}

}  // namespace

RamNode::RamNode(const Attributes& attributes) : attributes_(attributes) {
  attributes_.inode = g_next_inode.fetch_add(1, std::memory_order_relaxed);
  attributes_.links = IsDirectory() ? 2 : 1;
  attributes_.size = 0;
  attributes_.accessed_ns = attributes_.modified_ns = attributes_.changed_ns = Now();
}

RamNode::~RamNode() {
  for (const mm::PhysAddr page : pages_) {
    if (page != mm::kNoFrame) mm::ReleaseFrame(page);
  }
  if (fifo_) fifo_->Release();
}

// Whoever dies may be the last to hold others: the directory above a removed one, or all that is
// below an unmounted root. Users make trees as deep as they like and kernel stacks are small, so
// the dead wait in a list.
void RamNode::Destroy() {
  RamNode* dead = this;
  while (RamNode* const node = dead) {
    dead = node->next_dead_;
    node->LetGo(&dead);
    base::Delete(node);
  }
}

void RamNode::LetGo(RamNode** dead) {
  const auto drop = [dead](RamNode* node) {
    if (node->Drop()) node->next_dead_ = std::exchange(*dead, node);
  };
  if (parent_ && attributes_.links == 0) drop(parent_);
  if (entries_.empty()) return;
  {
    // Somebody may still be inside: that directory is a root from now on.
    sched::Guard guard(g_tree);
    for (const Entry& entry : entries_) {
      if (entry.node->IsDirectory()) entry.node->parent_ = nullptr;
    }
  }
  for (const Entry& entry : entries_) {
    mm::Free(entry.name);
    drop(entry.node);
  }
}

Attributes RamNode::Stat() {
  sched::Guard guard(g_tree);
  Attributes result = attributes_;
  result.blocks = resident_ * (mm::kPageSize / 512);
  if (IsDirectory()) result.size = entries_.size() * sizeof(Entry);
  return result;
}

Error RamNode::Change(const AttributeChange& change) {
  using Field = AttributeChange::Field;
  sched::Guard guard(g_tree);
  if (change.fields & Field::kMode) attributes_.mode = change.mode & kPermissionMask;
  if (change.fields & Field::kUid) attributes_.uid = change.uid;
  if (change.fields & Field::kGid) attributes_.gid = change.gid;
  if (change.fields & Field::kAccessed) attributes_.accessed_ns = change.accessed_ns;
  if (change.fields & Field::kModified) attributes_.modified_ns = change.modified_ns;
  attributes_.changed_ns = Now();
  return Error::kOk;
}

Result<FileRef> RamNode::Open(unsigned flags) {
  // A path-only open names the node and starts nothing.
  switch (flags & kOpenPathOnly ? Kind::kRegular : attributes_.kind) {
    case Kind::kCharacter:
      return OpenDevice(*this, attributes_.device, flags);
    case Kind::kSymlink:
      return Errno(ELOOP);
    case Kind::kFifo: {
      base::Ref<Fifo> fifo;
      {
        sched::Guard guard(g_tree);
        if (!fifo_) fifo_ = base::New<Fifo>();
        if (!fifo_) return Errno(ENOMEM);
        fifo = base::Ref<Fifo>::Share(fifo_);
      }
      return OpenFifo(NodeRef::Share(this), fifo, flags);
    }
    case Kind::kRegular:
    case Kind::kDirectory:
      break;
  }
  return OpenListing(NodeRef::Share(this), flags);
}

std::span<const char> RamNode::BackingOf(uint64_t index) const {
  const uint64_t start = index * mm::kPageSize;
  if (start >= backing_.size()) return {};
  const size_t left = backing_.size() - start;
  return {backing_.data() + start, left < mm::kPageSize ? left : mm::kPageSize};
}

void RamNode::CountResident() {
  resident_ = 0;
  const uint64_t backed = mm::PagesFor(backing_.size());
  const uint64_t end = backed > pages_.size() ? backed : pages_.size();
  for (uint64_t i = 0; i < end; ++i) {
    resident_ += i < backed || pages_[i] != mm::kNoFrame;
  }
}

void RamNode::SetBacking(const void* bytes, size_t count) {
  sched::Guard guard(g_tree);
  backing_ = {static_cast<const char*>(bytes), count};
  attributes_.size = count;
  ++attributes_.version;
  CountResident();
}

// The page's frame, made from the backing when it is to be written; null when it has none, and
// when there is no memory.
char* RamNode::PageFor(uint64_t index, bool create) {
  if (index >= pages_.size()) {
    if (!create || !pages_.Resize(index + 1, mm::kNoFrame)) return nullptr;
  }
  if (pages_[index] == mm::kNoFrame) {
    if (!create) return nullptr;
    pages_[index] = mm::AllocateFrame();
    if (pages_[index] == mm::kNoFrame) return nullptr;
    const std::span<const char> old = BackingOf(index);
    if (old.empty()) {
      ++resident_;
    } else {
      std::memcpy(mm::DirectMap(pages_[index]), old.data(), old.size());
    }
  }
  return static_cast<char*>(mm::DirectMap(pages_[index]));
}

Result<size_t> RamNode::Read(uint64_t offset, void* to, size_t bytes) {
  if (IsDirectory()) return Errno(EISDIR);
  if (attributes_.kind != Kind::kRegular) return Errno(EINVAL);
  sched::Guard guard(g_tree);
  if (offset >= attributes_.size) return size_t{0};
  if (bytes > attributes_.size - offset) bytes = attributes_.size - offset;
  for (size_t done = 0; done < bytes;) {
    const uint64_t at = offset + done;
    const size_t in_page = at % mm::kPageSize;
    size_t part = mm::kPageSize - in_page;
    if (part > bytes - done) part = bytes - done;
    char* target = static_cast<char*>(to) + done;
    std::span<const char> source = BackingOf(at / mm::kPageSize);
    if (const char* page = PageFor(at / mm::kPageSize, false)) source = {page, mm::kPageSize};
    size_t there = source.size() > in_page ? source.size() - in_page : 0;
    if (there > part) there = part;
    if (there) std::memcpy(target, source.data() + in_page, there);
    std::memset(target + there, 0, part - there);
    done += part;
  }
  return bytes;
}

Result<size_t> RamNode::Write(uint64_t offset, const void* from, size_t bytes) {
  sched::Guard guard(g_tree);
  return Put(offset, from, bytes);
}

Result<size_t> RamNode::Append(const void* from, size_t bytes, uint64_t* offset) {
  sched::Guard guard(g_tree);
  *offset = attributes_.size;
  return Put(*offset, from, bytes);
}

Result<size_t> RamNode::Put(uint64_t offset, const void* from, size_t bytes) {
  if (attributes_.kind != Kind::kRegular) return Errno(EINVAL);
  if (offset > kMaxFileBytes || bytes > kMaxFileBytes - offset) return Errno(EFBIG);
  size_t done = 0;
  while (done < bytes) {
    const uint64_t at = offset + done;
    const size_t in_page = at % mm::kPageSize;
    size_t part = mm::kPageSize - in_page;
    if (part > bytes - done) part = bytes - done;
    char* page = PageFor(at / mm::kPageSize, true);
    if (!page) break;
    std::memcpy(page + in_page, static_cast<const char*>(from) + done, part);
    done += part;
  }
  if (bytes && !done) return Errno(ENOSPC);
  if (offset + done > attributes_.size && done) attributes_.size = offset + done;
  if (done) ++attributes_.version;
  if (done) attributes_.mode &= ~06000u;
  Touch();
  return done;
}

Error RamNode::Truncate(uint64_t bytes) {
  if (IsDirectory()) return Errno(EISDIR);
  if (attributes_.kind != Kind::kRegular) return Errno(EINVAL);
  if (bytes > kMaxFileBytes) return Errno(EFBIG);
  sched::Guard guard(g_tree);
  if (bytes < attributes_.size) {
    const uint64_t keep = mm::PagesFor(bytes);
    for (uint64_t i = keep; i < pages_.size(); ++i) {
      if (pages_[i] != mm::kNoFrame) mm::ReleaseFrame(pages_[i]);
    }
    if (keep < pages_.size()) (void)pages_.Resize(keep, mm::kNoFrame);
    if (bytes < backing_.size()) backing_ = {backing_.data(), static_cast<size_t>(bytes)};
    CountResident();
    // What a later extension uncovers must read as zero.
    const size_t tail = bytes % mm::kPageSize;
    if (tail) {
      if (char* page = PageFor(bytes / mm::kPageSize, false)) {
        std::memset(page + tail, 0, mm::kPageSize - tail);
      }
    }
  }
  attributes_.size = bytes;
  ++attributes_.version;
  Touch();
  return Error::kOk;
}

Result<size_t> RamNode::ReadLink(char* to, size_t capacity) {
  if (attributes_.kind != Kind::kSymlink) return Errno(EINVAL);
  const size_t length = target_.size() < capacity ? target_.size() : capacity;
  std::memcpy(to, target_.data(), length);
  return length;
}

size_t RamNode::Find(std::string_view name) const {
  const uint32_t hash = HashName(name);
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.hash == hash && name == std::string_view(entry.name, entry.length)) return i;
  }
  return kNone;
}

Error RamNode::Insert(std::string_view name, RamNode& node) {
  char* copy = static_cast<char*>(mm::Allocate(name.size()));
  if (!copy) return Errno(ENOSPC);
  std::memcpy(copy, name.data(), name.size());
  const Entry entry{copy, HashName(name), static_cast<uint8_t>(name.size()), &node, next_position_};
  if (!entries_.Push(entry)) {
    mm::Free(copy);
    return Errno(ENOSPC);
  }
  ++next_position_;
  node.Retain();
  if (node.IsDirectory()) {
    node.parent_ = this;
    ++attributes_.links;
  }
  Touch();
  return Error::kOk;
}

RamNode* RamNode::Take(size_t index) {
  RamNode* node = entries_[index].node;
  mm::Free(entries_[index].name);
  entries_.Remove(index);
  if (node->IsDirectory()) --attributes_.links;
  node->attributes_.changed_ns = Now();
  Touch();
  return node;
}

// A named directory is held by its parent and does not hold it, or a tree would keep itself. From
// now on it is the other way round.
void RamNode::MarkRemoved(RamNode& directory) {
  directory.attributes_.links = 0;
  Retain();
}

void RamNode::Touch() { attributes_.modified_ns = attributes_.changed_ns = Now(); }

Result<NodeRef> RamNode::Lookup(std::string_view name) {
  if (!IsDirectory()) return Errno(ENOTDIR);
  sched::Guard guard(g_tree);
  const size_t index = Find(name);
  if (index == kNone) return Errno(ENOENT);
  return NodeRef::Share(entries_[index].node);
}

Result<NodeRef> RamNode::Create(std::string_view name, const Attributes& attributes,
                                std::string_view target) {
  if (!IsDirectory()) return Errno(ENOTDIR);
  if (name.size() > kNameMax) return Errno(ENAMETOOLONG);
  Attributes own = attributes;
  own.filesystem = attributes_.filesystem;
  RamNode* node = base::New<RamNode>(own);
  if (!node) return Errno(ENOSPC);
  NodeRef made = NodeRef::Adopt(node);
  if (attributes.kind == Kind::kSymlink) {
    if (!node->target_.Resize(target.size(), '\0')) return Errno(ENOSPC);
    std::memcpy(node->target_.data(), target.data(), target.size());
    node->attributes_.size = target.size();
  }
  sched::Guard guard(g_tree);
  if (attributes_.links == 0) return Errno(ENOENT);
  if (Find(name) != kNone) return Errno(EEXIST);
  const Error error = Insert(name, *node);
  if (!base::Ok(error)) return error;
  return made;
}

Error RamNode::Link(std::string_view name, Node& other) {
  if (!IsDirectory()) return Errno(ENOTDIR);
  if (name.size() > kNameMax) return Errno(ENAMETOOLONG);
  if (other.Stat().filesystem != attributes_.filesystem) return Errno(EXDEV);
  RamNode& node = static_cast<RamNode&>(other);
  if (node.IsDirectory()) return Errno(EPERM);
  sched::Guard guard(g_tree);
  if (attributes_.links == 0 || node.attributes_.links == 0) return Errno(ENOENT);
  if (Find(name) != kNone) return Errno(EEXIST);
  const Error error = Insert(name, node);
  if (!base::Ok(error)) return error;
  ++node.attributes_.links;
  node.attributes_.changed_ns = Now();
  return Error::kOk;
}

Error RamNode::Unlink(std::string_view name, bool directory) {
  if (!IsDirectory()) return Errno(ENOTDIR);
  base::Ref<RamNode> gone;
  sched::Guard guard(g_tree);
  const size_t index = Find(name);
  if (index == kNone) return Errno(ENOENT);
  RamNode& node = *entries_[index].node;
  if (directory) {
    if (!node.IsDirectory()) return Errno(ENOTDIR);
    if (node.IsMountPoint()) return Errno(EBUSY);
    if (!node.entries_.empty()) return Errno(ENOTEMPTY);
    MarkRemoved(node);
  } else {
    if (node.IsDirectory()) return Errno(EISDIR);
    --node.attributes_.links;
  }
  gone = base::Ref<RamNode>::Adopt(Take(index));
  return Error::kOk;
}

bool RamNode::IsBelow(const RamNode& ancestor) const {
  for (const RamNode* node = this; node; node = node->parent_) {
    if (node == &ancestor) return true;
  }
  return false;
}

// POSIX rename(): a directory replaces an empty directory only, anything else only a
// non-directory.
Error RamNode::CheckReplace(const RamNode& moved, const RamNode& replaced) const {
  if (moved.IsDirectory() && !replaced.IsDirectory()) return Errno(ENOTDIR);
  if (!moved.IsDirectory() && replaced.IsDirectory()) return Errno(EISDIR);
  if (replaced.IsMountPoint()) return Errno(EBUSY);
  if (!replaced.entries_.empty()) return Errno(ENOTEMPTY);
  return Error::kOk;
}

Error RamNode::Rename(std::string_view from, Node& other, std::string_view to) {
  if (!IsDirectory() || other.Stat().kind != Kind::kDirectory) return Errno(ENOTDIR);
  if (other.Stat().filesystem != attributes_.filesystem) return Errno(EXDEV);
  if (to.size() > kNameMax) return Errno(ENAMETOOLONG);
  RamNode& target = static_cast<RamNode&>(other);
  base::Ref<RamNode> replaced;
  sched::Guard guard(g_tree);
  // 1. What moves, and whether it may go there.
  const size_t source = Find(from);
  if (source == kNone) return Errno(ENOENT);
  if (target.attributes_.links == 0) return Errno(ENOENT);
  RamNode& moved = *entries_[source].node;
  if (moved.IsMountPoint()) return Errno(EBUSY);
  if (moved.IsDirectory() && target.IsBelow(moved)) return Errno(EINVAL);
  const size_t present = target.Find(to);
  if (present != kNone) {
    RamNode& there = *target.entries_[present].node;
    if (&there == &moved) return Error::kOk;
    const Error error = CheckReplace(moved, there);
    if (!base::Ok(error)) return error;
  }
  // 2. The new name is put in first, so that a lack of memory changes nothing.
  const Error error = target.Insert(to, moved);
  if (!base::Ok(error)) return error;
  // 3. The replaced entry and the old name go. Find gives the older of two equal names.
  if (present != kNone) {
    replaced = base::Ref<RamNode>::Adopt(target.Take(present));
    if (replaced->IsDirectory()) {
      target.MarkRemoved(*replaced);
    } else {
      --replaced->attributes_.links;
    }
  }
  Take(Find(from))->Release();
  return Error::kOk;
}

NodeRef RamNode::Parent() {
  sched::Guard guard(g_tree);
  // The parent may be waiting for the lock, to forget this directory and die.
  if (parent_ && parent_->TryRetain()) return NodeRef::Adopt(parent_);
  return NodeRef::Share(this);
}

bool RamNode::Next(uint64_t* cursor, DirectoryEntry* out, char* name) {
  sched::Guard guard(g_tree);
  for (const Entry& entry : entries_) {
    if (entry.position <= *cursor) continue;
    std::memcpy(name, entry.name, entry.length);
    *out = {{name, entry.length}, entry.node->attributes_.inode, entry.node->attributes_.kind};
    *cursor = entry.position;
    return true;
  }
  return false;
}

size_t RamNode::NameInParent(char* to) {
  sched::Guard guard(g_tree);
  if (!parent_ || attributes_.links == 0) return 0;
  for (const Entry& entry : parent_->entries_) {
    if (entry.node != this) continue;
    std::memcpy(to, entry.name, entry.length);
    return entry.length;
  }
  return 0;
}

void BackWith(Node& node, const void* bytes, size_t count) {
  static_cast<RamNode&>(node).SetBacking(bytes, count);
}

Result<NodeRef> CreateRamTree() {
  Attributes attributes;
  attributes.kind = Kind::kDirectory;
  attributes.mode = 0755;
  attributes.filesystem = NextFilesystem();
  RamNode* root = base::New<RamNode>(attributes);
  if (!root) return Errno(ENOMEM);
  return NodeRef::Adopt(root);
}

}  // namespace vfs
