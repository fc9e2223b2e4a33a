// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/main.h"

#include "arch/contract/kernel/console.h"
#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/timer.h"
#include "kernel/base/clock.h"
#include "kernel/base/log.h"
#include "kernel/base/panic.h"
#include "kernel/base/random.h"
#include "kernel/base/string.h"
#include "kernel/dynamic/boot_times.h"
#include "kernel/dynamic/entry.h"
#include "kernel/mm/frame_table.h"
#include "kernel/mm/init.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/thread.h"

namespace kernel {
namespace {

using dynamic::Handoff;
using dynamic::HandoffImage;

Handoff boot_info;

void TakeHandoff(const Handoff* given) {
  if (given->magic != dynamic::kHandoffMagic) base::Panic("hand-off: bad magic");
  if (given->version != dynamic::kHandoffVersion || given->size < sizeof(Handoff)) {
    base::Panic("hand-off: version %u of %u bytes, the kernel knows version %u of %zu",
                given->version, given->size, dynamic::kHandoffVersion, sizeof(Handoff));
  }
  if (given->image_count < 1 || given->image_count > dynamic::kHandoffMaxImages) {
    base::Panic("hand-off: %lu images", static_cast<unsigned long>(given->image_count));
  }
  boot_info = *given;
  boot_info.command_line[dynamic::kHandoffCommandLine - 1] = '\0';
  boot_info.messages[dynamic::kHandoffMessages - 1] = '\0';
}

// Until the symbol tables are known: the image and the link-time address.
bool NameImage(mm::VirtAddr address, base::CodeAddress, char* to, size_t capacity) {
  for (uint64_t i = 0; i < boot_info.image_count; i++) {
    const HandoffImage& image = boot_info.images[i];
    uint64_t link_address = address - image.bias;
    if (link_address - image.link_start >= image.bytes) continue;
    base::Format(to, capacity, "%s:%#lx", image.soname, static_cast<unsigned long>(link_address));
    return true;
  }
  return false;
}

// The loader has shown them on the console.
void LogLoaderMessages() {
  for (const char* line = boot_info.messages; *line;) {
    int length = 0;
    while (line[length] && line[length] != '\n') length++;
    if (length) base::LogUnseen(base::Level::kWarning, "%.*s", length, line);
    line += length + (line[length] == '\n');
  }
}

// For bench/: twice, here and there in the boot, so that the length of a tick can be told.
void TellBootTimes() {
  if (!HasBootOption("bench")) return;
  char line[256];
  size_t size = 0;
  dynamic::WriteBootTimes(boot_info, arch::CycleCount(), [&](char c) {
    if (size < sizeof line) line[size++] = c;
  });
  arch::ConsoleWrite(line, size);
}

void Boot(void*) {
  TellBootTimes();
  StartSystem();
}

}  // namespace

void TellBootPhase(const char* name) {
  if (!HasBootOption("bench")) return;
  char line[80];
  base::Format(line, sizeof line, "boot-phase: %s=%lu\n", name,
               static_cast<unsigned long>(arch::CycleCount()));
  arch::ConsoleWrite(line, base::StringLength(line));
}

const Handoff& BootInfo() { return boot_info; }

void Main(const Handoff* handoff) {
  // 1. Messages and panics work. The firmware's tables may have to say where the console is, so the
  //    hand-off is believed this far before it is checked.
  base::StartClock();
  mm::SetDirectMap(handoff->direct_map, handoff->direct_map_bytes);
  arch::UseFirmware(handoff->firmware);
  arch::InitConsole();
  arch::BeginMeasuringCycles();
  arch::InitCpu();
  // 2. What the loader says.
  TakeHandoff(handoff);
  base::SetSymbolizer(NameImage);
  base::SeedRandom(boot_info.entropy, sizeof boot_info.entropy, HasBootOption("nokaslr"));
  const HandoffImage& image = boot_info.images[0];
  base::Log(base::Level::kInfo, "%s at %#lx, %lu relocations", image.soname,
            static_cast<unsigned long>(image.bias + image.link_start),
            static_cast<unsigned long>(boot_info.relocations));
  LogLoaderMessages();
  TellBootTimes();
  // 3. Memory, threads, time.
  mm::Init(boot_info);
  sched::Init();
  arch::MeasureCycles();
  sched::StartTicking();
  auto boot = sched::Start("boot", Boot, nullptr);
  if (!boot.ok())
    base::Panic("cannot start the first thread: error %d", base::Number(boot.error()));
  sched::Detach(boot.value());
  sched::RunIdle();
}

}  // namespace kernel
