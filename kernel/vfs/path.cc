// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/vfs/path.h"

#include <cstring>

#include "kernel/kpi/errno.h"
#include "kernel/mm/heap.h"

namespace vfs {

using base::Errno;
using base::Error;
using base::Result;

namespace {

bool IsDots(std::string_view name) { return name == "." || name == ".."; }

// Where ".." leads: out of the directory that a mounted root covers.
NodeRef Above(Node& directory) {
  NodeRef at = NodeRef::Share(&directory);
  while (NodeRef covered = at->Covered()) at = std::move(covered);
  return at->Parent();
}

// One walk: the node reached, and what is left of the path. A symlink's target is put before the
// rest in a buffer of the walk's own.
class Walker {
 public:
  Walker(const Context& context, std::string_view path, Node* start)
      : context_(context), rest_(path) {
    at_ = path.starts_with('/') || !context.cwd ? context.root
          : start                               ? NodeRef::Share(start)
                                                : context.cwd;
  }
  ~Walker() { mm::Free(buffer_); }
  Walker(const Walker&) = delete;
  Walker& operator=(const Walker&) = delete;

  // Follows `rest_` up to and, unless `stop_before_last`, through its last component. With kFollow a
  // last component that is a symlink is not the last: its target goes on.
  Error Run(unsigned flags, bool stop_before_last) {
    if (rest_.empty()) return Errno(ENOENT);
    if (rest_.size() >= kPathMax) return Errno(ENAMETOOLONG);
    for (;;) {
      SkipSlashes();
      if (rest_.empty()) break;
      const std::string_view name = Component();
      if (name.size() > kNameMax) return Errno(ENAMETOOLONG);
      std::string_view after = rest_;
      after.remove_prefix(name.size());
      const bool slash = after.starts_with('/');
      while (after.starts_with('/')) after.remove_prefix(1);
      const bool last = after.empty();
      const Error error = Enter();
      if (!base::Ok(error)) return error;
      if (last && stop_before_last) {
        const NodeRef link = flags & kFollow && !slash ? LinkAt(name) : nullptr;
        if (link) {
          const Error expanded = Expand(*link, {});
          if (!base::Ok(expanded)) return expanded;
          continue;
        }
        last_ = name;
        slash_ = slash;
        return Error::kOk;
      }
      const Error stepped = Take(name, after, !last || slash || (flags & kFollow), slash);
      if (!base::Ok(stepped)) return stepped;
    }
    if (stop_before_last) return Enter();  // "/" and a symlink to it: the last name is empty
    const bool want_directory = (flags & kWantDirectory) || slash_;
    if (want_directory && at_->Stat().kind != Kind::kDirectory) return Errno(ENOTDIR);
    return Error::kOk;
  }

  NodeRef TakeNode() { return std::move(at_); }
  std::string_view last() const { return last_; }
  bool slash() const { return slash_; }
  // The directory in which the node reached was found last, and under which name; null when the
  // walk took no name. Good as long as the walker.
  NodeRef TakeHolder() { return std::move(holder_); }
  std::string_view held() const { return held_; }

 private:
  void SkipSlashes() {
    while (rest_.starts_with('/')) rest_.remove_prefix(1);
  }
  std::string_view Component() const {
    size_t length = 0;
    while (length < rest_.size() && rest_[length] != '/') ++length;
    return {rest_.data(), length};
  }

  // The node reached must be a directory that may be searched.
  Error Enter() {
    const Attributes attributes = at_->Stat();
    if (attributes.kind != Kind::kDirectory) return Errno(ENOTDIR);
    return Permits(context_.who, attributes, kExecute) ? Error::kOk : Errno(EACCES);
  }

  // The symlink of this name in the directory reached; null when there is none.
  NodeRef LinkAt(std::string_view name) {
    if (IsDots(name)) return nullptr;
    Result<NodeRef> found = at_->Lookup(name);
    if (!found.ok() || found.value()->Stat().kind != Kind::kSymlink) return nullptr;
    return std::move(found.value());
  }

  // One component; `after` is what follows it without slashes.
  Error Take(std::string_view name, std::string_view after, bool follow, bool slash) {
    if (after.empty()) slash_ = slash_ || slash;
    if (name == ".") {
      rest_ = after;
      return Error::kOk;
    }
    if (name == "..") {
      if (at_.get() != context_.root.get()) at_ = Above(*at_);
      rest_ = after;
      return Error::kOk;
    }
    Result<NodeRef> found = at_->Lookup(name);
    if (!found.ok()) return found.error();
    NodeRef next = std::move(found.value());
    while (NodeRef mounted = next->Mounted()) next = std::move(mounted);
    if (follow && next->Stat().kind == Kind::kSymlink) return Expand(*next, after);
    holder_ = std::move(at_);
    held_ = name;
    at_ = std::move(next);
    rest_ = after;
    return Error::kOk;
  }

