// SPDX-License-Identifier: BSD-2-Clause
//
// The smallest kernel that loads modules: one CPU, one thread, no MMU to speak of, files that are
// part of it. It is built from an SDK alone (make.sh), and shows what both libraries ask of a host:
//
//   librtld_shared.a   relocates this program; links an ordinary shared object by way of rtld.h
//   libkld.a           the module manager, over the twenty functions of host.h
//
// Everything a real kernel would do otherwise is said where it is done.
#include <cstring>
#include <initializer_list>

#include "arch/current/elf_traits.h"
#include "kernel/dynamic/handoff.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/kld.h"
#include "kernel/dynlink/owner.h"
#include "kernel/kpi/errno.h"
#include "kpi.h"
#include "machine.h"
#include "rtld_shared/capi/rtld.h"
#include "rtld_shared/elf/constants.h"

extern "C" {
// By the link script and the link editor; hidden, so that they are found relative to the program
// counter.
#pragma GCC visibility push(hidden)
extern char image_start[], data_start[], image_end[];
extern arch::Current::Layout::Dyn _DYNAMIC[];
// files.S
extern const char answer_start[], answer_end[], orphan_start[], orphan_end[];
extern const char plain_start[], plain_end[];
#pragma GCC visibility pop
}

namespace {

void Print(const char* text) {
  for (; *text != '\0'; ++text) machine_put(*text);
}

void PrintNumber(uint64_t value) {
  if (value >= 10) PrintNumber(value / 10);
  machine_put(static_cast<char>('0' + value % 10));
}

[[noreturn]] void Die(const char* why) {
  Print("panic: ");
  Print(why);
  Print("\n");
  machine_end(125);
}

// ---- Memory ----

constexpr size_t kPage = KLD_HOST_PAGE;
constexpr size_t kPages = 128;

// Blocks one behind the other; when none is in use, from the beginning again. A kernel that stays up
// for longer wants a real heap.
alignas(16) char heap[512 << 10];
size_t heap_used = 0, blocks_in_use = 0;

void* Allocate(size_t bytes) {
  bytes = (bytes + 15) / 16 * 16;
  if (bytes > sizeof(heap) - heap_used) return nullptr;
  heap_used += bytes;
  ++blocks_in_use;
  return heap + heap_used - bytes;
}

void Free(void* block) {
  if (block != nullptr && --blocks_in_use == 0) heap_used = 0;
}

// Address space is memory here: nothing is mapped, and so nothing faults.
alignas(kPage) char pages[kPages][kPage];
bool page_used[kPages];
size_t pages_in_use = 0;

char* TakePages(size_t bytes) {
  const size_t wanted = (bytes + kPage - 1) / kPage;
  size_t free = 0;
  for (size_t i = 0; i < kPages; ++i) {
    free = page_used[i] ? 0 : free + 1;
    if (free != wanted) continue;
    for (size_t k = i + 1 - wanted; k <= i; ++k) page_used[k] = true;
    pages_in_use += wanted;
    char* const start = pages[i + 1 - wanted];
    return static_cast<char*>(std::memset(start, 0, wanted * kPage));
  }
  return nullptr;
}

void GivePages(void* start, size_t bytes) {
  const size_t first = static_cast<size_t>(static_cast<char*>(start) - pages[0]) / kPage;
  for (size_t i = 0; i < bytes / kPage; ++i) page_used[first + i] = false;
  pages_in_use -= bytes / kPage;
}

bool Same(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) ++a, ++b;
  return *a == *b;
}

// Time passes when somebody waits, or asks for it: nothing else happens on this machine.
uint64_t now = 0;

}  // namespace

void host_print_from(const void* owner, const char* text) {
  for (const char* part : {kld::NameOf(kld::FileOf(owner)), ": ", text, "\n"}) Print(part);
}

// ---- The host of kernel/dynlink: host.h has the contract ----

struct kld_host_file {
  const char* path;
  const char* start;
  const char* end;
};

