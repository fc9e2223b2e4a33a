// SPDX-License-Identifier: BSD-2-Clause
//
// From paths to nodes, as one caller sees them: his root, working directory, credentials, umask.
//
// Walking follows POSIX "Pathname Resolution": empty components vanish, a trailing slash demands a
// directory, ".." of the root is the root, at most kSymlinkMax symlinks are followed (ELOOP), a
// component is at most kNameMax bytes and a path kPathMax - 1 (ENAMETOOLONG). Every directory that
// is passed must permit kExecute (EACCES). An empty path is ENOENT.
#pragma once

#include "kernel/vfs/file.h"
#include "kernel/vfs/node.h"

namespace vfs {

struct Context {
  NodeRef root;
  NodeRef cwd;
  Credentials who;
  uint32_t umask = 022;
};

enum WalkFlags : unsigned {
  kFollow = 1,         // follow a symlink in the last component
  kWantDirectory = 2,  // ENOTDIR unless the result is one
};

// The node that `path` names. `start` is where a relative path begins; null = the working
// directory.
base::Result<NodeRef> Walk(const Context& context, std::string_view path, unsigned flags = kFollow,
                           Node* start = nullptr);

// The directory that holds the last component of `path`, and that component's name, which points
// into `storage` (at least kNameMax + 1 bytes). For creating, removing and renaming. With kFollow in
// `flags` a last component that is a symlink is replaced by its target, whose last one it is then.
struct Last {
  NodeRef directory;
  std::string_view name;  // "." and ".." and "" (the root itself) are possible
  bool slash = false;     // the path ended in '/'
};
base::Result<Last> WalkToLast(const Context& context, std::string_view path, char* storage,
                              Node* start = nullptr, unsigned flags = 0);

// open(2). `mode` is that of a file that is created, before the umask.
base::Result<FileRef> Open(const Context& context, std::string_view path, unsigned flags,
                           uint32_t mode = 0666, Node* start = nullptr);

// The calls that change the tree, each as the system call of its name, errors included.
base::Error MakeNode(const Context& context, std::string_view path, Kind kind, uint32_t mode,
                     uint64_t device, Node* start = nullptr);
base::Error MakeSymlink(const Context& context, std::string_view target, std::string_view path,
                        Node* start = nullptr);
base::Error MakeLink(const Context& context, Node& node, std::string_view path,
                     Node* start = nullptr);
base::Error Remove(const Context& context, std::string_view path, bool directory,
                   Node* start = nullptr);
base::Error Move(const Context& context, std::string_view from, Node* from_start,
                 std::string_view to, Node* to_start, bool replace);
// `access` are bits of Access, checked with the effective ids.
base::Error CheckAccess(const Context& context, Node& node, unsigned access);
// As chmod, chown, utimes: checks ownership, clears set-id bits.
base::Error ChangeAttributes(const Context& context, Node& node, AttributeChange change);

// The absolute path of a directory: its length; ENOENT when it was removed, ERANGE when it does
// not fit with its NUL.
base::Result<size_t> PathOfDirectory(const Context& context, Node& directory, char* to,
                                     size_t capacity);
// The absolute path of what `path` names, all symlinks resolved. As Walk, and ERANGE.
base::Result<size_t> ResolvedPath(const Context& context, std::string_view path, char* to,
                                  size_t capacity);
// The absolute path of what `path` names, symlinks in directories resolved, the last component as
// given. It need not exist; its directory must.
base::Result<size_t> AbsolutePath(const Context& context, std::string_view path, char* to,
                                  size_t capacity);

}  // namespace vfs
