// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the boot archive: one or more cpio archives of the "newc" form (magic 070701), one after
// the other, with any number of zero bytes between them (as Linux's initramfs buffer format has
// it: Documentation/driver-api/early-userspace/buffer-format.rst). Boot loader, kernel and host
// tools use this one reader.
//
// The archive is hostile: every header field is bounded before it is used, nothing outside the
// span is ever read, and a walk ends after at most size / 110 entries. The reader owns nothing and
// allocates nothing; entries point into the archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace boot_archive {

// What a walk stopped at. Everything before the fault was good.
enum class Fault : uint8_t {
  kNone,
  kHeaderTruncated,   // fewer bytes left than a header has
  kBadMagic,          // neither 070701 nor zero padding
  kBadDigit,          // a header field that is not eight hexadecimal digits
  kNameTruncated,     // the name does not fit into the archive
  kNameUnterminated,  // the name is empty or lacks its NUL
  kDataTruncated,     // the file's bytes do not fit into the archive
  kNoTrailer,         // the archive ends without TRAILER!!!
};

// In words, for messages.
constexpr std::string_view Describe(Fault fault) {
  switch (fault) {
    case Fault::kNone:
      return "no fault";
    case Fault::kHeaderTruncated:
      return "header cut off";
    case Fault::kBadMagic:
      return "bad magic";
    case Fault::kBadDigit:
      return "bad digit in a header";
    case Fault::kNameTruncated:
      return "file name cut off";
    case Fault::kNameUnterminated:
      return "file name not terminated";
    case Fault::kDataTruncated:
      return "file cut off";
    case Fault::kNoTrailer:
      return "end without a trailer";
  }
  return "unknown fault";
}

// Bits of Entry::mode, as in cpio(5).
inline constexpr uint32_t kTypeMask = 0170000;
inline constexpr uint32_t kTypeFile = 0100000;
inline constexpr uint32_t kTypeDirectory = 0040000;
inline constexpr uint32_t kTypeLink = 0120000;
inline constexpr uint32_t kTypeCharacterDevice = 0020000;
inline constexpr uint32_t kTypeBlockDevice = 0060000;

struct Entry {
  // Without a leading "/" or "./"; the archive's root is "".
  std::string_view name;
  // A file's bytes, or a symbolic link's target.
  std::span<const std::byte> data;
  uint32_t inode = 0, mode = 0, uid = 0, gid = 0, links = 0, mtime = 0;
  uint32_t device_major = 0, device_minor = 0;  // of a device node

  constexpr bool is_file() const { return (mode & kTypeMask) == kTypeFile; }
};

// Drops every leading "/" and "./", so that "/boot/kernel", "./boot/kernel" and "boot/kernel" are
// one name; "." is the root.
constexpr std::string_view Normalise(std::string_view path) {
  for (;;) {
    if (path.starts_with('/')) {
      path.remove_prefix(1);
    } else if (path.starts_with("./")) {
      path.remove_prefix(2);
    } else {
      return path == "." ? std::string_view() : path;
    }
  }
}

class Reader {
 public:
  explicit constexpr Reader(std::span<const std::byte> archive) : archive_(archive) {}

  // Gives the next entry. False at the end of the archive and at the first fault; fault() tells
  // which of the two it was. Trailers are passed over.
  [[nodiscard]] bool Next(Entry* entry) {
    while (fault_ == Fault::kNone && SkipPadding()) {
      const size_t start = at_;
      if (!Decode(entry)) {
        at_ = start;
        return false;
      }
      inside_ = entry->name != "TRAILER!!!";
      if (inside_) return true;
    }
    return false;
  }

  constexpr Fault fault() const { return fault_; }
  // Offset of the header where the walk stopped.
  constexpr size_t offset() const { return at_; }

 private:
  static constexpr size_t kHeaderSize = 110;

  // Fields of the header after the magic, in order, eight digits each.
  enum Field : size_t {
    kInode,
    kMode,
    kUid,
    kGid,
    kLinks,
    kMtime,
    kFileSize,
    kDeviceMajor,
    kDeviceMinor,
    kNodeMajor,
    kNodeMinor,
    kNameSize,
    kCheck,
    kFieldCount
  };

  static constexpr size_t Align4(size_t offset) { return (offset + 3) & ~size_t{3}; }

  constexpr bool Fail(Fault fault) {
    fault_ = fault;
    return false;
  }

