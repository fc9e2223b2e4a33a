// SPDX-License-Identifier: BSD-2-Clause
//
// The kernel's own named values, one table.

#include "kernel/base/format.h"
#include "kernel/base/log.h"
#include "kernel/base/string.h"
#include "kernel/dev/sysctl.h"
#include "kernel/dev/version.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/sysctl.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/kernel_space.h"
#include "kernel/vfs/vfs.h"

namespace dev {
namespace {

int64_t GiveText(const char* text, char* to, size_t capacity) {
  const size_t length = base::StringLength(text);
  for (size_t i = 0; i < length && i < capacity; ++i) to[i] = text[i];
  return static_cast<int64_t>(length);
}

int64_t ReadText(void* context, char* to, size_t capacity) {
  return GiveText(static_cast<const char*>(context), to, capacity);
}

int64_t ReadNumber(void* context, char* to, size_t capacity) {
  const auto count = reinterpret_cast<uint64_t (*)()>(context);
  char text[24];
  base::Format(text, sizeof text, "%llu", static_cast<unsigned long long>(count()));
  return GiveText(text, to, capacity);
}

uint64_t GetConsoleLevel() { return static_cast<uint64_t>(base::ConsoleLevel()); }

int SetLevel(void*, const char* text, size_t bytes) {
  if (bytes != 1 || text[0] < '0' || text[0] > '7') return EINVAL;
  base::SetConsoleLevel(static_cast<base::Level>(text[0] - '0'));
  return 0;
}

int64_t ReadHostname(void*, char* to, size_t capacity) {
  char name[kHostnameMax];
  GetHostname(name);
  return GiveText(name, to, capacity);
}

int WriteHostname(void*, const char* text, size_t bytes) { return SetHostname(text, bytes); }

struct Text {
  const char* name;
  const char* description;
  const char* value;
};

struct Number {
  const char* name;
  const char* description;
  uint64_t (*value)();
};

const Text kTexts[] = {
    {"kern.ostype", "name of the operating system", kSystemName},
    {"kern.osrelease", "release of the Linux system-call interface that programs see",
     kSystemRelease},
    {"kern.version", "what this kernel is", kSystemVersion},
    {"hw.machine", "name of the CPU's architecture", nullptr},
};

const Number kNumbers[] = {
    {"vm.frames_total", "frames of RAM that the kernel manages",
     [] { return mm::CountFrames().total; }},
    {"vm.frames_free", "frames that nobody uses", [] { return mm::CountFrames().free; }},
    {"vm.frames_executable", "frames mapped executable somewhere",
     [] { return mm::CountFrames().executable; }},
    {"vm.heap_blocks", "live blocks of the kernel heap", [] { return mm::CountHeap().blocks; }},
    {"vm.heap_bytes", "live bytes of the kernel heap", [] { return mm::CountHeap().bytes; }},
    {"vm.space_bytes", "kernel addresses for images, modules, stacks and large blocks",
     [] { return mm::CountKernelSpace().bytes; }},
    {"vm.space_reserved_bytes", "kernel addresses reserved",
     [] { return mm::CountKernelSpace().reserved_bytes; }},
    {"vm.space_mapped_bytes", "of these, backed by frames",
     [] { return mm::CountKernelSpace().mapped_bytes; }},
};

// A walk over all page tables with everything else stopped, so not for everybody.
int64_t ReadAliasFaults(void*, char* to, size_t capacity) {
  if (!vfs::CurrentContext().who.Privileged()) return -EPERM;
  mm::AliasFault fault;
  const size_t count = mm::WalkPageTables(&fault, 1);
  if (count != 0) {
    base::Log(base::Level::kError, "frame %#lx is writable at %#lx and executable at %#lx",
              static_cast<unsigned long>(fault.frame),
              static_cast<unsigned long>(fault.writable_at),
              static_cast<unsigned long>(fault.executable_at));
  }
  char text[24];
  base::Format(text, sizeof text, "%zu", count);
  return GiveText(text, to, capacity);
}

base::Error Add(const ksysctl_spec& spec) {
  ksysctl* made = nullptr;  // for ever
  return base::Errno(ksysctl_create_from(nullptr, &spec, &made));
}

}  // namespace

base::Error AddKernelSysctls() {
  for (const Text& text : kTexts) {
    ksysctl_spec spec{};
    spec.name = text.name;
    spec.description = text.description;
    spec.context = const_cast<char*>(text.value ? text.value : MachineName());
    spec.read = ReadText;
    const base::Error error = Add(spec);
    if (!base::Ok(error)) return error;
  }
  for (const Number& number : kNumbers) {
    ksysctl_spec spec{};
    spec.name = number.name;
    spec.description = number.description;
    spec.context = reinterpret_cast<void*>(number.value);
    spec.read = ReadNumber;
    const base::Error error = Add(spec);
    if (!base::Ok(error)) return error;
  }
  ksysctl_spec level{};
  level.name = "kern.console_level";
  level.description = "messages of this level and more important ones appear on the console";
  level.context = reinterpret_cast<void*>(GetConsoleLevel);
  level.read = ReadNumber;
  level.write = SetLevel;
  const base::Error error = Add(level);
  if (!base::Ok(error)) return error;
  ksysctl_spec faults{};
  faults.name = "vm.alias_faults";
  faults.description = "frames executable in one mapping and writable in another, by a walk";
  faults.read = ReadAliasFaults;
  const base::Error walk_error = Add(faults);
  if (!base::Ok(walk_error)) return walk_error;
  ksysctl_spec host{};
  host.name = "kern.hostname";
  host.description = "what this machine is called";
  host.read = ReadHostname;
  host.write = WriteHostname;
  return Add(host);
}

}  // namespace dev
