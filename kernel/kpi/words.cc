// SPDX-License-Identifier: BSD-2-Clause
#include <cstdarg>

#include "arch/contract/kernel/cpu.h"
#include "kernel/base/format.h"
#include "kernel/base/log.h"
#include "kernel/base/panic.h"
#include "kernel/kpi/cpu_random.h"
#include "kernel/kpi/kprintf.h"
#include "kernel/kpi/memory.h"
#include "kernel/mm/heap.h"

void kprintf(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  base::LogV(base::Level::kInfo, format, arguments);
  va_end(arguments);
}

void klog(int level, const char* format, ...) {
  constexpr int kLeast = static_cast<int>(base::Level::kError);
  constexpr int kMost = static_cast<int>(base::Level::kDebug);
  if (level < kLeast) level = kLeast;
  if (level > kMost) level = kMost;
  std::va_list arguments;
  va_start(arguments, format);
  base::LogV(static_cast<base::Level>(level), format, arguments);
  va_end(arguments);
}

void kpanic(const char* format, ...) {
  char message[256];
  std::va_list arguments;
  va_start(arguments, format);
  base::FormatV(message, sizeof message, format, arguments);
  va_end(arguments);
  base::Panic("%s", message);
}

void* kmalloc(size_t bytes) { return mm::Allocate(bytes); }

void* kcalloc(size_t count, size_t bytes) {
  size_t all;
  if (__builtin_mul_overflow(count, bytes, &all)) return nullptr;
  void* block = mm::Allocate(all);
  if (block) __builtin_memset(block, 0, all);
  return block;
}

void* kmalloc_aligned(size_t bytes, size_t align) { return mm::Allocate(bytes, align); }

void kfree(void* block) { mm::Free(block); }

int kcpu_random(uint64_t* word) { return arch::RandomWord(word); }

uint64_t kcpu_cycles(void) { return arch::CycleCount(); }