  Error Expand(Node& link, std::string_view after) {
    if (++symlinks_ > kSymlinkMax) return Errno(ELOOP);
    char* expanded = static_cast<char*>(mm::Allocate(kPathMax));
    if (!expanded) return Errno(ENOMEM);
    const Result<size_t> target = link.ReadLink(expanded, kPathMax);
    if (!target.ok() || target.value() == 0 || target.value() + 1 + after.size() >= kPathMax) {
      mm::Free(expanded);
      if (!target.ok()) return target.error();
      return target.value() ? Errno(ENAMETOOLONG) : Errno(ENOENT);
    }
    size_t length = target.value();
    if (!after.empty()) {
      expanded[length++] = '/';
      std::memcpy(expanded + length, after.data(), after.size());
      length += after.size();
    }
    mm::Free(buffer_);
    buffer_ = expanded;
    rest_ = {expanded, length};
    if (expanded[0] == '/') at_ = context_.root;
    return Error::kOk;
  }

  const Context& context_;
  NodeRef at_;
  std::string_view rest_;
  std::string_view last_;
  NodeRef holder_;
  std::string_view held_;
  char* buffer_ = nullptr;
  unsigned symlinks_ = 0;
  bool slash_ = false;
};

Attributes NewAttributes(const Context& context, Kind kind, uint32_t mode) {
  Attributes attributes;
  attributes.kind = kind;
  attributes.mode = kind == Kind::kSymlink ? 0777 : mode & kPermissionMask & ~context.umask;
  attributes.uid = context.who.euid;
  attributes.gid = context.who.egid;
  return attributes;
}

// The directory may be changed, and an entry of it removed: the sticky bit reserves that to the
// owners of entry and directory.
Error MayChange(const Context& context, Node& directory, Node* victim) {
  const Attributes attributes = directory.Stat();
  if (!Permits(context.who, attributes, kWrite | kExecute)) return Errno(EACCES);
  if (victim && (attributes.mode & 01000) && !context.who.Privileged() &&
      context.who.euid != attributes.uid && context.who.euid != victim->Stat().uid) {
    return Errno(EPERM);
  }
  return Error::kOk;
}

Result<NodeRef> CreateAt(const Context& context, const Last& last, const Attributes& attributes,
                         std::string_view target) {
  if (last.name.empty() || IsDots(last.name)) return Errno(EEXIST);
  if (last.directory->Lookup(last.name).ok()) return Errno(EEXIST);
  if (last.slash && attributes.kind != Kind::kDirectory) return Errno(ENOENT);
  const Error error = MayChange(context, *last.directory, nullptr);
  if (!base::Ok(error)) return error;
  return last.directory->Create(last.name, attributes, target);
}

unsigned AccessOf(unsigned flags) {
  return (flags & kOpenRead ? kRead : 0u) | (flags & (kOpenWrite | kOpenTruncate) ? kWrite : 0u);
}

// The node to open, as the flags say, and whether this call created it.
Result<NodeRef> FindOrCreate(const Context& context, std::string_view path, unsigned flags,
                             uint32_t mode, Node* start, bool* created) {
  const bool exclusive = flags & kOpenCreate && flags & kOpenExclusive;
  const unsigned walk = (flags & kOpenNoFollow || exclusive ? 0u : unsigned{kFollow}) |
                        (flags & kOpenDirectory ? unsigned{kWantDirectory} : 0u);
  for (;;) {
    Result<NodeRef> found = Walk(context, path, walk, start);
    if (found.ok() && exclusive) return Errno(EEXIST);
    if (found.ok() || (flags & kOpenCreate) == 0 || found.error() != Errno(ENOENT)) return found;
    // At the end of a symlink to nowhere is where the file comes to be.
    char storage[kNameMax + 1];
    const Result<Last> last = WalkToLast(context, path, storage, start, walk & kFollow);
    if (!last.ok()) return last.error();
    if (last.value().slash) return Errno(EISDIR);
    found = CreateAt(context, last.value(), NewAttributes(context, Kind::kRegular, mode), {});
    *created = found.ok();
    // Somebody was faster: what he made is looked at like everything that was there before.
    if (found.ok() || exclusive || found.error() != Errno(EEXIST)) return found;
  }
}

}  // namespace

Result<NodeRef> Walk(const Context& context, std::string_view path, unsigned flags, Node* start) {
  Walker walker(context, path, start);
  const Error error = walker.Run(flags, false);
  if (!base::Ok(error)) return error;
  return walker.TakeNode();
}

Result<Last> WalkToLast(const Context& context, std::string_view path, char* storage, Node* start,
                        unsigned flags) {
  Walker walker(context, path, start);
  const Error error = walker.Run(flags, true);
  if (!base::Ok(error)) return error;
  if (!walker.last().empty()) {
    std::memcpy(storage, walker.last().data(), walker.last().size());
  }
  Last last;
  last.name = {storage, walker.last().size()};
  last.slash = walker.slash();
  last.directory = walker.TakeNode();
  return last;
}

Result<FileRef> Open(const Context& context, std::string_view path, unsigned flags, uint32_t mode,
                     Node* start) {
  bool created = false;
  const Result<NodeRef> found = FindOrCreate(context, path, flags, mode, start, &created);
  if (!found.ok()) return found.error();
  Node& node = *found.value();
  const Attributes attributes = node.Stat();
  if (attributes.kind == Kind::kSymlink && (flags & kOpenPathOnly) == 0) return Errno(ELOOP);
  if (attributes.kind == Kind::kDirectory && flags & (kOpenWrite | kOpenCreate)) {
    return Errno(EISDIR);
  }
  if (!created && (flags & kOpenPathOnly) == 0 &&
      !Permits(context.who, attributes, AccessOf(flags))) {
    return Errno(EACCES);
  }
  if (flags & kOpenTruncate && attributes.kind == Kind::kRegular && !created) {
    const Error error = node.Truncate(0);
    if (!base::Ok(error)) return error;
  }
  return node.Open(flags);
}

Error MakeNode(const Context& context, std::string_view path, Kind kind, uint32_t mode,
               uint64_t device, Node* start) {
  char storage[kNameMax + 1];
  Result<Last> last = WalkToLast(context, path, storage, start);
  if (!last.ok()) return last.error();
  Attributes attributes = NewAttributes(context, kind, mode);
  attributes.device = device;
  return CreateAt(context, last.value(), attributes, {}).error();
}

Error MakeSymlink(const Context& context, std::string_view target, std::string_view path,
                  Node* start) {
  if (target.empty()) return Errno(ENOENT);
  if (target.size() >= kPathMax) return Errno(ENAMETOOLONG);
  char storage[kNameMax + 1];
  Result<Last> last = WalkToLast(context, path, storage, start);
  if (!last.ok()) return last.error();
  return CreateAt(context, last.value(), NewAttributes(context, Kind::kSymlink, 0777), target)
      .error();
}

Error MakeLink(const Context& context, Node& node, std::string_view path, Node* start) {
  if (node.Stat().kind == Kind::kDirectory) return Errno(EPERM);
  char storage[kNameMax + 1];
  Result<Last> last = WalkToLast(context, path, storage, start);
  if (!last.ok()) return last.error();
  const Last& to = last.value();
  if (to.name.empty() || IsDots(to.name) || to.directory->Lookup(to.name).ok()) {
    return Errno(EEXIST);
  }
  if (to.slash) return Errno(ENOENT);
  const Error error = MayChange(context, *to.directory, nullptr);
  if (!base::Ok(error)) return error;
  return to.directory->Link(to.name, node);
}

Error Remove(const Context& context, std::string_view path, bool directory, Node* start) {
  char storage[kNameMax + 1];
  Result<Last> last = WalkToLast(context, path, storage, start);
  if (!last.ok()) return last.error();
  const Last& from = last.value();
  if (from.name.empty()) return directory ? Errno(EBUSY) : Errno(EISDIR);
  if (from.name == ".") return directory ? Errno(EINVAL) : Errno(EISDIR);
  if (from.name == "..") return directory ? Errno(ENOTEMPTY) : Errno(EISDIR);
  Result<NodeRef> victim = from.directory->Lookup(from.name);
  if (!victim.ok()) return victim.error();
  if (from.slash && !directory && victim.value()->Stat().kind != Kind::kDirectory) {
    return Errno(ENOTDIR);
  }
  const Error error = MayChange(context, *from.directory, victim.value().get());
  if (!base::Ok(error)) return error;
  return from.directory->Unlink(from.name, directory);
}

Error Move(const Context& context, std::string_view from, Node* from_start, std::string_view to,
           Node* to_start, bool replace) {
  char from_storage[kNameMax + 1];
  char to_storage[kNameMax + 1];
  Result<Last> source = WalkToLast(context, from, from_storage, from_start);
  if (!source.ok()) return source.error();
  Result<Last> target = WalkToLast(context, to, to_storage, to_start);
  if (!target.ok()) return target.error();
  for (const Last* last : {&source.value(), &target.value()}) {
    if (last->name.empty() || IsDots(last->name)) return Errno(EBUSY);
  }
  Result<NodeRef> moved = source.value().directory->Lookup(source.value().name);
  if (!moved.ok()) return moved.error();
  if ((source.value().slash || target.value().slash) &&
      moved.value()->Stat().kind != Kind::kDirectory) {
    return Errno(ENOTDIR);
  }
  Result<NodeRef> victim = target.value().directory->Lookup(target.value().name);
  if (victim.ok() && !replace) return Errno(EEXIST);
  Error error = MayChange(context, *source.value().directory, moved.value().get());
  if (!base::Ok(error)) return error;
  error =
      MayChange(context, *target.value().directory, victim.ok() ? victim.value().get() : nullptr);
  if (!base::Ok(error)) return error;
  return source.value().directory->Rename(source.value().name, *target.value().directory,
                                          target.value().name);
}

Error CheckAccess(const Context& context, Node& node, unsigned access) {
  return Permits(context.who, node.Stat(), access) ? Error::kOk : Errno(EACCES);
}

Error ChangeAttributes(const Context& context, Node& node, AttributeChange change) {
  using Field = AttributeChange::Field;
  const Attributes now = node.Stat();
  const Credentials& who = context.who;
  if (!who.Privileged()) {
    if (who.euid != now.uid) return Errno(EPERM);
    if (change.fields & Field::kUid && change.uid != now.uid) return Errno(EPERM);
    if (change.fields & Field::kGid && !who.InGroup(change.gid)) return Errno(EPERM);
  }
  const bool owner = change.fields & (Field::kUid | Field::kGid);
  if (owner && now.kind == Kind::kRegular && (change.fields & Field::kMode) == 0) {
    change.fields |= Field::kMode;
    change.mode = now.mode & ~06000u;
  }
  return node.Change(change);
}

Result<size_t> PathOfDirectory(const Context& context, Node& directory, char* to, size_t capacity) {
  if (capacity < 2) return Errno(ERANGE);
  // Written from the end of the buffer towards its start, then moved down.
  size_t start = capacity - 1;
  to[start] = '\0';
  char name[kNameMax];
  NodeRef at = NodeRef::Share(&directory);
  while (at.get() != context.root.get()) {
    while (NodeRef covered = at->Covered()) at = std::move(covered);
    const size_t length = at->NameInParent(name);
    if (length == 0) return Errno(ENOENT);
    if (start < length + 1) return Errno(ERANGE);
    start -= length;
    std::memcpy(to + start, name, length);
    to[--start] = '/';
    at = at->Parent();
  }
  if (to[start] == '\0') to[--start] = '/';
  const size_t length = capacity - 1 - start;
  std::memmove(to, to + start, length + 1);
  return length;
}

namespace {

Result<size_t> AppendName(const Context& context, Node& directory, std::string_view name, char* to,
                          size_t capacity) {
  const Result<size_t> start = PathOfDirectory(context, directory, to, capacity);
  if (!start.ok()) return start;
  size_t length = start.value();
  if (length > 1) to[length++] = '/';
  if (length + name.size() + 1 > capacity) return Errno(ERANGE);
  std::memcpy(to + length, name.data(), name.size());
  length += name.size();
  to[length] = '\0';
  return length;
}

}  // namespace

Result<size_t> ResolvedPath(const Context& context, std::string_view path, char* to,
                            size_t capacity) {
  Walker walker(context, path, nullptr);
  const Error error = walker.Run(kFollow, false);
  if (!base::Ok(error)) return error;
  const NodeRef node = walker.TakeNode();
  if (node->Stat().kind == Kind::kDirectory) return PathOfDirectory(context, *node, to, capacity);
  const NodeRef holder = walker.TakeHolder();
  return AppendName(context, *holder, walker.held(), to, capacity);
}

Result<size_t> AbsolutePath(const Context& context, std::string_view path, char* to,
                            size_t capacity) {
  char storage[kNameMax + 1];
  Result<Last> last = WalkToLast(context, path, storage);
  if (!last.ok()) return last.error();
  if (last.value().name.empty() || IsDots(last.value().name)) {
    Result<NodeRef> node = Walk(context, path);
    if (!node.ok()) return node.error();
    return PathOfDirectory(context, *node.value(), to, capacity);
  }
  return AppendName(context, *last.value().directory, last.value().name, to, capacity);
}

}  // namespace vfs