static kld_host_file files[] = {{"/boot/answer.kld", answer_start, answer_end},
                                {"/boot/orphan.kld", orphan_start, orphan_end}};

void* kld_host_allocate(size_t bytes) { return Allocate(bytes); }
void kld_host_free(void* block) { Free(block); }

uintptr_t kld_host_reserve(size_t bytes, uintptr_t) {
  return reinterpret_cast<uintptr_t>(TakePages(bytes));
}
void kld_host_unreserve(uintptr_t start, size_t bytes) {
  GivePages(reinterpret_cast<void*>(start), bytes);
}
// The pages were zeroed when they were reserved. A kernel with an MMU maps frames here, and keeps
// what is executable from being writable.
int kld_host_map(uintptr_t, size_t) { return 0; }
void kld_host_unmap(uintptr_t, size_t) {}
void kld_host_protect(uintptr_t, size_t, int) {}
void kld_host_sync_code(uintptr_t start, size_t bytes) { machine_sync_code(start, bytes); }

// One thread: nobody to keep out or to be woken by. Its own stack would be to be walked if code of a
// file could ask for the unloading of that file: here only ProbeMain asks.
void kld_host_lock() {}
void kld_host_unlock() {}
int kld_host_wait(int, uint64_t deadline) {
  if (deadline == KLD_HOST_NEVER) Die("nobody can wake the only thread");
  now = deadline;
  return ETIMEDOUT;
}
void kld_host_wake_all() {}
int kld_host_start_thread(const char*, void (*)(void*), void*) { return EOPNOTSUPP; }
uint64_t kld_host_current_thread() { return 1; }
void kld_host_for_each_frame(int (*)(void*, uint64_t, const char*, uintptr_t), void*) {}
uint64_t kld_host_now() { return ++now; }

int kld_host_open(const char* path, kld_host_file** file, uint64_t* length, char* absolute,
                  size_t capacity) {
  for (kld_host_file& each : files) {
    if (!Same(each.path, path)) continue;
    const size_t size = std::strlen(path) + 1;
    if (size > capacity) return ENAMETOOLONG;
    std::memcpy(absolute, path, size);
    *file = &each;
    *length = static_cast<uint64_t>(each.end - each.start);
    return 0;
  }
  return ENOENT;
}
int kld_host_read(kld_host_file* file, uint64_t offset, void* to, size_t bytes) {
  const auto size = static_cast<uint64_t>(file->end - file->start);
  if (offset > size || bytes > size - offset) return EIO;
  std::memcpy(to, file->start + offset, bytes);
  return 0;
}
void kld_host_close(kld_host_file*) {}

void kld_host_log(int, const char* line) {
  Print("log: ");
  Print(line);
  Print("\n");
}

// ---- What it does ----

namespace {

using Phdr = arch::Current::Layout::Phdr;

// This program as an image. Its own headers are not in memory, so they are written here.
Phdr program_headers[3];

void DescribeProgram() {
  const auto describe = [](Phdr& header, uint32_t type, uint32_t flags, void* from, void* to) {
    header.type = type;
    header.flags = flags;
    header.vaddr = reinterpret_cast<uintptr_t>(from);
    header.offset = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(from) % kPage);
    header.filesz = header.memsz =
        static_cast<uint32_t>(static_cast<char*>(to) - static_cast<char*>(from));
    header.align = type == elf::kPtLoad ? kPage : sizeof(uintptr_t);
  };
  const auto* end = _DYNAMIC;
  while (end->tag != elf::kDtNull) ++end;
  describe(program_headers[0], elf::kPtLoad, elf::kPfR | elf::kPfX, image_start, data_start);
  describe(program_headers[1], elf::kPtLoad, elf::kPfR | elf::kPfW, data_start, image_end);
  describe(program_headers[2], elf::kPtDynamic, elf::kPfR | elf::kPfW, _DYNAMIC,
           const_cast<arch::Current::Layout::Dyn*>(end + 1));
}

