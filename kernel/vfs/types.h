// SPDX-License-Identifier: BSD-2-Clause
//
// Words that all of the file layer shares: what a node is, what is known about it, who asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vfs {

// The type bits of st_mode (POSIX <sys/stat.h>; the same numbers on every Linux CPU).
enum class Kind : uint32_t {
  kFifo = 0010000,
  kCharacter = 0020000,
  kDirectory = 0040000,
  kRegular = 0100000,
  kSymlink = 0120000,
};

inline constexpr uint32_t kKindMask = 0170000;
inline constexpr uint32_t kPermissionMask = 07777;
inline constexpr size_t kNameMax = 255;
inline constexpr size_t kPathMax = 4096;  // with the NUL
inline constexpr unsigned kSymlinkMax = 40;

struct Attributes {
  Kind kind = Kind::kRegular;
  uint32_t mode = 0;  // permission bits only
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint32_t links = 0;
  uint64_t inode = 0;
  uint64_t filesystem = 0;  // st_dev
  uint64_t device = 0;      // st_rdev of a character device
  uint64_t size = 0;        // bytes
  uint64_t version = 0;     // another one after each change of a regular file's contents
  uint64_t blocks = 0;      // of 512 bytes
  uint64_t accessed_ns = 0;
  uint64_t modified_ns = 0;
  uint64_t changed_ns = 0;
};

// What Node::Change changes; a field counts only when its bit is set in `fields`.
struct AttributeChange {
  enum Field : uint32_t { kMode = 1, kUid = 2, kGid = 4, kAccessed = 8, kModified = 16 };
  uint32_t fields = 0;
  uint32_t mode = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint64_t accessed_ns = 0;
  uint64_t modified_ns = 0;
};

inline constexpr size_t kGroupsMax = 32;

struct Credentials {
  uint32_t uid = 0, euid = 0, suid = 0;
  uint32_t gid = 0, egid = 0, sgid = 0;
  uint32_t group_count = 0;
  uint32_t groups[kGroupsMax] = {};

  bool Privileged() const { return euid == 0; }
  bool InGroup(uint32_t group) const {
    if (egid == group) return true;
    for (uint32_t i = 0; i < group_count; ++i) {
      if (groups[i] == group) return true;
    }
    return false;
  }
};

enum Access : unsigned { kExecute = 1, kWrite = 2, kRead = 4 };

// Whether `who` may do all of `access` (bits of Access) to a node with these attributes: POSIX's
// owner, group, others; root may do everything but execute a file that nobody may execute.
bool Permits(const Credentials& who, const Attributes& node, unsigned access);

// Flags of an open file. The values are the kernel's own (asm-generic's where CPUs agree); the
// system-call layer translates the CPU's.
enum OpenFlags : unsigned {
  kOpenRead = 1u << 0,
  kOpenWrite = 1u << 1,
  kOpenAppend = 1u << 2,
  kOpenNonblock = 1u << 3,
  kOpenCreate = 1u << 4,
  kOpenExclusive = 1u << 5,
  kOpenTruncate = 1u << 6,
  kOpenDirectory = 1u << 7,   // ENOTDIR unless it is one
  kOpenNoFollow = 1u << 8,    // ELOOP when the last component is a symlink
  kOpenNoTerminal = 1u << 9,  // never makes a tty the session's controlling one
  kOpenPathOnly = 1u << 10,   // O_PATH: names a node; neither read nor written
};

// Readiness, as poll(2) encodes it.
enum PollEvents : unsigned {
  kPollIn = 0x1,
  kPollPriority = 0x2,
  kPollOut = 0x4,
  kPollError = 0x8,
  kPollHangup = 0x10,
  kPollInvalid = 0x20,
};

}  // namespace vfs
