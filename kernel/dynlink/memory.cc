// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/memory.h"

#include <atomic>

#include "kernel/dynlink/host.h"

namespace kld {
namespace {

// In front of each block; 16 bytes, which keeps the host's alignment.
struct alignas(16) Header {
  size_t bytes;
};

std::atomic<size_t> blocks{0};
std::atomic<size_t> total{0};

}  // namespace

void* Allocate(size_t bytes) {
  size_t whole;
  if (__builtin_add_overflow(bytes, sizeof(Header), &whole)) return nullptr;
  auto* const header = static_cast<Header*>(kld_host_allocate(whole));
  if (header == nullptr) return nullptr;
  header->bytes = bytes;
  blocks.fetch_add(1, std::memory_order_relaxed);
  total.fetch_add(bytes, std::memory_order_relaxed);
  return header + 1;
}

void Free(void* block) {
  if (block == nullptr) return;
  Header* const header = static_cast<Header*>(block) - 1;
  blocks.fetch_sub(1, std::memory_order_relaxed);
  total.fetch_sub(header->bytes, std::memory_order_relaxed);
  kld_host_free(header);
}

MemoryCounts CountMemory() {
  return {blocks.load(std::memory_order_relaxed), total.load(std::memory_order_relaxed)};
}

bool Text::Join(std::string_view first, std::string_view second, std::string_view third) {
  const size_t size = first.size() + second.size() + third.size();
  char* const data = static_cast<char*>(Allocate(size + 1));
  if (data == nullptr) return false;
  size_t at = 0;
  for (const std::string_view part : {first, second, third}) {
    if (!part.empty()) std::memcpy(data + at, part.data(), part.size());
    at += part.size();
  }
  data[size] = '\0';
  Free(data_);
  data_ = data;
  size_ = size;
  return true;
}

void CopyText(std::string_view text, char* to, size_t capacity) {
  if (capacity == 0) return;
  const size_t size = text.size() < capacity - 1 ? text.size() : capacity - 1;
  if (size != 0) std::memcpy(to, text.data(), size);
  to[size] = '\0';
}

}  // namespace kld
