// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/base/log_ring.h"

namespace base {

void LogRing::Put(uint64_t position, const void* from, size_t bytes) {
  size_t at = position & (capacity_ - 1);
  size_t before_wrap = bytes < capacity_ - at ? bytes : capacity_ - at;
  __builtin_memcpy(storage_ + at, from, before_wrap);
  __builtin_memcpy(storage_, static_cast<const char*>(from) + before_wrap, bytes - before_wrap);
}

void LogRing::Get(uint64_t position, void* to, size_t bytes) const {
  size_t at = position & (capacity_ - 1);
  size_t before_wrap = bytes < capacity_ - at ? bytes : capacity_ - at;
  __builtin_memcpy(to, storage_ + at, before_wrap);
  __builtin_memcpy(static_cast<char*>(to) + before_wrap, storage_, bytes - before_wrap);
}

void LogRing::Append(uint8_t level, uint64_t time, const char* text, size_t bytes) {
  if (bytes > capacity_ / 4) bytes = capacity_ / 4;
  size_t need = sizeof(Header) + bytes;
  while (end_ - start_ + need > capacity_) {
    Header oldest;
    Get(start_, &oldest, sizeof oldest);
    start_ += sizeof oldest + oldest.bytes;
    first_sequence_++;
  }
  Header header{time, static_cast<uint32_t>(bytes), level};
  Put(end_, &header, sizeof header);
  Put(end_ + sizeof header, text, bytes);
  end_ += need;
  next_sequence_++;
}

bool LogRing::Read(uint64_t sequence, Record* out, char* text, size_t capacity) const {
  if (sequence < first_sequence_) sequence = first_sequence_;
  if (sequence >= next_sequence_) return false;
  uint64_t position = start_;
  Header header;
  Get(position, &header, sizeof header);
  for (uint64_t at = first_sequence_; at < sequence; at++) {
    position += sizeof header + header.bytes;
    Get(position, &header, sizeof header);
  }
  out->sequence = sequence;
  out->time = header.time;
  out->level = static_cast<uint8_t>(header.level);
  out->bytes = header.bytes < capacity ? header.bytes : capacity;
  Get(position + sizeof header, text, out->bytes);
  return true;
}

}  // namespace base
