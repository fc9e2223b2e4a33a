// SPDX-License-Identifier: BSD-2-Clause
//
// The boot contract played by a host program: console text, counter and random words come from and
// go to this record, page tables are a map, "physical memory" is the host's own address space.
// Stopping and entering the kernel leave stand/ by an exception.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "arch/contract/boot/boot.h"

namespace stand::testing {

struct MappedPage {
  uint64_t physical;
  boot::Access access;
};

struct FakeMachine {
  std::string console;
  // What Ticks() returns; when it runs dry the counter goes on by `tick_step`.
  std::deque<uint64_t> ticks;
  uint64_t tick_step = 1000;
  std::deque<uint64_t> random;  // empty: no generator
  boot::Range trampoline;
  std::map<uint64_t, std::map<uint64_t, MappedPage>> tables;  // root -> page -> mapping

  std::vector<boot::Range> synced;  // SyncCode's arguments

  uint64_t last_tick = 0;
};

// The machine that the contract's functions talk to. Reset it at the start of each test.
FakeMachine& Fake();

struct Stopped {
  int status;
};
struct Entered {
  uint64_t root, entry, argument;
};

}  // namespace stand::testing
