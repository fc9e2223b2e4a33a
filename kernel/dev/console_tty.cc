// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/dev/console_tty.h"

#include <cstring>

#include "arch/contract/kernel/console.h"
#include "kernel/base/log.h"
#include "kernel/dev/device.h"
#include "kernel/dev/tty.h"
#include "kernel/kpi/errno.h"
#include "kernel/sched/thread.h"

namespace dev {

using base::Errno;
using base::Error;
using base::Result;

namespace {

// Between the interrupt handler, which only stores bytes, and the thread that interprets them: it
// echoes and sends signals, which takes locks.
constexpr size_t kRing = 4096;
sched::SpinLock g_ring_lock;
sched::WaitQueue g_reader;
char g_ring[kRing];
size_t g_first = 0;
size_t g_used = 0;

// The console's own driver ends lines with CR LF, so the discipline's CR before LF is left out.
void WriteScreen(const char* text, size_t bytes) {
  size_t run = 0;
  for (size_t i = 0; i + 1 < bytes; ++i) {
    if (text[i] != '\r' || text[i + 1] != '\n') continue;
    if (i > run) base::WriteConsole(text + run, i - run);
    run = i + 1;
  }
  if (bytes > run) base::WriteConsole(text + run, bytes - run);
}

void OnInput(const char* bytes, size_t count) {
  sched::Guard guard(g_ring_lock);
  for (size_t i = 0; i < count && g_used < kRing; ++i) {
    g_ring[(g_first + g_used++) % kRing] = bytes[i];
  }
  g_reader.WakeOne();
}

[[noreturn]] void ReadKeyboard(void*) {
  for (;;) {
    char bytes[64];
    size_t count = 0;
    {
      sched::Guard guard(g_ring_lock);
      while (!g_used) (void)g_reader.Sleep(g_ring_lock);
      while (g_used && count < sizeof bytes) {
        bytes[count++] = g_ring[g_first];
        g_first = (g_first + 1) % kRing;
        --g_used;
      }
    }
    ConsoleTty().Receive(bytes, count);
  }
}

Result<vfs::FileRef> OpenConsole(vfs::Node& node, unsigned flags) {
  ConsoleTty().Opened(true);
  return ConsoleTty().OpenFile(node, flags);
}

Result<vfs::FileRef> OpenSerial(vfs::Node& node, unsigned flags) {
  ConsoleTty().Opened((flags & vfs::kOpenNoTerminal) != 0);
  return ConsoleTty().OpenFile(node, flags);
}

Result<vfs::FileRef> OpenControlling(vfs::Node& node, unsigned flags) {
  Tty* const tty = GetJobControl() ? GetJobControl()->ControllingTerminal() : nullptr;
  if (!tty) return Errno(ENXIO);
  return tty->OpenFile(node, flags);
}

}  // namespace

Tty& ConsoleTty() {
  static Tty tty(WriteScreen);
  return tty;
}

Error StartConsole() {
  (void)ConsoleTty();  // made before another thread could
  // Linux's numbers (admin-guide/devices.txt).
  Error error = AddBuiltin("console", DeviceNumber(5, 1), 0600, OpenConsole);
  if (base::Ok(error)) error = AddBuiltin("ttyS0", DeviceNumber(4, 64), 0620, OpenSerial);
  if (base::Ok(error)) error = AddBuiltin("tty", DeviceNumber(5, 0), 0666, OpenControlling);
  if (!base::Ok(error)) return error;
  Result<sched::Thread*> thread = sched::Start("keyboard", ReadKeyboard, nullptr);
  if (!thread.ok()) return thread.error();
  sched::Detach(thread.value());
  arch::SetConsoleInput(OnInput);
  return Error::kOk;
}

}  // namespace dev
