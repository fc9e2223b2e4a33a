// SPDX-License-Identifier: BSD-2-Clause
//
// What a CPU's folder gives the boot loader: `arch/<cpu>/boot/`, linked with stand/ into one static
// image. Its entry code brings the machine to the state below, fills a Machine and calls
// stand::Run<Traits>(machine), which never returns.
//
// State while stand/ runs: one CPU, interrupts off and masked at their controller, a stack of at
// least 32 KiB, the loader's .bss zero. Physical memory below Machine::reach stands at its own
// address, readable and writable; no mapping is writable and executable at once where the CPU has
// its MMU on. Physical addresses are therefore pointers (`At`).
//
// State at the kernel's entry: as above, with the tables that stand/ built in force; the kernel's
// argument, the run-time address of the Handoff, is in the first argument register; the stack
// pointer is undefined; the frame pointer is zero. The kernel owns every CPU setting beyond that.
#pragma once

#include <cstddef>
#include <cstdint>

namespace boot {

struct Range {
  uint64_t base = 0;
  uint64_t bytes = 0;

  constexpr uint64_t end() const { return base + bytes; }
};

// One line of the firmware's memory map: RAM that may be used, or anything else.
struct FirmwareRange {
  Range range;
  bool usable = false;
};

inline constexpr size_t kMaxFirmwareRanges = 48;
inline constexpr size_t kMaxDevices = 8;
inline constexpr size_t kMaxCommandLine = 2048;

// What the machine is. All addresses are physical. What the firmware said stays where it is only
// until stand/ allocates its first frame, so strings are copied into this record.
struct Machine {
  FirmwareRange ranges[kMaxFirmwareRanges];  // in any order, may overlap: reserved wins
  size_t range_count = 0;
  size_t ranges_lost = 0;      // lines that did not fit
  uint64_t reach = 0;          // physical memory below this is mapped
  Range loader;                // the loader's own image, stack and first tables
  Range archive;               // the boot archive; no bytes: none was given
  uint64_t firmware = 0;       // ACPI RSDP or flattened device tree; 0: none. Of a device tree, the
                               // kernel wants the bytes: a line of `ranges` keeps them
  Range devices[kMaxDevices];  // whole pages of registers that the kernel reaches through the
  size_t device_count = 0;     // direct map from its first instruction on
  uint64_t ticks_entry = 0;    // Ticks() at the loader's first instruction
  std::byte seed[64] = {};     // randomness the firmware handed over, if any
  size_t seed_bytes = 0;       // believed to be fully random
  char command_line[kMaxCommandLine] = {};
  bool command_line_cut = false;
};

// Where things go in the kernel's half of the address space.
struct Layout {
  uint64_t direct_map;    // physical 0 appears here, with all memory after it
  Range window;           // images are placed inside
  uint64_t random_bytes;  // the kernel's lowest page is in the first `random_bytes` of the window
};
Layout AddressLayout();

inline constexpr uint64_t kPageSize = 4096;

inline std::byte* At(uint64_t physical) {
  return reinterpret_cast<std::byte*>(static_cast<uintptr_t>(physical));
}

// --- Console, counter, randomness, power. PutChar works from the first instruction of stand/ on.

// Finds what the functions below need in the firmware's description of the machine, Machine::firmware.
// Physical addresses are seen from `direct_map` on. The loader's entry code calls it with 0; a test
// kernel that is linked with these functions calls it too.
void UseFirmware(uint64_t firmware, uint64_t direct_map);

void PutChar(char c);
// A counter that never goes back and ticks at least once a microsecond.
uint64_t Ticks();
// One word of the CPU's random number generator; false when it has none or it failed.
[[nodiscard]] bool HardwareRandom(uint64_t* value);

// Makes bytes written to physical memory visible to instruction fetch.
void SyncCode(Range physical);

// Ends the machine with an exit status (build.md's "Exit status" of this CPU's emulator).
[[noreturn]] void Stop(uint8_t status);

// --- Page tables of the kernel's address space.

// What a mapping permits; nothing is for users, and nothing writable is executable.
// kDevice is readable and writable, and neither cached nor reordered.
enum class Access : uint8_t { kRead, kReadWrite, kReadExecute, kDevice };

// Gives one zeroed page frame for a table; 0 = no more.
struct TableFrames {
  uint64_t (*allocate)(void* context);
  void* context;
};

// Maps [virtual_base, + bytes) to [physical, + bytes); all three are multiples of kPageSize. May use
// large pages where both addresses allow it. Pages that are mapped already are mapped anew, a large
// page is split for that. False when `frames` has no more; what was mapped so far stays.
[[nodiscard]] bool MapPages(uint64_t root, uint64_t virtual_base, uint64_t physical, uint64_t bytes,
                            Access access, const TableFrames& frames);

// --- The jump.

// The whole pages of the loader's image that hold the code of Enter's last instructions. They stay
// at their physical address, readable and executable, in the new tables too, until the kernel drops
// everything below its half; the kernel never gives these frames back. Empty: not needed here.
Range TrampolinePages();
// Installs the table `root` and enters the kernel.
[[noreturn]] void Enter(uint64_t root, uint64_t entry, uint64_t argument);

}  // namespace boot
