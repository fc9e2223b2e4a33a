// SPDX-License-Identifier: BSD-2-Clause
//
// File: an image on its way in, before any of it is mapped.
//
//   Path()             how messages name it; good as long as the File and its image's record
//   Size()             bytes
//   Bytes(offset, n)   the n bytes at offset, or nullptr when [offset, offset + n) is not wholly in
//                      the file or cannot be read. Aligned as well as offset is, up to 8 bytes.
//
// What Bytes gave stays where it is and does not change until the session that reads it has ended;
// then no record points there.
// A client whose files can change underneath (a page cache, a writable RAM file system) takes a
// copy or holds the file against writers. A file already in memory, a boot archive say, costs
// nothing.

#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rtld {

// Of what Bytes(0, n) gives: no table of an image wants more.
inline constexpr size_t kFileAlignment = 8;

template <class F>
concept File = requires(F& file, uint64_t offset, uint64_t size) {
  { file.Path() } -> std::convertible_to<std::string_view>;
  { file.Size() } -> std::same_as<uint64_t>;
  { file.Bytes(offset, size) } -> std::same_as<const std::byte*>;
};

}  // namespace rtld