  // Leaves at_ on a header; false at the end.
  bool SkipPadding() {
    if (!inside_) {
      while (at_ < archive_.size() && archive_[at_] == std::byte{0}) ++at_;
    }
    if (at_ < archive_.size()) return true;
    return inside_ ? Fail(Fault::kNoTrailer) : false;
  }

  // Eight digits at once, a byte of a word for each. An archive has hundreds of headers with
  // thirteen fields, and a boot waits for them.
  static bool ParseHex(const std::byte* digits, uint32_t* value) {
    constexpr uint64_t kOnes = 0x0101010101010101;
    uint64_t text = 0;  // the first character lowest
    for (int i = 8; i-- > 0;) text = text << 8 | std::to_integer<uint64_t>(digits[i]);
    // 1. What the characters are if they are digits: bit 6 tells 'A'-'F' and 'a'-'f' from '0'-'9'.
    const uint64_t letters = text >> 6 & kOnes;
    uint64_t v = (text & 15 * kOnes) + 9 * letters;
    // 2. Are they? Then spelling them again gives the same, in lower case.
    const uint64_t tens = (v + 0x76 * kOnes) >> 7 & kOnes;
    const uint64_t spelt = v + 0x30 * kOnes + 0x27 * tens;
    if (spelt != (text | letters << 5) || (v & 0xf0 * kOnes) != 0) return false;
    // 3. Nibbles to bytes to halves to the word.
    v = (v << 4 | v >> 8) & 0x00ff00ff00ff00ff;
    v = (v << 8 | v >> 16) & 0x0000ffff0000ffff;
    *value = static_cast<uint32_t>(v << 16 | v >> 32);
    return true;
  }

  bool Decode(Entry* entry) {
    const size_t left = archive_.size() - at_;
    if (left < kHeaderSize) return Fail(Fault::kHeaderTruncated);
    const std::byte* header = archive_.data() + at_;
    constexpr std::string_view kMagic = "070701";
    for (size_t i = 0; i < kMagic.size(); ++i) {
      if (header[i] != static_cast<std::byte>(kMagic[i])) return Fail(Fault::kBadMagic);
    }
    uint32_t field[kFieldCount];
    for (size_t i = 0; i < kFieldCount; ++i) {
      if (!ParseHex(header + kMagic.size() + 8 * i, &field[i])) return Fail(Fault::kBadDigit);
    }

    const size_t name_size = field[kNameSize];
    if (name_size > left - kHeaderSize) return Fail(Fault::kNameTruncated);
    const char* name = reinterpret_cast<const char*>(header) + kHeaderSize;
    if (name_size == 0 || name[name_size - 1] != '\0') return Fail(Fault::kNameUnterminated);

    // The file's bytes start at the next multiple of four, counted from the archive's start.
    const size_t data = Align4(at_ + kHeaderSize + name_size);
    const size_t size = field[kFileSize];
    if (data > archive_.size() || size > archive_.size() - data) {
      if (size != 0) return Fail(Fault::kDataTruncated);
    }
    size_t name_length = 0;  // no strlen in freestanding code
    while (name[name_length] != '\0') ++name_length;
    *entry = {.name = Normalise(std::string_view(name, name_length)),
              .data = size == 0 ? std::span<const std::byte>() : archive_.subspan(data, size),
              .inode = field[kInode],
              .mode = field[kMode],
              .uid = field[kUid],
              .gid = field[kGid],
              .links = field[kLinks],
              .mtime = field[kMtime],
              .device_major = field[kNodeMajor],
              .device_minor = field[kNodeMinor]};
    // The padding after the last file may be cut off.
    const size_t next = Align4(data + size);
    at_ = next < archive_.size() ? next : archive_.size();
    return true;
  }

  std::span<const std::byte> archive_;
  size_t at_ = 0;
  bool inside_ = true;  // a trailer must come before the end
  Fault fault_ = Fault::kNone;
};

// Finds a regular file by its path. The last one of a name wins, so that an archive put behind
// another replaces files of the first. A fault ends the search; what stood before it is found.
inline bool Find(std::span<const std::byte> archive, std::string_view path, Entry* entry) {
  const std::string_view wanted = Normalise(path);
  Reader reader(archive);
  Entry candidate;
  bool found = false;
  while (reader.Next(&candidate)) {
    if (candidate.is_file() && candidate.name == wanted) {
      *entry = candidate;
      found = true;
    }
  }
  return found;
}

}  // namespace boot_archive
