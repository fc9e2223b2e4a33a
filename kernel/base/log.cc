// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/base/log.h"

#include <atomic>

#include "arch/contract/kernel/console.h"
#include "arch/contract/kernel/cpu.h"
#include "kernel/base/clock.h"
#include "kernel/base/log_internal.h"
#include "kernel/base/log_ring.h"

namespace base {
namespace {

constexpr size_t kRingBytes = size_t{64} << 10;
constexpr size_t kMaxLine = 1024;

char ring_storage[kRingBytes];
constinit LogRing ring(ring_storage, kRingBytes);
constinit std::atomic<Level> console_level{Level::kInfo};
constinit std::atomic<bool> locks_broken{false};

// sched::SpinLock stands above this room; and panic must be able to go through a lock that is held.
class MessageLock {
 public:
  class Guard {
   public:
    explicit Guard(MessageLock& lock) : lock_(lock), interrupts_(arch::DisableInterrupts()) {
      while (lock_.held_.exchange(1, std::memory_order_acquire)) {
        if (locks_broken.load(std::memory_order_relaxed)) break;
      }
    }
    ~Guard() {
      lock_.held_.store(0, std::memory_order_release);
      arch::RestoreInterrupts(interrupts_);
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    MessageLock& lock_;
    bool interrupts_;
  };

 private:
  std::atomic<uint32_t> held_{0};
};

constinit MessageLock lock;

void AddLine(Level level, bool shown, const char* format, std::va_list arguments) {
  char line[kMaxLine];
  size_t length = FormatV(line, sizeof line, format, arguments);
  if (length >= sizeof line - 1) length = sizeof line - 2;
  if (length && line[length - 1] == '\n') length--;
  line[length] = '\n';

  MessageLock::Guard guard(lock);
  ring.Append(static_cast<uint8_t>(level), arch::CycleCount() - ClockStartCycles(), line, length);
  if (shown) arch::ConsoleWrite(line, length + 1);
}

}  // namespace

void BreakLogLocks() { locks_broken.store(true, std::memory_order_relaxed); }

void LogV(Level level, const char* format, std::va_list arguments) {
  AddLine(level, level <= ConsoleLevel(), format, arguments);
}

void Log(Level level, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  LogV(level, format, arguments);
  va_end(arguments);
}

void LogUnseen(Level level, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  AddLine(level, false, format, arguments);
  va_end(arguments);
}

void SetConsoleLevel(Level level) { console_level.store(level, std::memory_order_relaxed); }

Level ConsoleLevel() { return console_level.load(std::memory_order_relaxed); }

void WriteConsole(const char* text, size_t bytes) {
  MessageLock::Guard guard(lock);
  arch::ConsoleWrite(text, bytes);
}

size_t ReadLog(uint64_t* sequence, char* to, size_t capacity) {
  constexpr size_t kPrefix = 40;
  char text[kMaxLine];
  LogRing::Record record;
  if (capacity < kPrefix) return 0;
  {
    MessageLock::Guard guard(lock);
    if (!ring.Read(*sequence, &record, text, sizeof text)) return 0;
  }
  *sequence = record.sequence + 1;
  uint64_t microseconds = CyclesToNs(record.time) / 1000;
  size_t length =
      Format(to, capacity, "<%u>[%5u.%06u] %.*s\n", record.level,
             static_cast<unsigned>(microseconds / 1'000'000),
             static_cast<unsigned>(microseconds % 1'000'000), static_cast<int>(record.bytes), text);
  return length < capacity ? length : capacity - 1;
}

void LogBounds(uint64_t* first, uint64_t* next) {
  MessageLock::Guard guard(lock);
  *first = ring.First();
  *next = ring.Next();
}

}  // namespace base
