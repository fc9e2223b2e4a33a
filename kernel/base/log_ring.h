// SPDX-License-Identifier: BSD-2-Clause
//
// The ring of kernel messages: records of text with a sequence number, a time and a level. The
// oldest records make room for new ones. Records are read by sequence number, so a reader that
// falls behind skips what is gone. Not locked; the owner serialises.
#pragma once

#include <cstddef>
#include <cstdint>

namespace base {

class LogRing {
 public:
  struct Record {
    uint64_t sequence = 0;
    uint64_t time = 0;  // in the caller's unit
    uint8_t level = 0;
    size_t bytes = 0;  // of text, whatever fitted into the reader's buffer
  };

  // `storage` holds records and headers; `bytes` is a power of two, at least 64.
  constexpr LogRing(char* storage, size_t bytes) : storage_(storage), capacity_(bytes) {}

  // Text longer than a quarter of the ring is cut.
  void Append(uint8_t level, uint64_t time, const char* text, size_t bytes);

  // The first record whose sequence number is `sequence` or later, with at most `capacity` bytes
  // of its text. False when there is none.
  [[nodiscard]] bool Read(uint64_t sequence, Record* out, char* text, size_t capacity) const;

  // Sequence numbers [first, next) can be read.
  uint64_t First() const { return first_sequence_; }
  uint64_t Next() const { return next_sequence_; }

 private:
  struct Header {
    uint64_t time;
    uint32_t bytes;
    uint32_t level;
  };

  void Put(uint64_t position, const void* from, size_t bytes);
  void Get(uint64_t position, void* to, size_t bytes) const;

  char* storage_;
  size_t capacity_;
  uint64_t start_ = 0;  // positions only grow; taken modulo capacity
  uint64_t end_ = 0;
  uint64_t first_sequence_ = 0;
  uint64_t next_sequence_ = 0;
};

}  // namespace base