// The relocator alone: a shared object that knows nothing of modules.
void LinkPlainObject() {
  const rtld_client client = {
      .context = nullptr,
      .allocate = [](void*, size_t bytes) { return Allocate(bytes); },
      .free = [](void*, void* block) { Free(block); },
      .reserve = [](void*, size_t bytes, size_t align) -> void* {
        return align <= kPage ? TakePages(bytes) : nullptr;
      },
      .release = [](void*, void* start, size_t bytes) { GivePages(start, bytes); },
      .protect = [](void*, void*, size_t, int) { return 1; },
      .sync_code =
          [](void*, void* start, size_t bytes) {
            machine_sync_code(reinterpret_cast<uintptr_t>(start), bytes);
          },
      .find = [](void*, const char*) -> const rtld_file* { return nullptr; },
      .report =
          [](void*, const char* text, size_t bytes) {
            for (size_t i = 0; i < bytes; ++i) machine_put(text[i]);
          },
  };
  const rtld_file file = {"plain.so", plain_start, static_cast<size_t>(plain_end - plain_start)};
  const rtld_program self = {"embed", program_headers, 3, 0};
  rtld_linker* const linker = rtld_create(&client);
  if (linker == nullptr || !rtld_adopt(linker, &self) || !rtld_link(linker, &file)) Die("plain.so");
  auto* const twice = reinterpret_cast<int (*)(int)>(rtld_symbol(linker, "twice"));
  Print("embed: twice(21) is ");
  PrintNumber(static_cast<uint64_t>(twice(21)));
  Print("\n");
  rtld_destroy(linker);
}

kld::Report report;  // too large for a stack
dynamic::Handoff handoff;

// The manager learns of the kernel by what a boot loader would have said. It has no file to read
// symbols from: the exported ones do.
void StartManager() {
  dynamic::HandoffImage& image = handoff.images[0];
  image.flags = dynamic::kHandoffKernel | dynamic::kHandoffRelocated;
  image.link_start = reinterpret_cast<uintptr_t>(image_start);
  image.bytes = static_cast<uint64_t>(image_end - image_start);
  image.program_headers = reinterpret_cast<uintptr_t>(program_headers);
  image.program_header_count = 3;
  std::memcpy(image.path, "/kernel", sizeof("/kernel"));
  handoff.image_count = 1;
  if (kld::Start({.module_path = "/boot"}) != 0 || kld::AdoptBootImages(handoff) != 0) {
    Die("the manager does not start");
  }
}

void LoadModule() {
  int id = 0;
  kld_sym_lookup symbol;
  symbol.version = sizeof(symbol);
  if (kld::Load("answer", nullptr, 0, &id, report) != 0) Die(report.text());
  if (kld::SymbolByName(id, "answer", &symbol) != 0) Die("no answer");
  auto* const answer = reinterpret_cast<int (*)()>(static_cast<uintptr_t>(symbol.value));
  Print("embed: the answer is ");
  PrintNumber(static_cast<uint64_t>(answer()));
  Print("\n");
  if (kld::Unload(id, 0, report) != 0) Die(report.text());
}

// A module that cannot be linked says why.
void LoadOrphan() {
  int id = 0;
  if (kld::Load("orphan", nullptr, 0, &id, report) != ENOLINK) Die(report.text());
  Print("embed: ");
  Print(report.text());
  Print("\n");
}

}  // namespace

// Nothing but PC-relative calls before the first line has been executed.
void ProbeMain(uintptr_t) {
  rtld_relocate_self(0, _DYNAMIC);
  DescribeProgram();
  LinkPlainObject();
  StartManager();
  const size_t blocks = blocks_in_use, taken = pages_in_use;
  LoadModule();
  LoadOrphan();
  if (blocks_in_use != blocks || pages_in_use != taken) Die("something stays behind");
  if (kld::Stop() != 0 || blocks_in_use != 0 || pages_in_use != 0)
    Die("something is not given back");
  Print("embed: nothing stays behind\n");
  machine_end(0);
}
