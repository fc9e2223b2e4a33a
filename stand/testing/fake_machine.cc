// SPDX-License-Identifier: BSD-2-Clause
#include "stand/testing/fake_machine.h"

namespace stand::testing {

FakeMachine& Fake() {
  static FakeMachine machine;
  return machine;
}

}  // namespace stand::testing

namespace boot {

using stand::testing::Fake;

Layout AddressLayout() {
  return {.direct_map = 0xffff800000000000,
          .window = {.base = 0xffffffff80000000, .bytes = 0x7fe00000},
          .random_bytes = 0x40000000};
}

void PutChar(char c) { Fake().console += c; }

uint64_t Ticks() {
  stand::testing::FakeMachine& fake = Fake();
  if (fake.ticks.empty()) return fake.last_tick += fake.tick_step;
  fake.last_tick = fake.ticks.front();
  fake.ticks.pop_front();
  return fake.last_tick;
}

bool HardwareRandom(uint64_t* value) {
  if (Fake().random.empty()) return false;
  *value = Fake().random.front();
  Fake().random.pop_front();
  return true;
}

void SyncCode(Range physical) { Fake().synced.push_back(physical); }

void Stop(uint8_t status) { throw stand::testing::Stopped{status}; }

bool MapPages(uint64_t root, uint64_t virtual_base, uint64_t physical, uint64_t bytes,
              Access access, const TableFrames& frames) {
  auto& table = Fake().tables[root];
  if (table.empty() && frames.allocate(frames.context) == 0) return false;
  for (uint64_t at = 0; at < bytes; at += kPageSize) {
    table[virtual_base + at] = {.physical = physical + at, .access = access};
  }
  return true;
}

Range TrampolinePages() { return Fake().trampoline; }

void Enter(uint64_t root, uint64_t entry, uint64_t argument) {
  throw stand::testing::Entered{root, entry, argument};
}

}  // namespace boot
