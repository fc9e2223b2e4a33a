// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/base/panic.h"

#include "arch/contract/kernel/cpu.h"
#include "kernel/base/log.h"
#include "kernel/base/log_internal.h"

namespace base {
namespace {

constexpr size_t kMaxHooks = 4;

constinit Symbolizer symbolizer = nullptr;
using Hook = void (*)();
constinit Hook hooks[kMaxHooks] = {};
constinit int panics = 0;

struct Backtrace {
  int depth = 0;
};

bool PrintFrame(void* context, mm::VirtAddr address) {
  constexpr int kDeepest = 40;
  auto* trace = static_cast<Backtrace*>(context);
  char name[192];
  Symbolize(address, trace->depth == 0 ? CodeAddress::kInstruction : CodeAddress::kReturn, name,
            sizeof name);
  PanicLine("  #%d  %s", trace->depth, name);
  return ++trace->depth < kDeepest;
}

[[noreturn]] void Die(const PanicSite& site, const char* format, std::va_list arguments) {
  arch::DisableInterrupts();
  BreakLogLocks();
  if (panics++) {
    // Whatever printed the first panic is broken: say so plainly, once.
    if (panics == 2) {
      PanicLine("panic inside a panic");
      LogV(Level::kPanic, format, arguments);
    }
    arch::PowerOff(kPanicStatus);
  }
  char message[512];
  FormatV(message, sizeof message, format, arguments);
  PanicLine("panic: %s", message);
  if (site.registers) site.registers(site.context);
  PrintBacktrace(site.ip, site.fp);
  for (Hook hook : hooks) {
    if (hook) hook();
  }
  arch::PowerOff(kPanicStatus);
}

}  // namespace

void Panic(const char* format, ...) {
  arch::CallFrame frame = arch::CurrentCallFrame();
  std::va_list arguments;
  va_start(arguments, format);
  Die({frame.ip, frame.fp, nullptr, nullptr}, format, arguments);
}

void PanicAt(const PanicSite& site, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  Die(site, format, arguments);
}

void PanicLine(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  LogV(Level::kPanic, format, arguments);
  va_end(arguments);
}

void SetSymbolizer(Symbolizer wanted) { symbolizer = wanted; }

void Symbolize(mm::VirtAddr address, CodeAddress kind, char* to, size_t capacity) {
  size_t used = Format(to, capacity, "%#018lx ", static_cast<unsigned long>(address));
  if (used >= capacity) return;
  if (!symbolizer || !symbolizer(address, kind, to + used, capacity - used)) to[used - 1] = '\0';
}

void AddPanicHook(void (*hook)()) {
  for (Hook& slot : hooks) {
    if (!slot) {
      slot = hook;
      return;
    }
  }
  Panic("more than %zu panic hooks", kMaxHooks);
}

void PrintBacktrace(mm::VirtAddr ip, mm::VirtAddr fp) {
  Backtrace trace;
  PanicLine("backtrace:");
  arch::WalkFrames(ip, fp, 0, ~mm::VirtAddr{0}, PrintFrame, &trace);
}

}  // namespace base
