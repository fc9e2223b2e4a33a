// SPDX-License-Identifier: BSD-2-Clause
//
// The system calls ld.elf_so makes, typed. Linux's, on every CPU with the same structures; our
// kernel has the same ones. Addresses and sizes are in bytes; failures are negated errno values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ldso {

inline constexpr intptr_t kNoEntry = -2;
inline constexpr intptr_t kAccess = -13;
inline constexpr intptr_t kNotDirectory = -20;
inline constexpr intptr_t kNameTooLong = -36;

// Which file this is, whatever its path.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

struct FileStatus {
  FileIdentity identity;
  uint64_t size = 0;
  bool regular = false;
};

enum class Access { kNone, kRead, kReadWrite, kReadExecute };

// Descriptor, or a negated errno. `path` is NUL-terminated, relative to the current directory.
intptr_t OpenForReading(const char* path);
void Close(intptr_t descriptor);
[[nodiscard]] bool StatusOf(intptr_t descriptor, FileStatus& status);
// Reads exactly bytes.size() bytes at `offset`.
[[nodiscard]] bool ReadAt(intptr_t descriptor, uint64_t offset, std::span<char> bytes);
// The length of the link's text (cut at to.size()), or a negated errno.
intptr_t ReadLink(const char* path, std::span<char> to);
void Write(int descriptor, std::string_view text);

// Fresh zero pages, or 0.
uintptr_t MapFresh(uint64_t bytes, Access access);
// The same at `address`, where nothing may be yet; false if the kernel puts it elsewhere.
[[nodiscard]] bool MapFreshAt(uintptr_t address, uint64_t bytes, Access access);
// Replaces the pages at `address` by private ones of the file; false where the file system cannot
// map files, or the kernel refuses.
[[nodiscard]] bool MapFileAt(uintptr_t address, uint64_t bytes, Access access, intptr_t descriptor,
                             uint64_t offset);
// The file's first `bytes` bytes read-only anywhere, or 0.
uintptr_t MapFile(uint64_t bytes, intptr_t descriptor);
[[nodiscard]] bool Protect(uintptr_t address, uint64_t bytes, Access access);
void Unmap(uintptr_t address, uint64_t bytes);

// Nanoseconds of a clock that only goes forward.
uint64_t MonotonicTime();
[[noreturn]] void Exit(int status);

// What an errno value means, in a few words.
std::string_view ErrorText(intptr_t error);

}  // namespace ldso
