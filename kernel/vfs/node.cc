// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/vfs/node.h"

#include "kernel/kpi/errno.h"
#include "kernel/vfs/file.h"

namespace vfs {

using base::Errno;
using base::Error;
using base::Result;

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
Error Node::Mount(NodeRef) { return Errno(ENOTDIR); }

}  // namespace vfs
